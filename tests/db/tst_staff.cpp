// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/staff/rights.h"
#include "db/staff/staff.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

#include <QDirIterator>
#include <QJsonArray>
#include <QProcess>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr auto firstSecret = "Gr33n-Lighthouse-1"_L1;
constexpr auto secondSecret = "Blu3-Lighthouse-2"_L1;

} // namespace

/// Accounts of the staff on a library with a server for each database: made, repeated after a server was
/// away, ended with their sessions, and given passwords that no server's log shows.
class TestStaff final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void rights_are_a_value();
    void a_login_is_made_on_every_server();
    void what_a_server_missed_is_repeated();
    void disabling_ends_sessions_everywhere();
    void own_password_is_changed_everywhere();
    void functions_refuse_data();
    void functions_refuse();
    void commands_do_the_same();
    void no_server_wrote_a_password_down();

private:
    [[nodiscard]] QString logs() const;
    [[nodiscard]] ConnectionUrl url(const QString &database, const QString &login, QLatin1StringView secret)
    {
        return m_library.servers().url(database, login).with(u"password"_s, secret);
    }
    /// A session of somebody with a password; its error where that is refused.
    [[nodiscard]] Result<std::shared_ptr<Session>> signIn(const QString &database, const QString &login,
                                                          QLatin1StringView secret);
    [[nodiscard]] std::unique_ptr<Cluster> clusterOf(const QString &login, QLatin1StringView secret);
    [[nodiscard]] CtlRun ctl(const QStringList &words, const QByteArray &input = {}) const;

    const QStringList m_databases{u"main"_s, u"main_shard"_s, u"secondary_shard"_s};
    PreparedLibrary m_library{TestLibrary::Servers::Separate, {u"main"_s, u"secondary"_s}};
    BranchEntry m_branch;
};

void TestStaff::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.addBranch(u"secondary"_s);
    // Servers that write down as much as they can.
    for (const QString &database : m_databases) {
        for (const auto *setting : {"log_statement = 'all'", "log_parameter_max_length = -1",
                                    "log_min_messages = 'debug2'", "log_parameter_max_length_on_error = -1",
                                    "log_min_error_statement = 'error'", "log_error_verbosity = 'verbose'"})
            m_library.ddl(database, "ALTER SYSTEM SET "_L1 + QLatin1StringView(setting));
        m_library.ddl(database, u"SELECT pg_reload_conf()"_s);
    }
}

Result<std::shared_ptr<Session>> TestStaff::signIn(const QString &database, const QString &login,
                                                   QLatin1StringView secret)
{
    auto session = std::make_shared<Session>(
        SessionSettings{.database = database, .url = url(database, login, secret), .application = u"test"_s});
    try {
        session->open();
    } catch (const DbException &e) {
        return e.error();
    }
    return session;
}

std::unique_ptr<Cluster> TestStaff::clusterOf(const QString &login, QLatin1StringView secret)
{
    ClusterConfig config;
    config.main = url(u"main"_s, login, secret);
    auto cluster = std::make_unique<Cluster>(config, u"test desk"_s);
    const auto read = await(cluster->refreshDirectory());
    if (!read)
        qFatal("%s", qPrintable(read.error().message));
    return cluster;
}

void TestStaff::rights_are_a_value()
{
    const QUuid here = newUuid();
    Rights rights;
    QVERIFY(!rights.mayAnywhere("desk"_L1) && !rights.may("desk"_L1, here));
    rights.add(u"desk"_s, here);
    QVERIFY(rights.may("desk"_L1, here) && rights.mayAnywhere("desk"_L1));
    QVERIFY(!rights.may("desk"_L1, newUuid()) && !rights.may("desk"_L1, QUuid()));
    QVERIFY(!rights.mayEverywhere("desk"_L1) && !rights.mayAnywhere("branch"_L1));
    rights.add(u"branch"_s, {});
    QVERIFY(rights.may("branch"_L1, newUuid()) && rights.mayEverywhere("branch"_L1));
    const Rights librarian = await(readRights(m_library.cluster())).valueOrThrow();
    QVERIFY(librarian.mayEverywhere("library"_L1));
    QVERIFY(librarian != rights);
}

void TestStaff::a_login_is_made_on_every_server()
{
    const NewStaff clara{.login = u"clara"_s, .name = u"Clara Oswald"_s, .password = firstSecret};
    const StaffReport report = await(addStaff(m_library.cluster(), clara)).valueOrThrow();
    QCOMPARE(report.servers.size(), 3U);
    for (const ServerOutcome &server : report.servers) {
        QVERIFY2(!server.error, server.error ? qPrintable(server.error->message) : "");
        QCOMPARE(server.done, u"made"_s);
    }
    const StaffReport again = await(addStaff(m_library.cluster(), clara)).valueOrThrow();
    for (const ServerOutcome &server : again.servers)
        QCOMPARE(server.done, u"kept"_s);
    for (const QString &database : m_databases) {
        QVERIFY(signIn(database, u"clara"_s, firstSecret).isOk());
        QVERIFY(!signIn(database, u"clara"_s, secondSecret).isOk());
    }
    QVERIFY(await(assignRight(m_library.cluster(), u"clara"_s, {u"desk"_s, m_branch.id})).isOk());
    const auto cluster = clusterOf(u"clara"_s, firstSecret);
    const Rights rights = await(readRights(*cluster)).valueOrThrow();
    QVERIFY(rights.may("desk"_L1, m_branch.id) && !rights.mayAnywhere("library"_L1));
    QVERIFY(await(revokeRight(m_library.cluster(), u"clara"_s, {u"desk"_s, m_branch.id})).isOk());
    QVERIFY(!await(readRights(*cluster)).valueOrThrow().mayAnywhere("desk"_L1));
    // She is no administrator.
    QCOMPARE(await(listStaff(*cluster)).error().kind, DbErrorKind::NotAllowed);
    QCOMPARE(await(disableStaff(*cluster, u"librarian"_s)).error().kind, DbErrorKind::NotAllowed);
}

void TestStaff::what_a_server_missed_is_repeated()
{
    const NewStaff norah{.login = u"norah"_s, .name = u"Norah"_s, .password = firstSecret};
    QVERIFY(m_library.servers().stopServer(u"secondary_shard"_s));
    {
        const auto cluster = m_library.newCluster();
        const StaffReport report = await(addStaff(*cluster, norah)).valueOrThrow();
        QVERIFY(!report.isComplete());
        for (const ServerOutcome &server : report.servers)
            QCOMPARE(server.error.has_value(), server.databases == QStringList{u"secondary_shard"_s});
        QVERIFY(signIn(u"main_shard"_s, u"norah"_s, firstSecret).isOk());
    }
    QVERIFY(m_library.servers().startServer(u"secondary_shard"_s));
    m_library.settle();
    const auto cluster = m_library.newCluster();
    const auto isNorah = [](const StaffMember &member) { return member.login == "norah"_L1; };
    StaffList list = await(listStaff(*cluster)).valueOrThrow();
    const StaffMember member = *std::find_if(list.members.begin(), list.members.end(), isNorah);
    QCOMPARE(list.open(member).size(), 1);
    QVERIFY(list.open(member).constFirst().contains("secondary_shard"_L1));
    QVERIFY(await(addStaff(*cluster, norah)).valueOrThrow().isComplete());
    QVERIFY(signIn(u"secondary_shard"_s, u"norah"_s, firstSecret).isOk());
    list = await(listStaff(*cluster)).valueOrThrow();
    QVERIFY(list.open(member).isEmpty());
}

void TestStaff::disabling_ends_sessions_everywhere()
{
    std::vector<std::shared_ptr<Session>> sessions;
    for (const QString &database : m_databases)
        sessions.push_back(signIn(database, u"norah"_s, firstSecret).valueOrThrow());
    QVERIFY(await(assignRight(m_library.cluster(), u"norah"_s, {u"all"_s, {}})).isOk());
    const StaffReport report = await(disableStaff(m_library.cluster(), u"norah"_s)).valueOrThrow();
    QVERIFY(report.isComplete());
    for (const ServerOutcome &server : report.servers)
        QCOMPARE(server.sessionsEnded, 1);
    for (const auto &session : sessions) {
        QVERIFY_THROWS_EXCEPTION(DbException, (void)session->exec({"alive"_L1, "SELECT 1 AS one"_L1}));
        QVERIFY(!signIn(session->database(), u"norah"_s, firstSecret).isOk());
    }
    QVERIFY(await(disableStaff(m_library.cluster(), u"norah"_s)).valueOrThrow().isComplete());
    const StaffList list = await(listStaff(m_library.cluster())).valueOrThrow();
    for (const StaffMember &member : list.members) {
        QCOMPARE(member.isActive, member.login != "norah"_L1);
        if (member.login == "norah"_L1)
            QVERIFY(member.rights.empty() && list.open(member).isEmpty());
    }
    // Somebody who comes back may sign in, with no rights.
    const NewStaff norah{.login = u"norah"_s, .name = u"Norah"_s, .password = firstSecret};
    const StaffReport back = await(addStaff(m_library.cluster(), norah)).valueOrThrow();
    for (const ServerOutcome &server : back.servers)
        QCOMPARE(server.done, u"opened"_s);
    const auto cluster = clusterOf(u"norah"_s, firstSecret);
    QCOMPARE(await(readRights(*cluster)).valueOrThrow(), Rights());
}

void TestStaff::own_password_is_changed_everywhere()
{
    const auto cluster = clusterOf(u"clara"_s, firstSecret);
    QCOMPARE(await(changePassword(*cluster, u"clara"_s, u"short"_s)).error().kind, DbErrorKind::InvalidValue);
    QCOMPARE(await(changePassword(*cluster, u"norah"_s, secondSecret)).valueOrThrow().isComplete(), false);
    const StaffReport report = await(changePassword(*cluster, u"clara"_s, secondSecret)).valueOrThrow();
    QVERIFY(report.isComplete());
    for (const QString &database : m_databases) {
        QVERIFY(!signIn(database, u"clara"_s, firstSecret).isOk());
        QVERIFY(signIn(database, u"clara"_s, secondSecret).isOk());
        QVERIFY(signIn(database, u"norah"_s, firstSecret).isOk());
    }
    QVERIFY(await(changePassword(m_library.cluster(), u"norah"_s, secondSecret)).valueOrThrow().isComplete());
    QVERIFY(signIn(u"main_shard"_s, u"norah"_s, secondSecret).isOk());
    // With two passwords nobody could sign in to all: one's own changes everywhere or nowhere.
    QVERIFY(m_library.servers().stopServer(u"secondary_shard"_s));
    const auto later = clusterOf(u"clara"_s, secondSecret);
    const auto refused = await(changePassword(*later, u"clara"_s, firstSecret));
    QVERIFY(m_library.servers().startServer(u"secondary_shard"_s));
    QVERIFY(!refused.isOk() && refused.error().isUnavailable());
    QVERIFY(signIn(u"main"_s, u"clara"_s, secondSecret).isOk());
    m_library.settle();
}

void TestStaff::functions_refuse_data()
{
    QTest::addColumn<QString>("login");
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("state");
    const QString verifier =
        m_library.value(u"main"_s, u"SELECT rolpassword FROM pg_authid WHERE rolname = 'clara'"_s);
    const auto make = [&](const QString &login, const QString &group = u"branchline_staff"_s) {
        return u"SELECT make_staff_login('%1', '%2', '%3')"_s.arg(login, group, verifier);
    };
    const QString admin = u"librarian"_s;
    QTest::newRow("nobody of the staff") << admin << make(u"stranger"_s) << u"LB005"_s;
    QTest::newRow("a group of PostgreSQL") << admin << make(u"clara"_s, u"pg_monitor"_s) << u"LB006"_s;
    QTest::newRow("the owner") << admin << make(u"clara"_s, u"branchline_owner"_s) << u"LB006"_s;
    QTest::newRow("a password") << admin << u"SELECT set_staff_verifier('clara', 'plain')"_s << u"LB006"_s;
    QTest::newRow("a hash of MD5") << admin
                                   << u"SELECT set_staff_verifier('clara', 'md5%1')"_s.arg(
                                          u"0"_s.repeated(32))
                                   << u"LB006"_s;
    QTest::newRow("a superuser") << admin << make(u"boss"_s) << u"LB007"_s;
    QTest::newRow("a superuser's password")
        << admin << u"SELECT set_staff_verifier('boss', '%1')"_s.arg(verifier) << u"LB007"_s;
    QTest::newRow("a superuser's sessions") << admin << u"SELECT end_staff_login('boss')"_s << u"LB007"_s;
    QTest::newRow("another program's role") << admin << make(u"payroll"_s) << u"LB007"_s;
    QTest::newRow("a role of ours") << admin << make(u"branchline_jobs"_s) << u"LB005"_s;
    QTest::newRow("oneself") << admin << u"SELECT end_staff_login('librarian')"_s << u"LB007"_s;
    QTest::newRow("no administrator: make") << u"clara"_s << make(u"norah"_s) << u"42501"_s;
    QTest::newRow("no administrator: end")
        << u"clara"_s << u"SELECT end_staff_login('norah')"_s << u"42501"_s;
    QTest::newRow("no administrator: another's password")
        << u"clara"_s << u"SELECT set_staff_verifier('norah', '%1')"_s.arg(verifier) << u"LB004"_s;
    QTest::newRow("no administrator: see logins")
        << u"clara"_s << u"SELECT * FROM staff_logins()"_s << u"LB004"_s;
    QTest::newRow("no administrator: roles") << u"clara"_s << u"SELECT staff_role('norah')"_s << u"42501"_s;
    QTest::newRow("an administrator of one branch") << u"norah"_s << make(u"clara"_s) << u"LB004"_s;
    QTest::newRow("and sessions") << u"norah"_s << u"SELECT end_staff_login('clara')"_s << u"LB004"_s;
}

void TestStaff::functions_refuse()
{
    QFETCH(const QString, login);
    QFETCH(const QString, sql);
    QFETCH(const QString, state);
    static bool isFirst = true;
    if (std::exchange(isFirst, false)) {
        for (const QString &name : {u"boss"_s, u"payroll"_s})
            m_library.sql(u"main"_s, u"SELECT add_staff('%1', 'Somebody')"_s.arg(name));
        m_library.sql(u"main"_s, u"SELECT assign_right('norah', 'library', '%1')"_s.arg(
                                     m_branch.id.toString(QUuid::WithoutBraces)));
        m_library.settle();
        for (const QString &database : m_databases) {
            m_library.ddl(database, u"CREATE ROLE boss SUPERUSER LOGIN; CREATE ROLE payroll LOGIN; "
                                    "GRANT branchline_admin TO norah"_s);
        }
    }
    for (const QString &database : m_databases) {
        const std::shared_ptr<Session> session =
            login == "librarian"_L1 ? std::shared_ptr<Session>(m_library.newSession(database))
                                    : signIn(database, login, secondSecret).valueOrThrow();
        try {
            session->execText(u"typed"_s, sql);
            QFAIL(qPrintable(database + ": "_L1 + sql));
        } catch (const DbException &e) {
            QCOMPARE(e.error().sqlState, state);
        }
    }
}

CtlRun TestStaff::ctl(const QStringList &words, const QByteArray &input) const
{
    Ctl environment;
    environment.set(u"BRANCHLINE_DIR"_s, m_library.servers().directory());
    environment.set(u"XDG_CACHE_HOME"_s, m_library.servers().directory() + "/cache-of-the-test"_L1);
    return environment.json(words, input);
}

void TestStaff::commands_do_the_same()
{
    const auto status = [](const CtlRun &run, int expected) {
        if (run.status != expected)
            qWarning().noquote() << run.text();
        return run.status == expected;
    };
    const QStringList add{u"staff"_s, u"add"_s, u"dora"_s, u"Dora Brown"_s};
    QVERIFY(status(ctl(add), 2)); // no password
    const CtlRun added = ctl(add, QByteArray(firstSecret.data()) + '\n');
    QVERIFY(status(added, 0));
    QVERIFY(added.json.value("complete"_L1).toBool());
    QCOMPARE(added.json.value("servers"_L1).toArray().size(), 3);
    QVERIFY(signIn(u"secondary_shard"_s, u"dora"_s, firstSecret).isOk());
    QVERIFY(status(ctl({u"staff"_s, u"assign"_s, u"dora"_s, u"desk"_s}), 2)); // where?
    const QStringList where{u"--branch"_s, m_branch.code};
    QVERIFY(status(ctl(QStringList{u"staff"_s, u"assign"_s, u"dora"_s, u"desk"_s} + where), 0));
    QVERIFY(status(ctl(QStringList{u"staff"_s, u"assign"_s, u"dora"_s, u"fly"_s} + where), 1));
    const auto dora = [](const CtlRun &run) {
        for (const auto &value : run.json.value("staff"_L1).toArray()) {
            if (value.toObject().value("login"_L1) == "dora"_L1)
                return value.toObject();
        }
        return QJsonObject();
    };
    CtlRun list = ctl({u"staff"_s, u"list"_s});
    QVERIFY(status(list, 0));
    QCOMPARE(dora(list).value("rights"_L1).toArray().at(0).toObject().value("branch"_L1).toString(),
             m_branch.code);
    QVERIFY(status(ctl(QStringList{u"staff"_s, u"revoke"_s, u"dora"_s, u"desk"_s} + where), 0));
    QVERIFY(status(ctl({u"staff"_s, u"password"_s, u"dora"_s}, QByteArray(secondSecret.data())), 0));
    QVERIFY(signIn(u"main"_s, u"dora"_s, secondSecret).isOk());
    QVERIFY(status(ctl({u"staff"_s, u"disable"_s, u"dora"_s}), 0));
    QVERIFY(!signIn(u"main"_s, u"dora"_s, secondSecret).isOk());
    list = ctl({u"staff"_s, u"list"_s});
    QCOMPARE(dora(list).value("active"_L1), QJsonValue(false));
    QVERIFY(dora(list).value("rights"_L1).toArray().isEmpty());
    QVERIFY(status(ctl({u"staff"_s, u"disable"_s, u"nobody"_s}), 1));
}

QString TestStaff::logs() const
{
    QString text;
    QDirIterator files(m_library.servers().directory(), {u"*.log"_s}, QDir::Files,
                       QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        if (file.open(QIODevice::ReadOnly))
            text += QString::fromUtf8(file.readAll());
    }
    return text;
}

/// Every statement with its values is in there, and no password.
void TestStaff::no_server_wrote_a_password_down()
{
    const QString text = logs();
    QVERIFY(text.contains("make_staff_login"_L1) && text.contains("set_staff_verifier"_L1));
    QVERIFY(text.contains("SCRAM-SHA-256$"_L1)); // values are there
    QVERIFY(!text.contains(firstSecret) && !text.contains(secondSecret));
}

QTEST_GUILESS_MAIN(TestStaff)
#include "tst_staff.moc"
