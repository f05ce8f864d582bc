// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/demolibraryshard.h"

#include "db/connection/dberror.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

// Each of the two streams brings main's transaction as a whole, so that one row of each tells.
constexpr Statement hasArrived{
    "demo_has_arrived"_L1, "SELECT EXISTS (SELECT FROM public.books_ref WHERE id = ?::uuid) "
                           "   AND EXISTS (SELECT FROM public.users_ref WHERE id = ?::uuid) AS arrived"_L1};
constexpr Statement adopt{"adopt_branch"_L1, "SELECT public.adopt_branch(?::uuid, ?::bigint)"_L1};
constexpr Statement isWritten{"demo_is_written"_L1, "SELECT EXISTS (SELECT FROM public.physical_exemplars "
                                                    "WHERE branch_id = ANY (?::uuid[])) AS written"_L1};
constexpr Statement addCopies{
    "demo_copies"_L1,
    "INSERT INTO public.physical_exemplars (branch_id, id, barcode, book_id, material_type_id, status, "
    "floor, room, "
    "    bookshelf) "
    "SELECT c.branch, c.id, c.barcode, c.book, m.id, c.status, c.floor, c.room, c.shelf "
    "  FROM jsonb_to_recordset(?::jsonb) AS c (branch uuid, id uuid, barcode text, book uuid, material text, "
    "       status text, floor integer, room integer, shelf integer) "
    "  JOIN public.material_types AS m ON m.code = c.material AND m.deleted_at IS NULL"_L1};
constexpr Statement addLoans{
    "demo_loans"_L1,
    "INSERT INTO public.book_lending (branch_id, id, exemplar_id, user_id, lending_branch_id, "
    "returned_branch_id, "
    "    lent_at, due_at, returned_at, rule_number, renewals) "
    "SELECT l.branch, l.id, l.copy, l.patron, l.desk, l.back_desk, l.lent, l.due, l.back, l.rule, l.renewals "
    "  FROM jsonb_to_recordset(?::jsonb) AS l (branch uuid, id uuid, copy uuid, patron uuid, desk uuid, "
    "       back_desk uuid, lent timestamptz, due timestamptz, back timestamptz, rule integer, renewals integer)"_L1};
constexpr Statement addEvents{
    "demo_events"_L1,
    "INSERT INTO public.desk_event (branch_id, at, kind, exemplar_id, desk_branch_id) "
    "SELECT e.branch, e.at, e.kind, e.copy, e.desk FROM jsonb_to_recordset(?::jsonb) "
    "    AS e (branch uuid, at timestamptz, kind text, copy uuid, desk uuid) ORDER BY e.at"_L1};
// The figures of the days that are over; were they missing, they would be counted from the events when asked
// for.
constexpr Statement rollUp{"demo_roll_up"_L1, "SELECT public.roll_up_activity(4000)"_L1};

constexpr auto arrivalWait = 60s;

QString plain(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

QString text(const QJsonArray &rows)
{
    return QString::fromUtf8(QJsonDocument(rows).toJson(QJsonDocument::Compact));
}

QString time(const QDateTime &at)
{
    return at.toString(Qt::ISODateWithMs);
}

class ShardPart
{
public:
    ShardPart(Session &session, const DemoLibrary &library, const QString &shard,
              const std::map<QUuid, DemoPlace> &places, const std::vector<int> &ruleNumbers)
        : m_session(session)
        , m_library(library)
        , m_ruleNumbers(ruleNumbers)
    {
        for (const DemoBranch &branch : library.branches) {
            const auto place = places.find(branch.id);
            m_here.push_back(place != places.end() && place->second.shard == shard);
            if (m_here.back()) {
                m_ids << branch.id;
                m_epochs << place->second.epoch;
            }
        }
    }

    void write()
    {
        if (m_ids.isEmpty())
            return;
        waitForReference();
        Transaction transaction(m_session);
        if (m_session.exec(isWritten, {arrayLiteral(m_ids)})->row(0).flag("written"))
            return;
        for (qsizetype i = 0; i < m_ids.size(); ++i)
            m_session.exec(adopt, {m_ids.at(i), m_epochs.at(i)});
        copies();
        loans();
        m_session.exec(addEvents, {text(m_events)});
        transaction.commit();
        m_session.exec(rollUp);
        m_session.execText(u"analyze"_s, u"ANALYZE"_s);
    }

private:
    void waitForReference()
    {
        const auto deadline = std::chrono::steady_clock::now() + arrivalWait;
        while (!m_session.exec(hasArrived, {m_library.books.back().id, m_library.patrons.back().id})
                    ->row(0)
                    .flag("arrived")) {
            if (std::chrono::steady_clock::now() > deadline) {
                throw DbException(
                    {.kind = DbErrorKind::Timeout,
                     .message =
                         QCoreApplication::translate("DemoLibrary", "The demo books have not reached %1 yet.")
                             .arg(m_session.database()),
                     .hint = QCoreApplication::translate(
                         "DemoLibrary", "Check the replication with “branchlinectl health”, then repeat the "
                                        "command: what was begun is finished."),
                     .database = m_session.database()});
            }
            std::this_thread::sleep_for(20ms);
        }
    }

    [[nodiscard]] QString branchId(int branch) const
    {
        return plain(m_library.branches[static_cast<size_t>(branch)].id);
    }

    void event(const DemoCopy &copy, const QDateTime &at, const QString &kind, int desk)
    {
        m_events.append(QJsonObject{{u"branch"_s, branchId(copy.branch)},
                                    {u"at"_s, time(at)},
                                    {u"kind"_s, kind},
                                    {u"copy"_s, plain(copy.id)},
                                    {u"desk"_s, branchId(desk)}});
    }

    void copies()
    {
        QSet<int> lent;
        for (const DemoLoan &loan : m_library.loans) {
            if (loan.returnedBranch < 0)
                lent.insert(loan.copy);
        }
        QJsonArray rows;
        for (size_t i = 0; i < m_library.copies.size(); ++i) {
            const DemoCopy &copy = m_library.copies[i];
            if (!m_here[static_cast<size_t>(copy.branch)])
                continue;
            const bool isLent = lent.contains(static_cast<int>(i));
            rows.append(QJsonObject{{u"branch"_s, branchId(copy.branch)},
                                    {u"id"_s, plain(copy.id)},
                                    {u"barcode"_s, copy.barcode},
                                    {u"book"_s, plain(m_library.books[static_cast<size_t>(copy.book)].id)},
                                    {u"material"_s, copy.material},
                                    {u"status"_s, isLent ? u"lent"_s : copy.status},
                                    {u"floor"_s, copy.floor},
                                    {u"room"_s, copy.room},
                                    {u"shelf"_s, copy.shelf}});
            event(copy, copy.addedAt, u"copy_added"_s, copy.branch);
        }
        m_session.exec(addCopies, {text(rows)});
    }

    void loans()
    {
        QJsonArray rows;
        for (const DemoLoan &loan : m_library.loans) {
            const DemoCopy &copy = m_library.copies[static_cast<size_t>(loan.copy)];
            if (!m_here[static_cast<size_t>(copy.branch)])
                continue;
            const bool isOpen = loan.returnedBranch < 0;
            rows.append(QJsonObject{
                {u"branch"_s, branchId(copy.branch)},
                {u"id"_s, plain(loan.id)},
                {u"copy"_s, plain(copy.id)},
                {u"patron"_s, plain(m_library.patrons[static_cast<size_t>(loan.patron)].id)},
                {u"desk"_s, branchId(loan.lendingBranch)},
                {u"back_desk"_s, isOpen ? QJsonValue() : QJsonValue(branchId(loan.returnedBranch))},
                {u"lent"_s, time(loan.lentAt)},
                {u"due"_s, time(loan.dueAt)},
                {u"back"_s, isOpen ? QJsonValue() : QJsonValue(time(loan.returnedAt))},
                {u"rule"_s, m_ruleNumbers[static_cast<size_t>(loan.rule)]},
                {u"renewals"_s, static_cast<int>(loan.renewedAt.size())}});
            event(copy, loan.lentAt, u"lent"_s, loan.lendingBranch);
            for (const QDateTime &renewed : loan.renewedAt)
                event(copy, renewed, u"renewed"_s, loan.lendingBranch);
            if (!isOpen)
                event(copy, loan.returnedAt, u"returned"_s, loan.returnedBranch);
        }
        m_session.exec(addLoans, {text(rows)});
    }

    Session &m_session;
    const DemoLibrary &m_library;
    const std::vector<int> &m_ruleNumbers;
    std::vector<bool> m_here; ///< by branch
    QList<QUuid> m_ids;
    QList<qint64> m_epochs;
    QJsonArray m_events;
};

} // namespace

void writeDemoShard(Session &session, const QString &shard, const DemoLibrary &library,
                    const std::map<QUuid, DemoPlace> &places, const std::vector<int> &ruleNumbers)
{
    ShardPart(session, library, shard, places, ruleNumbers).write();
}

} // namespace Branchline
