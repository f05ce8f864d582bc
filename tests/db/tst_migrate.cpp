// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/migrationlibrary.h"

#include <QJsonArray>
#include <QProcess>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

const QStringList databases{u"alpha_shard"_s, u"beta_shard"_s, u"main"_s};

constexpr auto addTable = "CREATE TABLE public.%1 (id uuid NOT NULL DEFAULT public.uuid_v7() PRIMARY KEY);\n"
                          "CALL public.secure_rows('public.%1');\n"_L1;
MigrationOptions withStepEverywhere(const QString &name, const QString &sql)
{
    return {.main = withStep(migrations(DatabaseRole::Main), name, sql),
            .shard = withStep(migrations(DatabaseRole::Shard), name, sql)};
}

} // namespace

/// What `migrate up` finds before the first change, and that nothing is changed then.
class TestMigrate final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void plan_is_well_formed();
    void faults_of_a_plan_are_named_data();
    void faults_of_a_plan_are_named();
    void history_that_is_not_the_plan_data();
    void history_that_is_not_the_plan();
    void one_database_out_of_reach();
    void main_not_before_the_shards();
    void step_that_fails_somewhere();
    void dry_run_ends_where_a_step_says_so();
    void init_looks_before_it_changes_data();
    void init_looks_before_it_changes();
    void accepted_drift_stays();
    void branch_on_its_way();
    void login_of_a_migrator();
    void plan_changes_nothing_and_its_script_does();

private:
    MigrationLibrary m_library;
};

void TestMigrate::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

void TestMigrate::plan_is_well_formed()
{
    for (const DatabaseRole role : {DatabaseRole::Main, DatabaseRole::Shard}) {
        QCOMPARE(planFaults(migrations(role)), QStringList());
        QVERIFY(migrations(role).size() > 10);
    }
}

void TestMigrate::faults_of_a_plan_are_named_data()
{
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("words");
    QTest::newRow("works with the future") << u"-- works-with: 9\nSELECT 1;\n"_s << u"works-with"_s;
    QTest::newRow("works with a word") << u"-- works-with: all\nSELECT 1;\n"_s << u"works-with"_s;
    QTest::newRow("maybe tried") << u"-- dry-run: maybe\nSELECT 1;\n"_s << u"dry-run: no"_s;
    QTest::newRow("maybe") << u"-- transaction: maybe\nSELECT 1;\n"_s << u"transaction: no"_s;
    QTest::newRow("two statements") << u"-- transaction: no\nANALYZE;\nANALYZE;\n"_s << u"one statement"_s;
    QTest::newRow("not to be repeated")
        << u"-- transaction: no\nCREATE INDEX CONCURRENTLY i ON t (a);\n"_s << u"repeated"_s;
    QTest::newRow("a table outside") << u"-- transaction: no\nCREATE TABLE t (a int);\n"_s << u"repeated"_s;
}

void TestMigrate::faults_of_a_plan_are_named()
{
    QFETCH(const QString, sql);
    QFETCH(const QString, words);
    const QStringList faults = planFaults(withStep({}, u"new"_s, sql));
    QCOMPARE(faults.size(), 1);
    QVERIFY2(faults.first().contains(words) && faults.first().contains("0001_new"_L1),
             qPrintable(faults.first()));
}

void TestMigrate::history_that_is_not_the_plan_data()
{
    QTest::addColumn<QString>("change");
    QTest::newRow("another text") << u"UPDATE schema_history SET sha256 = repeat('0', 64) WHERE id = 4"_s;
    QTest::newRow("another past")
        << u"UPDATE schema_history SET chained_sha256 = repeat('0', 64) WHERE id = 4"_s;
    QTest::newRow("another name") << u"UPDATE schema_history SET name = 'renamed' WHERE id = 4"_s;
    QTest::newRow("a hole") << u"DELETE FROM schema_history WHERE id = 4"_s;
    QTest::newRow("another order")
        << u"UPDATE schema_history SET works_with = NULL; UPDATE schema_history SET id = -1 WHERE id = 4; "
           "UPDATE schema_history SET id = 4 WHERE id = 5; UPDATE schema_history SET id = 5 WHERE id = -1"_s;
    QTest::newRow("a newer one")
        << u"INSERT INTO schema_history (id, name, sha256, milliseconds, app_version) "
           "SELECT max(id) + 1, 'future', '', 1, '9.9' FROM schema_history"_s;
}

/// A history that is not a beginning of the plan: nothing is changed anywhere, and the database is named.
void TestMigrate::history_that_is_not_the_plan()
{
    QFETCH(const QString, change);
    const bool isNewer = QByteArrayView(QTest::currentDataTag()) == "a newer one";
    const size_t steps = isNewer ? 99 : 5;
    m_library.make(3, 4);
    m_library.make(u"beta_shard"_s, steps);
    m_library.ddl(u"beta_shard"_s, change);
    const QString before = m_library.hash(u"alpha_shard"_s);
    const CtlRun run = m_library.ctl().json({u"migrate"_s, u"up"_s});
    QVERIFY2(run.status == 1 && run.output.contains("beta_shard"_L1), run.text().constData());
    QCOMPARE(m_library.hash(u"alpha_shard"_s), before);
    const CtlRun status = m_library.ctl().json({u"migrate"_s, u"status"_s});
    QVERIFY2(status.status == 1 && !status.json.value("up_to_date"_L1).toBool(), status.text().constData());
}

void TestMigrate::one_database_out_of_reach()
{
    m_library.make(25, 18);
    Ctl ctl = m_library.ctl();
    ctl.set(u"DATABASE_URL_BETA"_s,
            m_library.addresses().shards.at(u"beta"_s).with(u"dbname"_s, u"m_no_such_shard"_s).toUri());
    const QString before = m_library.hash(u"alpha_shard"_s);
    const CtlRun up = ctl.json({u"migrate"_s, u"up"_s});
    QVERIFY2(up.status == 3 && up.output.contains("beta_shard"_L1), up.text().constData());
    QCOMPARE(m_library.hash(u"alpha_shard"_s), before);
    // The others are looked at all the same.
    const CtlRun status = ctl.json({u"migrate"_s, u"status"_s});
    QCOMPARE(status.status, 3);
    QCOMPARE(status.json.value("databases"_L1).toArray().size(), 3);
}

void TestMigrate::main_not_before_the_shards()
{
    m_library.make(25, 18);
    const CtlRun early = m_library.ctl().json({u"migrate"_s, u"up"_s, u"--database"_s, u"main"_s});
    QVERIFY2(early.status == 1 && early.output.contains("shards"_L1), early.text().constData());
    for (const QString &database : databases) {
        const CtlRun run = m_library.ctl().json({u"migrate"_s, u"up"_s, u"--database"_s, database});
        QVERIFY2(run.status == 0, run.text().constData());
        QCOMPARE(m_library.hash(database), m_library.rightHash(MigrationLibrary::roleOf(database)));
    }
}

/// A step that fails with the data of one database is found by the dry run, before the first change.
void TestMigrate::step_that_fails_somewhere()
{
    m_library.makeComplete();
    m_library.ddl(u"beta_shard"_s,
                  u"SET session_replication_role = replica; "
                  "INSERT INTO material_types (id, code, name) VALUES (uuid_v7(), 'film', 'Film')"_s);
    MigrationOptions options = withStepEverywhere(u"no_films"_s, QString(addTable).arg(u"made_by_test"_s));
    options.shard = withStep(migrations(DatabaseRole::Shard), u"no_films"_s,
                             QString(addTable).arg(u"made_by_test"_s) +
                                 "ALTER TABLE public.material_types ADD CHECK (code <> 'film');\n"_L1);
    const auto report = migrateLibrary(m_library.addresses(), options);
    QVERIFY2(report.isOk(), qPrintable(report.isOk() ? QString() : report.error().message));
    QCOMPARE(report->obstacles.size(), 1);
    QVERIFY2(report->obstacles.first().startsWith("beta_shard: "_L1) &&
                 report->obstacles.first().contains("no_films"_L1),
             qPrintable(report->obstacles.first()));
    for (const QString &database : databases)
        QCOMPARE(m_library.hash(database), m_library.rightHash(MigrationLibrary::roleOf(database)));
    // Without the dry run alpha is changed, and the rest waits until beta can be.
    options.isDryRunWanted = false;
    const auto untried = migrateLibrary(m_library.addresses(), options);
    QVERIFY(!untried.isOk());
    QCOMPARE(m_library.value(u"alpha_shard"_s, u"SELECT to_regclass('made_by_test')::text"_s),
             u"made_by_test"_s);
    QCOMPARE(m_library.value(u"beta_shard"_s, u"SELECT to_regclass('made_by_test')::text"_s), QString());
    m_library.ddl(u"beta_shard"_s, u"SET session_replication_role = replica; DELETE FROM material_types"_s);
    QVERIFY(migrateLibrary(m_library.addresses(), options).isOk());
    QCOMPARE(m_library.hash(u"alpha_shard"_s), m_library.hash(u"beta_shard"_s));
}

/// Such a step is not run under the locks of those before it, and what comes after it may need it.
void TestMigrate::dry_run_ends_where_a_step_says_so()
{
    m_library.makeComplete();
    MigrationOptions options;
    options.shard = withStep(
        withStep(withStep(migrations(DatabaseRole::Shard), u"before"_s, QString(addTable).arg(u"before"_s)),
                 u"reads_all"_s, u"-- dry-run: no\nSELECT count(*) / 0 FROM public.book_lending;\n"_s),
        u"after"_s, u"SELECT 1 / 0;\n"_s);
    QCOMPARE(planFaults(options.shard), QStringList());
    QStringList said;
    options.progress = [&](const QString &line) { said << line; };
    const auto failures = tryMigrations(m_library.addresses(), options);
    QVERIFY(failures.isOk());
    QCOMPARE(*failures, QStringList());
    QCOMPARE(
        said.filter(u"ended before %1"_s.arg(options.shard.at(options.shard.size() - 2).fullName())).size(),
        2); // shards
    options.shard = withStep(migrations(DatabaseRole::Shard), u"tried"_s, u"SELECT 1 / 0;\n"_s);
    const auto tried = tryMigrations(m_library.addresses(), options);
    QVERIFY(tried.isOk());
    QCOMPARE(tried->size(), 2);
}

void TestMigrate::init_looks_before_it_changes_data()
{
    QTest::addColumn<QString>("database");
    QTest::addColumn<QString>("change");
    QTest::addColumn<QString>("words");
    QTest::newRow("a newer main")
        << u"main"_s
        << u"INSERT INTO schema_history (id, name, sha256, milliseconds, app_version) "
           "SELECT max(id) + 1, 'future', '', 1, '9.9' FROM schema_history"_s
        << u"main has schema version"_s;
    QTest::newRow("drift") << u"beta_shard"_s << u"CREATE INDEX mine ON book_lending (lent_at)"_s
                           << u"beta_shard: The index mine"_s;
}

/// As `migrate up` does: a shard is not changed for what is found in another database.
void TestMigrate::init_looks_before_it_changes()
{
    QFETCH(const QString, database);
    QFETCH(const QString, change);
    QFETCH(const QString, words);
    m_library.make(99, 15);
    m_library.ddl(database, change);
    const QString before = m_library.hash(u"alpha_shard"_s);
    const auto done = initialise(m_library.addresses(), {});
    QVERIFY(!done.isOk());
    QCOMPARE(done.error().kind, DbErrorKind::SchemaMismatch);
    QVERIFY2(done.error().message.contains(words), qPrintable(done.error().message));
    QCOMPARE(m_library.hash(u"alpha_shard"_s), before);
}

/// What was changed by hand and accepted once is not taken for right by the next run, unless a step made it
/// anew.
void TestMigrate::accepted_drift_stays()
{
    m_library.make(20, 15);
    m_library.ddl(u"beta_shard"_s, u"CREATE INDEX mine ON book_lending (lent_at); DROP INDEX charges_user"_s);
    MigrationOptions options{.main = MigrationLibrary::beginning(DatabaseRole::Main, 26),
                             .shard = MigrationLibrary::beginning(DatabaseRole::Shard, 20)};
    const auto differencesOf = [&] {
        QStringList names;
        for (const DatabaseSchema &schema : lookAtSchemas(m_library.addresses())) {
            for (const SchemaDifference &difference : schema.comparison.differences)
                names << u"%1 %2 %3"_s.arg(schema.database, difference.kindName(), difference.name);
        }
        return names;
    };
    const QStringList drift{u"beta_shard missing charges_user"_s, u"beta_shard extra mine"_s};
    QCOMPARE(differencesOf(), drift);
    options.isDriftAccepted = true;
    const auto accepted = migrateLibrary(m_library.addresses(), options);
    QVERIFY2(accepted.isOk() && accepted->obstacles.isEmpty(),
             qPrintable(accepted.isOk() ? accepted->obstacles.join(u' ') : accepted.error().message));
    QCOMPARE(m_library.value(u"beta_shard"_s, u"SELECT max(id) FROM schema_history"_s), u"20"_s);
    QCOMPARE(differencesOf(), drift);
    const CtlRun next = m_library.ctl().json({u"migrate"_s, u"up"_s});
    QVERIFY2(next.status == 1 && next.output.contains("index mine"_L1), next.text().constData());

    options.isDriftAccepted = true;
    options.shard = withStep(MigrationLibrary::beginning(DatabaseRole::Shard, 20), u"mine"_s,
                             u"DROP INDEX IF EXISTS public.mine;\n"_s);
    QVERIFY(migrateLibrary(m_library.addresses(), options).isOk());
    m_library.ddl(u"alpha_shard"_s, u"DELETE FROM schema_history WHERE name = 'mine'"_s);
    m_library.ddl(u"beta_shard"_s, u"UPDATE schema_catalog SET version = 20; "
                                   "DELETE FROM schema_history WHERE name = 'mine'"_s);
    QCOMPARE(differencesOf(), QStringList(drift.first()));
}

void TestMigrate::branch_on_its_way()
{
    m_library.make(25, 18);
    m_library.ddl(u"main"_s, uR"(
        INSERT INTO branches (code, name, timezone) VALUES ('hill', 'Hill', 'UTC');
        INSERT INTO shards (name, host, port, database) VALUES ('a', 'a', 1, 'a'), ('b', 'b', 1, 'b');
        INSERT INTO branch_moves (branch_id, from_shard_id, to_shard_id, new_epoch, phase)
        SELECT b.id, f.id, t.id, 2, 'copying' FROM branches AS b, shards AS f, shards AS t
         WHERE f.name = 'a' AND t.name = 'b')"_s);
    const CtlRun run = m_library.ctl().json({u"migrate"_s, u"up"_s});
    QVERIFY2(run.status == 1 && run.output.contains("hill"_L1), run.text().constData());
    m_library.ddl(u"main"_s, u"UPDATE branch_moves SET finished_at = now()"_s);
    QCOMPARE(m_library.ctl().json({u"migrate"_s, u"up"_s}).status, 0);
}

/// Whoever may become the owner migrates; what needs a superuser is left and named.
void TestMigrate::login_of_a_migrator()
{
    m_library.make(20, 15);
    AdminAddresses addresses = m_library.addresses();
    addresses.main = addresses.main.with(u"user"_s, u"librarian"_s);
    for (auto &[name, url] : addresses.shards)
        url = url.with(u"user"_s, u"librarian"_s);
    const auto before = migrateLibrary(addresses);
    QVERIFY(!before.isOk()); // an administrator of the library is none of its databases
    QCOMPARE(before.error().kind, DbErrorKind::NotAllowed);

    m_library.prepared().ddl(u"main"_s, u"GRANT branchline_migrator TO librarian"_s);
    const auto report = migrateLibrary(addresses);
    const auto looks = lookAtSchemas(addresses);
    m_library.prepared().ddl(u"main"_s, u"REVOKE branchline_migrator FROM librarian"_s);
    QVERIFY2(report.isOk(), qPrintable(report.isOk() ? QString() : report.error().message));
    QCOMPARE(report->obstacles, QStringList());
    for (const MigratedDatabase &database : report->databases) {
        QVERIFY(!database.applied.isEmpty());
        QCOMPARE(database.left.size(), 1);
        QVERIFY2(database.left.first().contains("superuser"_L1), qPrintable(database.left.first()));
    }
    for (const DatabaseSchema &schema : looks) {
        QCOMPARE(schema.state.pendingSteps(), size_t(0));
        QVERIFY2(!schema.hasDrift(), qPrintable(schema.comparison.differences.front().sentence()));
    }
    QVERIFY(migrateLibrary(m_library.addresses()).isOk());
    for (const QString &database : databases)
        QCOMPARE(m_library.hash(database), m_library.rightHash(MigrationLibrary::roleOf(database)));
}

void TestMigrate::plan_changes_nothing_and_its_script_does()
{
    m_library.make(20, 15);
    QStringList before;
    for (const QString &database : databases)
        before << m_library.hash(database);
    const CtlRun plan = m_library.ctl().json({u"migrate"_s, u"plan"_s, u"--try"_s});
    QVERIFY2(plan.status == 0 && plan.json.value("possible"_L1).toBool(), plan.text().constData());
    QCOMPARE(
        plan.json.value("databases"_L1).toArray().first().toObject().value("pending"_L1).toArray().size(),
        static_cast<qsizetype>(migrations(DatabaseRole::Shard).size()) - 15);
    const CtlRun script = m_library.ctl().run({u"migrate"_s, u"plan"_s, u"--sql"_s});
    QCOMPARE(script.status, 0);
    for (qsizetype i = 0; i < databases.size(); ++i)
        QCOMPARE(m_library.hash(databases.at(i)), before.at(i));
    for (int time = 0; time < 2; ++time) { // it may be run again
        QProcess psql;
        psql.start(u"psql"_s,
                   {u"-X"_s, u"-q"_s, u"-d"_s, m_library.addresses().main.toUri(), u"-f"_s, u"-"_s});
        psql.write(script.output.toUtf8());
        psql.closeWriteChannel();
        QVERIFY(psql.waitForFinished(60'000));
        QVERIFY2(psql.exitCode() == 0, psql.readAllStandardError().constData());
    }
    const CtlRun up = m_library.ctl().json({u"migrate"_s, u"up"_s});
    QVERIFY2(up.status == 0, up.text().constData());
    for (const QJsonValue &value : up.json.value("databases"_L1).toArray())
        QVERIFY(value.toObject().value("applied"_L1).toArray().isEmpty());
    for (const QString &database : databases)
        QCOMPARE(m_library.hash(database), m_library.rightHash(MigrationLibrary::roleOf(database)));
}

QTEST_GUILESS_MAIN(TestMigrate)
#include "tst_migrate.moc"
