// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/locallibrary.h"

#include "db/local/locallayout.h"
#include "db/local/localsupport.h"
#include "tests/support/testlibrary.h"

#include <QDir>
#include <QElapsedTimer>
#include <QTest>

#include <libpq-fe.h>

#include <csignal>
#include <future>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

using namespace Branchline;
using namespace Branchline::Internal;
using namespace Qt::StringLiterals;

namespace {

/// The first value of the answer, or the error's text.
QString ask(const ConnectionUrl &url, const QString &sql)
{
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
        PQconnectdb(url.with(u"connect_timeout"_s, u"10"_s).toConnInfo().toUtf8().constData()), PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK)
        return QString::fromUtf8(PQerrorMessage(connection.get()));
    const std::unique_ptr<PGresult, decltype(&PQclear)> answer(
        PQexec(connection.get(), sql.toUtf8().constData()), PQclear);
    switch (PQresultStatus(answer.get())) {
    case PGRES_TUPLES_OK:
        return QString::fromUtf8(PQgetvalue(answer.get(), 0, 0));
    case PGRES_COMMAND_OK:
        return {};
    default:
        return QString::fromUtf8(PQresultErrorMessage(answer.get()));
    }
}

/// Writes as the account that owns the library.
void put(const LocalLibrary &library, const QString &file, const QByteArray &content)
{
    const ServerAccount account = LocalLayout(library.status()->directory).owner();
    const FileIdentity identity(account);
    writeFile(file, content);
}

QByteArray contentOf(const QString &file)
{
    QFile input(file);
    return input.open(QIODevice::ReadOnly) ? input.readAll() : QByteArray();
}

QList<qint64> processIds(const LocalStatus &status)
{
    QList<qint64> pids;
    for (const LocalServerStatus &server : status.servers)
        pids << server.processId;
    return pids;
}

/// This program again, as somebody who starts a library and is killed at a certain moment.
int startAndDie(const QString &directory, const QString &moment)
{
    LocalOptions options;
    options.directory = directory;
    const auto started = LocalLibrary(options).start([&](const QString &sentence) {
        if (sentence.contains(moment))
            ::kill(::getpid(), SIGKILL);
    });
    if (!started)
        qWarning() << started.error() << started.error().detail;
    return started ? 0 : 1;
}

bool dieAt(const QString &directory, const QString &moment)
{
    QProcess program;
    program.setProcessChannelMode(QProcess::ForwardedChannels);
    program.start(QCoreApplication::applicationFilePath(), {u"--start-library"_s, directory, moment});
    return program.waitForFinished(120'000) && program.exitStatus() == QProcess::CrashExit;
}

/// Kills it in the middle of initdb, or a little later when this program is held up.
bool killOnceThereIs(const QString &path, const QString &directory)
{
    QProcess program;
    program.setProcessChannelMode(QProcess::ForwardedChannels);
    program.start(QCoreApplication::applicationFilePath(), {u"--start-library"_s, directory, u"never"_s});
    const bool isThere = QTest::qWaitFor([&] { return QFileInfo::exists(path); }, 120'000);
    program.kill();
    return program.waitForFinished() && isThere;
}

} // namespace

/// Real servers: what `local start`, `stop`, `status` and `destroy` promise, also after crashes.
class TestLocalLibrary final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void runsTwoLibrariesAtOnce();
    void addressesLeadToTheirDatabases();
    void databasesAreUtf8WithIcu();
    void serversHaveTheSettings_data();
    void serversHaveTheSettings();
    void foldersArePrivate();
    void onlyKnownRolesNeedNoPassword();
    void valuesDoNotReachTheLog();
    void secondStartChangesNothing();
    void otherKindOfServersIsRefused();
    void oneServerStopsAlone();
    void frozenServerCountsAsDown();
    void killedServersComeBack();
    void pidOfOtherServerIsNoObstacle();
    void damagedPidFileIsNoObstacle();
    void lostSocketIsRepaired();
    void failureTellsTheReason();
    void killedStartIsFinishedByTheNext();
    void startsAtTheSameTimeAgree();
    void lostDataFolderIsNotMadeAnew();
    void halfRemovedLibraryIsOnlyRemoved();
    void stopAndDestroy();

private:
    TestLibrary m_separate;
    TestLibrary m_shared{{u"main"_s, u"secondary"_s}, TestLibrary::Servers::Shared};
};

void TestLocalLibrary::initTestCase()
{
    QVERIFY2(m_separate.start(), qPrintable(m_separate.errorText()));
    QVERIFY2(m_shared.start(), qPrintable(m_shared.errorText()));
}

void TestLocalLibrary::runsTwoLibrariesAtOnce()
{
    const LocalStatus separate = m_separate.status();
    const LocalStatus shared = m_shared.status();
    QVERIFY(separate.isRunning());
    QVERIFY(shared.isRunning());
    QCOMPARE(separate.servers.size(), 4);
    QCOMPARE(shared.servers.size(), 1);
    QCOMPARE(separate.directory, QFileInfo(m_separate.directory()).canonicalFilePath());
    const QList<qint64> pids = processIds(separate) + processIds(shared);
    QCOMPARE(QSet<qint64>(pids.begin(), pids.end()).size(), 5);
}

void TestLocalLibrary::addressesLeadToTheirDatabases()
{
    const QString question = u"SELECT current_user || ' ' || current_database()"_s;
    for (const TestLibrary *library : {&m_separate, &m_shared}) {
        const LocalAddresses addresses = library->superuser();
        QCOMPARE(ask(addresses.main, question), u"branchline_superuser book_service"_s);
        for (auto it = addresses.shards.begin(); it != addresses.shards.end(); ++it)
            QCOMPARE(ask(it.value(), question), "branchline_superuser book_service_"_L1 + it.key());
    }
    QCOMPARE(m_separate.superuser().shards.keys(), QStringList({u"main"_s, u"secondary"_s, u"tertiary"_s}));
    QCOMPARE(m_separate.url(u"tertiary_shard"_s), m_separate.superuser().shards[u"tertiary"_s]);
    QCOMPARE(m_separate.desk().main.user(), u"librarian"_s);
}

void TestLocalLibrary::databasesAreUtf8WithIcu()
{
    const QString question = u"SELECT pg_encoding_to_char(encoding) || ' ' || datlocprovider::text || ' ' || "
                             "daticulocale FROM pg_database WHERE datname = current_database()"_s;
    QCOMPARE(ask(m_separate.url(u"main_shard"_s), question), u"UTF8 i und"_s);
    QCOMPARE(ask(m_shared.url(u"main"_s), question), u"UTF8 i und"_s);
}

void TestLocalLibrary::serversHaveTheSettings_data()
{
    QTest::addColumn<QString>("setting");
    QTest::addColumn<QString>("value");
    const std::initializer_list<std::pair<const char *, QString>> rows{
        {"listen_addresses", u""_s},      {"wal_level", u"logical"_s},
        {"max_connections", u"300"_s},    {"fsync", u"on"_s},
        {"full_page_writes", u"on"_s},    {"synchronous_commit", u"on"_s},
        {"data_checksums", u"on"_s},      {"TimeZone", u"UTC"_s},
        {"log_statement", u"none"_s},     {"log_min_error_statement", u"panic"_s},
        {"logging_collector", u"on"_s},   {"log_parameter_max_length_on_error", u"0"_s},
        {"shared_buffers", u"64MB"_s},    {"unix_socket_permissions", u"0700"_s},
        {"server_encoding", u"UTF8"_s},   {"max_logical_replication_workers", u"28"_s},
        {"max_wal_senders", u"28"_s},     {"max_replication_slots", u"28"_s},
        {"max_worker_processes", u"36"_s}};
    for (const auto &[setting, value] : rows)
        QTest::newRow(setting) << QString::fromLatin1(setting) << value;
}

void TestLocalLibrary::serversHaveTheSettings()
{
    QFETCH(QString, setting);
    QFETCH(QString, value);
    QCOMPARE(ask(m_shared.url(u"main"_s), "SHOW "_L1 + setting), value);
    QCOMPARE(ask(m_separate.url(u"secondary_shard"_s), "SHOW "_L1 + setting), value);
}

void TestLocalLibrary::foldersArePrivate()
{
    const LocalServerStatus server = m_shared.status().servers.first();
    const ServerAccount account = LocalLayout(m_shared.directory()).owner();
    QVERIFY(account.uid != 0);
    for (const QString &folder : {m_shared.directory(), server.dataDirectory, server.socketDirectory}) {
        struct stat info
        {};
        QCOMPARE(::lstat(QFile::encodeName(folder).constData(), &info), 0);
        QVERIFY(S_ISDIR(info.st_mode));
        QCOMPARE(info.st_mode & 0777, mode_t(0700));
        QCOMPARE(info.st_uid, account.uid);
    }
}

void TestLocalLibrary::onlyKnownRolesNeedNoPassword()
{
    const ConnectionUrl superuser = m_shared.url(u"main"_s);
    QCOMPARE(ask(superuser, u"CREATE ROLE anna LOGIN PASSWORD 'x'"_s), QString());
    QCOMPARE(ask(superuser, u"CREATE ROLE librarian LOGIN"_s), QString());
    QCOMPARE(ask(m_shared.url(u"main"_s, u"librarian"_s), u"SELECT current_user"_s), u"librarian"_s);
    QVERIFY(ask(m_shared.url(u"main"_s, u"anna"_s), u"SELECT 1"_s).contains("password"_L1));
    const ConnectionUrl withPassword = m_shared.url(u"main"_s, u"anna"_s).with(u"password"_s, u"x"_s);
    QCOMPARE(ask(withPassword, u"SELECT current_user"_s), u"anna"_s);
}

void TestLocalLibrary::valuesDoNotReachTheLog()
{
    const ConnectionUrl librarian = m_shared.url(u"main"_s, u"librarian"_s);
    QVERIFY(ask(librarian, u"SELECT 'card-of-a-reader'::int"_s).contains("card-of-a-reader"_L1));
    const ConnectionUrl superuser = m_shared.url(u"main"_s);
    QCOMPARE(ask(superuser, u"CREATE TABLE keys (value text UNIQUE)"_s), QString());
    QCOMPARE(ask(superuser, u"INSERT INTO keys VALUES ('name-of-a-reader')"_s), QString());
    QVERIFY(
        ask(superuser, u"INSERT INTO keys VALUES ('name-of-a-reader')"_s).contains("name-of-a-reader"_L1));

    const LocalServerStatus server = m_shared.status().servers.first();
    const QDir logs(server.dataDirectory + "/log"_L1);
    const QStringList names = logs.entryList(QDir::Files);
    QVERIFY(!names.isEmpty());
    QByteArray text = contentOf(server.logFile);
    for (const QString &name : names)
        text += contentOf(logs.filePath(name));
    QVERIFY(!text.contains("of-a-reader"));
    QTRY_VERIFY(contentOf(logs.filePath(names.first())).contains("duplicate key")); // what replication needs
}

void TestLocalLibrary::secondStartChangesNothing()
{
    const QList<qint64> before = processIds(m_separate.status());
    QStringList said;
    const auto again = m_separate.library().start([&](const QString &sentence) { said << sentence; });
    QVERIFY(again);
    QCOMPARE(processIds(*again), before);
    QCOMPARE(said, QStringList());
}

void TestLocalLibrary::otherKindOfServersIsRefused()
{
    LocalOptions options;
    options.directory = m_shared.directory();
    options.separateServers = true;
    const auto started = LocalLibrary(options).start();
    QVERIFY(!started);
    QCOMPARE(started.error().kind, DbErrorKind::Conflict);
    options.directory = m_separate.directory();
    options.separateServers = false; // not asked for: the library stays as it was made
    QCOMPARE(LocalLibrary(options).start()->servers.size(), 4);
}

void TestLocalLibrary::oneServerStopsAlone()
{
    QVERIFY(m_separate.stopServer(u"secondary_shard"_s));
    const LocalStatus status = m_separate.status();
    QCOMPARE(status.state, LocalStatus::State::Partial);
    QVERIFY(ask(status.superuser().shards[u"secondary"_s], u"SELECT 1"_s).contains("failed"_L1));
    QCOMPARE(ask(status.superuser().shards[u"tertiary"_s], u"SELECT 1"_s), u"1"_s);
    QVERIFY(m_separate.startServer(u"secondary_shard"_s));
    QVERIFY(m_separate.status().isRunning());
    QVERIFY(!m_separate.startServer(u"north_shard"_s));
    QVERIFY(m_separate.errorText().contains("north_shard"_L1));
}

void TestLocalLibrary::frozenServerCountsAsDown()
{
    QVERIFY(m_separate.freeze(u"tertiary_shard"_s));
    QElapsedTimer timer;
    timer.start();
    const LocalStatus status = m_separate.status();
    const qint64 taken = timer.elapsed();
    QVERIFY(m_separate.thaw(u"tertiary_shard"_s));
    QCOMPARE(status.state, LocalStatus::State::Partial);
    QVERIFY(taken < 10'000);
    QTRY_VERIFY(m_separate.status().isRunning());
}

void TestLocalLibrary::killedServersComeBack()
{
    QCOMPARE(ask(m_separate.url(u"main"_s), u"CREATE TABLE kept AS SELECT 42 AS value"_s), QString());
    const QList<qint64> before = processIds(m_separate.status());
    for (const auto &name : {u"main"_s, u"main_shard"_s, u"secondary_shard"_s, u"tertiary_shard"_s})
        QVERIFY(m_separate.kill9(name));
    QTRY_COMPARE(m_separate.status().state, LocalStatus::State::Stopped);
    QVERIFY2(m_separate.start(), qPrintable(m_separate.errorText()));
    const QList<qint64> after = processIds(m_separate.status());
    for (const qint64 pid : after)
        QVERIFY(pid > 0 && !before.contains(pid));
    QCOMPARE(ask(m_separate.url(u"main"_s), u"SELECT value FROM kept"_s), u"42"_s);
}

/// After a crash of the machine the number in the file may be that of anything, here of a living server of
/// the same account: the one case in which PostgreSQL itself refuses to start.
void TestLocalLibrary::pidOfOtherServerIsNoObstacle()
{
    const LocalServerStatus server = m_separate.status().servers[1];
    const QByteArray pidFile = contentOf(server.dataDirectory + "/postmaster.pid"_L1);
    QVERIFY(m_separate.stopServer(server.name));
    for (const qint64 pid : {m_shared.status().servers.first().processId, qint64(::getpid())}) {
        const QByteArray number = QByteArray::number(pid);
        const QByteArray stale = number + pidFile.mid(pidFile.indexOf('\n'));
        put(m_separate.library(), server.dataDirectory + "/postmaster.pid"_L1, stale);
        const QString socket = server.socketDirectory + "/.s.PGSQL."_L1 + QString::number(server.port);
        put(m_separate.library(), socket + ".lock"_L1, stale);
        put(m_separate.library(), socket, {});
        QCOMPARE(m_separate.status().state, LocalStatus::State::Partial);
        QVERIFY2(m_separate.startServer(server.name), qPrintable(m_separate.errorText()));
        QCOMPARE(ask(m_separate.url(server.name), u"SELECT 1"_s), u"1"_s);
        QVERIFY(m_separate.stopServer(server.name));
    }
    QVERIFY(m_shared.status().isRunning());
}

void TestLocalLibrary::damagedPidFileIsNoObstacle()
{
    const LocalServerStatus server = m_separate.status().servers[1];
    QVERIFY(!server.isRunning);
    for (const QByteArray &content : {QByteArray(" "), QByteArray("12"), QByteArray("rubbish\nmore\n")}) {
        put(m_separate.library(), server.dataDirectory + "/postmaster.pid"_L1, content);
        QVERIFY2(m_separate.startServer(server.name), qPrintable(m_separate.errorText()));
        QVERIFY(m_separate.stopServer(server.name));
    }
    QVERIFY(m_separate.start());
}

/// As when the system cleans up the folder of the sockets.
void TestLocalLibrary::lostSocketIsRepaired()
{
    const LocalServerStatus server = m_shared.status().servers.first();
    QVERIFY(QFile::remove(server.socketDirectory + "/.s.PGSQL."_L1 + QString::number(server.port)));
    QCOMPARE(m_shared.status().state, LocalStatus::State::Partial);
    QVERIFY2(m_shared.start(), qPrintable(m_shared.errorText()));
    QVERIFY(m_shared.processId(server.name) != server.processId);
    QCOMPARE(ask(m_shared.url(u"main"_s), u"SELECT 1"_s), u"1"_s);
}

void TestLocalLibrary::failureTellsTheReason()
{
    const LocalServerStatus server = m_shared.status().servers.first();
    const QString file = server.dataDirectory + "/postgresql.conf"_L1;
    const QByteArray settings = contentOf(file);
    QVERIFY(m_shared.stopServer(server.name));
    put(m_shared.library(), file, settings + "no_such_setting = on\n");
    const auto failed = m_shared.library().start();
    QVERIFY(!failed);
    QCOMPARE(failed.error().kind, DbErrorKind::Unreachable);
    QVERIFY2(failed.error().detail.contains("no_such_setting"_L1), qPrintable(failed.error().detail));
    QVERIFY(failed.error().message.contains("FATAL"_L1));
    QVERIFY(failed.error().hint.contains(server.logFile));
    put(m_shared.library(), file, settings);
    QVERIFY(m_shared.start());
}

void TestLocalLibrary::killedStartIsFinishedByTheNext()
{
    const QTemporaryDir folder(TestLibrary::folderPattern());
    LocalOptions options;
    options.directory = folder.path();
    const LocalLibrary library(options);
    const auto remove = qScopeGuard([&] { (void)library.destroy(); });

    QVERIFY(dieAt(folder.path(), u"Making the database server"_s));
    const QString half = library.status()->servers.first().dataDirectory + ".new"_L1;
    QVERIFY(killOnceThereIs(half, folder.path()));
    const auto started = library.start();
    QVERIFY2(started, started ? "" : qPrintable(started.error().message));
    QCOMPARE(ask(started->superuser().shards[u"tertiary"_s], u"SELECT 1"_s), u"1"_s);
    QVERIFY(!QFileInfo::exists(half));

    QVERIFY(library.stop());
    QVERIFY(dieAt(folder.path(), u"Starting the database server"_s));
    QCOMPARE(library.status()->state, LocalStatus::State::Stopped);
    QVERIFY(library.start());
    QCOMPARE(ask(started->superuser().main, u"DROP DATABASE book_service_main"_s), QString());
    QVERIFY(dieAt(folder.path(), u"Making the database “book_service_main”"_s));
    QVERIFY(library.start());
    QCOMPARE(ask(started->superuser().shards[u"main"_s], u"SELECT 1"_s), u"1"_s);
}

void TestLocalLibrary::startsAtTheSameTimeAgree()
{
    QVERIFY(m_shared.stopServer(u"library"_s));
    std::vector<std::future<Result<LocalStatus>>> starts;
    for (int i = 0; i < 4; ++i)
        starts.push_back(std::async(std::launch::async, [&] { return m_shared.library().start(); }));
    QSet<qint64> pids;
    for (auto &start : starts) {
        const auto status = start.get();
        QVERIFY2(status, status ? "" : qPrintable(status.error().message));
        pids << status->servers.first().processId;
    }
    QCOMPARE(pids.size(), 1);
}

/// A new empty shard beside an old main database would be worse than no start.
void TestLocalLibrary::lostDataFolderIsNotMadeAnew()
{
    const LocalServerStatus server = m_separate.status().servers.last();
    QVERIFY(m_separate.stopServer(server.name));
    QVERIFY(QDir().rename(server.dataDirectory, server.dataDirectory + ".away"_L1));
    const auto failed = m_separate.library().start();
    QVERIFY(QDir().rename(server.dataDirectory + ".away"_L1, server.dataDirectory));
    QVERIFY(!failed);
    QVERIFY(failed.error().message.contains(server.dataDirectory));
    QVERIFY(m_separate.start());
}

void TestLocalLibrary::halfRemovedLibraryIsOnlyRemoved()
{
    const QString file = m_shared.directory() + "/library.json"_L1;
    const QByteArray state = contentOf(file);
    put(m_shared.library(), file, QByteArray(state).replace("\"removing\": false", "\"removing\": true"));
    const auto failed = m_shared.library().start();
    put(m_shared.library(), file, state);
    QVERIFY(!failed);
    QVERIFY(failed.error().hint.contains("destroy"_L1));
}

void TestLocalLibrary::stopAndDestroy()
{
    const QList<qint64> pids = processIds(m_separate.status());
    QVERIFY(m_separate.library().stop());
    QCOMPARE(m_separate.status().state, LocalStatus::State::Stopped);
    QVERIFY(m_separate.library().stop()); // again
    QVERIFY(m_separate.library().start());
    QVERIFY(m_separate.library().destroy());
    QCOMPARE(m_separate.status().state, LocalStatus::State::Absent);
    QVERIFY(QDir(m_separate.directory()).isEmpty());
    QCOMPARE(m_separate.library().destroy().error().kind, DbErrorKind::NotFound);
}

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.value(1) == "--start-library"_L1)
        return startAndDie(arguments.value(2), arguments.value(3));
    TestLocalLibrary test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_locallibrary.moc"
