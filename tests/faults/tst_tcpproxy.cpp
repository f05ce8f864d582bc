// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/faultlibrary.h"

#include <QElapsedTimer>
#include <QTest>

#include <libpq-fe.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <future>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

using Way = TcpProxy::Way;
using CutPoint = TcpProxy::CutPoint;

constexpr auto database = "main"_L1;

/// A connection of libpq, as bare as it gets.
class Client final
{
public:
    explicit Client(const ConnectionUrl &url)
        : m_connection(PQconnectdb(url.toConnInfo().toUtf8().constData()))
    {}
    ~Client() { PQfinish(m_connection); }
    Q_DISABLE_COPY_MOVE(Client)

    [[nodiscard]] bool isOpen() const { return PQstatus(m_connection) == CONNECTION_OK; }
    [[nodiscard]] QString error() const { return QString::fromUtf8(PQerrorMessage(m_connection)); }
    [[nodiscard]] int port() const
    {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        ::getsockname(PQsocket(m_connection), reinterpret_cast<sockaddr *>(&address), &size);
        return ntohs(address.sin_port);
    }
    /// The first value of an answer; null after an error.
    QString ask(const char *sql) { return take(PQexec(m_connection, sql)); }
    QString prepare(const char *name, const char *sql)
    {
        return take(PQprepare(m_connection, name, sql, 0, nullptr));
    }
    QString run(const char *name)
    {
        return take(PQexecPrepared(m_connection, name, 0, nullptr, nullptr, nullptr, 0));
    }
    void endWait() { ::shutdown(PQsocket(m_connection), SHUT_RDWR); }

private:
    static QString take(PGresult *result)
    {
        QString value;
        if (PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0)
            value = QString::fromUtf8(PQgetvalue(result, 0, 0));
        else if (PQresultStatus(result) == PGRES_COMMAND_OK)
            value = u"done"_s;
        PQclear(result);
        return value;
    }

    PGconn *m_connection;
};

} // namespace

/// The proxy itself, with libpq in front of it and a real server behind it.
class TestTcpProxy final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup() { m_library.proxy(database).heal(); }
    void forwards();
    void countsAndCancels();
    void delays();
    void blackHole_data();
    void blackHole();
    void refuses();
    void resets();
    void halfCloses();
    void abandons();
    void cutsAfterBytes();
    void cutsCalls_data();
    void cutsCalls();
    void cutsTheRightCall();
    void missingServer();
    void manyAtOnce();

private:
    TcpProxy &proxy() { return m_library.proxy(database); }
    ConnectionUrl url() const { return m_library.url(database).with(u"connect_timeout"_s, u"10"_s); }

    FaultLibrary m_library{TestLibrary::Servers::Shared, {u"alpha"_s}};
};

void TestTcpProxy::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_library.library().ddl(database, u"CREATE TABLE cut_probe (n int); GRANT ALL ON cut_probe TO PUBLIC"_s);
}

void TestTcpProxy::forwards()
{
    Client client(url());
    QVERIFY2(client.isOpen(), qPrintable(client.error()));
    QCOMPARE(client.ask("SELECT 6 * 7"), u"42"_s);
    // Larger than any buffer, there and back.
    const QByteArray large = "SELECT length('" + QByteArray(3'000'000, 'x') + "')";
    QCOMPARE(client.ask(large.constData()), u"3000000"_s);
    QCOMPARE(client.ask("SELECT repeat('y', 3000000)").size(), 3'000'000);
}

void TestTcpProxy::countsAndCancels()
{
    const TcpProxy::Counters before = proxy().counters();
    PGconn *connection = PQconnectdb(url().toConnInfo().toUtf8().constData());
    PGcancel *cancel = PQgetCancel(connection);
    QVERIFY(PQsendQuery(connection, "SELECT pg_sleep(20)") == 1);
    // A request to cancel may overtake the query, and is then for nothing.
    QTRY_COMPARE(m_library.library().value(
                     database, u"SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%sleep(20)'"
                               " AND state = 'active' AND pid <> pg_backend_pid()"_s),
                 u"1"_s);
    std::array<char, 256> error{};
    QVERIFY2(PQcancel(cancel, error.data(), error.size()) == 1, error.data());
    PGresult *result = PQgetResult(connection);
    QCOMPARE(QByteArray(PQresultErrorField(result, PG_DIAG_SQLSTATE)), "57014");
    PQclear(result);
    PQfreeCancel(cancel);
    const TcpProxy::Counters after = proxy().counters();
    QCOMPARE(after.connections, before.connections + 2);
    QCOMPARE(after.cancels, before.cancels + 1);
    QVERIFY(after.bytesToServer > before.bytesToServer && after.bytesToClient > before.bytesToClient);
    PQfinish(connection);
    QTRY_COMPARE(proxy().counters().open, 0);
}

void TestTcpProxy::delays()
{
    Client client(url());
    QVERIFY(client.isOpen());
    proxy().setDelay(30ms, 50ms);
    QElapsedTimer clock;
    clock.start();
    QCOMPARE(client.ask("SELECT 1"), u"1"_s);
    QVERIFY2(clock.elapsed() >= 80, QByteArray::number(clock.elapsed()).constData());
    qInfo() << "30 + 50 ms of delay took" << clock.nsecsElapsed() / 1000 << "µs";
}

void TestTcpProxy::blackHole_data()
{
    QTest::addColumn<bool>("toServer");
    QTest::addColumn<bool>("toClient");
    QTest::newRow("both ways") << true << true;
    QTest::newRow("to the server") << true << false;
    QTest::newRow("to the client") << false << true;
}

/// Nothing comes through, and afterwards everything does.
void TestTcpProxy::blackHole()
{
    QFETCH(bool, toServer);
    QFETCH(bool, toClient);
    Client client(url());
    QVERIFY(client.isOpen());
    m_library.library().sql(database, u"DELETE FROM cut_probe"_s);
    proxy().setBlackHole(toServer, toClient);
    auto answer = std::async(std::launch::async,
                             [&] { return client.ask("INSERT INTO cut_probe VALUES (1) RETURNING n"); });
    const auto written = [&] {
        return m_library.library().value(database, u"SELECT count(*) FROM cut_probe"_s).toInt();
    };
    if (toServer)
        QCOMPARE(written(), 0);
    else
        QTRY_COMPARE(written(), 1);
    QVERIFY(answer.wait_for(150ms) == std::future_status::timeout);
    if (toServer && toClient) {
        const Client late(url().with(u"connect_timeout"_s, u"2"_s)); // accepted by the system, no more
        QVERIFY(!late.isOpen());
    }
    proxy().heal();
    QCOMPARE(answer.get(), u"1"_s);
    QCOMPARE(written(), 1);
}

void TestTcpProxy::refuses()
{
    Client before(url());
    proxy().setRefusing(true);
    Client client(url());
    QVERIFY(!client.isOpen());
    QVERIFY2(client.error().contains("Connection refused"_L1), qPrintable(client.error()));
    QCOMPARE(before.ask("SELECT 1"), u"1"_s);
    proxy().setRefusing(false);
    QVERIFY(Client(url()).isOpen());
}

void TestTcpProxy::resets()
{
    Client client(url());
    const int port = client.port();
    QVERIFY(!proxy().closedAt(port));
    const auto before = TcpProxy::Clock::now();
    proxy().resetAll();
    QVERIFY(proxy().closedAt(port) >= before);
    QVERIFY(client.ask("SELECT 1").isNull());
    QVERIFY2(client.error().contains("reset by peer"_L1) || client.error().contains("Broken pipe"_L1) ||
                 client.error().contains("closed the connection"_L1),
             qPrintable(client.error()));
    QVERIFY(Client(url()).isOpen());
}

void TestTcpProxy::halfCloses()
{
    Client client(url());
    const int port = client.port();
    proxy().halfClose(Way::ToClient);
    QVERIFY(proxy().closedAt(port));
    QVERIFY(client.ask("SELECT 1").isNull()); // sent, but no answer can come
    QVERIFY2(client.error().contains("closed the connection"_L1), qPrintable(client.error()));

    Client other(url());
    proxy().halfClose(Way::ToServer); // the server takes it for the end
    QTRY_VERIFY(proxy().closedAt(other.port()));
}

void TestTcpProxy::abandons()
{
    Client client(url());
    proxy().abandonAll();
    QVERIFY(Client(url()).isOpen()); // only what was open is lost
    auto answer = std::async(std::launch::async, [&] { return client.ask("SELECT 1"); });
    QVERIFY(answer.wait_for(150ms) == std::future_status::timeout);
    client.endWait();
    QVERIFY(answer.get().isNull());
}

void TestTcpProxy::cutsAfterBytes()
{
    const qint64 cuts = proxy().counters().cuts;
    Client client(url());
    proxy().cutAfter(Way::ToClient, 100'000);
    QVERIFY(client.ask("SELECT repeat('z', 200000)").isNull());
    QVERIFY(!client.isOpen());
    QVERIFY(proxy().waitForCuts(cuts + 1, 1s));
    QCOMPARE(Client(url()).ask("SELECT length(repeat('z', 200000))"), u"200000"_s);
}

void TestTcpProxy::cutsCalls_data()
{
    QTest::addColumn<int>("point");
    QTest::addColumn<bool>("byProtocol");
    QTest::addColumn<bool>("isDone");
    for (const bool byProtocol : {false, true}) {
        const char *kind = byProtocol ? "Bind" : "EXECUTE";
        QTest::addRow("%s, before the send", kind) << int(CutPoint::BeforeSend) << byProtocol << false;
        QTest::addRow("%s, after the send", kind) << int(CutPoint::AfterSend) << byProtocol << true;
        QTest::addRow("%s, before the answer", kind) << int(CutPoint::BeforeAnswer) << byProtocol << true;
        QTest::addRow("%s, answer lost", kind) << int(CutPoint::LoseAnswer) << byProtocol << true;
    }
}

/// The client hears the same each time; only the server knows whether it is done.
void TestTcpProxy::cutsCalls()
{
    QFETCH(int, point);
    QFETCH(bool, byProtocol);
    QFETCH(bool, isDone);
    const auto count = [&] {
        return m_library.library().value(database, u"SELECT count(*) FROM cut_probe"_s).toInt();
    };
    m_library.library().sql(database, u"DELETE FROM cut_probe"_s);
    Client client(url());
    const char *insert = "INSERT INTO cut_probe SELECT 7 RETURNING n";
    if (byProtocol)
        QCOMPARE(client.prepare("probe", insert), u"done"_s);
    else
        QCOMPARE(client.ask("PREPARE probe AS INSERT INTO cut_probe SELECT 7 RETURNING n"), u"done"_s);
    const auto call = [&] { return byProtocol ? client.run("probe") : client.ask("EXECUTE probe"); };
    QCOMPARE(call(), u"7"_s);

    const qint64 cuts = proxy().counters().cuts;
    proxy().cutCall({.call = "INTO cut_probe", .point = CutPoint(point)});
    QCOMPARE(client.ask("SELECT 5"), u"5"_s); // another call
    auto answer = std::async(std::launch::async, call);
    QVERIFY(proxy().waitForCuts(cuts + 1, 5s));
    if (CutPoint(point) == CutPoint::LoseAnswer) {
        QVERIFY(answer.wait_for(100ms) == std::future_status::timeout);
        client.endWait();
    }
    QVERIFY(answer.get().isNull());
    if (isDone)
        QTRY_COMPARE(count(), 2);
    QCOMPARE(count(), isDone ? 2 : 1);
    QVERIFY(Client(url()).isOpen()); // once only
}

void TestTcpProxy::cutsTheRightCall()
{
    proxy().cutCall({.call = "COMMIT", .point = CutPoint::BeforeSend, .skip = 1});
    m_library.library().sql(database, u"DELETE FROM cut_probe"_s);
    Client client(url());
    for (const bool isLast : {false, true}) {
        QCOMPARE(client.ask("BEGIN"), u"done"_s);
        QCOMPARE(client.ask("INSERT INTO cut_probe VALUES (1) RETURNING n"), u"1"_s);
        QCOMPARE(client.ask("COMMIT").isNull(), isLast);
    }
    QCOMPARE(m_library.library().value(database, u"SELECT count(*) FROM cut_probe"_s), u"1"_s);
}

void TestTcpProxy::missingServer()
{
    TcpProxy nowhere({u"/nonexistent"_s, 5432});
    QVERIFY2(nowhere.start(), qPrintable(nowhere.errorText()));
    Client client(url().with(u"port"_s, QString::number(nowhere.port())));
    QVERIFY(!client.isOpen());
    QCOMPARE(nowhere.counters().unreached, 1);
    // And once there is one, on TCP this time: the other proxy.
    nowhere.setTarget({u"127.0.0.1"_s, proxy().port()});
    QCOMPARE(Client(url().with(u"port"_s, QString::number(nowhere.port()))).ask("SELECT 3"), u"3"_s);
}

void TestTcpProxy::manyAtOnce()
{
    std::vector<std::future<int>> clients;
    for (int i = 0; i < 16; ++i) {
        clients.push_back(std::async(std::launch::async, [this] {
            Client client(url());
            int good = 0;
            for (int n = 0; n < 200; ++n)
                good += client.ask("SELECT 1") == u"1"_s ? 1 : 0;
            return good;
        }));
    }
    for (auto &client : clients)
        QCOMPARE(client.get(), 200);
}

QTEST_GUILESS_MAIN(TestTcpProxy)
#include "tst_tcpproxy.moc"
