// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/dberror.h"
#include "db/connection/parametertext.h"
#include "db/connection/valuecodec.h"

#include <QDateTime>
#include <QTest>
#include <QTimeZone>
#include <QUuid>

#include <cmath>
#include <limits>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr unsigned int boolean = 16;
constexpr unsigned int bytea = 17;
constexpr unsigned int bigint = 20;
constexpr unsigned int smallint = 21;
constexpr unsigned int integer = 23;
constexpr unsigned int text = 25;
constexpr unsigned int json = 114;
constexpr unsigned int real = 700;
constexpr unsigned int doublePrecision = 701;
constexpr unsigned int textArray = 1009;
constexpr unsigned int date = 1082;
constexpr unsigned int timeOfDay = 1083;
constexpr unsigned int timestamp = 1114;
constexpr unsigned int timestamptz = 1184;
constexpr unsigned int numeric = 1700;
constexpr unsigned int uuid = 2950;

QDateTime utc(int year, int month, int day, int hour = 0, int minute = 0, int second = 0, int ms = 0)
{
    return {QDate(year, month, day), QTime(hour, minute, second, ms), Qt::UTC};
}

/// What is sent for one value, "(null)" for NULL.
QByteArray sent(const QVariant &value)
{
    const ParameterValues values({value});
    return values.data()[0] ? QByteArray(values.data()[0]) : QByteArray("(null)");
}

} // namespace

/// Values on their way to the server and back, without a server.
class TestValueCodec final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void encodes_data();
    void encodes();
    void refusesLists();
    void refusesZeroCharacters();
    void decodes_data();
    void decodes();
    void momentsAreInUtc();
    void infinity();
    void roundTrips();
    void numbersParameters_data();
    void numbersParameters();
};

void TestValueCodec::encodes_data()
{
    QTest::addColumn<QVariant>("value");
    QTest::addColumn<QByteArray>("sentText");
    QTest::newRow("nothing") << QVariant() << "(null)"_ba;
    QTest::newRow("null pointer") << QVariant::fromValue(nullptr) << "(null)"_ba;
    QTest::newRow("null text") << QVariant(QString()) << "(null)"_ba;
    QTest::newRow("empty text") << QVariant(u""_s) << ""_ba;
    QTest::newRow("text") << QVariant(u"Brontë’s 猫 🙂"_s) << QByteArray("Brontë’s 猫 🙂");
    QTest::newRow("quotes stay") << QVariant(u"O'Brien \\ \"x\""_s) << "O'Brien \\ \"x\""_ba;
    QTest::newRow("true") << QVariant(true) << "true"_ba;
    QTest::newRow("false") << QVariant(false) << "false"_ba;
    QTest::newRow("negative") << QVariant(-7) << "-7"_ba;
    QTest::newRow("least int") << QVariant(std::numeric_limits<int>::min()) << "-2147483648"_ba;
    QTest::newRow("least bigint") << QVariant(std::numeric_limits<qlonglong>::min())
                                  << "-9223372036854775808"_ba;
    QTest::newRow("unsigned") << QVariant(std::numeric_limits<qulonglong>::max())
                              << "18446744073709551615"_ba;
    QTest::newRow("a tenth") << QVariant(0.1) << "0.1"_ba;
    QTest::newRow("a third") << QVariant(1.0 / 3) << "0.3333333333333333"_ba;
    QTest::newRow("not a number") << QVariant(std::nan("")) << "NaN"_ba;
    QTest::newRow("infinite") << QVariant(-std::numeric_limits<double>::infinity()) << "-Infinity"_ba;
    QTest::newRow("uuid") << QVariant(QUuid(u"0192f0c4-0001-7000-8000-000000000012"_s))
                          << "0192f0c4-0001-7000-8000-000000000012"_ba;
    QTest::newRow("null uuid") << QVariant(QUuid()) << "(null)"_ba;
    QTest::newRow("date") << QVariant(QDate(2026, 2, 9)) << "2026-02-09"_ba;
    QTest::newRow("date before Christ") << QVariant(QDate(-44, 3, 15)) << "0044-03-15 BC"_ba;
    QTest::newRow("far date") << QVariant(QDate(12024, 1, 2)) << "12024-01-02"_ba;
    QTest::newRow("no date") << QVariant(QDate()) << "(null)"_ba;
    QTest::newRow("time") << QVariant(QTime(7, 5, 3, 9)) << "07:05:03.009"_ba;
    QTest::newRow("moment") << QVariant(utc(2026, 11, 22, 20, 1, 2, 34)) << "2026-11-22 20:01:02.034+00"_ba;
    QTest::newRow("moment elsewhere")
        << QVariant(QDateTime(QDate(2026, 1, 1), QTime(1, 30), Qt::OffsetFromUTC, 2 * 3600))
        << "2025-12-31 23:30:00.000+00"_ba;
    QTest::newRow("moment before Christ")
        << QVariant(utc(-44, 3, 15, 12)) << "0044-03-15 12:00:00.000+00 BC"_ba;
    QTest::newRow("no moment") << QVariant(QDateTime()) << "(null)"_ba;
    QTest::newRow("bytes") << QVariant(QByteArray("\0\x01\xff", 3)) << "\\x0001ff"_ba;
    QTest::newRow("no bytes") << QVariant(QByteArray("")) << "\\x"_ba;
    QTest::newRow("null bytes") << QVariant(QByteArray()) << "(null)"_ba;
}

void TestValueCodec::encodes()
{
    QFETCH(const QVariant, value);
    QFETCH(const QByteArray, sentText);
    QCOMPARE(sent(value), sentText);
}

void TestValueCodec::refusesLists()
{
    for (const QVariant &value : {QVariant(QStringList{u"a"_s}), QVariant(QVariantList{1})}) {
        try {
            (void)sent(value);
            QFAIL("A list was taken.");
        } catch (const DbException &e) {
            QCOMPARE(e.error().kind, DbErrorKind::Internal);
            QVERIFY(e.error().message.contains(QLatin1StringView(value.typeName())));
        }
    }
}

/// libpq would end the text there.
void TestValueCodec::refusesZeroCharacters()
{
    try {
        (void)sent(u"kept"_s + QChar(0) + u"lost"_s);
        QFAIL("A text was cut.");
    } catch (const DbException &e) {
        QCOMPARE(e.error().kind, DbErrorKind::InvalidValue);
        QVERIFY(!e.error().message.contains("kept"_L1));
    }
}

void TestValueCodec::decodes_data()
{
    QTest::addColumn<unsigned int>("type");
    QTest::addColumn<QByteArray>("received");
    QTest::addColumn<QVariant>("value");
    QTest::newRow("true") << boolean << "t"_ba << QVariant(true);
    QTest::newRow("false") << boolean << "f"_ba << QVariant(false);
    QTest::newRow("smallint") << smallint << "-32768"_ba << QVariant(-32768);
    QTest::newRow("integer") << integer << "-2147483648"_ba << QVariant(std::numeric_limits<int>::min());
    QTest::newRow("bigint") << bigint << "-9223372036854775808"_ba
                            << QVariant(std::numeric_limits<qlonglong>::min());
    QTest::newRow("bigint above int") << bigint << "4294967296"_ba << QVariant(4294967296LL);
    QTest::newRow("real") << real << "0.5"_ba << QVariant(0.5);
    QTest::newRow("double") << doublePrecision << "-1e-07"_ba << QVariant(-1e-7);
    QTest::newRow("double infinity") << doublePrecision << "-Infinity"_ba
                                     << QVariant(-std::numeric_limits<double>::infinity());
    QTest::newRow("numeric") << numeric << "12.50"_ba << QVariant(12.5);
    QTest::newRow("text") << text << QByteArray("Brontë 🙂") << QVariant(u"Brontë 🙂"_s);
    QTest::newRow("empty text") << text << ""_ba << QVariant(u""_s);
    QTest::newRow("uuid") << uuid << "0192f0c4-0001-7000-8000-000000000012"_ba
                          << QVariant(u"0192f0c4-0001-7000-8000-000000000012"_s);
    QTest::newRow("json") << json << R"({"a": "ü"})"_ba << QVariant(uR"({"a": "ü"})"_s);
    QTest::newRow("array") << textArray << "{a,NULL,\"b c\"}"_ba << QVariant(u"{a,NULL,\"b c\"}"_s);
    QTest::newRow("bytes") << bytea << "\\x00ff"_ba << QVariant(QByteArray("\0\xff", 2));
    QTest::newRow("bytes, escaped") << bytea << R"(\000a\\b\377x)"_ba
                                    << QVariant(QByteArray("\0a\\b\xffx", 6));
    QTest::newRow("no bytes, escaped") << bytea << ""_ba << QVariant(QByteArray(""));
    QTest::newRow("no bytes") << bytea << "\\x"_ba << QVariant(QByteArray(""));
    QTest::newRow("date") << date << "2026-02-09"_ba << QVariant(QDate(2026, 2, 9));
    QTest::newRow("date before Christ") << date << "0044-03-15 BC"_ba << QVariant(QDate(-44, 3, 15));
    QTest::newRow("far date") << date << "12024-01-02"_ba << QVariant(QDate(12024, 1, 2));
    QTest::newRow("time") << timeOfDay << "07:05:03.5"_ba << QVariant(QTime(7, 5, 3, 500));
    QTest::newRow("moment") << timestamptz << "2026-11-22 20:01:02+00"_ba
                            << QVariant(utc(2026, 11, 22, 20, 1, 2).toLocalTime());
    QTest::newRow("microseconds") << timestamptz << "2026-11-22 20:01:02.123456+00"_ba
                                  << QVariant(utc(2026, 11, 22, 20, 1, 2, 123).toLocalTime());
    QTest::newRow("microseconds rounded") << timestamptz << "2026-11-22 20:01:02.0005+00"_ba
                                          << QVariant(utc(2026, 11, 22, 20, 1, 2, 1).toLocalTime());
    QTest::newRow("the day's last microsecond")
        << timestamptz << "2026-11-22 23:59:59.999999+00"_ba << QVariant(utc(2026, 11, 23).toLocalTime());
    QTest::newRow("half an hour west")
        << timestamptz << "2026-11-22 20:00:00-03:30"_ba << QVariant(utc(2026, 11, 22, 23, 30).toLocalTime());
    QTest::newRow("old local time") << timestamptz << "1890-01-01 00:19:32+00:19:32"_ba
                                    << QVariant(utc(1890, 1, 1).toLocalTime());
    QTest::newRow("moment before 1970") << timestamptz << "1969-12-31 23:59:59.5+00"_ba
                                        << QVariant(utc(1969, 12, 31, 23, 59, 59, 500).toLocalTime());
    QTest::newRow("moment before Christ")
        << timestamptz << "0044-03-15 12:00:00+00 BC"_ba << QVariant(utc(-44, 3, 15, 12).toLocalTime());
    QTest::newRow("wall clock") << timestamp << "2026-07-01 10:00:00"_ba
                                << QVariant(QDateTime(QDate(2026, 7, 1), QTime(10, 0)));
}

void TestValueCodec::decodes()
{
    QFETCH(const unsigned int, type);
    QFETCH(const QByteArray, received);
    QFETCH(const QVariant, value);
    const QVariant decoded = decodeValue(type, received);
    QCOMPARE(decoded.typeId(), value.typeId());
    QCOMPARE(decoded, value);
}

void TestValueCodec::momentsAreInUtc()
{
    const QDateTime moment = decodeValue(timestamptz, "2026-11-22 20:01:02+00").toDateTime();
    QCOMPARE(moment.timeSpec(), Qt::UTC);
    QCOMPARE(moment, utc(2026, 11, 22, 20, 1, 2));
}

void TestValueCodec::infinity()
{
    for (const char *word : {"infinity", "-infinity"}) {
        QVERIFY(!decodeValue(timestamptz, word).toDateTime().isValid());
        QVERIFY(!decodeValue(date, word).toDate().isValid());
    }
    QVERIFY(std::isnan(decodeValue(numeric, "NaN").toDouble()));
}

/// What is sent would be read as the same again.
void TestValueCodec::roundTrips()
{
    for (const QDateTime &moment :
         {utc(1, 1, 1), utc(-1, 12, 31, 23, 59, 59, 999), utc(1600, 2, 29, 12, 0, 0, 1),
          utc(2026, 10, 25, 0, 59, 59, 999), utc(2026, 10, 25, 1), utc(9999, 12, 31)}) {
        const QByteArray there = sent(moment);
        QVERIFY2(decodeValue(timestamptz, there).toDateTime() == moment, there.constData());
    }
    for (const double value : {0.1, -1e300, 5e-324, 123456789.123456789, -0.0})
        QCOMPARE(decodeValue(doublePrecision, sent(value)).toDouble(), value);
    QByteArray bytes;
    for (int i = 0; i < 256; ++i)
        bytes += static_cast<char>(i);
    QCOMPARE(decodeValue(bytea, sent(bytes)).toByteArray(), bytes);
}

void TestValueCodec::numbersParameters_data()
{
    QTest::addColumn<QByteArray>("sql");
    QTest::addColumn<QByteArray>("numbered");
    QTest::addColumn<int>("parameters");
    QTest::newRow("none") << "SELECT 1"_ba
                          << "SELECT 1"_ba << 0;
    QTest::newRow("two") << "f(?::int, ?::text)"_ba
                         << "f($1::int, $2::text)"_ba << 2;
    QTest::newRow("text") << "SELECT 'why?' || ? || 'it''s ?'"_ba
                          << "SELECT 'why?' || $1 || 'it''s ?'"_ba << 1;
    QTest::newRow("backslash at the end") << R"(SELECT 'a\', ?)"_ba
                                          << R"(SELECT 'a\', $1)"_ba << 1;
    QTest::newRow("escape text") << R"(SELECT E'a\'?', ?)"_ba
                                 << R"(SELECT E'a\'?', $1)"_ba << 1;
    QTest::newRow("name that ends with e") << R"(SELECT date'?\', ?)"_ba
                                           << R"(SELECT date'?\', $1)"_ba << 1;
    QTest::newRow("quoted name") << R"(SELECT ? AS "what""?")"_ba
                                 << R"(SELECT $1 AS "what""?")"_ba << 1;
    QTest::newRow("dollar quotes") << "DO $$ ? $$ ?"_ba
                                   << "DO $$ ? $$ $1"_ba << 1;
    QTest::newRow("tagged dollar quotes") << "$a$ ? $$ ? $b$ $a$ ?"_ba
                                          << "$a$ ? $$ ? $b$ $a$ $1"_ba << 1;
    QTest::newRow("name with dollars") << "a$b$ ?"_ba
                                       << "a$b$ $1"_ba << 1;
    QTest::newRow("line comment") << "SELECT -- why?\n ?"_ba
                                  << "SELECT -- why?\n $1"_ba << 1;
    QTest::newRow("comment") << "/* ? /* ? */ ? */ ?"_ba
                             << "/* ? /* ? */ ? */ $1"_ba << 1;
    QTest::newRow("minus and slash") << "? - ? / ?"_ba
                                     << "$1 - $2 / $3"_ba << 3;
    QTest::newRow("never closed") << "SELECT '?"_ba
                                  << "SELECT '?"_ba << 0;
    QTest::newRow("Latin-1") << "SELECT '\xe9', \xe9, ?"_ba
                             << "SELECT '\xc3\xa9', \xc3\xa9, $1"_ba << 1;
}

void TestValueCodec::numbersParameters()
{
    QFETCH(const QByteArray, sql);
    QFETCH(const QByteArray, numbered);
    QFETCH(const int, parameters);
    const ParameterText text = withNumberedParameters(QLatin1StringView(sql));
    QCOMPARE(text.sql, numbered);
    QCOMPARE(text.parameters, parameters);
}

QTEST_GUILESS_MAIN(TestValueCodec)
#include "tst_valuecodec.moc"
