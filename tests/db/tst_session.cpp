// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/session.h"
#include "tests/support/preparedlibrary.h"
#include "tests/support/tcpproxy.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTest>

#include <cmath>
#include <functional>
#include <future>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr Statement keptCount{"kept_count"_L1, "SELECT count(*) AS n FROM pg_prepared_statements"_L1};
constexpr Statement one{"one"_L1, "SELECT ?::int AS n"_L1};
constexpr Statement failing{"failing"_L1, "SELECT 1 / ?::int AS n"_L1};
constexpr Statement listedName{
    "listed_name"_L1,
    "SELECT application_name AS name FROM pg_stat_activity WHERE pid = pg_backend_pid()"_L1};

QString nameOf(Session &session)
{
    return session.exec(listedName)->row(0).text("name");
}

/// The same through the driver's own queries, on the connection that was opened since there were `others`
/// (those of other threads cannot be used here).
QVariant askedByDriver(const QStringList &others, const QString &sql, const QVariantList &values = {})
{
    for (const QString &name : QSqlDatabase::connectionNames()) {
        if (others.contains(name))
            continue;
        QSqlQuery query(QSqlDatabase::database(name, false));
        if (!query.prepare(sql))
            qFatal("%s cannot be prepared.", qPrintable(sql));
        for (const QVariant &value : values)
            query.addBindValue(value);
        if (!query.exec() || !query.next())
            return u"(failed)"_s;
        return query.isNull(0) ? QVariant() : query.value(0);
    }
    qFatal("There is no connection.");
}

} // namespace

/// How one statement travels: values, types, names and messages on the wire.
class TestSession final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void readsWhatTheDriverRead_data();
    void readsWhatTheDriverRead();
    void sendsWhatTheDriverSent_data();
    void sendsWhatTheDriverSent();
    void oneNameTwoTexts();
    void wrongNumberOfValues();
    void changedTable();
    void plansOfTransactionsStay();
    void leastUsedIsDropped();
    void discardedStatements();
    void operationIsListed();
    void operationAfterFailures();
    void operationInTransaction();
    void namedTransactionIsFresh();
    void everyCallRunsOnce();
    void longAndForeignNames();
    void waitingCallIsListed();
    void oneRoundTrip();
    void lostConnections();

private:
    static constexpr auto shardName = "alpha_shard"_L1;
    std::unique_ptr<Session> newSession(const QString &application)
    {
        auto session = std::make_unique<Session>(
            SessionSettings{.database = shardName,
                            .url = m_library.servers().url(shardName, u"librarian"_s),
                            .application = application});
        session->open();
        return session;
    }
    PreparedLibrary m_library{TestLibrary::Servers::Shared, {u"alpha"_s, u"beta"_s}};
};

void TestSession::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

void TestSession::readsWhatTheDriverRead_data()
{
    QTest::addColumn<QString>("expression");
    for (const char *expression : {"true",
                                   "false",
                                   "NULL::bool",
                                   "(-32768)::int2",
                                   "(-2147483648)::int4",
                                   "2147483647",
                                   "(-9223372036854775808)::int8",
                                   "9223372036854775807::int8",
                                   "0::int8",
                                   "4294967295::oid",
                                   "0.1::float4",
                                   "1e300::float8",
                                   "'-Infinity'::float8",
                                   "12.50::numeric",
                                   "(-0.001)::numeric",
                                   "'12345678901234567890.5'::numeric",
                                   "''::text",
                                   "NULL::text",
                                   "U&'Bront\\00eb\\2019s \\732b \\+01f642'",
                                   "'x'::char(3)",
                                   "'name'::name",
                                   "'0192f0c4-0001-7000-8000-000000000012'::uuid",
                                   "'{\"b\": [1, null]}'::json",
                                   "'{\"b\": [1, null]}'::jsonb",
                                   "'{a,NULL,\"b c\"}'::text[]",
                                   "'{1,2}'::int[]",
                                   "'{}'::uuid[]",
                                   "'\\x00ff10'::bytea",
                                   "''::bytea",
                                   "'2026-02-09'::date",
                                   "'0800-12-25'::date",
                                   "'23:59:59.5'::time",
                                   "'2026-11-22 20:01:02.123456+00'::timestamptz",
                                   "'2026-11-22 20:01:02.1235+00'::timestamptz",
                                   "'2026-11-22 20:01:02.0004+00'::timestamptz",
                                   "'2026-11-22 23:59:59.9999+00'::timestamptz",
                                   "'2026-10-25 05:59:59+00'::timestamptz",
                                   "'2026-11-01 06:30:00+00'::timestamptz",
                                   "'1969-12-31 23:59:59.5+00'::timestamptz",
                                   "'1900-01-01 00:00:00+00'::timestamptz",
                                   "'infinity'::timestamptz",
                                   "'-infinity'::timestamptz",
                                   "'2026-07-01 10:00:00'::timestamp",
                                   "'2 days 03:00'::interval",
                                   "'5'::\"char\"",
                                   "ROW(1, 'a')::text",
                                   "'<a/>'::xml",
                                   "int4range(1, 5)"})
        QTest::newRow(expression) << QString::fromUtf8(expression);
}

/// No caller may notice that statements no longer go through QSqlQuery.
void TestSession::readsWhatTheDriverRead()
{
    QFETCH(const QString, expression);
    const QStringList others = QSqlDatabase::connectionNames();
    const auto session = newSession(u"types"_s);
    const QByteArray sql = "SELECT " + expression.toLatin1() + " AS value";
    const QVariant now = session->exec({"read"_L1, QLatin1StringView(sql)})->row(0).value("value");
    const QVariant before = askedByDriver(others, QString::fromLatin1(sql));
    if (before.typeId() == QMetaType::ULongLong) // the driver's way with numbers that are not negative
        QCOMPARE(now.typeId(), static_cast<int>(QMetaType::LongLong));
    else if (!expression.endsWith("::oid"_L1))
        QCOMPARE(now.typeId(), before.typeId());
    QCOMPARE(now.isNull(), before.isNull());
    if (!expression.endsWith("::oid"_L1)) // the driver lets large ones overflow
        QVERIFY2(now == before, before.toByteArray().toHex().constData());
}

void TestSession::sendsWhatTheDriverSent_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QVariant>("value");
    QTest::newRow("nothing") << u"text"_s << QVariant();
    QTest::newRow("null text") << u"text"_s << QVariant(QString());
    QTest::newRow("empty text") << u"text"_s << QVariant(u""_s);
    QTest::newRow("text") << u"text"_s << QVariant(u"O'Brien \\ “ü” 猫 🙂 ?"_s);
    QTest::newRow("boolean") << u"boolean"_s << QVariant(true);
    QTest::newRow("boolean as text") << u"text"_s << QVariant(false);
    QTest::newRow("int") << u"int"_s << QVariant(-5);
    QTest::newRow("bigint") << u"bigint"_s << QVariant(-9223372036854775807LL);
    QTest::newRow("number as text") << u"text"_s << QVariant(17);
    QTest::newRow("double") << u"float8"_s << QVariant(0.1);
    QTest::newRow("double as numeric") << u"numeric"_s << QVariant(-2.5);
    QTest::newRow("infinite") << u"float8"_s << QVariant(std::numeric_limits<double>::infinity());
    QTest::newRow("uuid") << u"uuid"_s << QVariant(newUuid());
    QTest::newRow("null uuid") << u"uuid"_s << QVariant(QUuid());
    QTest::newRow("date") << u"date"_s << QVariant(QDate(2026, 2, 9));
    QTest::newRow("null date") << u"date"_s << QVariant(QDate());
    QTest::newRow("time") << u"time"_s << QVariant(QTime(7, 5, 3));
    QTest::newRow("moment") << u"timestamptz"_s
                            << QVariant(QDateTime(QDate(2026, 7, 1), QTime(10, 0, 0, 125), Qt::UTC));
    QTest::newRow("local moment") << u"timestamptz"_s << QVariant(QDateTime(QDate(2026, 7, 1), QTime(10, 0)));
    QTest::newRow("null moment") << u"timestamptz"_s << QVariant(QDateTime());
    QTest::newRow("bytes") << u"bytea"_s << QVariant(QByteArray("\0'\\\xff", 4));
    QTest::newRow("json") << u"jsonb"_s << QVariant(uR"({"a": "\"?"})"_s);
}

void TestSession::sendsWhatTheDriverSent()
{
    QFETCH(const QString, type);
    QFETCH(const QVariant, value);
    const QStringList others = QSqlDatabase::connectionNames();
    const auto session = newSession(u"types"_s);
    const QByteArray sql = "SELECT (?::" + type.toLatin1() + ")::text AS value";
    const QVariant now = session->exec({"send"_L1, QLatin1StringView(sql)}, {value})->row(0).value("value");
    QCOMPARE(now, askedByDriver(others, QString::fromLatin1(sql), {value}));
}

/// Neither is answered with the other's plan.
void TestSession::oneNameTwoTexts()
{
    const auto session = newSession(u"names"_s);
    const Statement first{"same"_L1, "SELECT 1 AS n"_L1};
    const Statement second{"same"_L1, "SELECT 2 AS n, 'more' AS text"_L1};
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(session->exec(first)->row(0).number("n"), 1);
        const Rows rows = session->exec(second);
        QCOMPARE(rows->row(0).number("n"), 2);
        QCOMPARE(rows->columnCount(), 2);
    }
}

void TestSession::wrongNumberOfValues()
{
    const auto session = newSession(u"values"_s);
    for (const QVariantList &values : {QVariantList{}, QVariantList{1, 2}}) {
        try {
            session->exec(one, values);
            QFAIL("It was sent.");
        } catch (const DbException &e) {
            QCOMPARE(e.error().kind, DbErrorKind::Internal);
            QCOMPARE(e.error().statement, u"one"_s);
            QCOMPARE(e.error().database, QString(shardName));
        }
    }
    QCOMPARE(session->exec(one, {3})->row(0).number("n"), 3);
}

/// PostgreSQL refuses a kept plan whose columns have changed; nothing has run then, and it is prepared anew.
void TestSession::changedTable()
{
    const auto session = m_library.newSession(shardName, LocalLibrary::superuserName());
    session->execText(u"table"_s, u"CREATE TEMP TABLE changing (a int); INSERT INTO changing VALUES (1)"_s);
    constexpr Statement all{"all"_L1, "SELECT * FROM changing"_L1};
    QCOMPARE(session->exec(all)->columnCount(), 1);
    session->execText(u"column"_s, u"ALTER TABLE changing ADD b text DEFAULT 'new'"_s);
    const Rows rows = session->exec(all);
    QCOMPARE(rows->columnCount(), 2);
    QCOMPARE(rows->row(0).text("b"), u"new"_s);

    session->execText(u"column"_s, u"ALTER TABLE changing ADD c int"_s);
    Transaction transaction(*session);
    try {
        session->exec(all); // what came before it in the transaction cannot be repeated here
        QFAIL("A failed transaction went on.");
    } catch (const DbException &e) {
        QCOMPARE(e.error().sqlState, u"0A000"_s);
    }
}

/// Prepared statements are no part of a transaction.
void TestSession::plansOfTransactionsStay()
{
    const auto session = newSession(u"plans"_s);
    {
        Transaction transaction(*session);
        QCOMPARE(session->exec(one, {1})->row(0).number("n"), 1);
    }
    QVERIFY(!session->inTransaction());
    QCOMPARE(session->exec(one, {2})->row(0).number("n"), 2);
    constexpr Statement twice{
        "twice"_L1, "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%$1::int AS n'"_L1};
    QCOMPARE(session->exec(twice)->rowCount(), 1);
}

void TestSession::leastUsedIsDropped()
{
    const auto session = newSession(u"limit"_s);
    session->exec(one, {0});
    for (int i = 0; i < 150; ++i) {
        const QByteArray sql = "SELECT " + QByteArray::number(i) + " AS n";
        QCOMPARE(session->exec({"many"_L1, QLatin1StringView(sql)})->row(0).number("n"), i);
        QCOMPARE(session->exec(one, {i})->row(0).number("n"), i);
    }
    QCOMPARE(session->exec(keptCount)->row(0).number("n"), 64);
    constexpr Statement uses{"uses"_L1,
                             "SELECT generic_plans + custom_plans AS n FROM pg_prepared_statements "
                             "WHERE statement LIKE '%$1::int AS n'"_L1};
    QCOMPARE(session->exec(uses)->row(0).number("n"), 151); // the one in use was never dropped
}

/// Somebody has thrown away what the connection kept.
void TestSession::discardedStatements()
{
    const auto session = newSession(u"discard"_s);
    session->setOperation("before"_L1);
    QCOMPARE(session->exec(one, {1})->row(0).number("n"), 1);
    session->execText(u"discard"_s, u"DEALLOCATE ALL"_s);
    QCOMPARE(session->exec(one, {2})->row(0).number("n"), 2);
    session->execText(u"discard"_s, u"DEALLOCATE ALL"_s);
    session->setOperation("after"_L1);
    (void)nameOf(*session); // the naming's own statement is gone as well: the next call has the name again
    QCOMPARE(nameOf(*session), u"discard after"_s);
}

void TestSession::operationIsListed()
{
    const auto session = newSession(u"branchline desk-3"_s);
    QCOMPARE(nameOf(*session), u"branchline desk-3"_s);
    session->setOperation("checkout"_L1);
    QCOMPARE(nameOf(*session), u"branchline desk-3 checkout"_s);
    session->setOperation("shard query"_L1);
    session->execText(u"nothing"_s, u"SELECT 1"_s);
    QCOMPARE(nameOf(*session), u"branchline desk-3 shard query"_s);
    session->setOperation({});
    QCOMPARE(nameOf(*session), u"branchline desk-3"_s);
}

/// A statement that fails together with its name does not take the name back, and the name is right
/// afterwards.
void TestSession::operationAfterFailures()
{
    const auto session = newSession(u"desk"_s);
    for (int i = 0; i < 3; ++i) {
        for (const auto operation : {"first"_L1, "second"_L1}) {
            session->setOperation(operation);
            try {
                session->exec(failing, {0});
                QFAIL("It was divided by nothing.");
            } catch (const DbException &e) {
                QCOMPARE(e.error().sqlState, u"22012"_s);
            }
            QVERIFY(session->isUsable());
            QCOMPARE(nameOf(*session), u"desk "_s + operation);
        }
    }
    session->setOperation("third"_L1);
    constexpr Statement wrong{"wrong"_L1, "SELECT nothing FROM nowhere"_L1};
    QVERIFY_THROWS_EXCEPTION(DbException, session->exec(wrong));
    QCOMPARE(nameOf(*session), u"desk third"_s);
}

/// Within a transaction the name stays, since a rollback would take it back; the next statement after it has
/// the new one.
void TestSession::operationInTransaction()
{
    const auto session = newSession(u"desk"_s);
    session->setOperation("outer"_L1);
    {
        Transaction transaction(*session);
        QCOMPARE(nameOf(*session), u"desk outer"_s);
        session->setOperation("inner"_L1);
        QCOMPARE(nameOf(*session), u"desk outer"_s);
    }
    QCOMPARE(nameOf(*session), u"desk inner"_s);
    {
        session->setOperation("again"_L1);
        Transaction transaction(*session);
        QVERIFY_THROWS_EXCEPTION(DbException, session->exec(failing, {0}));
    }
    QCOMPARE(nameOf(*session), u"desk again"_s);
}

/// The name is no part of a transaction that it stands before, or nothing could be set for it any more.
void TestSession::namedTransactionIsFresh()
{
    const auto session = newSession(u"desk"_s);
    session->setOperation("fresh"_L1);
    Transaction transaction(*session);
    session->execText(u"isolation"_s, u"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"_s);
    constexpr Statement isolation{"isolation"_L1,
                                  "SELECT current_setting('transaction_isolation') AS level"_L1};
    QCOMPARE(session->exec(isolation)->row(0).text("level"), u"serializable"_s);
    QCOMPARE(nameOf(*session), u"desk fresh"_s);
}

/// Whatever goes ahead of a query, it runs once: with and without a name, prepared or not.
void TestSession::everyCallRunsOnce()
{
    const auto session = m_library.newSession(shardName, LocalLibrary::superuserName());
    session->execText(u"sequence"_s, u"CREATE TEMP SEQUENCE calls"_s);
    constexpr Statement next{"next"_L1, "SELECT nextval('calls') AS n"_L1};
    constexpr Statement again{"again"_L1, "SELECT nextval('calls') AS n"_L1};
    int calls = 0;
    for (const auto operation : {""_L1, "first"_L1, "second"_L1, "second"_L1}) {
        session->setOperation(operation);
        QCOMPARE(session->exec(next)->row(0).number("n"), ++calls);
        QCOMPARE(session->exec(again)->row(0).number("n"), ++calls);
    }
    session->execText(u"discard"_s, u"DEALLOCATE ALL"_s);
    session->setOperation("third"_L1);
    QCOMPARE(session->exec(next)->row(0).number("n"), ++calls);
}

void TestSession::longAndForeignNames()
{
    const auto session = newSession(u"branchline "_s + QString(50, u'd'));
    session->setOperation("checkout and more"_L1);
    QCOMPARE(nameOf(*session), (u"branchline "_s + QString(50, u'd') + u" checkout"_s).left(63));
    const auto foreign = newSession(u"Lesesaal Ä🙂"_s);
    foreign->setOperation("checkout"_L1);
    QVERIFY(nameOf(*foreign).startsWith("Lesesaal ?"_L1));
    QVERIFY(nameOf(*foreign).endsWith(" checkout"_L1));
}

/// What somebody sees who asks why everything waits.
void TestSession::waitingCallIsListed()
{
    auto holder = m_library.newSession(shardName, LocalLibrary::superuserName());
    holder->execText(u"lock"_s, u"BEGIN; LOCK TABLE physical_exemplars IN ACCESS EXCLUSIVE MODE"_s);
    const auto isListed = [this] {
        return m_library.value(shardName,
                               u"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                               "AND application_name = 'branchline desk-3 checkout'"_s) == "1"_L1;
    };
    const auto session = newSession(u"branchline desk-3"_s);
    session->setOperation("checkout"_L1);
    auto call = std::async(std::launch::async, [&] {
        session->exec({"count_copies"_L1, "SELECT count(*) FROM copy_list"_L1});
    });
    const bool wasListed = QTest::qWaitFor(isListed, 1500);
    holder->execText(u"end"_s, u"ROLLBACK"_s);
    call.get();
    QVERIFY(wasListed);
}

/// While every answer is held back, a call sends as much as it does when it is answered at once: it never
/// waits in between.
void TestSession::oneRoundTrip()
{
    const ConnectionUrl url = m_library.servers().url(shardName, u"librarian"_s);
    TcpProxy proxy({.host = url.value(u"host"_s), .port = url.value(u"port"_s).toInt()});
    QVERIFY2(proxy.start(), qPrintable(proxy.errorText()));
    const SessionSettings settings{
        .database = shardName,
        .url = url.with(u"host"_s, u"127.0.0.1"_s).with(u"port"_s, QString::number(proxy.port())),
        .application = u"desk"_s};
    const std::vector<std::function<void(Session &)>> steps{
        [](Session &s) { s.exec(one, {1}); }, // prepared with it
        [](Session &s) { s.exec(one, {2}); },
        [](Session &s) {
            s.setOperation("checkout"_L1);
            s.exec(one, {3});
        },
        [](Session &s) {
            s.setOperation("checkin"_L1);
            s.exec(one, {4});
        },
        [](Session &s) {
            s.setOperation("renewal"_L1);
            s.exec(keptCount);
        },
    };
    std::vector<qint64> bytes;
    {
        Session session(settings);
        session.open();
        for (const auto &step : steps) {
            const qint64 before = proxy.counters().bytesToServer;
            step(session);
            bytes.push_back(proxy.counters().bytesToServer - before);
        }
    }
    QTRY_COMPARE(proxy.counters().open, 0);

    Session session(settings);
    session.open();
    for (size_t i = 0; i < steps.size(); ++i) {
        const qint64 before = proxy.counters().bytesToServer;
        proxy.setBlackHole(false, true);
        // The session is used by one thread at a time, and this one waits meanwhile.
        auto done = std::async(std::launch::async, [&] { steps[i](session); });
        const bool isAllSent =
            QTest::qWaitFor([&] { return proxy.counters().bytesToServer - before == bytes[i]; }, 2000);
        const qint64 sent = proxy.counters().bytesToServer - before;
        proxy.heal();
        done.get();
        QCOMPARE(sent, bytes[i]);
        QVERIFY(isAllSent);
    }
}

void TestSession::lostConnections()
{
    for (const bool isNamed : {false, true}) {
        const auto session = newSession(u"lost"_s);
        session->exec(one, {1});
        const QString pid =
            session->exec({"pid"_L1, "SELECT pg_backend_pid() AS pid"_L1})->row(0).text("pid");
        m_library.sql(shardName, u"SELECT pg_terminate_backend(%1, 2000)"_s.arg(pid));
        QVERIFY(!session->isUsable());
        if (isNamed)
            session->setOperation("checkout"_L1);
        for (int i = 0; i < 2; ++i) {
            try {
                session->exec(one, {2});
                QFAIL("A dead connection answered.");
            } catch (const DbException &e) {
                QCOMPARE(e.error().kind, DbErrorKind::ConnectionLost);
                QVERIFY(e.error().message.contains(shardName));
            }
        }
        session->open();
        QCOMPARE(session->exec(one, {3})->row(0).number("n"), 3);
        QCOMPARE(nameOf(*session), isNamed ? u"lost checkout"_s : u"lost"_s);
    }
}

QTEST_GUILESS_MAIN(TestSession)
#include "tst_session.moc"
