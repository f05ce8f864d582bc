// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/migration.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Changes of the schema by hand: `migrate status` names each object, and `migrate up` does not go past them.
class TestDrift final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void expected_catalog_is_written_down_data();
    void expected_catalog_is_written_down();
    void every_change_is_named_data();
    void every_change_is_named();
    void compared_with_the_last_migration();
    void accepted_drift();
    void status_of_many_databases();

private:
    [[nodiscard]] CtlRun ctl(const QString &word) const
    {
        Ctl ctl;
        ctl.set(u"BRANCHLINE_DIR"_s, m_library.servers().directory());
        return ctl.json({u"migrate"_s, word});
    }

    PreparedLibrary m_library{TestLibrary::Servers::Shared, {u"alpha"_s, u"beta"_s}};
};

void TestDrift::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

void TestDrift::expected_catalog_is_written_down_data()
{
    QTest::addColumn<QString>("database");
    QTest::addColumn<QString>("file");
    QTest::newRow("main") << u"main"_s << u"main.txt"_s;
    QTest::newRow("shard") << u"alpha_shard"_s << u"shard.txt"_s;
}

/// db/schema/catalog says what the steps make. Whoever changes a step takes the new catalog over with
/// ./dev migration catalog, and sees in the difference what else has changed.
void TestDrift::expected_catalog_is_written_down()
{
    QFETCH(const QString, database);
    QFETCH(const QString, file);
    const auto session = m_library.newSession(database, LocalLibrary::superuserName());
    const SchemaCatalog found = readCatalog(*session);
    QVERIFY(found.size() > 500);
    QCOMPARE(parseCatalog(catalogText(found)), found);
    const QString folder = qEnvironmentVariable("BRANCHLINE_WRITE_CATALOG");
    if (!folder.isEmpty()) {
        QFile written(QDir(folder).filePath(file));
        QVERIFY(written.open(QIODevice::WriteOnly));
        written.write(catalogText(found).toUtf8());
        return;
    }
    const auto role = database == "main"_L1 ? DatabaseRole::Main : DatabaseRole::Shard;
    if (found != expectedCatalog(role))
        qWarning("When the change is meant, take it over: ./dev migration catalog");
    const SchemaComparison comparison = compareSchema(*session, role, true);
    QCOMPARE(comparison.against, SchemaComparison::Against::Program);
    for (const SchemaDifference &difference : comparison.differences)
        qWarning("%s", qPrintable(difference.sentence()));
    QCOMPARE(comparison.differences.size(), size_t(0));
    QCOMPARE(comparison.hash, catalogHash(expectedCatalog(role)));
}

void TestDrift::every_change_is_named_data()
{
    QTest::addColumn<QString>("database");
    QTest::addColumn<QString>("change");
    QTest::addColumn<QString>("undo");
    QTest::addColumn<QString>("words");
    const auto row = [](const char *name, const QString &change, const QString &undo, const QString &words,
                        const QString &database = u"alpha_shard"_s) {
        QTest::newRow(name) << database << change << undo << words;
    };
    row("function body",
        u"DO $d$ BEGIN EXECUTE replace(pg_get_functiondef('has_right'::regproc), 'IF EXISTS', 'IF "
        u"true OR EXISTS'); "
        "END $d$"_s,
        QString(), u"The function public.has_right(text,uuid) differs"_s);
    row("function body in main",
        u"CREATE OR REPLACE FUNCTION public.tidy(value text) RETURNS text LANGUAGE sql IMMUTABLE "
        "STRICT PARALLEL SAFE RETURN value"_s,
        QString(), u"The function public.tidy(text) differs"_s, u"main"_s);
    row("function's setting", u"ALTER FUNCTION public.stamp_row() RESET search_path"_s,
        u"ALTER FUNCTION public.stamp_row() SET search_path = pg_catalog, public, pg_temp"_s,
        u"public.stamp_row()"_s);
    row("function's right", u"GRANT EXECUTE ON FUNCTION public.stamp_row() TO PUBLIC"_s,
        u"REVOKE EXECUTE ON FUNCTION public.stamp_row() FROM PUBLIC"_s, u"public.stamp_row()"_s);
    row("superuser's function",
        u"ALTER FUNCTION public.make_staff_login(text, text, text) SECURITY INVOKER"_s,
        u"ALTER FUNCTION public.make_staff_login(text, text, text) SECURITY DEFINER"_s,
        u"public.make_staff_login"_s);
    row("disabled trigger", u"ALTER TABLE book_lending DISABLE TRIGGER audit"_s,
        u"ALTER TABLE book_lending ENABLE TRIGGER audit"_s,
        u"The trigger audit of book_lending differs from this version of Branchline: it is disabled."_s);
    row("disabled foreign keys", u"ALTER TABLE book_lending DISABLE TRIGGER ALL"_s,
        u"ALTER TABLE book_lending ENABLE TRIGGER ALL"_s, u"RI_FKey_check_ins of book_lending"_s);
    row("missing trigger", u"DROP TRIGGER refuse_delete ON branches"_s,
        u"CREATE TRIGGER refuse_delete BEFORE DELETE ON public.branches FOR EACH ROW EXECUTE FUNCTION "
        "public.refuse_delete()"_s,
        u"The trigger refuse_delete of branches is missing."_s, u"main"_s);
    row("row security off", u"ALTER TABLE book_lending DISABLE ROW LEVEL SECURITY"_s,
        u"ALTER TABLE book_lending ENABLE ROW LEVEL SECURITY"_s, u"row security is off"_s);
    row("policy", u"CREATE POLICY all_of_them ON book_lending USING (true)"_s,
        u"DROP POLICY all_of_them ON book_lending"_s,
        u"The policy all_of_them of book_lending does not belong"_s);
    row("table's right", u"GRANT SELECT ON op_result TO branchline_staff"_s,
        u"REVOKE SELECT ON op_result FROM branchline_staff"_s, u"The table op_result differs"_s);
    row("column", u"ALTER TABLE book_lending ADD COLUMN note text"_s,
        u"ALTER TABLE book_lending DROP COLUMN note"_s, u"The column note of book_lending does not belong"_s);
    row("default", u"ALTER TABLE shards ALTER COLUMN weight SET DEFAULT 99"_s,
        u"ALTER TABLE shards ALTER COLUMN weight SET DEFAULT 100"_s, u"The column weight of shards differs"_s,
        u"main"_s);
    row("constraint", u"ALTER TABLE shards RENAME CONSTRAINT shards_port_check TO gone"_s,
        u"ALTER TABLE shards RENAME CONSTRAINT gone TO shards_port_check"_s,
        u"The constraint shards_port_check of shards is missing."_s, u"main"_s);
    row("index", u"ALTER INDEX audit_log_row RENAME TO gone"_s, u"ALTER INDEX gone RENAME TO audit_log_row"_s,
        u"The index audit_log_row is missing."_s);
    row("view", u"ALTER VIEW loan_list SET (security_invoker = false)"_s,
        u"ALTER VIEW loan_list SET (security_invoker = true)"_s, u"The view loan_list differs"_s);
    row("owner", u"ALTER TABLE charges OWNER TO branchline_superuser"_s,
        u"ALTER TABLE charges OWNER TO branchline_owner"_s, u"The table charges differs"_s);
    row("silent triggers", u"ALTER ROLE librarian SET session_replication_role = replica"_s,
        u"ALTER ROLE librarian RESET session_replication_role"_s, u"session_replication_role of librarian"_s);
    row("table", u"CREATE TABLE spreadsheet (a int)"_s, u"DROP TABLE spreadsheet"_s,
        u"The table spreadsheet does not belong"_s);
}

void TestDrift::every_change_is_named()
{
    QFETCH(const QString, database);
    QFETCH(const QString, change);
    QFETCH(QString, undo);
    QFETCH(const QString, words);
    if (undo.isEmpty()) { // put the function back as it was
        const QString name = database == "main"_L1 ? u"tidy"_s : u"has_right"_s;
        undo = m_library.value(database, u"SELECT pg_get_functiondef('%1'::regproc)"_s.arg(name));
    }
    m_library.ddl(database, change);
    const CtlRun status = ctl(u"status"_s);
    const CtlRun up = ctl(u"up"_s);
    const CtlRun diff = ctl(u"diff"_s);
    m_library.ddl(database, undo);
    QVERIFY2(status.status == 1 && status.isJson && status.output.contains(words), status.text().constData());
    QVERIFY2(up.status == 1 && up.output.contains(words), up.text().constData());
    QVERIFY2(diff.status == 1 && diff.output.contains(words), diff.text().constData());
    const CtlRun after = ctl(u"diff"_s);
    QVERIFY2(after.status == 0 && after.json.value("same"_L1).toBool(), after.text().constData());
}

/// A database with further steps than the program, or on another PostgreSQL, is compared with what the last
/// migration left.
void TestDrift::compared_with_the_last_migration()
{
    MigrationOptions options;
    options.shard =
        withStep(migrations(DatabaseRole::Shard), u"later"_s,
                 u"-- works-with: %1\nCREATE INDEX loans_later ON public.book_lending (lent_at);\n"_s.arg(
                     schemaVersion(DatabaseRole::Shard)));
    QCOMPARE(planFaults(options.shard), QStringList());
    const auto report = migrateLibrary(m_library.adminAddresses(), options);
    QVERIFY2(report.isOk() && report->obstacles.isEmpty(),
             qPrintable(report.isOk() ? QString() : report.error().message));
    const auto differences = [&] {
        size_t sum = 0;
        for (const DatabaseSchema &schema : lookAtSchemas(m_library.adminAddresses(), options)) {
            if (schema.role == DatabaseRole::Shard &&
                schema.comparison.against != SchemaComparison::Against::Recorded)
                qFatal("%s was compared with something else.", qPrintable(schema.database));
            sum += schema.comparison.differences.size();
        }
        return sum;
    };
    QCOMPARE(differences(), size_t(0));
    m_library.ddl(u"beta_shard"_s, u"ALTER TABLE book_lending DISABLE TRIGGER stamp"_s);
    QCOMPARE(differences(), size_t(1));
    // The program of before works with it, and says so; it still sees what was changed by hand.
    const CtlRun status = ctl(u"status"_s);
    QVERIFY2(status.status == 1 && status.output.contains("trigger stamp of book_lending"_L1),
             status.text().constData());
    m_library.ddl(u"beta_shard"_s, u"ALTER TABLE book_lending ENABLE TRIGGER stamp"_s);
    const CtlRun mended = ctl(u"status"_s);
    QVERIFY2(mended.status == 0, mended.text().constData());
    for (const QString &shard : {u"alpha_shard"_s, u"beta_shard"_s}) {
        m_library.ddl(shard, u"DROP INDEX loans_later; DELETE FROM schema_history WHERE name = 'later'"_s);
    }
}

void TestDrift::accepted_drift()
{
    m_library.ddl(u"alpha_shard"_s, u"CREATE INDEX mine ON book_lending (lent_at)"_s);
    Ctl program;
    program.set(u"BRANCHLINE_DIR"_s, m_library.servers().directory());
    QCOMPARE(program.json({u"migrate"_s, u"up"_s}).status, 1);
    QCOMPARE(program.json({u"migrate"_s, u"up"_s, u"--accept-drift"_s}).status, 0);
    m_library.ddl(u"alpha_shard"_s, u"DROP INDEX mine"_s);
}

/// Eight databases are looked at together; how long that takes is printed.
void TestDrift::status_of_many_databases()
{
    AdminAddresses addresses = m_library.adminAddresses();
    for (int i = 0; i < 5; ++i)
        addresses.shards.emplace(u"copy%1"_s.arg(i),
                                 addresses.shards.at(i % 2 == 0 ? u"alpha"_s : u"beta"_s));
    QElapsedTimer timer;
    timer.start();
    const auto schemas = lookAtSchemas(addresses);
    qInfo("%d databases in %lld ms", static_cast<int>(schemas.size()), timer.elapsed());
    QCOMPARE(schemas.size(), size_t(8));
    for (const DatabaseSchema &schema : schemas)
        QVERIFY2(schema.isFit(), qPrintable(schema.database));
}

QTEST_GUILESS_MAIN(TestDrift)
#include "tst_drift.moc"
