// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/circulation/circulation.h"

#include "db/catalogue/copies.h"
#include "db/patrons/recordedreading.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

#define ANSWER_COLUMNS                                                                                       \
    "SELECT outcome, reasons::text AS reasons, loan_id, copy_branch_id, title, author_line, lent_at, "       \
    "due_at, "                                                                                               \
    "       late_days, rule, place::text AS place, lending_branch_id "

constexpr Statement checkOutStatement{
    "checkout"_L1, ANSWER_COLUMNS
    "FROM public.checkout(?::uuid, ?::uuid, ?::bigint, ?::uuid, ?::text, ?::text, ?::date, ?::text[], "
    "?::text)"_L1};
constexpr Statement checkInStatement{"checkin"_L1, ANSWER_COLUMNS
                                     "FROM public.checkin(?::uuid, ?::uuid, ?::bigint, ?::uuid, ?::text)"_L1};
constexpr Statement renewStatement{"renew"_L1, ANSWER_COLUMNS
                                   "FROM public.renew(?::uuid, ?::uuid, ?::bigint, ?::uuid, ?::text)"_L1};
constexpr Statement undoStatement{"undo"_L1, ANSWER_COLUMNS
                                  "FROM public.undo(?::uuid, ?::uuid, ?::bigint, ?::uuid, ?::uuid)"_L1};

const Call undoCall{"undo"_L1};

/// What is done with a scanned copy.
struct Action
{
    Call call;
    const Statement &statement;
    bool lends = false; ///< to a patron, with a card
};

const Action checkOutAction{{"checkout"_L1}, checkOutStatement, true};
const Action checkInAction{{"checkin"_L1}, checkInStatement};
const Action renewAction{{"renew"_L1}, renewStatement};

QString tr(const char *text)
{
    return QCoreApplication::translate("Circulation", text);
}

/// The shard's row, and whether the copy has to be looked for elsewhere.
struct ShardReply
{
    CirculationAnswer answer;
    bool elsewhere = false;
};

std::vector<Reason> reasonsIn(const QString &json)
{
    std::vector<Reason> reasons;
    for (const QJsonValue &value : QJsonDocument::fromJson(json.toUtf8()).array()) {
        const QJsonObject reason = value.toObject();
        reasons.push_back({reason.value("code"_L1).toString(), reason.value("text"_L1).toString(),
                           reason.value("overridable"_L1).toBool()});
    }
    return reasons;
}

ShelfPlace placeIn(const QString &json)
{
    const QJsonObject place = QJsonDocument::fromJson(json.toUtf8()).object();
    const QJsonValue floor = place.value("floor"_L1);
    return {floor.isDouble() ? std::optional(floor.toInt()) : std::nullopt, place.value("room"_L1).toInt(),
            place.value("bookshelf"_L1).toInt()};
}

Outcome outcomeIn(const QString &word)
{
    for (const Outcome outcome : {Outcome::Lent, Outcome::Returned, Outcome::Renewed, Outcome::Undone}) {
        if (word == outcomeName(outcome))
            return outcome;
    }
    return Outcome::Refused;
}

CirculationAnswer answerIn(const RowSet::Row &row, const QUuid &requestId, const QString &barcode)
{
    return {.outcome = outcomeIn(row.text("outcome")),
            .requestId = requestId,
            .barcode = barcode,
            .reasons = reasonsIn(row.text("reasons")),
            .loanId = row.uuid("loan_id"),
            .copyBranch = row.uuid("copy_branch_id"),
            .lendingBranch = row.uuid("lending_branch_id"),
            .title = row.text("title"),
            .authorLine = row.text("author_line"),
            .lentAt = row.time("lent_at"),
            .dueAt = row.time("due_at"),
            .lateDays = static_cast<int>(row.number("late_days")),
            .rule = row.text("rule"),
            .place = placeIn(row.text("place")),
            .error = {}};
}

/// Whether the shard has done it may be open after a broken connection or a missed deadline.
Outcome outcomeOf(const DbError &error)
{
    return error.outcomeUnknown ? Outcome::Unknown : Outcome::Failed;
}

ShardReply callShard(Session &session, const BranchEntry &branch, const Action &action, const Scan &scan)
{
    QVariantList values{scan.requestId, branch.id, branch.epoch, scan.deskBranch, scan.barcode};
    if (action.lends)
        values << scan.card << (scan.dueOn.isValid() ? QVariant(scan.dueOn) : QVariant())
               << arrayLiteral(scan.overrides) << scan.overrideReason;
    // That a patron has another branch's copy is told once it stands in the audit log.
    const Rows rows = recordedReading(session, action.statement, values, "outcome");
    return {answerIn(rows->row(0), scan.requestId, scan.barcode),
            rows->row(0).text("outcome") == "elsewhere"_L1};
}

/// One scan on its way: the desk's own branch first, then the branch that owns the copy. It keeps itself
/// alive through the callbacks that hold it.
class Circulation final : public std::enable_shared_from_this<Circulation>
{
public:
    Circulation(Cluster &cluster, const Action &action, const Scan &scan)
        : m_cluster(cluster)
        , m_action(action)
        , m_scan(scan)
        , m_until(Watchdog::Clock::now() + scan.deadline)
    {}

    QFuture<CirculationAnswer> start()
    {
        m_promise.start();
        auto future = m_promise.future();
        ask(m_scan.deskBranch);
        return future;
    }

private:
    [[nodiscard]] Call limited(const Call &call) const
    {
        Call step = call.until(m_until);
        step.stop = m_scan.stop;
        return step;
    }

    void ask(const QUuid &branch)
    {
        m_asked = branch;
        auto self = shared_from_this();
        m_cluster.submitOnBranch<ShardReply>(
            branch, limited(m_action.call),
            [action = m_action, scan = m_scan](Session &session, const BranchEntry &entry) {
                return callShard(session, entry, action, scan);
            },
            [self](Result<ShardReply> reply) { self->answered(reply); });
    }

    void answered(const Result<ShardReply> &reply)
    {
        if (!reply) {
            // The desk's shard is down, but the copy may live on one that is up.
            const DbErrorKind kind = reply.error().kind;
            if (!m_soughtElsewhere && !reply.error().outcomeUnknown &&
                (kind == DbErrorKind::Unreachable || kind == DbErrorKind::NotConfigured))
                return seek(reply.error());
            return fail(reply.error(), outcomeOf(reply.error()));
        }
        if (!reply->elsewhere)
            return finish(reply->answer);
        if (!reply->answer.copyBranch.isNull() && !m_soughtElsewhere) {
            m_soughtElsewhere = true;
            return ask(reply->answer.copyBranch);
        }
        if (!m_soughtElsewhere)
            return seek({});
        finishUnknownBarcode();
    }

    /// Looks the barcode up in main; `homeError` is why the desk's own shard could not say.
    void seek(const std::optional<DbError> &homeError)
    {
        m_soughtElsewhere = true;
        auto self = shared_from_this();
        m_cluster.main().submit<std::optional<QUuid>>(
            limited(locateBarcodeCall),
            // The shards drop blanks around a barcode too.
            [barcode = m_scan.barcode.trimmed()](Session &session) {
                return locateBarcode(session, barcode);
            },
            [self, homeError](const Result<std::optional<QUuid>> &branch) {
                if (!branch)
                    return self->fail(homeError.value_or(branch.error()));
                if (*branch && **branch != self->m_asked)
                    return self->ask(**branch);
                if (homeError)
                    return self->fail(*homeError);
                self->finishUnknownBarcode();
            });
    }

    void finishUnknownBarcode()
    {
        CirculationAnswer answer{
            .outcome = Outcome::Refused, .requestId = m_scan.requestId, .barcode = m_scan.barcode};
        answer.reasons.push_back(
            {u"unknown_barcode"_s, tr("No copy has this barcode. Check the label, or add the copy."), false});
        finish(answer);
    }

    void fail(const DbError &error, Outcome outcome = Outcome::Failed)
    {
        finish(
            {.outcome = outcome, .requestId = m_scan.requestId, .barcode = m_scan.barcode, .error = error});
    }

    void finish(const CirculationAnswer &answer)
    {
        m_promise.addResult(answer);
        m_promise.finish();
    }

    Cluster &m_cluster;
    const Action m_action;
    const Scan m_scan;
    const Watchdog::Clock::time_point m_until; ///< of the whole scan, wherever it has to go
    QUuid m_asked;
    bool m_soughtElsewhere = false;
    QPromise<CirculationAnswer> m_promise;
};

} // namespace

QString outcomeName(Outcome outcome)
{
    switch (outcome) {
    case Outcome::Lent:
        return u"lent"_s;
    case Outcome::Returned:
        return u"returned"_s;
    case Outcome::Renewed:
        return u"renewed"_s;
    case Outcome::Undone:
        return u"undone"_s;
    case Outcome::Refused:
        return u"refused"_s;
    case Outcome::Unknown:
        return u"unknown"_s;
    case Outcome::Failed:
        break;
    }
    return u"failed"_s;
}

QFuture<CirculationAnswer> checkOut(Cluster &cluster, const Scan &scan)
{
    return std::make_shared<Circulation>(cluster, checkOutAction, scan)->start();
}

QFuture<CirculationAnswer> checkIn(Cluster &cluster, const Scan &scan)
{
    return std::make_shared<Circulation>(cluster, checkInAction, scan)->start();
}

QFuture<CirculationAnswer> renew(Cluster &cluster, const Scan &scan)
{
    return std::make_shared<Circulation>(cluster, renewAction, scan)->start();
}

QFuture<CirculationAnswer> undo(Cluster &cluster, const UndoRequest &request)
{
    auto promise = std::make_shared<QPromise<CirculationAnswer>>();
    promise->start();
    auto future = promise->future();
    cluster.submitOnBranch<CirculationAnswer>(
        request.copyBranch, undoCall,
        [request](Session &session, const BranchEntry &branch) {
            const Rows rows = session.exec(undoStatement, {request.requestId, branch.id, branch.epoch,
                                                           request.deskBranch, request.undoneRequestId});
            return answerIn(rows->row(0), request.requestId, request.barcode);
        },
        [promise, request](Result<CirculationAnswer> result) {
            promise->addResult(result ? *result
                                      : CirculationAnswer{.outcome = outcomeOf(result.error()),
                                                          .requestId = request.requestId,
                                                          .barcode = request.barcode,
                                                          .copyBranch = request.copyBranch,
                                                          .error = result.error()});
            promise->finish();
        });
    return future;
}

} // namespace Branchline
