// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/migration.h"
#include "db/cluster/replication.h"
#include "db/schema/sessionlock.h"
#include "tests/support/calm.h"
#include "tests/support/preparedlibrary.h"

#include <QElapsedTimer>
#include <QMutex>
#include <QRegularExpression>
#include <QTest>

#include <future>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

/// A step in every database that programs of now go on working with, or do not.
MigrationOptions oneStepMore(const QString &name, const QString &shardSql, const QString &mainSql,
                             bool worksWithNow)
{
    const auto headed = [&](DatabaseRole role, const QString &sql) {
        return worksWithNow ? u"-- works-with: %1\n"_s.arg(schemaVersion(role)) + sql : sql;
    };
    return {.main = withStep(migrations(DatabaseRole::Main), name, headed(DatabaseRole::Main, mainSql)),
            .shard = withStep(migrations(DatabaseRole::Shard), name, headed(DatabaseRole::Shard, shardSql))};
}

/// The oldest program that works with a database of this plan.
int worksWith(const MigrationPlan &plan)
{
    return std::max_element(plan.begin(), plan.end(),
                            [](const Migration &a, const Migration &b) { return a.worksWith < b.worksWith; })
        ->worksWith;
}

} // namespace

/// Migrating a library in which people work.
class TestMigrateLive final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void lending_goes_on();
    void autovacuum_gives_way();
    void tables_are_locked_together();
    void other_programs_are_refused();
    void held_lock_is_waited_for();
    void held_lock_is_named();
    void held_lock_outside_is_named();
    void who_sets_up_is_named();
    void new_replicated_column();
    void replication_is_brought_up();
    void filled_table_is_left();

private:
    [[nodiscard]] MigrationOptions constraintsAgain();
    void fill(const BranchEntry &branch, const QString &like, int rows);

    PreparedLibrary m_library{TestLibrary::Servers::Shared, {u"alpha"_s, u"beta"_s}};
};

void TestMigrateLive::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

void TestMigrateLive::init()
{
    for (const DatabaseSchema &schema : lookAtSchemas(m_library.adminAddresses()))
        QVERIFY2(schema.isFit(), qPrintable(schema.database));
}

/// The plan with the shards' own steps on constraints once more, on a library that is as before them.
MigrationOptions TestMigrateLive::constraintsAgain()
{
    QString stamped;
    for (const QString &shard : m_library.shards()) {
        const QString database = shard + "_shard"_L1;
        m_library.ddl(database, uR"(
            DO $$
            DECLARE
                stamps record;
            BEGIN
                FOR stamps IN SELECT conrelid::regclass AS target, conname FROM pg_constraint
                               WHERE connamespace = 'public'::regnamespace AND conname LIKE '%\_stamps'
                LOOP
                    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', stamps.target, stamps.conname);
                END LOOP;
            END
            $$;
            DROP PROCEDURE require_stamps(regclass);
            DROP PROCEDURE lock_together(regclass[]);
            DROP TRIGGER refuse_truncate ON branch_placement;
            DROP TRIGGER refuse_delete ON branch_placement;
            ALTER TABLE audit_log DROP CONSTRAINT audit_log_at_check;
            ALTER TABLE book_lending DROP CONSTRAINT book_lending_times_are_finite;
            ALTER TABLE desk_event DROP CONSTRAINT desk_event_at_check)"_s);
        stamped = m_library.value(database, u"SELECT count(*) FROM pg_trigger WHERE tgname = 'stamp'"_s);
    }
    MigrationOptions options{.isDriftAccepted = true};
    for (const Migration &step : migrations(DatabaseRole::Shard)) {
        if (!step.name.startsWith("constraints"_L1))
            continue;
        // Later steps may have stamped more tables.
        QString text = step.sql;
        text.replace(QRegularExpression(u"stamped <> \\d+"_s), "stamped <> "_L1 + stamped);
        options.shard = withStep(options.shard, step.name + "_again"_L1, text);
    }
    return options;
}

/// Closed loans of copies that nobody scans.
void TestMigrateLive::fill(const BranchEntry &branch, const QString &like, int rows)
{
    m_library.ddl(u"alpha_shard"_s, uR"(
        SET session_replication_role = replica;
        INSERT INTO physical_exemplars (branch_id, barcode, book_id, material_type_id)
        SELECT e.branch_id, 'filled-' || g, e.book_id, e.material_type_id
          FROM physical_exemplars AS e, generate_series(1, %3) AS g
         WHERE e.branch_id = '%1' AND e.barcode = '%2';
        INSERT INTO book_lending (branch_id, exemplar_id, user_id, lending_branch_id, returned_branch_id, lent_at,
                                  due_at, returned_at)
        SELECT e.branch_id, e.id, u.id, e.branch_id, e.branch_id, now() - interval '9 days', now(),
               now() - interval '1 day'
          FROM physical_exemplars AS e, (SELECT id FROM users_ref LIMIT 1) AS u
         WHERE e.branch_id = '%1' AND e.barcode LIKE 'filled-%';
        SET session_replication_role = origin;
        ANALYZE)"_s.arg(branch.id.toString(QUuid::WithoutBraces), like)
                                        .arg(rows));
}

/// The build before the newest steps lends without an error while they are made, over connections from before
/// and from after it, and no desk waits longer than it is ready to: with the steps that change most of all
/// tables, on tables that are filled.
void TestMigrateLive::lending_goes_on()
{
    const BranchEntry branch = m_library.addBranch(u"alpha"_s);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    fill(branch, barcode, 100'000);
    MigrationOptions options = constraintsAgain();
    QCOMPARE(options.shard.size(), migrations(DatabaseRole::Shard).size() + 2);
    QCOMPARE(planFaults(options.shard), QStringList());

    std::atomic<bool> hasBegun = false;
    std::atomic<bool> isOver = false;
    options.progress = [&](const QString &line) {
        if (line.contains("alpha_shard"_L1)) // is tried, or migrated
            hasBegun = true;
    };
    auto migration = std::async(std::launch::async, [&] {
        const auto result = migrateLibrary(m_library.adminAddresses(), options);
        isOver = true;
        return result;
    });
    int scans = 0;
    int during = 0;
    int after = 0;
    qint64 longest = 0;
    const auto timed = [&](const auto &scan) {
        const bool wasRunning = hasBegun && !isOver;
        QElapsedTimer timer;
        timer.start();
        const CirculationAnswer answer = scan();
        longest = std::max(longest, timer.elapsed());
        during += wasRunning ? 1 : 0;
        ++scans;
        return answer;
    };
    while (after < 20) {
        COMPARE_OUTCOME(timed([&] { return m_library.lend(branch, barcode, card); }), Outcome::Lent);
        COMPARE_OUTCOME(timed([&] { return m_library.takeBack(branch, barcode); }), Outcome::Returned);
        after += isOver ? 1 : 0;
        if (scans % 10 == 0) { // somebody opens the program meanwhile
            const auto fresh = m_library.newCluster(u"fresh desk"_s);
            const auto answer = timed([&] {
                return await(
                    renew(*fresh, {.requestId = newUuid(), .deskBranch = branch.id, .barcode = barcode}));
            });
            COMPARE_OUTCOME(answer, Outcome::Refused); // it is not on loan
        }
    }
    const auto result = migration.get();
    QVERIFY2(result.isOk() && result->obstacles.isEmpty(),
             qPrintable(result.isOk() ? result->obstacles.join(u' ') : result.error().message));
    QCOMPARE(m_library.value(u"alpha_shard"_s, u"SELECT version || ' ' || works_with FROM schema_version"_s),
             u"%1 %2"_s.arg(schemaVersion(options.shard)).arg(worksWith(migrations(DatabaseRole::Shard))));
    qInfo("%d scans, %d of them while the shard was migrated, the longest %lld ms", scans, during, longest);
    QVERIFY(during > 0);
    QVERIFY2(longest < withRoom(2000), qPrintable(QString::number(longest)));
    for (const QString &shard : m_library.shards()) {
        m_library.ddl(shard + "_shard"_L1, u"DELETE FROM schema_history WHERE name LIKE '%_again'; "
                                           "ALTER TABLE audit_log DROP CONSTRAINT audit_log_first_until"_s);
    }
}

/// PostgreSQL ends an autovacuum that is in the way, but only for somebody who waits longer than
/// deadlock_timeout.
void TestMigrateLive::autovacuum_gives_way()
{
    // The end of its session tells the statistics, and so autovacuum, at once.
    m_library.newSession(u"alpha_shard"_s, LocalLibrary::superuserName())->execText(u"dead rows"_s, uR"(
        CREATE TABLE vacuumed (text text) WITH (autovacuum_vacuum_threshold = 1, autovacuum_vacuum_scale_factor = 0,
            autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1);
        ALTER TABLE vacuumed OWNER TO branchline_owner;
        INSERT INTO vacuumed SELECT repeat('x', 1000) FROM generate_series(1, 10000);
        DELETE FROM vacuumed)"_s);
    const QString naptime = m_library.value(u"main"_s, u"SHOW autovacuum_naptime"_s);
    const auto setNaptime = [&](const QString &value) {
        m_library.ddl(u"main"_s, u"ALTER SYSTEM SET autovacuum_naptime = '%1'"_s.arg(value));
        m_library.sql(u"main"_s, u"SELECT pg_reload_conf()"_s);
    };
    setNaptime(u"1s"_s);
    const auto isVacuumed = [&] {
        return m_library.value(
                   u"alpha_shard"_s,
                   u"SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid "
                   "WHERE l.relation = 'vacuumed'::regclass AND a.backend_type = 'autovacuum worker'"_s) ==
               "1"_L1;
    };
    QTRY_VERIFY_WITH_TIMEOUT(isVacuumed(), 60'000);
    setNaptime(naptime);
    const auto session = m_library.newSession(u"alpha_shard"_s, LocalLibrary::superuserName());
    const MigrationPlan plan = withStep(migrations(DatabaseRole::Shard), u"vacuumed"_s,
                                        u"ALTER TABLE public.vacuumed ADD COLUMN a int;\n"_s);
    QString error;
    try {
        MigrationPatience patience;
        patience.giveUp = 5s;
        (void)migrateUp(*session, plan, patience);
    } catch (const DbException &e) {
        error = e.error().message + u' ' + e.error().hint;
    }
    m_library.ddl(u"alpha_shard"_s,
                  u"DROP TABLE vacuumed; DELETE FROM schema_history WHERE name = 'vacuumed'"_s);
    QCOMPARE(error, QString());
}

/// While a step waits for one of several tables, the others are free.
void TestMigrateLive::tables_are_locked_together()
{
    const auto reader = m_library.newSession(u"alpha_shard"_s, LocalLibrary::superuserName());
    reader->execText(u"BEGIN"_s,
                     u"SET idle_in_transaction_session_timeout = 0; BEGIN; SELECT count(*) FROM charges"_s);
    auto step = std::async(std::launch::async, [&]() -> QString {
        const auto session = m_library.newSession(u"alpha_shard"_s, LocalLibrary::superuserName());
        QElapsedTimer timer;
        timer.start();
        try {
            session->execText(u"lock"_s,
                              u"BEGIN; SET LOCAL lock_timeout = 1500; CALL lock_together("
                              "ARRAY['book_lending', 'charges', 'payments']::regclass[]); COMMIT"_s);
            return u"it got what was held"_s;
        } catch (const DbException &e) {
            return u"%1 %2"_s.arg(e.error().sqlState,
                                  timer.elapsed() >= 1400 && timer.elapsed() < withRoom(2000)
                                      ? u"in time"_s
                                      : QString::number(timer.elapsed()));
        }
    });
    const auto isWaiting = [&] {
        return m_library.value(u"alpha_shard"_s,
                               u"SELECT count(*) FROM pg_locks WHERE relation = 'charges'::regclass AND NOT "
                               "granted"_s) == "1"_L1;
    };
    QTRY_VERIFY_WITH_TIMEOUT(isWaiting(), 5'000);
    const auto desk = m_library.newSession(u"alpha_shard"_s, LocalLibrary::superuserName());
    desk->execText(u"a desk"_s, u"BEGIN; SET LOCAL lock_timeout = 500; "
                                "LOCK TABLE book_lending, payments IN ROW EXCLUSIVE MODE; COMMIT"_s);
    QCOMPARE(step.get(), u"55P03 in time"_s);
    reader->execText(u"ROLLBACK"_s, u"ROLLBACK"_s);
    desk->execText(u"lock"_s, u"BEGIN; CALL lock_together(ARRAY['book_lending', 'charges']::regclass[]); "
                              "ROLLBACK"_s);
}

/// A step that does not say so shuts out the programs of before, which say what to do.
void TestMigrateLive::other_programs_are_refused()
{
    const MigrationOptions options = oneStepMore(u"breaking"_s, u"SELECT 1;\n"_s, u"SELECT 1;\n"_s, false);
    QVERIFY(migrateLibrary(m_library.adminAddresses(), options).isOk());
    ClusterConfig config;
    config.main = m_library.servers().desk().main;
    Cluster old(config, u"old desk"_s);
    const auto answer = await(old.refreshDirectory());
    for (const QString &database : {u"main"_s, u"alpha_shard"_s, u"beta_shard"_s})
        m_library.ddl(database, u"DELETE FROM schema_history WHERE name = 'breaking'"_s);
    QVERIFY(!answer.isOk());
    QCOMPARE(answer.error().kind, DbErrorKind::SchemaMismatch);
    QVERIFY(!answer.error().hint.isEmpty());
}

void TestMigrateLive::held_lock_is_waited_for()
{
    MigrationOptions options;
    options.shard =
        withStep(migrations(DatabaseRole::Shard), u"locked"_s, u"ALTER TABLE public.charges ADD a int;\n"_s);
    options.locks.lockTimeout = 200ms;
    const auto reader = m_library.newSession(u"beta_shard"_s, LocalLibrary::superuserName());
    reader->execText(u"BEGIN"_s,
                     u"SET idle_in_transaction_session_timeout = 0; BEGIN; SELECT count(*) FROM charges"_s);
    std::atomic<bool> isWaiting = false;
    options.progress = [&](const QString &line) {
        if (line.contains("waits for its locks"_L1))
            isWaiting = true;
    };
    auto run =
        std::async(std::launch::async, [&] { return migrateLibrary(m_library.adminAddresses(), options); });
    QTRY_VERIFY_WITH_TIMEOUT(isWaiting, 20'000);
    reader->execText(u"ROLLBACK"_s, u"ROLLBACK"_s);
    const auto result = run.get();
    QVERIFY2(result.isOk(), qPrintable(result.isOk() ? QString() : result.error().message));
    QCOMPARE(result->obstacles, QStringList());
    for (const QString &shard : {u"alpha_shard"_s, u"beta_shard"_s})
        m_library.ddl(
            shard, u"ALTER TABLE charges DROP COLUMN a; DELETE FROM schema_history WHERE name = 'locked'"_s);
}

/// It is not waited for endlessly, nothing is changed anywhere, and who holds the lock is said.
void TestMigrateLive::held_lock_is_named()
{
    MigrationOptions options;
    options.shard =
        withStep(migrations(DatabaseRole::Shard), u"locked"_s, u"ALTER TABLE public.charges ADD a int;\n"_s);
    options.locks.lockTimeout = 200ms;
    options.locks.giveUp = 2s;
    const auto reader = m_library.newSession(u"beta_shard"_s, LocalLibrary::superuserName());
    reader->execText(u"BEGIN"_s,
                     u"SET idle_in_transaction_session_timeout = 0; BEGIN; SELECT count(*) FROM charges"_s);
    const qint64 pid = reader->exec({"pid"_L1, "SELECT pg_backend_pid() AS pid"_L1})->row(0).number("pid");
    const auto tried = migrateLibrary(m_library.adminAddresses(), options);
    QVERIFY(tried.isOk());
    QCOMPARE(tried->obstacles.size(), 1);
    QVERIFY2(tried->obstacles.first().contains(QString::number(pid)) &&
                 tried->obstacles.first().contains("test session"_L1) &&
                 tried->obstacles.first().startsWith("beta_shard"_L1),
             qPrintable(tried->obstacles.first()));
    QCOMPARE(m_library.value(u"alpha_shard"_s, u"SELECT max(id) FROM schema_history"_s).toInt(),
             schemaVersion(DatabaseRole::Shard));
    // Without the dry run it is the step itself that says so.
    options.isDryRunWanted = false;
    const auto stuck = migrateLibrary(m_library.adminAddresses(), options);
    reader->execText(u"ROLLBACK"_s, u"ROLLBACK"_s);
    QVERIFY(!stuck.isOk());
    QCOMPARE(stuck.error().kind, DbErrorKind::Retryable);
    QVERIFY2(stuck.error().hint.contains(QString::number(pid)), qPrintable(stuck.error().hint));
    QVERIFY(migrateLibrary(m_library.adminAddresses(), options).isOk());
    for (const QString &shard : {u"alpha_shard"_s, u"beta_shard"_s})
        m_library.ddl(
            shard, u"ALTER TABLE charges DROP COLUMN a; DELETE FROM schema_history WHERE name = 'locked'"_s);
}

/// A step outside a transaction waits once, as long as its patience lasts.
void TestMigrateLive::held_lock_outside_is_named()
{
    MigrationOptions options;
    options.main = withStep(
        migrations(DatabaseRole::Main), u"outside"_s,
        u"-- transaction: no\nCREATE INDEX CONCURRENTLY IF NOT EXISTS by_test ON public.jobs (kind);\n"_s);
    options.locks.indexTimeout = options.locks.giveUp = 1s;
    QMutex mutex;
    QStringList said; // by the witness's thread as well
    options.progress = [&](const QString &line) {
        const QMutexLocker locker(&mutex);
        said << line;
    };
    const auto writer = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
    writer->execText(u"BEGIN"_s, u"SET idle_in_transaction_session_timeout = 0; BEGIN; "
                                 "LOCK TABLE jobs IN ROW EXCLUSIVE MODE"_s);
    const QString pid =
        writer->exec({"pid"_L1, "SELECT pg_backend_pid()::text AS pid"_L1})->row(0).text("pid");
    const auto stuck = migrateLibrary(m_library.adminAddresses(), options);
    writer->execText(u"ROLLBACK"_s, u"ROLLBACK"_s);
    QVERIFY(!stuck.isOk());
    QCOMPARE(stuck.error().kind, DbErrorKind::Retryable);
    QVERIFY2(stuck.error().hint.contains("process "_L1 + pid), qPrintable(stuck.error().hint));
    QCOMPARE(said.filter(u"waits for process %1 "_s.arg(pid)).size(), 1);
    options.locks = {};
    QVERIFY(migrateLibrary(m_library.adminAddresses(), options).isOk());
    m_library.ddl(u"main"_s, u"DROP INDEX by_test; DELETE FROM schema_history WHERE name = 'outside'"_s);
}

/// Whoever waits for another who sets up the library says for whom, and what to do.
void TestMigrateLive::who_sets_up_is_named()
{
    const auto other = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
    takeSessionLock(*other, setUpLock);
    const QString pid =
        other->exec({"pid"_L1, "SELECT pg_backend_pid()::text AS pid"_L1})->row(0).text("pid");
    QStringList said;
    const auto init =
        initialise(m_library.adminAddresses(), {.localStaffLogin = u"librarian"_s,
                                                .progress = [&](const QString &line) { said << line; },
                                                .waitForOthers = 300ms});
    QVERIFY(!init.isOk());
    QCOMPARE(init.error().kind, DbErrorKind::Conflict);
    QVERIFY2(init.error().message.contains("process "_L1 + pid) &&
                 init.error().message.contains("test session"_L1) &&
                 init.error().hint.contains(u"pg_terminate_backend(%1)"_s.arg(pid)),
             qPrintable(init.error().message + init.error().hint));
    QCOMPARE(said.filter(u"process %1 "_s.arg(pid)).size(), 1);

    std::atomic<bool> isTold = false;
    auto run = std::async(std::launch::async, [&] {
        return migrateLibrary(m_library.adminAddresses(), {.progress = [&](const QString &line) {
                                  if (line.contains(u"process %1 "_s.arg(pid)))
                                      isTold = true;
                              }});
    });
    QTRY_VERIFY_WITH_TIMEOUT(isTold, 20'000);
    other->execText(u"unlock"_s, u"SELECT pg_advisory_unlock_all()"_s);
    QVERIFY(run.get().isOk());
}

/// A column of a table that travels: it stands on the shards before main sends it, and its values arrive.
void TestMigrateLive::new_replicated_column()
{
    const QString add = u"ALTER TABLE public.material_types ADD COLUMN colour text;\n"_s;
    const auto report = migrateLibrary(m_library.adminAddresses(), oneStepMore(u"colour"_s, add, add, true));
    QVERIFY2(report.isOk() && report->obstacles.isEmpty(),
             qPrintable(report.isOk() ? QString() : report.error().message));
    m_library.sql(u"main"_s, u"UPDATE material_types SET colour = 'red'"_s);
    m_library.settle();
    for (const QString &shard : {u"alpha_shard"_s, u"beta_shard"_s})
        QCOMPARE(m_library.value(shard, u"SELECT min(colour) FROM material_types"_s), u"red"_s);
    for (const QString &database : {u"main"_s, u"alpha_shard"_s, u"beta_shard"_s}) {
        m_library.ddl(
            database,
            u"ALTER TABLE material_types DROP COLUMN colour; DELETE FROM schema_history WHERE name = 'colour'"_s);
    }
}

/// A table with rows is not copied over itself.
void TestMigrateLive::filled_table_is_left()
{
    m_library.ddl(u"main"_s, u"ALTER PUBLICATION branchline_desk DROP TABLE material_types"_s);
    m_library.ddl(u"alpha_shard"_s, u"ALTER SUBSCRIPTION branchline_desk REFRESH PUBLICATION"_s);
    const auto report = migrateLibrary(m_library.adminAddresses());
    QVERIFY2(report.isOk(), qPrintable(report.isOk() ? QString() : report.error().message));
    QStringList left;
    for (const MigratedDatabase &database : report->databases)
        left << database.left;
    QCOMPARE(left.size(), 1);
    QVERIFY2(left.first().contains("material_types"_L1) && left.first().contains("--resume"_L1),
             qPrintable(left.first()));
    const auto mended =
        initialise(m_library.adminAddresses(), {.localStaffLogin = u"librarian"_s, .resume = true});
    QVERIFY2(mended.isOk(), qPrintable(mended.isOk() ? QString() : mended.error().message));
    for (const DatabaseSchema &schema : lookAtSchemas(m_library.adminAddresses()))
        QVERIFY2(schema.isFit(), qPrintable(schema.database));
}

/// A table that is not published or not subscribed to is found and brought up by what is lacking, as after a
/// run that was cut off there.
void TestMigrateLive::replication_is_brought_up()
{
    m_library.ddl(u"main"_s, u"ALTER PUBLICATION branchline_desk DROP TABLE user_blocks"_s);
    m_library.ddl(u"alpha_shard"_s, u"ALTER SUBSCRIPTION branchline_desk REFRESH PUBLICATION"_s);
    int lacking = 0;
    for (const DatabaseSchema &schema : lookAtSchemas(m_library.adminAddresses()))
        lacking += schema.further.size() == 1 && schema.further.first().contains("user_blocks"_L1) ? 1 : 0;
    QCOMPARE(lacking, 2); // main and alpha
    const auto report = migrateLibrary(m_library.adminAddresses());
    QVERIFY2(report.isOk() && report->obstacles.isEmpty(),
             qPrintable(report.isOk() ? QString() : report.error().message));
    for (const DatabaseSchema &schema : lookAtSchemas(m_library.adminAddresses()))
        QVERIFY2(schema.isFit(), qPrintable(schema.database));
}

QTEST_GUILESS_MAIN(TestMigrateLive)
#include "tst_migratelive.moc"
