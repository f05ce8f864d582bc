// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/backup.h"
#include "db/cluster/restoremark.h"
#include "db/staff/staff.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

#include <QJsonArray>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Parts of a library that come back, and restores that are interrupted.
class TestRestore final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void what_is_there_is_kept_and_named();
    void a_login_of_another_librarys_staff_is_not_taken_for_ours();
    void a_killed_restore_is_run_again();
    void a_loan_after_a_killed_restore_is_kept();
    void a_shard_that_still_answers_is_not_restored_elsewhere();
    void main_is_not_restored_beside_itself();
    void main_is_not_restored_for_the_shards_of_another_library();
    void a_lost_shard_comes_back();
    void a_lost_main_comes_back();

private:
    void drop(const QString &database);
    /// What a desk asks the database with for changes, and whether it may rely on the answer.
    [[nodiscard]] QString changeMark(const QString &database);
    [[nodiscard]] bool isMarkKnown(const QString &database, const QString &mark);
    /// With the library's own addresses; `database` is to be at `url` instead.
    [[nodiscard]] CtlRun restoreInto(const QString &database, const ConnectionUrl &url, const QString &part);

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
    QVERIFY(await(addStaff(m_library.cluster(),
                           {.login = u"bob"_s, .name = u"Bob"_s, .password = u"his-own-one"_s}))
                .isOk());
    COMPARE_OUTCOME(m_library.lend(m_branch, m_lent, m_card), Outcome::Lent);
    m_library.ddl(u"main"_s, u"CREATE ROLE clerks"_s);
    m_library.ddl(u"main"_s,
                  u"GRANT clerks, %1, pg_execute_server_program TO bob"_s.arg(LocalLibrary::superuserName()));
    m_backup = m_folder.filePath(u"backup"_s);
    const auto made = backUp(m_library.adminAddresses(), m_backup);
    QVERIFY2(made.isOk(), made.isOk() ? "" : qPrintable(made.error().message));
    m_manifest = *made;
    COMPARE_OUTCOME(m_library.takeBack(m_branch, m_lent), Outcome::Returned);
    // It has no verifier of anybody else, nor of a superuser.
    for (const BackedUpServer &server : m_manifest.servers) {
        QFile roles(m_backup + u'/' + server.file);
        QVERIFY(roles.open(QIODevice::ReadOnly));
        const QByteArray script = roles.readAll();
        QVERIFY(script.contains("ALTER ROLE anna ") && !script.contains("ROLE clerks"));
        QVERIFY(!script.contains("ROLE " + LocalLibrary::superuserName().toUtf8()));
    }
}

namespace {

std::unique_ptr<Session> superuserOn(const TestLibrary &machine, const QString &database = u"main"_s)
{
    auto session = std::make_unique<Session>(
        SessionSettings{.database = u"main"_s,
                        .url = machine.url(u"main"_s).with(
                            u"dbname"_s, database == "main"_L1 ? machine.url(database).database() : database),
                        .application = u"test"_s});
    session->open();
    return session;
}

void setAddresses(Ctl &ctl, const AdminAddresses &addresses)
{
    QStringList names;
    ctl.set(u"DATABASE_URL"_s, addresses.main.toUri());
    for (const auto &[name, url] : addresses.shards) {
        names << name;
        ctl.set("DATABASE_URL_"_L1 + name.toUpper(), url.toUri());
    }
    ctl.set(u"SHARDING_BRANCHES"_s, names.join(u','));
}

} // namespace

/// The server has an anna of its own, and an empty database that somebody made; a restore into that was
/// killed before its rows were complete. Those go, the database with its owner and settings does not, nor
/// does anna.
void TestRestore::what_is_there_is_kept_and_named()
{
    TestLibrary machine(m_library.shards(), TestLibrary::Servers::Shared);
    QVERIFY2(machine.start(), qPrintable(machine.errorText()));
    const auto server = superuserOn(machine, u"postgres"_s);
    server->execText(u"make anna"_s, u"CREATE ROLE anna LOGIN"_s);
    const QString name = machine.url(u"secondary_shard"_s).database();
    constexpr Statement number{"number"_L1,
                               "SELECT oid::text AS oid FROM pg_database WHERE datname = ?::name"_L1};
    const QString oid = server->exec(number, {name})->row(0).text("oid");
    Session shard({.database = name, .url = machine.url(u"secondary_shard"_s), .application = u"test"_s});
    shard.open();
    shard.execText(u"what a killed restore leaves"_s,
                   u"CREATE EXTENSION pg_trgm; CREATE TABLE books_ref (id int); CREATE SCHEMA more; "
                   "CREATE TABLE more.left_over (id int); CREATE PUBLICATION left_over FOR ALL TABLES"_s);
    shard.close();
    Internal::setRestoreMark(*server, {name}, {Internal::RestoreMark::State::BegunInPlace, u"any"_s});

    const CtlRun run = Ctl().json({u"--dir"_s, machine.directory(), u"restore"_s, m_backup});
    QVERIFY2(run.status == 0, run.text().constData());
    QCOMPARE(server->exec(number, {name})->row(0).text("oid"), oid);
    QCOMPARE(run.json["kept_logins"_L1].toArray(), QJsonArray{u"anna"_s});
    QCOMPARE(run.json["unknown_logins"_L1].toArray(), QJsonArray{u"anna"_s});
    constexpr Statement password{
        "password"_L1, "SELECT rolpassword IS NULL AS none FROM pg_authid WHERE rolname = 'anna'"_L1};
    QVERIFY(server->exec(password)->row(0).flag("none"));
    // Bob was in groups that are none of the library's.
    QStringList leftOut;
    for (const QJsonValue &one : run.json["left_out_memberships"_L1].toArray())
        leftOut << one.toString();
    for (const QString &group : {u"clerks"_s, LocalLibrary::superuserName(), u"pg_execute_server_program"_s})
        QVERIFY2(leftOut.contains("bob in "_L1 + group), run.text().constData());
    constexpr Statement groups{
        "groups"_L1, "SELECT string_agg(r.rolname, ' ' ORDER BY 1) AS names FROM pg_auth_members AS m "
                     "JOIN pg_roles AS r ON r.oid = m.roleid WHERE m.member = 'bob'::regrole"_L1};
    QCOMPARE(server->exec(groups)->row(0).text("names"), u"branchline_staff"_s);
}

void TestRestore::a_login_of_another_librarys_staff_is_not_taken_for_ours()
{
    TestLibrary machine(m_library.shards(), TestLibrary::Servers::Shared);
    QVERIFY2(machine.start(), qPrintable(machine.errorText()));
    superuserOn(machine)->execText(
        u"make anna"_s, u"CREATE ROLE anna LOGIN; "
                        "COMMENT ON ROLE anna IS 'Branchline staff 018f0000-0000-7000-8000-000000000001'"_s);
    const CtlRun run = Ctl().json({u"--dir"_s, machine.directory(), u"restore"_s, m_backup});
    QVERIFY2(run.status == 1 && run.errors.contains("staff of another library"_L1), run.text().constData());
}

void TestRestore::a_killed_restore_is_run_again()
{
    TestLibrary machine(m_library.shards(), TestLibrary::Servers::Shared);
    QVERIFY2(machine.start(), qPrintable(machine.errorText()));
    Ctl ctl;
    const auto addresses = machine.superuser();
    ctl.set(u"DATABASE_URL"_s, addresses.main.toUri());
    ctl.set(u"SHARDING_BRANCHES"_s, u"main,secondary,tertiary"_s);
    for (auto it = addresses.shards.begin(); it != addresses.shards.end(); ++it)
        ctl.set("DATABASE_URL_"_L1 + it.key().toUpper(), it.value().toUri());
    int refused = 0;
    for (const int lines : {4, 6, 8, 10}) {
        HeardCtl process(ctl, {u"restore"_s, m_backup});
        (void)process.saysLines(lines);
        if (!process.kill()) {
            QVERIFY2(process.status() == 0, process.said().constData());
            break; // it was faster
        }
        // What is half there is taken for a library by nobody.
        if (lines > 4) {
            const CtlRun init = ctl.json({u"init"_s});
            QVERIFY2(init.status == 1 && init.errors.contains("restore has left unfinished"_L1),
                     (process.said() + init.text()).constData());
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

/// Desks work as soon as they are let in, whatever becomes of the restore after that.
void TestRestore::a_loan_after_a_killed_restore_is_kept()
{
    TestLibrary machine(m_library.shards(), TestLibrary::Servers::Shared);
    QVERIFY2(machine.start(), qPrintable(machine.errorText()));
    const QStringList restore{u"--dir"_s, machine.directory(), u"restore"_s, m_backup};
    HeardCtl process(Ctl(), restore);
    const auto holder = superuserOn(machine, u"postgres"_s);
    const QString name = machine.url(u"main"_s).database();
    QVERIFY2(process.says("Bringing every reference row across"), process.said().constData());
    {
        // The last thing before its end is a comment on the staff's login. The lock takes no transaction id,
        // for which the making of slots would wait.
        holder->execText(u"wait"_s, u"SET idle_in_transaction_session_timeout = 0"_s);
        Transaction transaction(*holder);
        holder->execText(u"hold"_s, u"LOCK TABLE pg_catalog.pg_shdescription IN EXCLUSIVE MODE"_s);
        constexpr Statement waiting{"waiting"_L1,
                                    "SELECT count(*) AS number FROM pg_locks WHERE NOT granted "
                                    "AND relation = 'pg_catalog.pg_shdescription'::regclass"_L1};
        QTRY_VERIFY2_WITH_TIMEOUT(holder->exec(waiting)->row(0).number("number") == 1,
                                  process.said().constData(), 60'000);
        ClusterConfig config;
        config.main = machine.desk().main;
        Cluster desk(config, u"desk of the restored library"_s);
        QVERIFY(await(desk.refreshDirectory()).isOk());
        COMPARE_OUTCOME(await(checkIn(desk, {.deskBranch = m_branch.id, .barcode = m_lent})),
                        Outcome::Returned);
        QVERIFY2(process.kill(), process.said().constData());
    }
    using State = Internal::RestoreMark::State;
    QVERIFY(Internal::restoreMark(*holder, name).state == State::Filled);
    const CtlRun again = Ctl().json(restore);
    QVERIFY2(again.status == 0, again.text().constData());
    QCOMPARE(again.json["filled_before"_L1].toArray().size(), 4);
    constexpr Statement openLoans{
        "open"_L1, "SELECT count(*) AS number FROM public.book_lending WHERE returned_at IS NULL"_L1};
    const auto shard = superuserOn(machine, machine.url(u"secondary_shard"_s).database());
    QCOMPARE(shard->exec(openLoans)->row(0).number("number"), 0);
    // Finished, it is a library as any other.
    const CtlRun third = Ctl().json(restore);
    QVERIFY2(third.status == 1 && third.errors.contains("is not empty"_L1), third.text().constData());
}

CtlRun TestRestore::restoreInto(const QString &database, const ConnectionUrl &url, const QString &part)
{
    AdminAddresses addresses = m_library.adminAddresses();
    if (database == "main"_L1)
        addresses.main = url;
    else
        addresses.shards[QString(database).remove("_shard"_L1)] = url;
    Ctl ctl;
    setAddresses(ctl, addresses);
    return ctl.json(QStringList{u"restore"_s} + part.split(u' ') + QStringList{m_backup});
}

void TestRestore::a_shard_that_still_answers_is_not_restored_elsewhere()
{
    const ConnectionUrl elsewhere =
        m_library.servers().url(u"secondary_shard"_s).with(u"dbname"_s, u"elsewhere"_s);
    const CtlRun run = restoreInto(u"secondary_shard"_s, elsewhere, u"--shard secondary"_s);
    QVERIFY2(run.status == 1 && run.errors.contains("secondary_shard still answers"_L1),
             run.text().constData());
    QCOMPARE(m_library.value(u"main"_s, u"SELECT count(*) FROM pg_database WHERE datname = 'elsewhere'"_s),
             u"0"_s);
}

void TestRestore::main_is_not_restored_beside_itself()
{
    const ConnectionUrl elsewhere = m_library.servers().url(u"main"_s).with(u"dbname"_s, u"elsewhere"_s);
    const CtlRun run = restoreInto(u"main"_s, elsewhere, u"--main"_s);
    QVERIFY2(run.status == 1 && run.errors.contains("main still answers"_L1), run.text().constData());
    QCOMPARE(m_library.value(u"main"_s, u"SELECT count(*) FROM pg_database WHERE datname = 'elsewhere'"_s),
             u"0"_s);
}

void TestRestore::main_is_not_restored_for_the_shards_of_another_library()
{
    PreparedLibrary other;
    QVERIFY2(other.start(), qPrintable(other.errorText()));
    const QString source =
        other.value(u"secondary_shard"_s, u"SELECT max(subconninfo) FROM pg_subscription"_s);
    AdminAddresses addresses = other.adminAddresses();
    addresses.main = addresses.main.with(u"dbname"_s, u"elsewhere"_s);
    Ctl ctl;
    setAddresses(ctl, addresses);
    const CtlRun run = ctl.json({u"restore"_s, u"--main"_s, m_backup});
    QVERIFY2(run.status == 1 && run.errors.contains(m_branch.code) && run.errors.contains("same library"_L1),
             run.text().constData());
    QCOMPARE(other.value(u"secondary_shard"_s, u"SELECT max(subconninfo) FROM pg_subscription"_s), source);
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

QString TestRestore::changeMark(const QString &database)
{
    return m_library.value(database, u"SELECT mark FROM changes_since(NULL, '{}')"_s);
}

bool TestRestore::isMarkKnown(const QString &database, const QString &mark)
{
    return m_library.value(database, u"SELECT is_complete FROM changes_since('%1', '{}')"_s.arg(mark)) ==
           "true"_L1;
}

void TestRestore::a_lost_shard_comes_back()
{
    const QString mark = changeMark(u"secondary_shard"_s);
    QVERIFY(isMarkKnown(u"secondary_shard"_s, mark));
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
    QVERIFY(!isMarkKnown(u"secondary_shard"_s, mark));
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
