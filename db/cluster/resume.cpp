// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/resume.h"

#include "db/cluster/replicationsource.h"
#include "db/cluster/snapshotslot.h"
#include "db/cluster/tablecopy.h"

#include <QCoreApplication>

#include <chrono>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

using namespace Internal;

namespace {

constexpr Statement subscriptionExists{
    "subscription_exists"_L1,
    "SELECT EXISTS (SELECT FROM pg_subscription WHERE subname = ?::name "
    "AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())) AS present"_L1};
constexpr Statement tableColumns{
    "table_columns"_L1,
    "SELECT quote_ident(a.attname) AS name, coalesce(a.attnum = ANY (i.indkey), false) AS is_key, "
    "       a.atttypid = 'uuid'::regtype AS is_id "
    "FROM pg_attribute AS a LEFT JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary "
    "WHERE a.attrelid = ('public.' || ?::text)::regclass AND a.attnum > 0 AND NOT a.attisdropped "
    "  AND a.attgenerated = '' ORDER BY a.attnum"_L1};
constexpr Statement slotIsRead{
    "slot_is_read"_L1,
    "SELECT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = ?::name AND active) AS active"_L1};

// The number of the set-up lock of init. A session whose program was killed holds it until its server has
// seen that, so that a transaction under way there has ended either way.
constexpr auto lockShard = "SET lock_timeout = '60s'; SELECT pg_advisory_lock(1279422830)"_L1;

// Triggers stay silent and nothing is checked again, as in the apply worker: main has checked every row.
constexpr auto asApplyWorker =
    "SET LOCAL session_replication_role = replica; SET LOCAL lock_timeout = '60s'; "
    "SET LOCAL idle_in_transaction_session_timeout = 0"_L1;

QString tr(const char *text)
{
    return QCoreApplication::translate("Resume", text);
}

/// A table and the statements that compare it.
class ReferenceTable final
{
public:
    ReferenceTable(Session &main, const QString &name)
        : m_name(name)
    {
        const Rows columns = main.exec(tableColumns, {name});
        for (int i = 0; i < columns->rowCount(); ++i) {
            const auto column = columns->row(i);
            m_columns << column.text("name");
            if (column.flag("is_key")) {
                m_keys << column.text("name");
                m_isKeyedById = m_isKeyedById && column.flag("is_id");
            }
        }
    }

    /// Brings the rows of main's transaction into a table of the shard's transaction.
    qint64 fetch(Session &main, Session &shard) const
    {
        const QString columns = m_columns.join(", "_L1);
        shard.execText(u"make staging table"_s,
                       u"CREATE TEMP TABLE %1 ON COMMIT DROP AS SELECT %2 FROM public.%3 WITH NO DATA"_s.arg(
                           staging(), columns, m_name));
        const qint64 rows = copyRows(main, u"SELECT %1 FROM public.%2"_s.arg(columns, m_name), shard,
                                     u"%1 (%2)"_s.arg(staging(), columns));
        shard.execText(u"analyse staging table"_s, "ANALYZE "_L1 + staging());
        return rows;
    }

    /// Makes the shard's table like the rows that were fetched.
    void merge(Session &shard, ResumedTable &result) const
    {
        const QString columns = m_columns.join(", "_L1);
        const auto of = [](const QString &alias, const QStringList &names) {
            return alias + names.join(", "_L1 + alias);
        };
        QStringList plain = m_columns;
        for (const QString &key : m_keys)
            plain.removeAll(key);
        // The key stays out of what is set, so that the lock of the row lets foreign keys refer to it.
        result.changed = count(shard, "change"_L1,
                               u"UPDATE public.%1 AS t SET (%2) = ROW(%3) FROM %4 AS s WHERE (%5) = (%6) "
                               "AND record_image_ne(ROW(%7), ROW(%3)) RETURNING 1"_s.arg(
                                   m_name, plain.join(", "_L1), of(u"s."_s, plain), staging(),
                                   of(u"t."_s, m_keys), of(u"s."_s, m_keys), of(u"t."_s, plain)));
        result.inserted = count(shard, "insert"_L1,
                                u"INSERT INTO public.%1 (%2) SELECT %2 FROM %3 AS s WHERE NOT EXISTS "
                                "(SELECT FROM public.%1 AS t WHERE (%4) = (%5)) RETURNING 1"_s.arg(
                                    m_name, columns, staging(), of(u"t."_s, m_keys), of(u"s."_s, m_keys)));
        const QString surplus =
            u"FROM public.%1 AS t WHERE NOT EXISTS (SELECT FROM %2 AS s WHERE (%3) = (%4))"_s.arg(
                m_name, staging(), of(u"t."_s, m_keys), of(u"s."_s, m_keys));
        // Main may make a row with such a key again at any time, and that would stop the whole stream.
        if (!m_isKeyedById) {
            result.removed = count(shard, "remove"_L1, "DELETE "_L1 + surplus + " RETURNING 1"_L1);
            return;
        }
        result.onlyOnShard = count(shard, "surplus"_L1, "SELECT 1 "_L1 + surplus);
        if (result.onlyOnShard > 0)
            result.examples = examples(shard, surplus);
    }

private:
    [[nodiscard]] QString staging() const { return "branchline_resume_"_L1 + m_name; }

    [[nodiscard]] qint64 count(Session &shard, QLatin1StringView what, const QString &sql) const
    {
        const QByteArray name = "resume_" + QByteArray(what.data(), what.size()) + '_' + m_name.toLatin1();
        const QByteArray text = "WITH done AS (" + sql.toUtf8() + ") SELECT count(*) AS number FROM done";
        return shard.exec({QLatin1StringView(name), QLatin1StringView(text)})->row(0).number("number");
    }

    [[nodiscard]] QStringList examples(Session &shard, const QString &surplus) const
    {
        const QByteArray name = "resume_examples_" + m_name.toLatin1();
        const QByteArray text =
            u"SELECT concat_ws('/', t.%1) AS key %2 LIMIT 20"_s.arg(m_keys.join(", t."_L1), surplus).toUtf8();
        const Rows rows = shard.exec({QLatin1StringView(name), QLatin1StringView(text)});
        QStringList keys;
        for (int i = 0; i < rows->rowCount(); ++i)
            keys << rows->row(i).text("key");
        return keys;
    }

    QString m_name;
    QStringList m_columns;
    QStringList m_keys;
    bool m_isKeyedById = true;
};

/// Nothing of a stream may arrive any more before its tables are compared, or a row would come twice. The
/// slot is taken from the subscription first: it is on a server that may be gone. The address is that of the
/// new main, where half-made first copies are tidied up.
void dropSubscription(Session &shard, const QString &stream, const QString &source)
{
    if (!shard.exec(subscriptionExists, {stream})->row(0).flag("present"))
        return;
    Transaction transaction(shard);
    shard.execText(
        u"drop subscription"_s,
        u"ALTER SUBSCRIPTION %1 CONNECTION %2; ALTER SUBSCRIPTION %1 DISABLE; "
        "ALTER SUBSCRIPTION %1 SET (slot_name = NONE); DROP SUBSCRIPTION %1"_s.arg(stream, source));
    transaction.commit();
}

/// Fills staging tables on the shard from a snapshot of main; main is done with afterwards.
std::vector<qint64> fetchAll(Session &main, const QString &snapshot, Session &shard,
                             const std::vector<ReferenceTable> &tables)
{
    std::vector<qint64> rows;
    Transaction reading(main);
    main.execText(
        u"read the slot's snapshot"_s,
        u"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '%1'; "
        "SET LOCAL idle_in_transaction_session_timeout = 0"_s.arg(snapshot));
    rows.reserve(tables.size());
    for (const ReferenceTable &table : tables)
        rows.push_back(table.fetch(main, shard));
    reading.commit();
    return rows;
}

void resumeStream(Session &main, const ReplicationTarget &target, const ReferenceStream &stream,
                  const QString &source, const std::function<void(const ResumedTable &)> &done)
{
    Session &shard = *target.session;
    dropSubscription(shard, stream.name, source);
    const QString slot = slotName(main, target.shard, stream.name);
    auto snapshot = std::make_unique<SnapshotSlot>(main, slot);
    std::vector<ReferenceTable> tables;
    for (const QString &table : stream.tables)
        tables.emplace_back(main, table);

    Transaction transaction(shard);
    shard.execText(u"write as replication does"_s, asApplyWorker);
    const std::vector<qint64> rows = fetchAll(main, snapshot->snapshot(), shard, tables);
    snapshot.reset();
    for (size_t i = 0; i < tables.size(); ++i) {
        ResumedTable result{.shard = target.shard,
                            .table = stream.tables.at(static_cast<qsizetype>(i)),
                            .compared = rows[i],
                            .examples = {}};
        tables[i].merge(shard, result);
        if (done)
            done(result);
    }
    // Its own server asks main, which may hang; from here that looks like a server that is busy.
    shard.execText(u"subscription deadline"_s, u"SET LOCAL statement_timeout = 60000"_s);
    shard.execText(u"create subscription"_s,
                   u"CREATE SUBSCRIPTION %1 CONNECTION %2 PUBLICATION %1 WITH (create_slot = false, "
                   "slot_name = %3, copy_data = false, synchronous_commit = on)"_s.arg(stream.name, source,
                                                                                       quotedLiteral(slot)));
    shard.execText(u"subscription deadline"_s, u"SET LOCAL statement_timeout = 0"_s);
    transaction.commit();
}

/// The rows are there; now their changes must follow.
void waitForReader(Session &main, const ReplicationTarget &target, const ReferenceStream &stream)
{
    const QString slot = slotName(main, target.shard, stream.name);
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!main.exec(slotIsRead, {slot})->row(0).flag("active")) {
        if (std::chrono::steady_clock::now() > deadline) {
            throw DbException(
                {.kind = DbErrorKind::Timeout,
                 .message = tr("Every row is on %1, but its subscription %2 has not begun to read changes.")
                                .arg(target.session->database(), stream.name),
                 .hint = tr("Look into its server's log: it must be able to sign in to main as "
                            "branchline_replicator (pg_hba.conf). Then run init --resume again."),
                 .database = target.session->database()});
        }
        std::this_thread::sleep_for(20ms);
    }
}

} // namespace

void resumeReplication(Session &main, const std::vector<ReplicationTarget> &targets,
                       const std::function<void(const ResumedTable &)> &done)
{
    const QString source = replicationSource(main.settings().url, renewPassword(main));
    for (const ReplicationTarget &target : targets) {
        target.session->execText(u"set-up lock"_s, lockShard);
        keepOutOfLog(*target.session);
        for (const ReferenceStream &stream : referenceStreams())
            resumeStream(main, target, stream, source, done);
    }
    for (const ReplicationTarget &target : targets) {
        for (const ReferenceStream &stream : referenceStreams())
            waitForReader(main, target, stream);
    }
}

} // namespace Branchline
