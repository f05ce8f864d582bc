// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/patrons/purge.h"

#include <QDeadlineTimer>
#include <QThread>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement find{"patron_to_purge"_L1, "SELECT public.patron_to_purge(?::text) AS id"_L1};
constexpr Statement begin{"begin_purge"_L1, "SELECT phase, block_id FROM public.begin_purge(?::uuid)"_L1};
constexpr Statement refuse{"refuse_purge"_L1, "SELECT public.refuse_purge(?::uuid)"_L1};
constexpr Statement blank{"blank_patron"_L1, "SELECT public.blank_patron(?::uuid)"_L1};
constexpr Statement finish{"finish_purge"_L1, "SELECT public.finish_purge(?::uuid)"_L1};
constexpr Statement unfinished{"unfinished_purges"_L1,
                               "SELECT p AS id FROM public.unfinished_purges() AS p"_L1};
constexpr Statement check{"purge_check"_L1,
                          "SELECT is_ready, loans, charges FROM public.purge_check(?::uuid, ?::uuid)"_L1};
constexpr Statement rows{"purge_rows"_L1,
                         "SELECT is_ready, loans, charges FROM public.purge_rows(?::uuid)"_L1};

/// Entries of the audit log that name a patron without being about a loan are found by looking at all.
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

/// One purge on its way.
class Purge final
{
public:
    Purge(Cluster &cluster, const PurgeOptions &options)
        : m_cluster(cluster)
        , m_options(options)
    {}

    PurgeReport run(const QString &card)
    {
        if (!m_options.isDryRun)
            finishEarlierOnes();
        try {
            m_report.patron = onMain(find, {card}, "id").toUuid();
        } catch (const DbException &e) {
            // Who was blanked has no card any more: what was looked for is one of the earlier ones.
            if (e.error().kind != DbErrorKind::NotFound ||
                (m_report.finished == 0 && m_report.left.isEmpty()))
                throw;
            return m_report;
        }
        if (m_options.isDryRun) {
            m_report.refusal = objection(ask({}), false);
            return m_report;
        }
        const QUuid block = onMain(begin, {m_report.patron}, "block_id").toUuid();
        said("blocked"_L1);
        m_report.refusal = objection(askUntilReady(block), true);
        if (!m_report.refusal.code.isEmpty()) {
            onMain(refuse, {m_report.patron});
            return m_report;
        }
        said("checked"_L1);
        onMain(blank, {m_report.patron});
        said("blanked"_L1);
        takeOut(m_report.patron);
        return m_report;
    }

private:
    using Answers = Combined<Share>;

    QVariant onMain(const Statement &statement, const QVariantList &values, const char *column = nullptr)
    {
        return await(m_cluster.main().run(Call{"purge a patron"_L1},
                                          [=](Session &session) {
                                              const Rows answer = session.exec(statement, values);
                                              return column && answer->rowCount() > 0
                                                         ? answer->row(0).value(column)
                                                         : QVariant();
                                          }))
            .valueOrThrow();
    }

    void said(QLatin1StringView step) const
    {
        if (m_options.progress)
            m_options.progress(step);
    }

    void finishEarlierOnes()
    {
        const auto open =
            await(m_cluster.main().run(Call{"purge a patron"_L1}, [](Session &session) {
                return session.exec(unfinished)->map([](const RowSet::Row &row) { return row.uuid("id"); });
            })).valueOrThrow();
        for (const QUuid &id : open) {
            if (takeOut(id))
                ++m_report.finished;
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
    Answers untilReady(Question question) const
    {
        const QDeadlineTimer deadline(m_options.arrival);
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
        return untilReady([&] { return ask(block); });
    }

    /// Why the answers forbid it; with `mustBeReady` a shard to which the block has not come is missing.
    static Refusal objection(const Answers &answers, bool mustBeReady)
    {
        Share sum;
        QStringList missing = answers.missing();
        for (const auto &answer : answers.shards) {
            if (!answer.result.isOk())
                continue;
            sum.loans += answer.result->loans;
            sum.charges += answer.result->charges;
            if (mustBeReady && !answer.result->isReady)
                missing << answer.shard;
        }
        if (sum.loans > 0)
            return {.code = u"open_loans"_s, .subject = QString::number(sum.loans)};
        if (sum.charges > 0)
            return {.code = u"open_charges"_s, .subject = QString::number(sum.charges)};
        if (!missing.isEmpty())
            return {.code = u"shards_missing"_s, .subject = missing.join(", "_L1)};
        return {};
    }

    /// Whether every shard has done its part.
    bool takeOut(const QUuid &patron)
    {
        const auto answers = untilReady([&] {
            auto round =
                allowed(await(fanOut(m_cluster, Call{"purge rows"_L1, longest}, [patron](Session &session) {
                    Transaction transaction(session);
                    session.execText(u"no limit"_s, withoutLimit);
                    const Share share = shareOf(session.exec(rows, {patron})->row(0));
                    transaction.commit();
                    return share;
                })));
            // A shard that was ready in an earlier round has nothing left in this one.
            for (const auto &answer : round.shards) {
                m_report.loans += answer.result.isOk() ? answer.result->loans : 0;
                m_report.charges += answer.result.isOk() ? answer.result->charges : 0;
            }
            return round;
        });
        QStringList left = answers.missing();
        for (const auto &answer : answers.shards) {
            if (answer.result.isOk() && !answer.result->isReady)
                left << answer.shard;
        }
        said("rows"_L1);
        m_report.left += left;
        m_report.left.removeDuplicates();
        if (!left.isEmpty())
            return false;
        onMain(finish, {patron});
        said("done"_L1);
        return true;
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

} // namespace Branchline
