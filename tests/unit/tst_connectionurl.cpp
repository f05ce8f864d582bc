// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/config/connectionurl.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Addresses are read by libpq; what is ours is that nothing secret gets out again and that errors help.
class TestConnectionUrl final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void readsUri();
    void readsKeyValueList();
    void keepsSeveralHosts();
    void asksForTheServerThatWrites();
    void showsSeveralHosts_data();
    void showsSeveralHosts();
    void keepsSocketDirectory();
    void hidesPassword();
    void roundTrips_data();
    void roundTrips();
    void refusals_data();
    void refusals();
};

void TestConnectionUrl::readsUri()
{
    const auto url =
        ConnectionUrl::parse(u"postgresql://anna@db.example:5433/library?sslmode=verify-full"_s, u"X"_s);
    QVERIFY(url.isOk());
    QCOMPARE(url->host(), u"db.example"_s);
    QCOMPARE(url->port(), u"5433"_s);
    QCOMPARE(url->database(), u"library"_s);
    QCOMPARE(url->user(), u"anna"_s);
    QCOMPARE(url->value(u"sslmode"_s), u"verify-full"_s);
}

void TestConnectionUrl::readsKeyValueList()
{
    const auto url = ConnectionUrl::parse(u"host=db dbname='my library' user=o\\'neill"_s, u"X"_s);
    QVERIFY(url.isOk());
    QCOMPARE(url->database(), u"my library"_s);
    QCOMPARE(url->user(), u"o'neill"_s);
}

void TestConnectionUrl::keepsSeveralHosts()
{
    const auto url =
        ConnectionUrl::parse(u"postgresql://a:1,b:2/x?target_session_attrs=read-write"_s, u"X"_s);
    QVERIFY(url.isOk());
    QCOMPARE(url->host(), u"a,b"_s);
    QCOMPARE(url->port(), u"1,2"_s);
    QCOMPARE(url->toConnInfo(), u"dbname='x' host='a,b' port='1,2' target_session_attrs='read-write'"_s);
}

/// Of several servers only one takes changes; an address that says which one it means is left alone.
void TestConnectionUrl::asksForTheServerThatWrites()
{
    const auto wanted = [](const QString &text) {
        return ConnectionUrl::parse(text, u"X"_s)->forWriting().value(u"target_session_attrs"_s);
    };
    QCOMPARE(wanted(u"postgresql://a,b/x"_s), u"read-write"_s);
    QCOMPARE(wanted(u"hostaddr=127.0.0.1,127.0.0.2 dbname=x"_s), u"read-write"_s);
    QCOMPARE(wanted(u"postgresql://a,b/x?target_session_attrs=primary"_s), u"primary"_s);
    QCOMPARE(wanted(u"postgresql://a:1/x"_s), QString());
    QCOMPARE(wanted(u"postgresql:///x"_s), QString());
}

void TestConnectionUrl::showsSeveralHosts_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("shown");
    QTest::newRow("ports") << u"postgresql://anna:hush@a:1,b:2/x"_s << u"postgresql://anna@a:1,b:2/x"_s;
    QTest::newRow("one port left out")
        << u"postgresql://a,b:2/x?password=hush"_s << u"postgresql://a,b:2/x"_s;
    QTest::newRow("no ports") << u"postgresql://a,b/x"_s << u"postgresql://a,b/x"_s;
    QTest::newRow("one port for all")
        << u"host=a,b port=6000 dbname=x password=hush"_s << u"postgresql:///x?host=a%2Cb&port=6000"_s;
    QTest::newRow("sockets") << u"host=/run/a,/run/b port=1,2 dbname=x"_s
                             << u"postgresql:///x?host=%2Frun%2Fa%2C%2Frun%2Fb&port=1%2C2"_s;
    QTest::newRow("IPv6") << u"postgresql://[::1]:1,[::2]:2/x"_s
                          << u"postgresql:///x?host=%3A%3A1%2C%3A%3A2&port=1%2C2"_s;
}

void TestConnectionUrl::showsSeveralHosts()
{
    QFETCH(const QString, text);
    QFETCH(const QString, shown);
    const auto url = ConnectionUrl::parse(text, u"X"_s);
    QVERIFY(url.isOk());
    QCOMPARE(url->display(), shown);
    QCOMPARE(*ConnectionUrl::parse(url->toUri(), u"X"_s), *url);
}

void TestConnectionUrl::keepsSocketDirectory()
{
    const auto url =
        ConnectionUrl::parse(u"postgresql:///x?host=/run/user/1000/branchline&port=5439"_s, u"X"_s);
    QVERIFY(url.isOk());
    QCOMPARE(url->host(), u"/run/user/1000/branchline"_s);
}

void TestConnectionUrl::hidesPassword()
{
    const auto url = ConnectionUrl::parse(u"postgresql://anna:s3cr%3Bt@db/library"_s, u"X"_s);
    QVERIFY(url.isOk());
    QVERIFY(url->hasPassword());
    QCOMPARE(url->value(u"password"_s), u"s3cr;t"_s);
    QCOMPARE(url->display(), u"postgresql://anna@db/library"_s);
}

void TestConnectionUrl::roundTrips_data()
{
    QTest::addColumn<QString>("text");
    QTest::newRow("plain") << u"postgresql://anna@db:5432/library"_s;
    QTest::newRow("odd names") << u"postgresql://a%40b:p%2Fw@db/my%20library"_s;
    QTest::newRow("socket") << u"postgresql:///x?host=/tmp/a%20b&port=5439"_s;
    QTest::newRow("hosts") << u"postgresql://a:1,b:2/x"_s;
    QTest::newRow("hosts, one port") << u"postgresql://u:p@a,b:2,c/x?target_session_attrs=read-write"_s;
    QTest::newRow("hosts, one port for all") << u"host=a,b,c port=6000 dbname=x"_s;
    QTest::newRow("hosts with addresses") << u"host=a,b hostaddr=127.0.0.1,127.0.0.2 dbname=x"_s;
    QTest::newRow("IPv6") << u"postgresql://[::1]:5432/x"_s;
}

void TestConnectionUrl::roundTrips()
{
    QFETCH(QString, text);
    const auto first = ConnectionUrl::parse(text, u"X"_s);
    QVERIFY(first.isOk());
    const auto second = ConnectionUrl::parse(first->toUri(), u"X"_s);
    QVERIFY2(second.isOk(), qPrintable(first->toUri()));
    QCOMPARE(*second, *first);
    const auto third = ConnectionUrl::parse(first->toConnInfo(), u"X"_s);
    QVERIFY(third.isOk());
    QCOMPARE(*third, *first);
}

void TestConnectionUrl::refusals_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("says");
    QTest::newRow("empty") << u" "_s << u"it is empty"_s;
    QTest::newRow("no database") << u"postgresql://hush@db"_s << u"names no database"_s;
    QTest::newRow("no URL") << u"hush"_s << u"missing"_s;
    QTest::newRow("bad escape") << u"postgresql://u:hush%zz@db/x"_s << u"invalid percent-encoded token"_s;
    QTest::newRow("unknown option") << u"postgresql://db/x?hush=1"_s << u"invalid URI query parameter"_s;
    QTest::newRow("port") << u"postgresql://db:99999/hush"_s << u"from 1 to 65535"_s;
    QTest::newRow("ports than hosts") << u"host=a,b,c port=1,2 dbname=hush"_s << u"another number of ports"_s;
    QTest::newRow("ports than host") << u"host=a port=1,2 dbname=hush"_s << u"another number of ports"_s;
    QTest::newRow("addresses") << u"host=a,b hostaddr=127.0.0.1 dbname=hush"_s << u"another number"_s;
    QTest::newRow("semicolon") << u"postgresql://db/hush;x"_s << u"semicolon"_s;
    QTest::newRow("open quote") << u"host='hush dbname=x"_s << u"unterminated quoted string"_s;
}

void TestConnectionUrl::refusals()
{
    QFETCH(QString, text);
    QFETCH(QString, says);
    const auto url = ConnectionUrl::parse(text, u"DATABASE_URL_NORTH"_s);
    QVERIFY(!url.isOk());
    QVERIFY2(url.error().message.contains(says), qPrintable(url.error().message));
    QVERIFY(url.error().message.contains("DATABASE_URL_NORTH"_L1));
    QVERIFY2(!url.error().message.contains("hush"_L1), qPrintable(url.error().message));
    QVERIFY(url.error().hint.contains("postgresql://"_L1));
}

QTEST_GUILESS_MAIN(TestConnectionUrl)
#include "tst_connectionurl.moc"
