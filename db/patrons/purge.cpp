// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/patrons/purge.h"

#include <QDeadlineTimer>
#include <QThread>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement find{"patron_to_purge"_L1,
                         "SELECT id, name, branch FROM public.patron_to_purge(?::text)"_L1};
constexpr Statement begin{"begin_purge"_L1, "SELECT phase, block_id FROM public.begin_purge(?::uuid)"_L1};
constexpr Statement refuse{"refuse_purge"_L1, "SELECT public.refuse_purge(?::uuid, ?::uuid)"_L1};
constexpr Statement blank{"blank_patron"_L1, "SELECT public.blank_patron(?::uuid, ?::uuid) AS is_blanked"_L1};
constexpr Statement finish{"finish_purge"_L1, "SELECT public.finish_purge(?::uuid)"_L1};
constexpr Statement unfinished{"unfinished_purges"_L1,
                               "SELECT id, phase, block_id, is_stale FROM public.unfinished_purges()"_L1};
constexpr Statement check{"purge_check"_L1,
                          "SELECT is_ready, loans, charges FROM public.purge_check(?::uuid, ?::uuid)"_L1};
constexpr Statement purgeRows{"purge_rows"_L1,
                              "SELECT is_ready, loans, charges FROM public.purge_rows(?::uuid)"_L1};

/// Answers to requests that name a patron are found by looking at all of a month.
constexpr std::chrono::minutes longest{10};
constexpr auto withoutLimit = "SET LOCAL statement_timeout = 0"_L1;

/// What a shard says.
struct Share
{
    bool isReady = false;
    qint64 loans = 0;
    qint64 charges = 0;
};

Share shareOf(const RowSet::Row &row)
{
    return {.isReady = row.flag("is_ready"), .loans = row.number("loans"), .charges = row.number("charges")};
}

/// A purge that is not over, as main knows it.
struct Unfinished
{
    QUuid patron;
    QUuid block;
    bool isBlanked = false;
    bool isStale = false; ///< for longer than any purge takes
};

/// One purge on its way, and those before it.
class Purge final
{
public:
    Purge(Cluster &cluster, const PurgeOptions &options)
        : m_cluster(cluster)
        , m_options(options)
    {}

    PurgeReport run(const QString &card)
    {
        const Rows person = onMain(find, {card});
        m_report.patron = person->row(0).uuid("id");
        m_report.name = person->row(0).text("name");
        m_report.branch = person->row(0).text("branch");
        if (m_options.isDryRun) {
            m_report.refusal = objection(ask({}), false);
            return m_report;
        }
        const Rows begun = onMain(begin, {m_report.patron});
        const QUuid block = begun->row(0).uuid("block_id");
        said("blocked"_L1);
        if (begun->row(0).text("phase") == "blocked"_L1)
            m_report.refusal = checkAndBlank(block);
        if (m_report.refusal.code.isEmpty())
            m_report.rows = takeOut(m_report.patron, m_options.arrival);
        tryEarlierOnes();
        return m_report;
    }

    EarlierPurges finishAll()
    {
        finishEarlierOnes(m_options.arrival);
        for (const Unfinished &one : unfinishedOnes()) {
            if (!one.isBlanked && one.isStale) {
                onMain(refuse, {one.patron, one.block});
                ++m_report.earlier.lifted;
            }
        }
        return m_report.earlier;
    }

private:
    using Answers = Combined<Share>;

    Rows onMain(const Statement &statement, const QVariantList &values)
    {
        return await(m_cluster.main().run(
                         Call{"purge a patron"_L1},
                         [statement, values](Session &session) { return session.exec(statement, values); }))
            .valueOrThrow();
    }

    void said(QLatin1StringView step) const
    {
        if (m_options.progress)
            m_options.progress(step);
    }

    /// Blanks the patron when no shard objects, else lifts the block; the objection. After an error the
    /// block is lifted, too, as long as it is not known to be too late.
    Refusal checkAndBlank(const QUuid &block)
    {
        try {
            const Refusal refusal = objection(askUntilReady(block), true);
            if (!refusal.code.isEmpty()) {
                onMain(refuse, {m_report.patron, block});
                return refusal;
            }
            said("checked"_L1);
            if (!onMain(blank, {m_report.patron, block})->row(0).flag("is_blanked"))
                return {.code = u"block_ended"_s};
            said("blanked"_L1);
            return {};
        } catch (const DbException &) {
            lift(block);
            throw;
        }
    }

    /// Where main does not answer the block stays, and health names it.
    void lift(const QUuid &block)
    {
        try {
            onMain(refuse, {m_report.patron, block});
        } catch (const DbException &) {
            return;
        }
    }

    std::vector<Unfinished> unfinishedOnes()
    {
        return onMain(unfinished, {})->map([](const RowSet::Row &row) {
            return Unfinished{.patron = row.uuid("id"),
                              .block = row.uuid("block_id"),
                              .isBlanked = row.text("phase") == "blanked"_L1,
                              .isStale = row.flag("is_stale")};
        });
    }

    void finishEarlierOnes(std::chrono::milliseconds arrival)
    {
        for (const Unfinished &one : unfinishedOnes()) {
            if (!one.isBlanked || one.patron == m_report.patron)
                continue;
            if (takeOut(one.patron, arrival).isDone())
                ++m_report.earlier.finished;
            else
                ++m_report.earlier.open;
        }
    }

    /// By the way, without waiting: nothing that happens there changes what this purge did.
    void tryEarlierOnes()
    {
        try {
            finishEarlierOnes(std::chrono::milliseconds(0));
        } catch (const DbException &) {
            ++m_report.earlier.open;
        }
    }

    /// Shards that refuse for want of a right have answered: nothing else will be said by repeating it.
    static Answers allowed(Answers answers)
    {
        for (const auto &answer : answers.shards) {
            if (!answer.result.isOk() && answer.result.error().kind == DbErrorKind::NotAllowed)
                throw DbException(answer.result.error());
        }
        return answers;
    }

    Answers ask(const QUuid &block)
    {
        const QVariantList values{m_report.patron, block.isNull() ? QVariant() : QVariant(block)};
        return allowed(await(fanOut(m_cluster, Call{"purge a patron"_L1}, [values](Session &session) {
            return shareOf(session.exec(check, values)->row(0));
        })));
    }

    template <typename Question>
    static Answers untilReady(std::chrono::milliseconds arrival, Question question)
    {
        const QDeadlineTimer deadline(arrival);
        for (;;) {
            Answers answers = question();
            const bool isReady =
                std::all_of(answers.shards.begin(), answers.shards.end(), [](const auto &answer) {
                    return !answer.result.isOk() || answer.result->isReady;
                });
            if (isReady || deadline.hasExpired())
                return answers;
            QThread::msleep(50);
        }
    }

    Answers askUntilReady(const QUuid &block)
    {
        return untilReady(m_options.arrival, [&] { return ask(block); });
    }

    /// The shards that have not done what was asked, by whether they answered at all.
    static PurgedRows undone(const Answers &answers)
    {
        PurgedRows rows;
        for (const auto &answer : answers.shards) {
            if (!answer.result.isOk() && answer.result.error().isUnavailable())
                rows.missing << answer.shard;
            else if (!answer.result.isOk() || !answer.result->isReady)
                rows.behind << answer.shard;
        }
        return rows;
    }

    /// Why the answers forbid it; with `mustBeReady` a shard to which the block has not come objects.
    static Refusal objection(const Answers &answers, bool mustBeReady)
    {
        Share sum;
        for (const auto &answer : answers.shards) {
            sum.loans += answer.result.isOk() ? answer.result->loans : 0;
            sum.charges += answer.result.isOk() ? answer.result->charges : 0;
        }
        if (sum.loans > 0)
            return {.code = u"open_loans"_s, .subject = QString::number(sum.loans)};
        if (sum.charges > 0)
            return {.code = u"open_charges"_s, .subject = QString::number(sum.charges)};
        const PurgedRows left = undone(answers);
        if (!left.missing.isEmpty())
            return {.code = u"shards_missing"_s, .subject = left.missing.join(", "_L1)};
        const QStringList behind = mustBeReady ? left.behind : answers.missing();
        if (!behind.isEmpty())
            return {.code = u"shards_behind"_s, .subject = behind.join(", "_L1)};
        return {};
    }

    /// Every shard does its part, and when all have main notes it.
    PurgedRows takeOut(const QUuid &patron, std::chrono::milliseconds arrival)
    {
        Share sum;
        const auto answers = untilReady(arrival, [&] {
            auto round =
                allowed(await(fanOut(m_cluster, Call{"purge rows"_L1, longest}, [patron](Session &session) {
                    Transaction transaction(session);
                    session.execText(u"no limit"_s, withoutLimit);
                    const Share share = shareOf(session.exec(purgeRows, {patron})->row(0));
                    transaction.commit();
                    return share;
                })));
            // A shard that was ready in an earlier round has nothing left in this one.
            for (const auto &answer : round.shards) {
                sum.loans += answer.result.isOk() ? answer.result->loans : 0;
                sum.charges += answer.result.isOk() ? answer.result->charges : 0;
            }
            return round;
        });
        PurgedRows done = undone(answers);
        done.loans = sum.loans;
        done.charges = sum.charges;
        said("rows"_L1);
        if (!done.isDone())
            return done;
        onMain(finish, {patron});
        said("done"_L1);
        return done;
    }

    Cluster &m_cluster;
    const PurgeOptions &m_options;
    PurgeReport m_report;
};

} // namespace

Result<PurgeReport> purgePatron(Cluster &cluster, const QString &card, const PurgeOptions &options)
{
    try {
        return Purge(cluster, options).run(card);
    } catch (const DbException &e) {
        return e.error();
    }
}

Result<EarlierPurges> finishPurges(Cluster &cluster, const PurgeOptions &options)
{
    try {
        return Purge(cluster, options).finishAll();
    } catch (const DbException &e) {
        return e.error();
    }
}

} // namespace Branchline
