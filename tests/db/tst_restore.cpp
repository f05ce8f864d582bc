// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/backup.h"
#include "db/staff/staff.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

#include <QJsonArray>
#include <QProcess>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Parts of a library that come back, and restores that are interrupted.
class TestRestore final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void logins_that_exist_are_kept_and_named();
    void a_killed_restore_is_run_again();
    void a_lost_shard_comes_back();
    void a_lost_main_comes_back();

private:
    void drop(const QString &database);

    PreparedLibrary m_library;
    QTemporaryDir m_folder;
    QString m_backup;
    BackupManifest m_manifest;
    BranchEntry m_branch;
    QString m_card;
    QString m_lent; ///< a copy that is on loan in the backup, and was taken back since
    QString m_here; ///< a copy that nobody has
};

void TestRestore::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.addBranch(u"secondary"_s);
    m_card = m_library.addPatron(m_branch);
    m_library.setRule(nullptr, {}, {}, u"14 days"_s);
    m_lent = m_library.addCopy(m_branch);
    m_here = m_library.addCopy(m_branch);
    const NewStaff anna{.login = u"anna"_s, .name = u"Anna"_s, .password = u"the-old-one"_s};
    QVERIFY(await(addStaff(m_library.cluster(), anna)).isOk());
    COMPARE_OUTCOME(m_library.lend(m_branch, m_lent, m_card), Outcome::Lent);
    m_backup = m_folder.filePath(u"backup"_s);
    const auto made = backUp(m_library.adminAddresses(), m_backup);
    QVERIFY2(made.isOk(), made.isOk() ? "" : qPrintable(made.error().message));
    m_manifest = *made;
    COMPARE_OUTCOME(m_library.takeBack(m_branch, m_lent), Outcome::Returned);
}

/// Another server has an anna of its own.
void TestRestore::logins_that_exist_are_kept_and_named()
{
    TestLibrary machine;
    QVERIFY2(machine.start(), qPrintable(machine.errorText()));
    Session server({.database = u"main"_s, .url = machine.url(u"main"_s), .application = u"test"_s});
    server.open();
    server.execText(u"make anna"_s, u"CREATE ROLE anna LOGIN"_s);
    const CtlRun run = Ctl().json({u"--dir"_s, machine.directory(), u"restore"_s, m_backup});
    QVERIFY2(run.status == 0, run.text().constData());
    QCOMPARE(run.json["kept_logins"_L1].toArray(), QJsonArray{u"anna (main)"_s});
    constexpr Statement password{
        "password"_L1, "SELECT rolpassword IS NULL AS none FROM pg_authid WHERE rolname = 'anna'"_L1};
    QVERIFY(server.exec(password)->row(0).flag("none"));
}

void TestRestore::a_killed_restore_is_run_again()
{
    TestLibrary machine({u"main"_s, u"secondary"_s, u"tertiary"_s}, TestLibrary::Servers::Shared);
    QVERIFY2(machine.start(), qPrintable(machine.errorText()));
    Ctl ctl;
    const auto addresses = machine.superuser();
    ctl.set(u"DATABASE_URL"_s, addresses.main.toUri());
    ctl.set(u"SHARDING_BRANCHES"_s, u"main,secondary,tertiary"_s);
    for (auto it = addresses.shards.begin(); it != addresses.shards.end(); ++it)
        ctl.set("DATABASE_URL_"_L1 + it.key().toUpper(), it.value().toUri());
    int refused = 0;
    for (const int lines : {4, 7, 10, 13}) {
        QProcess process;
        process.setProcessEnvironment(ctl.environment());
        process.start(Ctl::program(), {u"restore"_s, m_backup});
        process.setReadChannel(QProcess::StandardError); // what is waited for
        QByteArray said;
        while (said.count('\n') < lines && process.waitForReadyRead(60'000))
            said += process.readAllStandardError();
        process.kill();
        process.waitForFinished();
        said += process.readAllStandardError();
        QVERIFY2(process.exitStatus() == QProcess::CrashExit, said.constData());
        // What is half there is taken for a library by nobody.
        if (lines > 4) {
            const CtlRun init = ctl.json({u"init"_s});
            QVERIFY2(init.status == 1 && init.errors.contains("restore has left unfinished"_L1),
                     (said + init.text()).constData());
            ++refused;
        }
    }
    QVERIFY(refused > 1);
    const CtlRun run = ctl.json({u"restore"_s, m_backup});
    QVERIFY2(run.status == 0, run.text().constData());
    for (const QJsonValue &value : run.json["databases"_L1].toArray()) {
        const BackedUpDatabase *database = m_manifest.database(value["name"_L1].toString());
        QVERIFY(database);
        qint64 rows = 0;
        for (const qint64 number : database->rows)
            rows += number;
        QCOMPARE(value["rows"_L1].toInteger(), rows);
    }
    const CtlRun init = ctl.json({u"init"_s});
    QVERIFY2(init.status == 0, init.text().constData());
}

/// As a server that is gone: with nothing of it left.
void TestRestore::drop(const QString &database)
{
    const QString name = m_library.servers().url(database).database();
    const QString other = database == "main"_L1 ? u"tertiary_shard"_s : u"main"_s;
    if (database == "main"_L1) {
        m_library.ddl(u"tertiary_shard"_s, u"ALTER DATABASE %1 ALLOW_CONNECTIONS false"_s.arg(name));
        QTRY_COMPARE_WITH_TIMEOUT(
            m_library.value(
                other,
                u"SELECT count(*) FROM (SELECT CASE WHEN active THEN pg_terminate_backend(active_pid) "
                "ELSE pg_drop_replication_slot(slot_name) IS NULL END FROM pg_replication_slots) AS s"_s),
            u"0"_s, 20'000);
    } else {
        for (const QString &stream : {u"branchline_desk"_s, u"branchline_catalogue"_s}) {
            m_library.ddl(database, u"ALTER SUBSCRIPTION %1 DISABLE"_s.arg(stream));
            m_library.ddl(database, u"ALTER SUBSCRIPTION %1 SET (slot_name = NONE)"_s.arg(stream));
            m_library.ddl(database, u"DROP SUBSCRIPTION "_s + stream);
        }
    }
    m_library.ddl(other, u"DROP DATABASE %1 WITH (FORCE)"_s.arg(name));
}

void TestRestore::a_lost_shard_comes_back()
{
    const QString laterCard = m_library.addPatron(m_branch);
    const BranchEntry laterBranch = m_library.addBranch(u"secondary"_s);
    drop(u"secondary_shard"_s);
    const QStringList restore{
        u"--dir"_s, m_library.servers().directory(), u"restore"_s, u"--shard"_s, u"secondary"_s, m_backup};
    const CtlRun run = Ctl().json(restore);
    QVERIFY2(run.status == 0, run.text().constData());
    QCOMPARE(run.json["databases"_L1].toArray().size(), 1);
    QCOMPARE(run.json["newer_branches"_L1].toArray(), QJsonArray{laterBranch.code});
    QVERIFY2(run.output.contains("is older than the rest"_L1), run.text().constData());
    // Loans are those of the backup, people are today's.
    QCOMPARE(m_library.value(u"secondary_shard"_s,
                             u"SELECT count(*) FROM book_lending WHERE returned_at IS NULL"_s),
             u"1"_s);
    COMPARE_OUTCOME(m_library.takeBack(m_branch, m_lent), Outcome::Returned);
    COMPARE_OUTCOME(m_library.lend(m_branch, m_here, laterCard), Outcome::Lent);
    COMPARE_OUTCOME(m_library.takeBack(m_branch, m_here), Outcome::Returned);
    // A shard that is there is not restored again.
    const CtlRun again = Ctl().json(restore);
    QVERIFY2(again.status == 1 && again.errors.contains("is not empty"_L1), again.text().constData());
}

void TestRestore::a_lost_main_comes_back()
{
    const QString laterCard = m_library.addPatron(m_branch);
    drop(u"main"_s);
    const CtlRun run =
        Ctl().json({u"--dir"_s, m_library.servers().directory(), u"restore"_s, u"--main"_s, m_backup});
    QVERIFY2(run.isJson && run.json.contains("resumed"_L1), run.text().constData());
    qint64 onlyThere = 0;
    for (const QJsonValue &table : run.json["resumed"_L1].toArray())
        onlyThere += table["only_on_shard"_L1].toInteger();
    QVERIFY2(onlyThere > 0,
             run.text().constData()); // the patrons and the branch that main does not know any more
    const QUuid request = newUuid();  // connections were cut: the first answer may be lost
    CirculationAnswer lent;
    QTRY_VERIFY2_WITH_TIMEOUT((lent = m_library.lend(m_branch, m_here, m_card, request)).outcome ==
                                  Outcome::Lent,
                              describe(lent).constData(), 20'000);
    QCOMPARE(m_library.value(u"secondary_shard"_s,
                             u"SELECT count(*) FROM user_cards WHERE card_number = '%1'"_s.arg(laterCard)),
             u"1"_s);
    m_library.settle();
}

QTEST_GUILESS_MAIN(TestRestore)
#include "tst_restore.moc"
