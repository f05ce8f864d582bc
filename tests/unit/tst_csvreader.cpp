// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/csvreader.h"

#include <QFile>
#include <QStringEncoder>
#include <QTemporaryDir>
#include <QTest>

#include <sys/stat.h>
#include <thread>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Files as they come: the reader loses no good row, names the bad ones, and needs little memory.
class TestCsvReader final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void rows_data();
    void rows();
    void encodings_data();
    void encodings();
    void refused_data();
    void refused();
    void pipes();
    void piecesOfAnySize();
    void longLine();
    void longCell();
    void damagedUtf8();
    void written();

private:
    [[nodiscard]] QString fileWith(const QByteArray &content)
    {
        QFile file(m_folder.filePath(u"file-%1.csv"_s.arg(++m_files)));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("The test's own file cannot be written.");
        return file.fileName();
    }
    /// "line: cell|cell" for each row, "line! raw" for each bad one.
    [[nodiscard]] QStringList readAll(const QByteArray &content, char separator = ',');

    QTemporaryDir m_folder;
    int m_files = 0;
};

namespace {

/// The most memory this process has needed, in kB.
qint64 peakMemory()
{
    QFile status(u"/proc/self/status"_s);
    if (!status.open(QIODevice::ReadOnly))
        return -1;
    const QByteArrayList lines = status.readAll().split('\n');
    for (const QByteArray &line : lines) {
        if (line.startsWith("VmHWM:"))
            return line.simplified().split(' ').value(1).toLongLong();
    }
    return -1;
}

} // namespace

QStringList TestCsvReader::readAll(const QByteArray &content, char separator)
{
    TextSource source;
    if (const auto opened = source.open(fileWith(content)); !opened)
        return {opened.error().message};
    CsvReader reader(source);
    reader.setSeparator(separator);
    QStringList result;
    CsvRow row;
    while (reader.next(row)) {
        if (row.problem == CsvRow::Problem::None)
            result << u"%1: %2"_s.arg(row.line).arg(QString::fromUtf8(row.cells.join('|')));
        else
            result << u"%1! %2"_s.arg(row.line).arg(QString::fromUtf8(row.raw));
    }
    return result;
}

void TestCsvReader::rows_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QStringList>("expected");
    QTest::newRow("plain") << QByteArray("a,b\n1,2\n") << QStringList{u"1: a|b"_s, u"2: 1|2"_s};
    QTest::newRow("no end of line") << QByteArray("a,b\n1,2") << QStringList{u"1: a|b"_s, u"2: 1|2"_s};
    QTest::newRow("CR LF") << QByteArray("a,b\r\n1,2\r\n") << QStringList{u"1: a|b"_s, u"2: 1|2"_s};
    QTest::newRow("CR") << QByteArray("a,b\r1,2\r3,4") << QStringList{u"1: a|b"_s, u"2: 1|2"_s, u"3: 3|4"_s};
    QTest::newRow("blank lines") << QByteArray("\n \na\n\n\nb\n") << QStringList{u"3: a"_s, u"6: b"_s};
    QTest::newRow("quotes") << QByteArray("\"a,\"\"b\"\"\",c\n") << QStringList{u"1: a,\"b\"|c"_s};
    QTest::newRow("line break in a cell")
        << QByteArray("\"a\nb\",c\nd,e\n") << QStringList{u"1: a\nb|c"_s, u"3: d|e"_s};
    QTest::newRow("empty cells") << QByteArray(",,\n") << QStringList{u"1: ||"_s};
    QTest::newRow("quote inside") << QByteArray("a\"b,c\nd,e\n") << QStringList{u"1! a\"b,c"_s, u"2: d|e"_s};
    QTest::newRow("text after a quote")
        << QByteArray("\"a\" b,c\nd,e\n") << QStringList{u"1! \"a\" b,c"_s, u"2: d|e"_s};
    QTest::newRow("quote not closed, at the end")
        << QByteArray("a,b\n\"c,d\n") << QStringList{u"1: a|b"_s, u"2! \"c,d"_s};
    QTest::newRow("quote not closed, then good rows")
        << QByteArray("1,\"a\n2,b\n3,\"c\"\n4,d\n")
        << QStringList{u"1! 1,\"a"_s, u"2: 2|b"_s, u"3: 3|c"_s, u"4: 4|d"_s};
    QTest::newRow("two of them") << QByteArray("1,\"a\n2,\"b\n3,c\n")
                                 << QStringList{u"1! 1,\"a"_s, u"2! 2,\"b"_s, u"3: 3|c"_s};
    QTest::newRow("not closed, without an end of line")
        << QByteArray("a\n\"b") << QStringList{u"1: a"_s, u"2! \"b"_s};
    QTest::newRow("blanks around") << QByteArray(" a , \"b\" \n") << QStringList{u"1: a|b"_s};
}

void TestCsvReader::rows()
{
    QFETCH(const QByteArray, content);
    QFETCH(const QStringList, expected);
    QCOMPARE(readAll(content), expected);
}

void TestCsvReader::encodings_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("name");
    const QString text = u"titre;é\nŒuvre;“x”\n"_s;
    const QByteArray utf8 = text.toUtf8();
    QTest::newRow("UTF-8") << utf8 << u"UTF-8"_s;
    QTest::newRow("UTF-8 with its mark") << "\xEF\xBB\xBF" + utf8 << u"UTF-8"_s;
    QTest::newRow("UTF-16 little-endian")
        << "\xFF\xFE" + QByteArray(QStringEncoder(QStringConverter::Utf16LE)(text)) << u"UTF-16"_s;
    QTest::newRow("UTF-16 big-endian")
        << "\xFE\xFF" + QByteArray(QStringEncoder(QStringConverter::Utf16BE)(text)) << u"UTF-16"_s;
    QTest::newRow("Windows-1252") << QByteArray("titre;\xE9\n\x8Cuvre;\x93x\x94\n") << u"Windows-1252"_s;
}

void TestCsvReader::encodings()
{
    QFETCH(const QByteArray, content);
    QFETCH(const QString, name);
    TextSource source;
    QVERIFY(source.open(fileWith(content)).isOk());
    QCOMPARE(source.encodingName(), name);
    QCOMPARE(readAll(content, ';'), (QStringList{u"1: titre|é"_s, u"2: Œuvre|“x”"_s}));
}

void TestCsvReader::refused_data()
{
    QTest::addColumn<QByteArray>("content");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("binary") << QByteArray("\x7F"
                                          "ELF\0\1",
                                          6);
    QTest::newRow("zero at the end") << QByteArray("title\n") + QByteArray(200'000, 'a') +
                                            QByteArray(1, '\0');
    QTest::newRow("UTF-16 without its mark") << QByteArray("t\0i\0t\0l\0e\0", 10);
    QTest::newRow("UTF-32") << QByteArray("\xFF\xFE\0\0t\0\0\0", 8);
}

void TestCsvReader::refused()
{
    QFETCH(const QByteArray, content);
    TextSource source;
    const auto opened = source.open(fileWith(content));
    QVERIFY(!opened.isOk());
    QCOMPARE(opened.error().kind, DbErrorKind::InvalidValue);
    QVERIFY(!opened.error().message.isEmpty() && !opened.error().hint.isEmpty());
    TextSource missing;
    QVERIFY(!missing.open(m_folder.filePath(u"nothing.csv"_s)).isOk());
    QVERIFY(!TextSource().open(m_folder.path()).isOk());
}

/// A pipe is read to its end, however late that comes, and can be cancelled before anybody writes to it; a
/// device, which may have no end at all, is refused.
void TestCsvReader::pipes()
{
    const QString path = m_folder.filePath(u"pipe"_s);
    QCOMPARE(::mkfifo(QFile::encodeName(path).constData(), 0600), 0);
    int asked = 0;
    QVERIFY(!TextSource().open(path, [&asked] { return ++asked > 2; }).isOk());
    QCOMPARE(asked, 3);

    const QByteArray content = "title\n" + QByteArray("Momo\n").repeated(50'000); // more than a pipe holds
    std::thread writer([&] {
        QFile pipe(path);
        if (pipe.open(QIODevice::WriteOnly))
            pipe.write(content);
    });
    TextSource source;
    const auto opened = source.open(path);
    writer.join();
    QVERIFY(opened.isOk());
    QCOMPARE(source.size(), content.size());
    QCOMPARE(source.read(), content.left(64 * 1024));

    for (const QString &device : {u"/dev/zero"_s, u"/dev/null"_s})
        QVERIFY(!TextSource().open(device).isOk());
}

/// Pieces of 64 KB end anywhere: inside a character, a quoted cell, between CR and LF.
void TestCsvReader::piecesOfAnySize()
{
    for (int shift = 0; shift < 20; ++shift) {
        QByteArray content(65'520 + shift, 'x');
        content += ",é\r\n\"ü\r\n\",2\r\n";
        const QStringList rows = readAll(content);
        QCOMPARE(rows.size(), 2);
        QVERIFY(rows.at(0).endsWith(u"x|é"_s));
        QCOMPARE(rows.at(1), u"2: ü\r\n|2"_s);
    }
}

/// A line of 20 MB is passed over without being kept.
void TestCsvReader::longLine()
{
    const QByteArray head("title,authors\nA,B\n");
    const QString path = fileWith(head);
    QFile file(path);
    QVERIFY(file.open(QIODevice::Append));
    const QByteArray piece(1024 * 1024, 'x');
    for (int i = 0; i < 20; ++i)
        QCOMPARE(file.write(piece), piece.size());
    file.write("\nC,D\n");
    file.close();
    const qint64 before = peakMemory();
    TextSource source;
    QVERIFY(source.open(path).isOk());
    CsvReader reader(source);
    QList<qint64> good;
    QList<qint64> bad;
    for (CsvRow row; reader.next(row);) {
        (row.problem == CsvRow::Problem::None ? good : bad) << row.line;
        QVERIFY(row.problem == CsvRow::Problem::None ||
                (row.problem == CsvRow::Problem::TooLong && row.raw.size() <= 1000));
    }
    QCOMPARE(good, (QList<qint64>{1, 2, 4}));
    QCOMPARE(bad, QList<qint64>{3});
    QVERIFY2(peakMemory() - before < 10'000, qPrintable(QString::number(peakMemory() - before)));
}

/// The same inside quotation marks, with line breaks: the lines are then read as what they look like.
void TestCsvReader::longCell()
{
    QByteArray content("1,\"");
    for (int i = 0; i < 300'000; ++i)
        content += "some text of a cell without an end\n";
    content += "2,b\n";
    const qint64 before = peakMemory();
    const QStringList rows = readAll(content);
    QVERIFY(rows.constFirst().startsWith(u"1! 1,"_s));
    QCOMPARE(rows.constLast(), u"300001: 2|b"_s);
    QVERIFY(before > 0);
}

void TestCsvReader::damagedUtf8()
{
    QByteArray content("title\n");
    for (int i = 0; i < 30; ++i)
        content += "Müller\n";
    content += "broken \xFC here\ngood\n";
    const QStringList rows = readAll(content);
    QCOMPARE(rows.size(), 33);
    QVERIFY(rows.at(31).startsWith(u"32! broken "_s));
    QCOMPARE(rows.at(32), u"33: good"_s);
}

/// What is written is read again.
void TestCsvReader::written()
{
    const QByteArrayList cells{"plain", "a,b", "say \"hi\"", "two\nlines", " blanks ", "", "\"", "x\ty"};
    for (const char separator : {',', ';', '\t'}) {
        QByteArrayList line;
        for (const QByteArray &cell : cells)
            line << csvCell(cell, separator);
        TextSource source;
        QVERIFY(source.open(fileWith(line.join(separator) + '\n')).isOk());
        CsvReader reader(source);
        reader.setSeparator(separator);
        CsvRow row;
        QVERIFY(reader.next(row));
        QCOMPARE(row.cells, cells);
    }
}

QTEST_APPLESS_MAIN(TestCsvReader)
#include "tst_csvreader.moc"
