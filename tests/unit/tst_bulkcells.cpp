// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/cellvalues.h"
#include "db/bulk/csvrecords.h"
#include "db/bulk/libraryfolder.h"
#include "db/connection/dberror.h"

#include <QDateTime>
#include <QTemporaryDir>
#include <QTest>

using namespace Branchline::Internal;
using namespace Qt::StringLiterals;

/// The files of a bulk import, byte by byte: which records they have, and what a cell means.
class TestBulkCells final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void records_data();
    void records();
    void limitOfARecord_data();
    void limitOfARecord();
    void fromAnyRecordOn();
    void ids();
    void numbers();
    void dates();
    void times();
    void flagsAndText();
    void changedFile();

private:
    [[nodiscard]] QString fileWith(const QByteArray &content)
    {
        QFile file(m_folder.filePath(u"file-%1.csv"_s.arg(++m_files)));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("The test's own file cannot be written.");
        return file.fileName();
    }

    QTemporaryDir m_folder;
    int m_files = 0;
};

namespace {

/// "line: cell|cell", or the problem.
QString textOf(const CsvRecord &record)
{
    if (record.problem)
        return u"%1! %2"_s.arg(record.line).arg(QString::fromUtf8(record.problem));
    QStringList cells;
    for (const std::string_view cell : record.cells)
        cells << QString::fromLatin1(cell.data(), static_cast<qsizetype>(cell.size()));
    return u"%1: %2"_s.arg(record.line).arg(cells.join(u'|'));
}

QStringList recordsOf(CsvRecords &reader)
{
    QStringList all;
    CsvRecord record;
    while (reader.next(record))
        all << textOf(record);
    return all;
}

} // namespace

void TestBulkCells::records_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QStringList>("expected");
    const auto row = [](const char *name, const QByteArray &content, const QStringList &expected) {
        QTest::newRow(name) << content << expected;
    };
    const QString unclosed = u"! A quotation mark is not closed within 1 MB."_s;
    row("empty", {}, {});
    row("plain", "a,b\nc,\n", {u"1: a|b"_s, u"2: c|"_s});
    row("no line end at the end", "a,b\nc,d", {u"1: a|b"_s, u"2: c|d"_s});
    row("CR LF", "a,b\r\n\"c\",d\r\n", {u"1: a|b"_s, u"2: c|d"_s});
    row("CR within a line", "a\rb,c\n", {u"1: a\rb|c"_s});
    row("blank lines", "a\n\n\r\nb\n", {u"1: a"_s, u"4: b"_s});
    row("quotes", "\"a\"\"b\",\"c,d\",\"\"\n", {u"1: a\"b|c,d|"_s});
    row("line break in quotes", "\"a\nb\",c\nd,e\n", {u"1: a\nb|c"_s, u"3: d|e"_s});
    row("line break in quotes at the end of the file", "x,y\n\"a\nb\",\"c\nd\"",
        {u"1: x|y"_s, u"2: a\nb|c\nd"_s});
    row("CR at the end of the file", "\"a\",b\r", {u"1: a|b"_s});
    row("mark and plain header",
        "\xEF\xBB\xBF"
        "a,b\n",
        {u"1: a|b"_s});
    row("mark and quoted header", "\xEF\xBB\xBF\"a\",\"b\"\n1,2\n", {u"1: a|b"_s, u"2: 1|2"_s});
    row("mark alone", "\xEF\xBB\xBF", {});
    row("mark further on",
        "a\n\xEF\xBB\xBF"
        "b\n",
        {u"1: a"_s, u"2: "_s + QString::fromLatin1("\xEF\xBB\xBF"
                                                   "b")});
    row("never closed", "a\n\"b\nc\n", {u"1: a"_s, u"2"_s + unclosed, u"3: c"_s});
    row("never closed in the last line", "a\n\"b", {u"1: a"_s, u"2"_s + unclosed});
    row("text behind a quote", "\"a\"b,c\nd\n",
        {u"1! There is text behind a closing quotation mark."_s, u"2: d"_s});
    // A record over the border of what is read at once.
    const QByteArray wide(256 * 1024 - 10, 'x');
    row("border in a cell", wide + ",y\nz\n", {u"1: "_s + QString::fromLatin1(wide) + "|y"_L1, u"2: z"_s});
    row("border in quotes", wide + ",\"a\n" + QByteArray(20, 'b') + "\",\"\"\"\"\nz",
        {u"1: "_s + QString::fromLatin1(wide) + "|a\n"_L1 + QString(20, u'b') + "|\""_L1, u"3: z"_s});
}

void TestBulkCells::records()
{
    QFETCH(QByteArray, content);
    QFETCH(QStringList, expected);
    CsvRecords reader(fileWith(content));
    QCOMPARE(recordsOf(reader), expected);
    QCOMPARE(reader.position(), content.size());
}

void TestBulkCells::limitOfARecord_data()
{
    QTest::addColumn<int>("before");
    for (const int before : {0, 1, 100'000, 262'143, 262'144, 900'000, 1'200'000})
        QTest::addRow("%d", before) << before;
}

/// The same records are too long wherever they stand in the file, and for a reader that begins there.
void TestBulkCells::limitOfARecord()
{
    QFETCH(int, before);
    QByteArray head;
    int lines = 0;
    for (; head.size() < before; ++lines)
        head += QByteArray(qMin(999, before - static_cast<int>(head.size()) - 1), 'h') + '\n';
    lines = static_cast<int>(head.count('\n'));
    const auto most = static_cast<qsizetype>(CsvRecords::mostBytes);
    const QByteArray fits(most, 'f');
    const QByteArray isTooLong(most + 1, 'l');
    const QByteArray quotedFits = '"' + QByteArray(most - 4, 'q') + "\n\""; // its own line end makes `most`
    const QByteArray quotedTooLong = '"' + QByteArray(most - 3, 'r') + "\n\"";
    const QByteArray body = fits + '\n' + isTooLong + '\n' + quotedFits + '\n' + quotedTooLong + "\nend\n";
    CsvRecords reader(fileWith(head + body));
    reader.seek(head.size(), lines);
    const QStringList fromThere = recordsOf(reader);
    QCOMPARE(fromThere.size(), 6);
    QCOMPARE(fromThere.at(0).size(), QString::number(lines + 1).size() + 2 + most);
    QVERIFY(fromThere.at(1).contains("longer than 1 MB"_L1));
    QCOMPARE(fromThere.at(2).size(), QString::number(lines + 3).size() + 2 + most - 3);
    QVERIFY(fromThere.at(3).contains("not closed within 1 MB"_L1));
    QCOMPARE(fromThere.at(5), u"%1: end"_s.arg(lines + 7));
    reader.seek(0, 0);
    QCOMPARE(recordsOf(reader).last(6), fromThere);
}

void TestBulkCells::fromAnyRecordOn()
{
    CsvRecords reader(fileWith("a\n\"b\nc\",d\n\ne\n\"f\ng"));
    CsvRecord record;
    QList<std::pair<qint64, qint64>> places{{0, 0}};
    while (reader.next(record))
        places.append({reader.position(), reader.line()});
    reader.seek(0, 0);
    const QStringList all = recordsOf(reader);
    QCOMPARE(all.size(), 5);
    for (qsizetype i = 0; i < places.size(); ++i) {
        reader.seek(places.at(i).first, places.at(i).second);
        QCOMPARE(recordsOf(reader), all.mid(i));
    }
}

void TestBulkCells::ids()
{
    const char *const text = "8D3f0000-0001-4abc-8def-0123456789aB";
    QCOMPARE(idOf(text), QUuid(QLatin1StringView(text)));
    for (const char *wrong : {"", "8D3f0000-0001-4abc-8def-0123456789a",
                              "8D3f0000-0001-4abc-8def-0123456789ag", "8D3f0000 0001-4abc-8def-0123456789aB",
                              "{8D3f0000-0001-4abc-8def-0123456789}", "8D3f000000014abc8def0123456789aB----"})
        QVERIFY2(!idOf(wrong), wrong);
}

void TestBulkCells::numbers()
{
    QCOMPARE(integerOf("-20"), -20);
    QCOMPARE(integerOf("2147483647"), 2147483647);
    for (const char *wrong : {"", "2147483648", "+1", " 1", "1 ", "1.0", "0x1", "-"})
        QVERIFY2(!integerOf(wrong), wrong);

    QCOMPARE(digitsOf("R101"), 101);
    QCOMPARE(digitsOf("A-07b"), 7);
    QCOMPARE(digitsOf("999999999"), 999999999);
    QVERIFY(isNumber("Hall") && !digitsOf("Hall"));
    QVERIFY(isNumber("A-07b") && isNumber("000000001"));
    for (const char *wrong : {"3-4", "-3", "1234567890", "R99999999999999999999", "1.5"})
        QVERIFY2(!isNumber(wrong), wrong);
}

void TestBulkCells::dates()
{
    const auto days = [](const QDate &date) { return static_cast<int>(QDate(2000, 1, 1).daysTo(date)); };
    QCOMPARE(dateOf("2000-01-01"), 0);
    QCOMPARE(dateOf("1999-12-31"), -1);
    QCOMPARE(dateOf("2024-02-29"), days(QDate(2024, 2, 29)));
    QCOMPARE(dateOf("1600-02-29"), days(QDate(1600, 2, 29)));
    QCOMPARE(dateOf("9999-12-31"), days(QDate(9999, 12, 31)));
    for (const char *wrong :
         {"", "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-01", "2024-01-32", "0000-01-01", "24-01-01",
          "2024-1-1", "2024/01/01", "2024-01-01 ", "2024-01-0x"})
        QVERIFY2(!dateOf(wrong), wrong);
}

void TestBulkCells::times()
{
    const auto at = [](const char *iso) {
        const QDateTime time = QDateTime::fromString(QLatin1StringView(iso), Qt::ISODateWithMs);
        return QDateTime(QDate(2000, 1, 1), QTime(), Qt::UTC).msecsTo(time) * 1000;
    };
    QCOMPARE(timeOf("2000-01-01T00:00:00Z"), 0);
    QCOMPARE(timeOf("2025-03-04T10:11:12+00:00"), at("2025-03-04T10:11:12Z"));
    QCOMPARE(timeOf("2025-03-04 10:11:12z"), at("2025-03-04T10:11:12Z"));
    QCOMPARE(timeOf("2024-02-29T23:30:00-05:30"), at("2024-03-01T05:00:00Z"));
    QCOMPARE(timeOf("2025-03-04T10:11:12+0200"), at("2025-03-04T08:11:12Z"));
    QCOMPARE(timeOf("2025-03-04T10:11:12+02"), at("2025-03-04T08:11:12Z"));
    QCOMPARE(timeOf("2025-03-04T10:11:12.25Z"), at("2025-03-04T10:11:12.250Z"));
    QCOMPARE(timeOf("2025-03-04T10:11:12.000001Z"), at("2025-03-04T10:11:12Z") + 1);
    QCOMPARE(timeOf("1999-12-31T23:59:59.999999Z"), -1);
    for (const char *wrong :
         {"", "2025-03-04", "2025-03-04T10:11:12", "2025-03-04T10:11Z", "2025-03-04T24:00:00Z",
          "2025-03-04T10:60:00Z", "2025-03-04T10:11:60Z", "2025-02-29T10:11:12Z", "2025-03-04T10:11:12+",
          "2025-03-04T10:11:12+2", "2025-03-04T10:11:12+02:", "2025-03-04T10:11:12+02:0",
          "2025-03-04T10:11:12+16:00", "2025-03-04T10:11:12+02:60", "2025-03-04T10:11:12.Z",
          "2025-03-04T10:11:12.1234567Z", "2025-03-04T10:11:12ZZ", "2025-03-04T10:11:12 UTC"})
        QVERIFY2(!timeOf(wrong), wrong);
}

void TestBulkCells::flagsAndText()
{
    QCOMPARE(flagOf("t"), true);
    QCOMPARE(flagOf("false"), false);
    QVERIFY(!flagOf("") && !flagOf("T") && !flagOf("1") && !flagOf("yes"));
    QVERIFY(isText("") && isText("Ä€𝄞"));
    QVERIFY(!isText(std::string_view("a\0b", 3)) && !isText(std::string_view("ä\0", 3)));
    QVERIFY(!isText("\xC3") && !isText("\xED\xA0\x80") && !isText("\xC0\x80"));
    QVERIFY(isCopyStatus("repair") && !isCopyStatus("") && !isCopyStatus("Lent"));
}

/// Rows that went in by then are of two files.
void TestBulkCells::changedFile()
{
    QTemporaryDir directory;
    QFile file(directory.filePath(u"branches.csv"_s));
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("branch_id,code,name\n") > 0);
    file.close();
    const LibraryFolder folder = readLibraryFolder(directory.path(), [] {});
    folder.files.at(u"branches"_s).requireUnchanged();
    QVERIFY(file.open(QIODevice::Append) && file.write("\n") == 1);
    file.close();
    QVERIFY_THROWS_EXCEPTION(Branchline::DbException, folder.files.at(u"branches"_s).requireUnchanged());
}

QTEST_GUILESS_MAIN(TestBulkCells)
#include "tst_bulkcells.moc"
