// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/history/history.h"
#include "db/history/retention.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

#include <QDir>
#include <QJsonArray>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// The audit log in months: where entries go, how months come and go, and that nothing is lost by it.
class TestAuditMonths final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void months_are_made_ahead();
    void every_partition_is_walled();
    void an_entry_before_its_month_is_kept();
    void a_read_of_an_hour_touches_one_month();
    void months_while_desks_write();
    void months_are_taken_out();
    void a_month_is_saved_before_it_goes();
    void a_month_that_cannot_be_saved_stays();
    void what_is_stored_counts();
    void a_dry_run_changes_nothing();
    void killed_between_two_months();

private:
    [[nodiscard]] QString months(const QString &database)
    {
        return m_library.value(database, u"SELECT string_agg(name, ' ') FROM audit_months()"_s);
    }
    /// A month some time ago with `rows` entries.
    QString addOldMonth(const QString &database, int monthsAgo, int rows);
    [[nodiscard]] qint64 entries(const QString &database)
    {
        return m_library.value(database, u"SELECT count(*) FROM audit_log"_s).toLongLong();
    }
    [[nodiscard]] Result<RetentionReport> retain(const RetentionOptions &options)
    {
        return retainAudit(m_library.adminAddresses(), options);
    }

    PreparedLibrary m_library{TestLibrary::Servers::Shared, {u"alpha"_s, u"beta"_s}};
    const QStringList m_databases{u"main"_s, u"alpha_shard"_s, u"beta_shard"_s};
};

void TestAuditMonths::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

/// As if it had been made when it was due. The first partition reaches back for ever, so it is cut off first.
QString TestAuditMonths::addOldMonth(const QString &database, int monthsAgo, int rows)
{
    const QString start =
        u"((date_trunc('month', now() AT TIME ZONE 'UTC') - interval '%1 months') AT TIME ZONE 'UTC')"_s.arg(
            monthsAgo);
    m_library.ddl(database, uR"(DO $$ BEGIN
        IF EXISTS (SELECT FROM audit_months() WHERE name = 'audit_log_first' AND from_at = '-infinity') THEN
            ALTER TABLE audit_log DETACH PARTITION audit_log_first;
            EXECUTE format('ALTER TABLE audit_log ATTACH PARTITION audit_log_first FOR VALUES FROM (%L) TO (%L)',
                           date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC',
                           (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC');
        END IF; END $$)"_s);
    m_library.ddl(database,
                  u"INSERT INTO audit_log (at, txid, actor, application, op, table_name, new) SELECT %1 + "
                  "interval '1 hour' * n, 1, 'old', E'a \"b\"\\n', 'update', 'test', '{\"n\": 1}' FROM "
                  "generate_series(1, %2) AS n; SELECT make_audit_months()"_s.arg(start)
                      .arg(rows));
    return m_library.value(database,
                           u"SELECT 'audit_log_' || to_char(%1 AT TIME ZONE 'UTC', 'YYYY_MM')"_s.arg(start));
}

void TestAuditMonths::months_are_made_ahead()
{
    for (const QString &database : m_databases) {
        QCOMPARE(m_library.value(database, u"SELECT audit_state() ->> 'months_ahead'"_s), u"12"_s);
        QCOMPARE(m_library.value(database, u"SELECT count(*) FROM make_audit_months()"_s), u"0"_s);
        // No gap and no overlap: each begins where the one before ends.
        QCOMPARE(m_library.value(
                     database, u"SELECT count(*) FROM (SELECT from_at, lag(until_at) OVER (ORDER BY from_at) "
                               "AS before FROM audit_months()) AS m WHERE from_at <> before"_s),
                 u"0"_s);
        m_library.ddl(
            database,
            u"ALTER TABLE audit_log DETACH PARTITION audit_log_first; SELECT make_audit_months(); "
            "ALTER TABLE audit_log DETACH PARTITION %1; DROP TABLE %1; "
            "ALTER TABLE audit_log ATTACH PARTITION audit_log_first FOR VALUES FROM (MINVALUE) TO "
            "('%2')"_s.arg(m_library.value(database, u"SELECT 'audit_log_' || to_char(now() AT TIME ZONE "
                                                     "'UTC', 'YYYY_MM')"_s),
                           m_library.value(database, u"SELECT min(from_at) FROM audit_months() WHERE "
                                                     "from_at > now()"_s)));
    }
    QCOMPARE(m_library.value(u"main"_s, u"SELECT count(*) FROM make_audit_months(14)"_s), u"2"_s);
}

/// Whoever names a partition meets what stands before the table.
void TestAuditMonths::every_partition_is_walled()
{
    for (const QString &database : m_databases) {
        const Rows rows =
            m_library.sql(database, u"SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = "
                                    "'audit_log'::regclass"_s);
        QVERIFY(rows->rowCount() >= 14);
        m_library.ddl(
            database,
            u"INSERT INTO audit_log (at, txid, actor, application, op, table_name) SELECT m.until_at "
            "- interval '1 second', 1, 'a', 'b', 'read', 'test' FROM audit_months() AS m"_s);
        for (int i = 0; i < rows->rowCount(); ++i) {
            const QString name = rows->at(i, 0).toString();
            QCOMPARE(m_library.value(database, u"SELECT relrowsecurity AND relforcerowsecurity AND relacl IS "
                                               u"NULL FROM pg_class WHERE oid = "
                                               "'%1'::regclass"_s.arg(name)),
                     u"true"_s);
            QCOMPARE(m_library.trySql(database, u"TRUNCATE %1"_s.arg(name)).error().sqlState, u"LB010"_s);
            if (name == "audit_log_default"_L1)
                continue; // it is empty
            QCOMPARE(m_library.trySql(database, u"UPDATE %1 SET actor = 'x'"_s.arg(name)).error().sqlState,
                     u"LB010"_s);
            QCOMPARE(m_library.trySql(database, u"DELETE FROM %1"_s.arg(name)).error().sqlState, u"LB010"_s);
        }
    }
}

void TestAuditMonths::an_entry_before_its_month_is_kept()
{
    const QString database = u"alpha_shard"_s;
    const qint64 before = entries(database);
    m_library.ddl(
        database,
        u"INSERT INTO audit_log (at, txid, actor, application, op, table_name) SELECT now() + interval "
        "'1 month' * n, 1, 'early', 'b', 'read', 'test' FROM generate_series(24, 26) AS n"_s);
    QCOMPARE(m_library.value(database, u"SELECT count(*) FROM audit_log_default"_s), u"3"_s);
    QCOMPARE(m_library.value(database, u"SELECT audit_state() ->> 'has_stray_rows'"_s), u"true"_s);
    QCOMPARE(m_library.value(database, u"SELECT count(*) FROM make_audit_months()"_s), u"3"_s);
    QCOMPARE(m_library.value(database, u"SELECT audit_state() ->> 'has_stray_rows'"_s), u"false"_s);
    QCOMPARE(entries(database), before + 3);
    QCOMPARE(
        m_library.value(database, u"SELECT count(DISTINCT tableoid) FROM audit_log WHERE actor = 'early'"_s),
        u"3"_s);
    QCOMPARE(m_library.trySql(database, u"DELETE FROM audit_log WHERE actor = 'early'"_s).error().sqlState,
             u"LB010"_s);
}

/// The question before every reading of another branch's patron, and a page by its key.
void TestAuditMonths::a_read_of_an_hour_touches_one_month()
{
    const Rows plan =
        m_library.sql(u"alpha_shard"_s, u"EXPLAIN (ANALYZE, COSTS OFF) SELECT FROM audit_log AS a WHERE "
                                        "a.row_id = gen_random_uuid() AND a.at BETWEEN clock_timestamp() - "
                                        "interval '1 hour' AND now()"_s);
    QString text;
    for (int i = 0; i < plan->rowCount(); ++i)
        text += plan->at(i, 0).toString() + u'\n';
    const QString fetch = m_library.value(
        u"alpha_shard"_s, u"SELECT count(*) FROM pg_proc WHERE proname = 'audit_page' AND prosrc LIKE "
                          "'%l.at = f.at AND l.id = f.id%'"_s);
    QCOMPARE(fetch, u"1"_s);
    QVERIFY2(text.contains("Index"_L1), qPrintable(text));
}

/// Months are made while another session holds rows of the log that it has not committed.
void TestAuditMonths::months_while_desks_write()
{
    const auto desk = m_library.newSession(u"beta_shard"_s, LocalLibrary::superuserName());
    Transaction open(*desk);
    desk->execText(
        u"write"_s,
        u"INSERT INTO audit_log (txid, actor, application, op, table_name) VALUES (1, 'desk', 'b', "
        "'read', 'test')"_s);
    const auto admin = m_library.newSession(u"beta_shard"_s, LocalLibrary::superuserName());
    m_library.ddl(u"beta_shard"_s, u"SET lock_timeout = '1s'"_s);
    QCOMPARE(m_library.value(u"beta_shard"_s, u"SELECT count(*) FROM make_audit_months(13)"_s), u"1"_s);
    open.commit();
    QCOMPARE(m_library.value(u"beta_shard"_s, u"SELECT count(*) FROM audit_log WHERE actor = 'desk'"_s),
             u"1"_s);
    QCOMPARE(makeAuditMonths(*admin), QStringList());
    QCOMPARE(admin->exec({"who"_L1, "SELECT current_user = session_user AS same"_L1})->row(0).flag("same"),
             true);
}

void TestAuditMonths::months_are_taken_out()
{
    const QString old = addOldMonth(u"main"_s, 9, 5);
    const QString kept = addOldMonth(u"main"_s, 3, 4);
    const qint64 before = entries(u"main"_s);
    const auto report = retain({.months = 3});
    QVERIFY2(report.isOk(), qPrintable(report.isOk() ? QString() : report.error().message));
    QCOMPARE(report->months, 3);
    QCOMPARE(report->taken.size(), size_t(1));
    QCOMPARE(report->taken.at(0).database, u"main"_s);
    QCOMPARE(report->taken.at(0).name, old);
    QCOMPARE(report->taken.at(0).rows, 5);
    QVERIFY(!months(u"main"_s).contains(old));
    QVERIFY(months(u"main"_s).contains(kept));
    // What was taken out, and that the number was changed, is in the log.
    QCOMPARE(entries(u"main"_s), before - 5 + 2);
    QCOMPARE(
        m_library.value(u"main"_s,
                        u"SELECT old ->> 'rows' || ' ' || (old ->> 'month') || ' ' || actor FROM audit_log "
                        "WHERE table_name = 'audit_log' AND op = 'delete'"_s),
        u"5 %1 branchline_superuser"_s.arg(old));
    QCOMPARE(retain({.months = 3})->taken.size(), size_t(0));
}

void TestAuditMonths::a_month_is_saved_before_it_goes()
{
    const QString old = addOldMonth(u"alpha_shard"_s, 8, 7);
    m_library.ddl(u"alpha_shard"_s, u"CREATE TEMP TABLE before AS SELECT * FROM %1"_s.arg(old));
    QTemporaryDir folder;
    Ctl ctl;
    ctl.set(u"BRANCHLINE_DIR"_s, m_library.servers().directory());
    const CtlRun run =
        ctl.json({u"audit"_s, u"retain"_s, u"--months"_s, u"6"_s, u"--export"_s, folder.path()});
    QCOMPARE(run.status, 0);
    const QJsonArray taken = run.json.value("taken"_L1).toArray();
    QCOMPARE(taken.size(), 1);
    QCOMPARE(taken.at(0).toObject().value("rows"_L1).toInt(), 7);
    const QString file = taken.at(0).toObject().value("file"_L1).toString();
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files), QStringList(u"alpha_shard-%1.csv"_s.arg(old)));
    QVERIFY(!(QFile::permissions(file) & (QFile::ReadOther | QFile::ReadGroup)));
    // What was saved is what there was.
    QFile saved(file);
    QVERIFY(saved.open(QIODevice::ReadOnly));
    m_library.ddl(u"alpha_shard"_s, u"CREATE TEMP TABLE after (LIKE before)"_s);
    const QString copy = QDir(folder.path()).filePath(u"copy.csv"_s);
    QVERIFY(QFile::copy(file, copy));
    QFile::setPermissions(copy, QFile::ReadOwner | QFile::ReadOther);
    QFile::setPermissions(folder.path(), QFile::ReadOwner | QFile::ExeOwner | QFile::WriteOwner |
                                             QFile::ReadOther | QFile::ExeOther);
    m_library.ddl(u"alpha_shard"_s, u"COPY after FROM '%1' (FORMAT csv, HEADER)"_s.arg(copy));
    QCOMPARE(
        m_library.value(u"alpha_shard"_s, u"SELECT count(*) FROM (TABLE before EXCEPT TABLE after) AS d"_s),
        u"0"_s);
    QCOMPARE(m_library.value(u"alpha_shard"_s, u"SELECT count(*) FROM after"_s), u"7"_s);
    QCOMPARE(m_library.value(u"alpha_shard"_s,
                             u"SELECT old ->> 'file' FROM audit_log WHERE table_name = 'audit_log'"_s),
             file);
}

void TestAuditMonths::a_month_that_cannot_be_saved_stays()
{
    const QString old = addOldMonth(u"beta_shard"_s, 8, 3);
    QTemporaryDir folder;
    QVERIFY(QDir(folder.path()).mkdir(u"beta_shard-%1.csv"_s.arg(old)));
    const auto report = retain({.months = 6, .folder = folder.path()});
    QVERIFY(!report.isOk());
    QCOMPARE(report.error().kind, DbErrorKind::Configuration);
    QVERIFY(months(u"beta_shard"_s).contains(old));
    // Another number of rows than was saved: somebody has written there meanwhile.
    QCOMPARE(
        m_library.trySql(u"beta_shard"_s, u"SELECT drop_audit_month('%1', 2)"_s.arg(old)).error().sqlState,
        u"LB007"_s);
    const QString running =
        m_library.value(u"beta_shard"_s, u"SELECT name FROM audit_months() WHERE until_at > now() "
                                         "LIMIT 1"_s);
    QCOMPARE(m_library.trySql(u"beta_shard"_s, u"SELECT drop_audit_month('%1', 0)"_s.arg(running))
                 .error()
                 .sqlState,
             u"LB007"_s);
    QVERIFY(months(u"beta_shard"_s).contains(running));
    QVERIFY(months(u"beta_shard"_s).contains(old));
}

void TestAuditMonths::what_is_stored_counts()
{
    QCOMPARE(m_library.value(u"main"_s, u"SELECT keep_months FROM audit_retention"_s), u"6"_s);
    const auto report = retain({});
    QCOMPARE(report->months, 6);
    QCOMPARE(report->taken.size(), size_t(1));
    QCOMPARE(report->taken.at(0).rows, 3);
}

void TestAuditMonths::a_dry_run_changes_nothing()
{
    const QString old = addOldMonth(u"alpha_shard"_s, 12, 2);
    const QString before = months(u"alpha_shard"_s);
    const auto report = retain({.months = 10, .isDryRun = true});
    QCOMPARE(report->taken.size(), size_t(1));
    QCOMPARE(report->taken.at(0).name, old);
    QCOMPARE(report->taken.at(0).rows, 2);
    QCOMPARE(months(u"alpha_shard"_s), before);
    QCOMPARE(m_library.value(u"main"_s, u"SELECT keep_months FROM audit_retention"_s), u"6"_s);
}

/// Ended in the middle, between two months, and once more: the same end.
void TestAuditMonths::killed_between_two_months()
{
    addOldMonth(u"alpha_shard"_s, 11, 2);
    addOldMonth(u"beta_shard"_s, 12, 2);
    struct Killed
    {};
    int taken = 0;
    try {
        (void)retain({.months = 6, .progress = [&](const QString &) {
                          if (++taken == 2)
                              throw Killed();
                      }});
        QFAIL("It was not ended.");
    } catch (const Killed &) {
    }
    QCOMPARE(retain({.months = 6})->taken.size(), size_t(1));
    QCOMPARE(retain({.months = 6})->taken.size(), size_t(0));
    for (const QString &database : m_databases)
        QCOMPARE(m_library.value(database,
                                 u"SELECT count(*) FROM audit_months() WHERE until_at < now() - interval '8 "
                                 "months'"_s),
                 u"0"_s);
}

QTEST_GUILESS_MAIN(TestAuditMonths)
#include "tst_auditmonths.moc"
