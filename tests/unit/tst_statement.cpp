// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/statement.h"

#include <QDateTime>
#include <QSet>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

class TestStatement final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void textArrays_data();
    void textArrays();
    void uuidArrays();
    void emptyIsNull();
    void idsAreVersion7();
    void idsGrowWithTime();
};

void TestStatement::textArrays_data()
{
    QTest::addColumn<QStringList>("values");
    QTest::addColumn<QString>("literal");
    QTest::newRow("none") << QStringList() << u"{}"_s;
    QTest::newRow("one") << QStringList{u"Tolkien"_s} << u"{\"Tolkien\"}"_s;
    QTest::newRow("empty text") << QStringList{QString()} << u"{\"\"}"_s;
    QTest::newRow("the word null") << QStringList{u"NULL"_s} << u"{\"NULL\"}"_s;
    QTest::newRow("comma and braces") << QStringList{u"a,b"_s, u"{c}"_s} << u"{\"a,b\",\"{c}\"}"_s;
    QTest::newRow("quote") << QStringList{u"say \"no\""_s} << u"{\"say \\\"no\\\"\"}"_s;
    QTest::newRow("backslash") << QStringList{u"a\\b"_s} << u"{\"a\\\\b\"}"_s;
    QTest::newRow("backslash before a quote") << QStringList{u"\\\""_s} << u"{\"\\\\\\\"\"}"_s;
}

void TestStatement::textArrays()
{
    QFETCH(const QStringList, values);
    QFETCH(const QString, literal);
    QCOMPARE(arrayLiteral(values), literal);
}

void TestStatement::uuidArrays()
{
    QCOMPARE(arrayLiteral(QList<QUuid>()), u"{}"_s);
    const QUuid id(u"0192f0c4-0001-7000-8000-000000000012"_s);
    QCOMPARE(arrayLiteral(QList<QUuid>{id, QUuid()}),
             u"{0192f0c4-0001-7000-8000-000000000012,00000000-0000-0000-0000-000000000000}"_s);
}

void TestStatement::emptyIsNull()
{
    QVERIFY(orNull(QString()).isNull());
    QVERIFY(orNull(u""_s).isNull());
    QCOMPARE(orNull(u" "_s).toString(), u" "_s);
    QVERIFY(orNull(QUuid()).isNull());
    const QUuid id = newUuid();
    QCOMPARE(orNull(id).toString(), id.toString(QUuid::WithoutBraces));
}

void TestStatement::idsAreVersion7()
{
    QSet<QUuid> seen;
    for (int i = 0; i < 10000; ++i) {
        const QByteArray bytes = newUuid().toRfc4122();
        QCOMPARE(static_cast<uchar>(bytes.at(6)) >> 4, 7);
        QCOMPARE(static_cast<uchar>(bytes.at(8)) >> 6, 2);
        seen.insert(QUuid::fromRfc4122(bytes));
    }
    QCOMPARE(seen.size(), 10000);
}

/// Ids of later milliseconds sort behind earlier ones, byte for byte as PostgreSQL does.
void TestStatement::idsGrowWithTime()
{
    const auto milliseconds = [](const QUuid &id) {
        return id.toRfc4122().left(6).toHex().toLongLong(nullptr, 16);
    };
    for (int round = 0; round < 3; ++round) {
        const qint64 before = QDateTime::currentMSecsSinceEpoch();
        const QUuid id = newUuid();
        const qint64 after = QDateTime::currentMSecsSinceEpoch();
        QVERIFY(milliseconds(id) >= before && milliseconds(id) <= after);
        QTRY_VERIFY(QDateTime::currentMSecsSinceEpoch() > after);
        QVERIFY(newUuid().toRfc4122() > id.toRfc4122());
    }
}

QTEST_GUILESS_MAIN(TestStatement)
#include "tst_statement.moc"
