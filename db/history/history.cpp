// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/history/history.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement ofRecord{
    "record_history"_L1,
    "SELECT id, at, (extract(epoch FROM at) * 1000000)::bigint AS micros, actor, "
    "application, op, table_name, "
    "       row_id, branch_code, branch_name, timezone, subject, changes::text AS changes "
    "FROM public.record_history(?::text, ?::uuid, 'epoch'::timestamptz + ?::bigint "
    "* interval '1 microsecond', "
    "                           ?::uuid, ?::int)"_L1};
constexpr Statement ofAll{
    "audit_page"_L1,
    "SELECT id, at, (extract(epoch FROM at) * 1000000)::bigint AS micros, actor, application, op, "
    "table_name, "
    "       row_id, branch_code, branch_name, timezone, subject, changes::text AS changes "
    "FROM public.audit_page(?::timestamptz, ?::timestamptz, ?::text, ?::text, ?::text[], ?::text[], ?::uuid, "
    "                       'epoch'::timestamptz + ?::bigint * interval '1 microsecond', ?::uuid, ?::int)"_L1};
constexpr Statement names{"staff_names"_L1,
                          "SELECT login, display_name FROM public.staff_names(?::text[])"_L1};

constexpr Statement actors{"audit_people"_L1, "SELECT login, display_name FROM public.audit_people()"_L1};
/// Of an entry that says only how far back the database has looked.
constexpr auto lookedBack = "looked"_L1;

using Entries = std::vector<HistoryEntry>;
using Task = std::function<Entries(Session &)>;

HistoryEntry entryOf(const RowSet::Row &row)
{
    HistoryEntry entry{.key = {.micros = row.number("micros"), .id = row.uuid("id")},
                       .at = row.time("at"),
                       .actor = row.text("actor"),
                       .actorName = row.text("actor"),
                       .desk = row.text("application").section(u' ', 0, 1), // behind them is what was done
                       .operation = row.text("op"),
                       .table = row.text("table_name"),
                       .row = row.uuid("row_id"),
                       .branchCode = row.text("branch_code"),
                       .branchName = row.text("branch_name"),
                       .timeZone = row.text("timezone").toLatin1(),
                       .subject = row.text("subject"),
                       .database = {},
                       .changes = {}};
    const auto changes = QJsonDocument::fromJson(row.text("changes").toUtf8()).array();
    for (const QJsonValue &change : changes) {
        entry.changes.push_back({.field = change[u"field"_s].toString(),
                                 .before = change[u"old"_s].toString(),
                                 .after = change[u"new"_s].toString(),
                                 .isHidden = change[u"hidden"_s].toBool()});
    }
    return entry;
}

QVariant timeOrNull(const QDateTime &time)
{
    return orNull(time.isValid() ? time.toUTC().toString(Qt::ISODateWithMs) : QString());
}

QVariant listOrNull(const QStringList &words)
{
    return words.isEmpty() ? orNull(QString()) : QVariant(arrayLiteral(words));
}

/// One question to several databases; the last answer makes the page.
class Gathering final : public std::enable_shared_from_this<Gathering>
{
public:
    Gathering(Cluster &cluster, const Call &call, int most)
        : m_cluster(cluster)
        , m_call(call)
        , m_most(most)
    {
        m_promise.start();
    }

    /// `shards`: bare names.
    QFuture<Result<HistoryPage>> ask(const QStringList &shards, const Task &task)
    {
        auto future = m_promise.future();
        m_names = QStringList{u"main"_s} + shards;
        m_answers.resize(static_cast<size_t>(m_names.size()));
        m_open = m_answers.size();
        for (qsizetype i = 0; i < m_names.size(); ++i) {
            const auto place = static_cast<size_t>(i);
            Database *database = i == 0 ? &m_cluster.main() : m_cluster.shard(m_names.at(i));
            if (!database) {
                take(place, Internal::unconfiguredShard(m_names.at(i)));
                continue;
            }
            database->submit<Entries>(m_call, task,
                                      [self = shared_from_this(), place](Result<Entries> answer) {
                                          self->take(place, std::move(answer));
                                      });
        }
        return future;
    }

private:
    void take(size_t place, Result<Entries> answer)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_answers[place] = std::move(answer);
            if (--m_open > 0)
                return;
        }
        // Nobody else writes from here on.
        if (const auto error = failure())
            return finish(*error);
        merge();
        nameActors();
    }

    /// A refusal stands when nothing was given out: at one database the login may have a right, at another
    /// there is nothing it is about. An unknown table is unknown to all.
    [[nodiscard]] std::optional<DbError> failure() const
    {
        std::optional<DbError> refusal;
        std::optional<DbError> other;
        bool hasEntries = false;
        bool isAnswered = false;
        for (const auto &answer : m_answers) {
            if (answer) {
                isAnswered = true;
                hasEntries = hasEntries || !answer->empty();
            } else if (answer.error().kind == DbErrorKind::NotFound) {
                return answer.error();
            } else if (answer.error().kind == DbErrorKind::NotAllowed) {
                refusal = refusal ? refusal : answer.error();
            } else {
                other = other ? other : answer.error();
            }
        }
        if (refusal && !hasEntries)
            return refusal;
        return isAnswered ? std::nullopt : other;
    }

    void merge()
    {
        m_page.databases = static_cast<int>(m_names.size());
        for (size_t i = 0; i < m_answers.size(); ++i) {
            const QString &name = m_names.at(static_cast<qsizetype>(i));
            auto &answer = m_answers[i];
            if (!answer) {
                if (answer.error().kind != DbErrorKind::NotAllowed)
                    m_page.missing << name;
                continue;
            }
            for (HistoryEntry &entry : answer.value()) {
                if (entry.operation == lookedBack) {
                    m_page.last = std::max(m_page.last, entry.key);
                    m_page.hasMore = true;
                    continue;
                }
                entry.database = name;
                m_page.entries.push_back(std::move(entry));
            }
        }
        std::sort(m_page.entries.begin(), m_page.entries.end(),
                  [](const HistoryEntry &a, const HistoryEntry &b) { return b.key < a.key; });
        cut();
    }

    /// A page ends where one database has not looked further, or where it is full.
    void cut()
    {
        auto &entries = m_page.entries;
        if (m_page.hasMore) {
            while (!entries.empty() && entries.back().key < m_page.last)
                entries.pop_back();
        }
        if (entries.size() > static_cast<size_t>(m_most)) {
            entries.resize(static_cast<size_t>(m_most));
            m_page.hasMore = true;
            m_page.last = entries.back().key;
        } else if (!m_page.hasMore && !entries.empty()) {
            m_page.last = entries.back().key;
        }
    }

    /// Shards know logins only. Without main the logins have to do.
    void nameActors()
    {
        QStringList logins;
        for (const HistoryEntry &entry : m_page.entries)
            logins << entry.actor;
        logins.removeDuplicates();
        if (logins.isEmpty() || m_page.missing.contains(u"main"_s))
            return finish(std::move(m_page));
        m_cluster.main().submit<Rows>(
            m_call, [list = arrayLiteral(logins)](Session &session) { return session.exec(names, {list}); },
            [self = shared_from_this()](const Result<Rows> &rows) {
                for (int i = 0; rows && i < (*rows)->rowCount(); ++i) {
                    const auto row = (*rows)->row(i);
                    for (HistoryEntry &entry : self->m_page.entries) {
                        if (entry.actor == row.text("login"))
                            entry.actorName = row.text("display_name");
                    }
                }
                self->finish(std::move(self->m_page));
            });
    }

    void finish(Result<HistoryPage> result)
    {
        m_promise.addResult(std::move(result));
        m_promise.finish();
    }

    Cluster &m_cluster;
    const Call m_call;
    const int m_most;
    QPromise<Result<HistoryPage>> m_promise;
    QStringList m_names;
    HistoryPage m_page;

    std::mutex m_mutex;
    std::vector<Result<Entries>> m_answers; ///< under m_mutex until the last one is there
    size_t m_open = 0;                      ///< likewise
};

bool isOfMainAlone(const QString &table)
{
    static const QStringList both{u"users"_s,    u"physical_exemplars"_s, u"book_lending"_s,    u"charges"_s,
                                  u"payments"_s, u"op_result"_s,          u"branch_placement"_s};
    return !both.contains(table);
}

} // namespace

QFuture<Result<HistoryPage>> recordHistory(Cluster &cluster, const QString &table, const QUuid &row,
                                           const HistoryKey &after, int most)
{
    const Call call{"read the history of a record"_L1};
    return std::make_shared<Gathering>(cluster, call, most)
        ->ask(isOfMainAlone(table) ? QStringList() : cluster.shardNames(), [table, row, after,
                                                                            most](Session &session) {
            // One more says whether there is more.
            return session.exec(ofRecord, {table, orNull(row), after.micros, orNull(after.id), most + 1})
                ->map(entryOf);
        });
}

QFuture<Result<HistoryPage>> auditPage(Cluster &cluster, const HistoryFilter &filter, const HistoryKey &after,
                                       int most)
{
    QStringList shards = cluster.shardNames();
    if (const auto directory = cluster.directory(); directory && !filter.branch.isNull()) {
        if (const BranchEntry *branch = directory->branch(filter.branch))
            shards = {branch->shard};
    }
    const Call call{"read the audit log"_L1};
    return std::make_shared<Gathering>(cluster, call, most)
        ->ask(shards, [filter, after, most](Session &session) {
            return session
                .exec(ofAll, {timeOrNull(filter.from), timeOrNull(filter.to), orNull(filter.actor),
                              orNull(filter.desk), listOrNull(filter.tables), listOrNull(filter.operations),
                              orNull(filter.branch), after.micros, orNull(after.id), most + 1})
                ->map(entryOf);
        });
}

QFuture<Result<std::vector<HistoryActor>>> historyActors(Cluster &cluster)
{
    return cluster.main().run(Call{"list the staff of the history"_L1}, [](Session &session) {
        return session.exec(actors)->map([](const RowSet::Row &row) {
            return HistoryActor{.login = row.text("login"), .name = row.text("display_name")};
        });
    });
}

} // namespace Branchline
