// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/history/history.h"
#include "db/history/retention.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QTest>
#include <QThread>

#include <future>

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
    void entries_of_now_are_not_moved();
    void the_month_of_now_is_made();
    void a_change_that_was_begun_is_taken_back();
    void a_reader_keeps_nobody_out();
    void months_are_taken_out();
    void a_month_is_saved_before_it_goes();
    void a_month_that_cannot_be_saved_stays();
    void few_months_are_asked_about();
    void clocks_that_differ_are_refused();
    void what_is_stored_counts();
    void a_dry_run_changes_nothing();
    void killed_between_two_months();

private:
    [[nodiscard]] QString months(const QString &database)
    {
        return m_library.value(database, u"SELECT string_agg(name, ' ') FROM audit_months()"_s);
    }
    /// All that is to be made, in one transaction.
    void makeAll(const QString &database)
    {
        m_library.ddl(database, u"DO $$ BEGIN WHILE make_audit_month() IS NOT NULL LOOP END LOOP; END $$"_s);
    }
    /// As of a library of which nobody has made months for long: only those before last month are there.
    void forgetMonths(const QString &database);
    /// Runs `change` in a transaction, and an insert of now beside it that must wait for it and then succeed.
    [[nodiscard]] QString insertBeside(const QString &database, const QStringList &change);
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
    m_library.ddl(database, uR"(DO $$
    DECLARE
        ends timestamptz := (SELECT until_at FROM audit_months()
                              WHERE name = 'audit_log_first' AND from_at = '-infinity');
    BEGIN
        IF ends IS NOT NULL THEN
            ALTER TABLE audit_log DETACH PARTITION audit_log_first;
            EXECUTE format('ALTER TABLE audit_log ATTACH PARTITION audit_log_first FOR VALUES FROM (%L) TO (%L)',
                           utc_month(now()), ends);
        END IF; END $$)"_s);
    m_library.ddl(database,
                  u"INSERT INTO audit_log (at, txid, actor, application, op, table_name, new) SELECT %1 + "
                  "interval '1 hour' * n, 1, 'old', E'a \"b\"\\n', 'update', 'test', '{\"n\": 1}' FROM "
                  "generate_series(1, %2) AS n"_s.arg(start)
                      .arg(rows));
    makeAll(database);
    return m_library.value(database,
                           u"SELECT 'audit_log_' || to_char(%1 AT TIME ZONE 'UTC', 'YYYY_MM')"_s.arg(start));
}

void TestAuditMonths::months_are_made_ahead()
{
    for (const QString &database : m_databases) {
        QCOMPARE(m_library.value(database, u"SELECT audit_state() ->> 'months_ahead'"_s), u"36"_s);
        QCOMPARE(m_library.value(database, u"SELECT make_audit_month()"_s), QString());
        // No gap and no overlap: each begins where the one before ends.
        QCOMPARE(m_library.value(
                     database, u"SELECT count(*) FROM (SELECT from_at, lag(until_at) OVER (ORDER BY from_at) "
                               "AS before FROM audit_months()) AS m WHERE from_at <> before"_s),
                 u"0"_s);
        // However a session writes times.
        m_library.ddl(database, u"SET datestyle = 'SQL, DMY'; SET timezone = 'Asia/Kolkata'"_s);
        QCOMPARE(m_library.value(database, u"SELECT count(*) FROM audit_months() AS m "
                                           "WHERE extract(hour FROM m.until_at AT TIME ZONE 'UTC') <> 0"_s),
                 u"0"_s);
        m_library.ddl(database, u"RESET datestyle; RESET timezone"_s);
        // One that is missing in between is seen.
        const QString fifth = m_library.value(
            database,
            u"SELECT name FROM audit_months() WHERE from_at > now() ORDER BY from_at OFFSET 4 LIMIT 1"_s);
        m_library.ddl(database, u"DROP TABLE %1"_s.arg(fifth));
        QVERIFY(m_library.value(database, u"SELECT audit_state() ->> 'months_ahead'"_s).toInt() < 12);
        QCOMPARE(m_library.value(database, u"SELECT make_audit_month()"_s), fifth);
        QCOMPARE(m_library.value(database, u"SELECT audit_state() ->> 'months_ahead'"_s), u"36"_s);
    }
    QCOMPARE(m_library.value(u"main"_s, u"SELECT make_audit_month(37) IS NOT NULL"_s), u"true"_s);
    QCOMPARE(m_library.value(u"main"_s, u"SELECT make_audit_month(37)"_s), QString());
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
        "'1 month' * n, 1, 'early', 'b', 'read', 'test' FROM generate_series(44, 46) AS n"_s);
    QCOMPARE(m_library.value(database, u"SELECT count(*) FROM audit_log_default"_s), u"3"_s);
    QCOMPARE(m_library.value(database, u"SELECT audit_state() ->> 'has_stray_rows'"_s), u"true"_s);
    for (int i = 0; i < 3; ++i)
        QVERIFY(!m_library.value(database, u"SELECT make_audit_month()"_s).isEmpty());
    QCOMPARE(m_library.value(database, u"SELECT make_audit_month()"_s), QString());
    QCOMPARE(m_library.value(database, u"SELECT audit_state() ->> 'has_stray_rows'"_s), u"false"_s);
    QCOMPARE(entries(database), before + 3);
    QCOMPARE(
        m_library.value(database, u"SELECT count(DISTINCT tableoid) FROM audit_log WHERE actor = 'early'"_s),
        u"3"_s);
    QCOMPARE(m_library.trySql(database, u"DELETE FROM audit_log WHERE actor = 'early'"_s).error().sqlState,
             u"LB010"_s);
}

/// The question before every reading of another branch's patron: with years of months, all of which it
/// would lock otherwise, a call touches the one or two that the last hour lies in, and their indexes.
void TestAuditMonths::a_read_of_an_hour_touches_one_month()
{
    const auto monthsTouchedBy = [&](const QString &database, const QString &call) {
        const auto session = m_library.newSession(database, LocalLibrary::superuserName());
        // More often than a plan that is made for all values alike is waited for.
        for (int i = 0; i < 8; ++i)
            session->execText(u"read"_s, u"SELECT %1"_s.arg(call));
        Transaction open(*session);
        session->execText(u"read"_s, u"SELECT %1"_s.arg(call));
        constexpr Statement count{
            "touched"_L1, "SELECT count(DISTINCT l.relation) AS months FROM pg_locks AS l WHERE l.pid = "
                          "pg_backend_pid() AND l.relation IN (SELECT h.inhrelid FROM pg_inherits AS h "
                          "WHERE h.inhparent = 'public.audit_log'::regclass)"_L1};
        return session->exec(count)->row(0).number("months");
    };
    const QString is = u"is_noted(gen_random_uuid(), gen_random_uuid(), 'loans')"_s;
    const qint64 touched = monthsTouchedBy(u"alpha_shard"_s, is);
    QVERIFY2(touched >= 1 && touched <= 2, qPrintable(QString::number(touched)));
    // On main they also write, which touches the month of now.
    for (const QString &call :
         {u"note_reading((SELECT id FROM users LIMIT 1), (SELECT id FROM branches LIMIT 1), 'loans')"_s,
          u"may_search('a')"_s}) {
        const qint64 onMain = monthsTouchedBy(u"main"_s, call);
        QVERIFY2(onMain <= 2, qPrintable(QString::number(onMain)));
    }
    const QString fetch = m_library.value(
        u"alpha_shard"_s, u"SELECT count(*) FROM pg_proc WHERE proname = 'audit_page' AND prosrc LIKE "
                          "'%l.at = f.at AND l.id = f.id%'"_s);
    QCOMPARE(fetch, u"1"_s);
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
    QVERIFY(!m_library.value(u"beta_shard"_s, u"SELECT make_audit_month(37)"_s).isEmpty());
    open.commit();
    QCOMPARE(m_library.value(u"beta_shard"_s, u"SELECT count(*) FROM audit_log WHERE actor = 'desk'"_s),
             u"1"_s);
    QCOMPARE(makeAuditMonths(*admin).names, QStringList());
    QCOMPARE(admin->exec({"who"_L1, "SELECT current_user = session_user AS same"_L1})->row(0).flag("same"),
             true);
}

void TestAuditMonths::forgetMonths(const QString &database)
{
    m_library.ddl(database, uR"(DO $$
    DECLARE month text;
    BEGIN
        FOR month IN SELECT name FROM audit_months() WHERE until_at > now() - interval '32 days' LOOP
            EXECUTE format('ALTER TABLE audit_log DETACH PARTITION %I', month);
            EXECUTE format('DROP TABLE %I', month);
        END LOOP;
    END $$)"_s);
}

QString TestAuditMonths::insertBeside(const QString &database, const QStringList &change)
{
    const auto admin = m_library.newSession(database, LocalLibrary::superuserName());
    Transaction open(*admin);
    for (const QString &statement : change)
        admin->execText(u"change"_s, statement);
    auto desk = std::async(std::launch::async, [&]() -> QString {
        const auto session = m_library.newSession(database, LocalLibrary::superuserName());
        try {
            session->execText(u"insert"_s,
                              u"INSERT INTO audit_log (txid, actor, application, op, table_name) "
                              "VALUES (1, 'beside', 'b', 'read', 'test')"_s);
            return u"inserted"_s;
        } catch (const DbException &e) {
            return e.error().sqlState;
        }
    });
    QDeadlineTimer deadline(5000);
    const auto isWaiting = [&] {
        return m_library.value(database, u"SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"_s) ==
               "true"_L1;
    };
    bool hasWaited = isWaiting();
    while (!hasWaited && !deadline.hasExpired()) {
        QThread::msleep(5);
        hasWaited = isWaiting();
    }
    open.commit();
    return hasWaited ? desk.get() : u"it did not wait: "_s + desk.get();
}

/// Nobody has made months for a year: what people write lies in the default partition, and is not moved.
/// Somebody who writes at that moment waits shortly, and writes.
void TestAuditMonths::entries_of_now_are_not_moved()
{
    const QString database = u"alpha_shard"_s;
    forgetMonths(database);
    m_library.ddl(
        database,
        u"INSERT INTO audit_log (at, txid, actor, application, op, table_name) SELECT now() - interval "
        "'1 month' * (n % 3), 1, 'now', 'b', 'read', 'test' FROM generate_series(0, 299) AS n; "
        "INSERT INTO audit_log (at, txid, actor, application, op, table_name) VALUES "
        "(now() + interval '20 months', 1, 'now', 'b', 'read', 'test')"_s);
    QCOMPARE(m_library.value(database, u"SELECT audit_state() ->> 'months_ahead'"_s), u"0"_s);
    const qint64 before = entries(database);
    const QString place =
        u"SELECT pg_relation_filenode(tableoid) FROM audit_log WHERE actor = 'now' AND at <= now() LIMIT 1"_s;
    const QString filenode = m_library.value(database, place);
    const QString lookingAhead = m_library.value(database, u"SELECT make_audit_month()"_s);
    QCOMPARE(m_library.value(database, u"SELECT count(*) FROM %1 WHERE actor = 'now'"_s.arg(lookingAhead)),
             u"1"_s);
    for (int i = 0; i < 2; ++i) // two steps in which people write, and the one for which they wait
        QCOMPARE(m_library.value(database, u"SELECT make_audit_month()"_s), u"audit_log_default"_s);
    QCOMPARE(insertBeside(database, {u"SELECT make_audit_month()"_s}), u"inserted"_s);
    makeAll(database);
    QCOMPARE(m_library.value(database, place), filenode);
    QCOMPARE(entries(database), before + 1);
    QCOMPARE(m_library.value(database, u"SELECT count(DISTINCT tableoid) FROM audit_log WHERE actor IN "
                                       "('now', 'beside') AND at <= now()"_s),
             u"1"_s);
    QCOMPARE(m_library.value(database, u"SELECT audit_state() ->> 'has_stray_rows'"_s), u"false"_s);
    QVERIFY(m_library.value(database, u"SELECT audit_state() ->> 'months_ahead'"_s).toInt() >= 36);
    QCOMPARE(
        m_library.value(database, u"SELECT count(*) FROM pg_constraint WHERE conname = 'audit_log_holds'"_s),
        u"0"_s);
    every_partition_is_walled();
}

/// The first entry of a month that is missing waits for its month, and is in it.
void TestAuditMonths::the_month_of_now_is_made()
{
    const QString database = u"beta_shard"_s;
    forgetMonths(database);
    QCOMPARE(insertBeside(database, {u"SELECT make_audit_month()"_s}), u"inserted"_s);
    QCOMPARE(
        m_library.value(database, u"SELECT tableoid::regclass FROM audit_log WHERE actor = 'beside'"_s),
        m_library.value(database, u"SELECT 'audit_log_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM')"_s));
    makeAll(database);
}

/// Ended between two steps and not gone on with: what was begun must not stand in anybody's way for ever.
void TestAuditMonths::a_change_that_was_begun_is_taken_back()
{
    const QString database = u"beta_shard"_s;
    forgetMonths(database);
    m_library.ddl(database,
                  u"INSERT INTO audit_log (txid, actor, application, op, table_name) VALUES (1, 'now', "
                  "'b', 'read', 'test')"_s);
    QCOMPARE(m_library.value(database, u"SELECT make_audit_month()"_s), u"audit_log_default"_s);
    // As it was ten months ago: it ends soon.
    m_library.ddl(database, u"ALTER TABLE audit_log_default DROP CONSTRAINT audit_log_holds; "
                            "DO $$ BEGIN EXECUTE format('ALTER TABLE audit_log_default ADD CONSTRAINT "
                            "audit_log_holds CHECK (at >= %L AND at < %L) NOT VALID', utc_month(now()), "
                            "utc_month(now(), 1)); END $$"_s);
    QCOMPARE(m_library.value(database, u"SELECT make_audit_month()"_s), u"audit_log_default"_s);
    QCOMPARE(
        m_library.value(database, u"SELECT count(*) FROM pg_constraint WHERE conname = 'audit_log_holds'"_s),
        u"0"_s);
    makeAll(database);
    QCOMPARE(m_library.value(database, u"SELECT audit_state() ->> 'has_stray_rows'"_s), u"false"_s);
}

/// A backup reads for hours. Nothing that opens the library waits for it while there are months.
void TestAuditMonths::a_reader_keeps_nobody_out()
{
    const QString database = u"alpha_shard"_s;
    const QString old = addOldMonth(database, 30, 1);
    m_library.ddl(database,
                  u"DO $$ BEGIN EXECUTE format('DROP TABLE %I', (SELECT name FROM audit_months() WHERE "
                  "from_at = utc_month(now(), 36))); END $$"_s);
    const int ahead = m_library.value(database, u"SELECT audit_state() ->> 'months_ahead'"_s).toInt();
    const auto backup = m_library.newSession(database, LocalLibrary::superuserName());
    backup->execText(u"begin"_s,
                     u"BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL application_name = 'pg_dump'; "
                     "SELECT count(*) FROM audit_log"_s);
    QElapsedTimer timer;
    timer.start();
    const Result<Done> opened = initialise(m_library.adminAddresses(), {});
    QVERIFY2(opened.isOk(), qPrintable(opened.isOk() ? QString() : opened.error().message));
    QVERIFY2(timer.elapsed() < 30000, qPrintable(QString::number(timer.elapsed())));
    const Result<MigrationReport> migrated = migrateLibrary(m_library.adminAddresses());
    QVERIFY2(migrated.isOk(), qPrintable(migrated.isOk() ? QString() : migrated.error().message));
    QStringList remarks;
    for (const MigratedDatabase &one : migrated->databases)
        remarks += one.further.filter(u"cannot be made now"_s);
    QCOMPARE(remarks.size(), 1);
    QVERIFY2(remarks.at(0).contains(database), qPrintable(remarks.at(0)));
    // To take a month out is refused at once, with the reason.
    const auto held = retain({.months = 24});
    QVERIFY(!held.isOk());
    QCOMPARE(held.error().kind, DbErrorKind::Conflict);
    QVERIFY2(held.error().message.contains("pg_dump"_L1), qPrintable(held.error().message));
    QVERIFY(months(database).contains(old));
    backup->execText(u"rollback"_s, u"ROLLBACK"_s);
    QCOMPARE(retain({.months = 24})->taken.size(), size_t(1));
    QVERIFY(!months(database).contains(old));
    makeAll(database);
    QCOMPARE(m_library.value(database, u"SELECT audit_state() ->> 'months_ahead'"_s).toInt(), ahead + 1);
}

void TestAuditMonths::months_are_taken_out()
{
    const QString old = addOldMonth(u"main"_s, 9, 5);
    const QString kept = addOldMonth(u"main"_s, 3, 4);
    const qint64 before = entries(u"main"_s);
    const auto report = retain({.months = 3, .isConfirmed = true});
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
    QCOMPARE(retain({.months = 3, .isConfirmed = true})->taken.size(), size_t(0));
}

void TestAuditMonths::a_month_is_saved_before_it_goes()
{
    const QString old = addOldMonth(u"alpha_shard"_s, 8, 7);
    m_library.ddl(u"alpha_shard"_s, u"CREATE TEMP TABLE before AS SELECT * FROM %1"_s.arg(old));
    QTemporaryDir folder;
    Ctl ctl;
    ctl.set(u"BRANCHLINE_DIR"_s, m_library.servers().directory());
    const CtlRun run =
        ctl.json({u"audit"_s, u"retain"_s, u"--months"_s, u"6"_s, u"--yes"_s, u"--export"_s, folder.path()});
    QCOMPARE(run.status, 0);
    const QJsonArray taken = run.json.value("taken"_L1).toArray();
    QCOMPARE(taken.size(), 1);
    QCOMPARE(taken.at(0).toObject().value("rows"_L1).toInt(), 7);
    const QString file = taken.at(0).toObject().value("file"_L1).toString();
    const QStringList files = QDir(folder.path()).entryList(QDir::Files);
    QCOMPARE(files.size(), 1);
    QVERIFY2(files.at(0).startsWith(u"alpha_shard-%1-20"_s.arg(old)), qPrintable(files.at(0)));
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
                             u"SELECT old ->> 'file' FROM audit_log WHERE table_name = 'audit_log' "
                             "AND old ->> 'month' = '%1'"_s.arg(old)),
             file);
}

void TestAuditMonths::a_month_that_cannot_be_saved_stays()
{
    const QString old = addOldMonth(u"beta_shard"_s, 8, 3);
    QTemporaryDir folder;
    // Whatever is in the folder stays as it is: here a file of each name that may come.
    const QDateTime now = QDateTime::currentDateTimeUtc();
    for (int second = 0; second < 120; ++second) {
        QFile file(u"%1/beta_shard-%2-%3.csv"_s.arg(folder.path(), old,
                                                    now.addSecs(second).toString(u"yyyyMMdd'T'HHmmss'Z'"_s)));
        QVERIFY(file.open(QIODevice::WriteOnly));
    }
    const auto report = retain({.months = 6, .folder = folder.path(), .isConfirmed = true});
    QVERIFY(!report.isOk());
    QCOMPARE(report.error().kind, DbErrorKind::Configuration);
    QVERIFY(months(u"beta_shard"_s).contains(old));
    for (const QFileInfo &file : QDir(folder.path()).entryInfoList(QDir::Files))
        QCOMPARE(file.size(), 0);
    // Another number of rows than was saved: somebody has written there meanwhile.
    QCOMPARE(
        m_library.trySql(u"beta_shard"_s, u"SELECT drop_audit_month('%1', 6, 2)"_s.arg(old)).error().sqlState,
        u"LB007"_s);
    const QString running =
        m_library.value(u"beta_shard"_s, u"SELECT name FROM audit_months() WHERE until_at > now() "
                                         "LIMIT 1"_s);
    QCOMPARE(m_library.trySql(u"beta_shard"_s, u"SELECT drop_audit_month('%1', 1)"_s.arg(running))
                 .error()
                 .sqlState,
             u"LB007"_s);
    // Nor one that is over, but not for as long as is kept.
    QCOMPARE(
        m_library.trySql(u"beta_shard"_s, u"SELECT drop_audit_month('%1', 8)"_s.arg(old)).error().sqlState,
        u"LB007"_s);
    QVERIFY(months(u"beta_shard"_s).contains(running));
    QVERIFY(months(u"beta_shard"_s).contains(old));
}

/// One mistyped number does not take everything.
void TestAuditMonths::few_months_are_asked_about()
{
    QCOMPARE(m_library.value(u"main"_s, u"SELECT keep_months FROM audit_retention"_s), u"6"_s);
    const auto report = retain({.months = 1});
    QVERIFY(!report.isOk());
    QCOMPARE(report.error().kind, DbErrorKind::Conflict);
    QCOMPARE(m_library.value(u"main"_s, u"SELECT keep_months FROM audit_retention"_s), u"6"_s);
}

/// With a clock that is years ahead every month would be old.
void TestAuditMonths::clocks_that_differ_are_refused()
{
    const QString before = months(u"beta_shard"_s);
    const auto report =
        retain({.clock = [] { return QDateTime::currentDateTimeUtc().addSecs(-3 * 365 * 86400); }});
    QVERIFY(!report.isOk());
    QCOMPARE(report.error().kind, DbErrorKind::Configuration);
    QVERIFY2(report.error().message.contains("clock"_L1), qPrintable(report.error().message));
    QCOMPARE(months(u"beta_shard"_s), before);
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
        (void)retain({.months = 6, .isConfirmed = true, .progress = [&](const QString &) {
                          if (++taken == 2)
                              throw Killed();
                      }});
        QFAIL("It was not ended.");
    } catch (const Killed &) {
    }
    QCOMPARE(retain({.months = 6, .isConfirmed = true})->taken.size(), size_t(1));
    QCOMPARE(retain({.months = 6, .isConfirmed = true})->taken.size(), size_t(0));
    for (const QString &database : m_databases)
        QCOMPARE(m_library.value(database,
                                 u"SELECT count(*) FROM audit_months() WHERE until_at < now() - interval '8 "
                                 "months'"_s),
                 u"0"_s);
}

QTEST_GUILESS_MAIN(TestAuditMonths)
#include "tst_auditmonths.moc"
