// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/migration.h"
#include "db/cluster/replication.h"
#include "tests/support/preparedlibrary.h"

#include <QElapsedTimer>
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

} // namespace

/// Migrating a library in which people work.
class TestMigrateLive final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void lending_goes_on();
    void other_programs_are_refused();
    void held_lock_is_waited_for();
    void held_lock_is_named();
    void new_replicated_column();
    void replication_is_brought_up();
    void filled_table_is_left();

private:
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

/// The build before the newest step lends without an error while the step is made, over connections from
/// before and from after it.
void TestMigrateLive::lending_goes_on()
{
    const BranchEntry branch = m_library.addBranch(u"alpha"_s);
    const QString card = m_library.addPatron(branch);
    const QString barcode = m_library.addCopy(branch);
    const MigrationOptions options = oneStepMore(
        u"live"_s,
        u"ALTER TABLE public.book_lending ADD COLUMN remark text;\n"
        "ALTER TABLE public.physical_exemplars ADD COLUMN remark text DEFAULT 'none' NOT NULL;\n"
        "CREATE OR REPLACE FUNCTION public.note_of_test() RETURNS integer LANGUAGE sql RETURN 1;\n"_s,
        u"ALTER TABLE public.jobs ADD COLUMN remark text;\n"_s, true);
    QCOMPARE(planFaults(options.shard), QStringList());

    std::atomic<bool> isOver = false;
    auto migration = std::async(std::launch::async, [&] {
        const auto result = migrateLibrary(m_library.adminAddresses(), options);
        isOver = true;
        return result;
    });
    int scans = 0;
    int after = 0;
    while (after < 20) {
        COMPARE_OUTCOME(m_library.lend(branch, barcode, card), Outcome::Lent);
        COMPARE_OUTCOME(m_library.takeBack(branch, barcode), Outcome::Returned);
        scans += 2;
        after += isOver ? 1 : 0;
        if (scans % 10 == 0) { // somebody opens the program meanwhile
            const auto fresh = m_library.newCluster(u"fresh desk"_s);
            const auto answer =
                await(renew(*fresh, {.requestId = newUuid(), .deskBranch = branch.id, .barcode = barcode}));
            COMPARE_OUTCOME(answer, Outcome::Refused); // it is not on loan
        }
    }
    const auto result = migration.get();
    QVERIFY2(result.isOk() && result->obstacles.isEmpty(),
             qPrintable(result.isOk() ? QString() : result.error().message));
    QCOMPARE(m_library.value(u"alpha_shard"_s, u"SELECT version || ' ' || works_with FROM schema_version"_s),
             u"%1 %2"_s.arg(schemaVersion(DatabaseRole::Shard) + 1).arg(schemaVersion(DatabaseRole::Shard)));
    qInfo("%d scans", scans);
    // As if it had never been.
    for (const QString &shard : m_library.shards()) {
        m_library.ddl(shard + "_shard"_L1,
                      u"ALTER TABLE book_lending DROP COLUMN remark; ALTER TABLE physical_exemplars DROP "
                      u"COLUMN remark; "
                      "DROP FUNCTION note_of_test; DELETE FROM schema_history WHERE name = 'live'"_s);
    }
    m_library.ddl(u"main"_s,
                  u"ALTER TABLE jobs DROP COLUMN remark; DELETE FROM schema_history WHERE name = 'live'"_s);
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
