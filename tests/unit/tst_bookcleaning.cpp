// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/bookcleaning.h"
#include "db/catalogue/isbn.h"
#include "db/catalogue/isbnrepair.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

class TestBookCleaning final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void isbn_data();
    void isbn();
    void everyRoundedIsbnIsRightOrLeftOut();
    void names_data();
    void names();
    void years_data();
    void years();
    void languages_data();
    void languages();
    void columns();
    void separator_data();
    void separator();
    void otherTitle();
    void wholeRow();
    void problems();
    void formulas();
};

void TestBookCleaning::isbn_data()
{
    using Remark = FoundIsbn::Remark;
    QTest::addColumn<QString>("ten");
    QTest::addColumn<QString>("thirteen");
    QTest::addColumn<QString>("found");
    QTest::addColumn<int>("remark");
    const auto row = [](const char *name, const QString &ten, const QString &thirteen, const QString &found,
                        Remark remark = Remark::None) {
        QTest::newRow(name) << ten << thirteen << found << static_cast<int>(remark);
    };
    row("zeros lost, ISBN-13 rounded", u"439023483"_s, u"9.78043902348e+12"_s, u"9780439023481"_s);
    row("two zeros lost", u"61120081"_s, u"9.78006112008e+12"_s, u"9780061120084"_s);
    row("three zeros lost", u"7203116"_s, {}, {}, Remark::Wrong);
    row("X", u"080442957x"_s, {}, u"9780804429573"_s);
    row("X after lost zeros", u"80442957X"_s, {}, u"9780804429573"_s);
    row("of Goodreads", u"=\"0439023483\""_s, u"=\"9780439023481\""_s, u"9780439023481"_s);
    row("as a float", u"439023483.0"_s, u"9780439023481.0"_s, u"9780439023481"_s);
    row("capital E", {}, u"9.78043902348E+12"_s, u"9780439023481"_s);
    row("comma", {}, u"9.78043902348E+12"_s, u"9780439023481"_s);
    row("ISBN-13 in the ISBN column", u"978-0-261-10325-2"_s, {}, u"9780261103252"_s);
    row("rounded in the ISBN column", u"9.78043902348e+12"_s, {}, u"9780439023481"_s);
    row("ISBN-10 in the ISBN-13 column", {}, u"195170342.0"_s, u"9780195170344"_s);
    row("wrong digit", u"812971060"_s, {}, {}, Remark::Wrong);
    row("eleven digits", {}, u"76783609419.0"_s, {}, Remark::Wrong);
    row("eleven digits beside a good ISBN-10", u"0553609416"_s, u"76783609419.0"_s, u"9780553609417"_s,
        Remark::Wrong);
    row("another number in scientific notation", {}, u"2.94001623192e+12"_s, {}, Remark::LostDigits);
    row("two candidates", u"812971060"_s, u"9.78081297106e+12"_s, {}, Remark::LostDigits);
    row("many candidates", {}, u"9.78044E+12"_s, {}, Remark::LostDigits);
    row("all zeros", u"0"_s, u"0"_s, {}, Remark::Wrong);
    row("nothing", {}, {}, {});
    row("both good and different", u"0439023483"_s, u"9780261103252"_s, u"9780261103252"_s, Remark::Disagree);
    row("rounded is of another book", u"0446612707"_s, u"9.78055381395e+12"_s, u"9780446612708"_s,
        Remark::Disagree);
    row("endless", {}, u"9.78e+999"_s, {}, Remark::Wrong);
}

void TestBookCleaning::isbn()
{
    QFETCH(const QString, ten);
    QFETCH(const QString, thirteen);
    QFETCH(const QString, found);
    QFETCH(const int, remark);
    const FoundIsbn result = findIsbn(ten, thirteen);
    QCOMPARE(result.isbn13, found);
    QCOMPARE(static_cast<int>(result.remark), remark);
    QVERIFY(result.remark == FoundIsbn::Remark::None || !result.cell.isEmpty());
}

/// Twelve digits written in scientific notation, as by a program that kept the number as a float: what comes
/// back is the number itself or nothing; about a quarter of them can be told.
void TestBookCleaning::everyRoundedIsbnIsRightOrLeftOut()
{
    int rebuilt = 0;
    constexpr int tries = 4000;
    for (int i = 0; i < tries; ++i) {
        const QString body = u"978%1"_s.arg(i * 249'893LL % 1'000'000'000LL, 9, 10, QChar(u'0'));
        QString number;
        for (int digit = 0; digit < 10 && number.isEmpty(); ++digit)
            number = isbn13(body + QString::number(digit)).value_or(QString());
        const QString written = QString::number(number.toDouble(), 'g', 12);
        if (!written.contains(u'e'))
            continue;
        const FoundIsbn found = findIsbn({}, written);
        QVERIFY2(found.isbn13.isEmpty() || found.isbn13 == number, qPrintable(written));
        rebuilt += found.isbn13.isEmpty() ? 0 : 1;
    }
    QVERIFY2(rebuilt > tries / 5 && rebuilt < tries, qPrintable(QString::number(rebuilt)));
}

void TestBookCleaning::names_data()
{
    QTest::addColumn<QString>("cell");
    QTest::addColumn<QStringList>("names");
    QTest::newRow("one") << u"Harper Lee"_s << QStringList{u"Harper Lee"_s};
    QTest::newRow("commas") << u"J.K. Rowling,  Mary   GrandPré"_s
                            << QStringList{u"J.K. Rowling"_s, u"Mary GrandPré"_s};
    QTest::newRow("junior") << u"Martin Luther King, Jr., Coretta Scott King"_s
                            << QStringList{u"Martin Luther King, Jr."_s, u"Coretta Scott King"_s};
    QTest::newRow("third") << u"Robert M. Hensel, III,  Jane Roe, PhD"_s
                           << QStringList{u"Robert M. Hensel, III"_s, u"Jane Roe, PhD"_s};
    QTest::newRow("semicolons") << u"Le Guin, Ursula K.; Vonnegut, Kurt"_s
                                << QStringList{u"Le Guin, Ursula K."_s, u"Vonnegut, Kurt"_s};
    QTest::newRow("one with a comma") << u"Le Guin, Ursula K.;"_s << QStringList{u"Le Guin, Ursula K."_s};
    QTest::newRow("semicolon in a name") << u"A \\; B; C"_s << QStringList{u"A ; B"_s, u"C"_s};
    QTest::newRow("bars") << u"A|B"_s << QStringList{u"A"_s, u"B"_s};
    QTest::newRow("twice, and nothing") << u"A,, A ,B,"_s << QStringList{u"A"_s, u"B"_s};
    QTest::newRow("suffix alone") << u"Jr."_s << QStringList{u"Jr."_s};
    QTest::newRow("composed") << u"Gabriel Garci\u0301a Ma\u0301rquez"_s
                              << QStringList{u"Gabriel García Márquez"_s};
    QTest::newRow("Phil is no degree")
        << u"Haruki Murakami, Philip Gabriel"_s << QStringList{u"Haruki Murakami"_s, u"Philip Gabriel"_s};
    QTest::newRow("empty") << u"  "_s << QStringList();
}

void TestBookCleaning::names()
{
    QFETCH(const QString, cell);
    QFETCH(const QStringList, names);
    QCOMPARE(splitNames(cell), names);
}

void TestBookCleaning::years_data()
{
    QTest::addColumn<QString>("cell");
    QTest::addColumn<int>("year"); // 9999: none
    for (const auto &[cell, year] : std::initializer_list<std::pair<const char *, int>>{
             {"1951.0", 1951},   {"1951", 1951},    {"-762.0", -762}, {"-750", -750},       {"762 BC", -762},
             {"8 v. Chr.", -8},  {"c1951", 1951},   {"[1951]", 1951}, {"1951-07-16", 1951}, {" 2008 ", 2008},
             {"180.0", 180},     {"1951,0", 1951},  {"-5000", -5000}, {"-5001", 9999},      {"3000", 9999},
             {"19511", 9999},    {"unknown", 9999}, {"", 9999},       {"1951.5", 9999},     {"1e3", 9999},
             {"16.7.1951", 9999}})
        QTest::newRow(cell) << QString::fromUtf8(cell) << year;
}

void TestBookCleaning::years()
{
    QFETCH(const QString, cell);
    QFETCH(const int, year);
    QCOMPARE(yearOf(cell).value_or(9999), year);
}

void TestBookCleaning::languages_data()
{
    QTest::addColumn<QString>("cell");
    QTest::addColumn<QString>("code");
    for (const auto &[cell, code] : std::initializer_list<std::pair<const char *, const char *>>{
             {"eng", "eng"}, {"en-US", "eng"},    {"en_GB", "eng"}, {"EN", "eng"},  {"English", "eng"},
             {"ger", "ger"}, {"deu", "ger"},      {"de", "ger"},    {"fre", "fre"}, {"fra", "fre"},
             {"nl", "dut"},  {"per", "per"},      {"fas", "per"},   {"ara", "ara"}, {"ind", "ind"},
             {"jpn", "jpn"}, {"fil", "fil"},      {"nor", "nor"},   {"mul", "mul"}, {"rum", "rum"},
             {"spa", "spa"}, {"por", "por"},      {"vie", "vie"},   {"und", ""},    {"", ""},
             {"12", ""},     {"the language", ""}})
        QTest::newRow(cell) << QString::fromUtf8(cell) << QString::fromUtf8(code);
}

void TestBookCleaning::languages()
{
    QFETCH(const QString, cell);
    QFETCH(const QString, code);
    QCOMPARE(languageCodeOf(cell), code);
    QVERIFY(languageCodes(u"ger"_s).contains(u"de"_s) && languageCodes(u"ger"_s).contains(u"deu"_s));
}

/// Any order, other names, unknown columns, a column twice.
void TestBookCleaning::columns()
{
    const BookColumns columns({"Publisher", "Original Publication Year", "shelf", "Year", "Author", "TITLE",
                               "reason", "line", "title"});
    const QByteArrayList cells{"P", "1901", "s", "1999", "A", "T", "", "", "another"};
    QCOMPARE(columns.text(cells, BookField::Title), u"T"_s);
    QCOMPARE(columns.text(cells, BookField::Authors), u"A"_s);
    QCOMPARE(columns.text(cells, BookField::Year), u"1901"_s);
    QCOMPARE(columns.text(cells, BookField::Publisher), u"P"_s);
    QVERIFY(!columns.has(BookField::Isbn13));
    QCOMPARE(columns.unused(), (QStringList{u"shelf"_s, u"Year"_s, u"title"_s}));
    QVERIFY(!BookColumns({"name of it", "who"}).has(BookField::Title));
}

void TestBookCleaning::separator_data()
{
    QTest::addColumn<QByteArray>("line");
    QTest::addColumn<char>("separator");
    QTest::newRow("comma") << QByteArray("book_id,isbn,title") << ',';
    QTest::newRow("semicolon") << QByteArray("Titel;Autor;\"a,b,c,d\"") << ';';
    QTest::newRow("tab") << QByteArray("title\tauthors, all\tyear") << '\t';
    QTest::newRow("one column") << QByteArray("title") << ',';
    QTest::newRow("unknown names") << QByteArray("a;b;c,d") << ';';
}

void TestBookCleaning::separator()
{
    QFETCH(const QByteArray, line);
    QFETCH(const char, separator);
    QCOMPARE(BookColumns::separatorOf(line), separator);
}

/// The original title is kept when it is another one, with or without the series of the title.
void TestBookCleaning::otherTitle()
{
    const BookColumns columns({"title", "original_title"});
    const auto other = [&](const char *title, const char *original) {
        return cleanBook(columns, {title, original}).otherTitle;
    };
    QCOMPARE(other("The Hunger Games (The Hunger Games, #1)", "The Hunger Games"), QString());
    QCOMPARE(other("Twilight", "twilight"), QString());
    QCOMPARE(other("One Hundred Years of Solitude", "Cien años de soledad"), u"Cien años de soledad"_s);
    QCOMPARE(other("A", ""), QString());
}

void TestBookCleaning::wholeRow()
{
    const BookColumns columns({"book_id", "isbn", "isbn13", "authors", "original_publication_year",
                               "original_title", "title", "language_code"});
    const CleanBook book =
        cleanBook(columns, {"2", "439554934", "9.78043955493e+12", "J.K. Rowling, Mary GrandPr\xC3\xA9",
                            "1997.0", "Harry Potter and the Philosopher's Stone",
                            "Harry Potter and the Sorcerer's Stone  (Harry Potter, #1)", "en-US"});
    QCOMPARE(book.problem, QString());
    QCOMPARE(book.notes, QStringList());
    QVERIFY(book.id.isNull());
    QCOMPARE(book.isbn13, u"9780439554930"_s);
    QCOMPARE(book.title, u"Harry Potter and the Sorcerer's Stone (Harry Potter, #1)"_s);
    QCOMPARE(book.authors, (QStringList{u"J.K. Rowling"_s, u"Mary GrandPré"_s}));
    QCOMPARE(book.year, std::optional(1997));
    QCOMPARE(book.language, u"eng"_s);
    QCOMPARE(book.otherTitle, u"Harry Potter and the Philosopher's Stone"_s);
}

void TestBookCleaning::problems()
{
    const BookColumns columns({"title", "authors", "year", "language"});
    QVERIFY(!cleanBook(columns, {" \t", "A", "", ""}).problem.isEmpty());
    QVERIFY(!cleanBook(columns, {QByteArray(2001, 't'), "A", "", ""}).problem.isEmpty());
    QVERIFY(!cleanBook(columns, {"T", QByteArray(301, 'a'), "", ""}).problem.isEmpty());
    const CleanBook odd = cleanBook(columns, {"T\x01\xEF\xBB\xBF", "A", "soon", "0815"});
    QCOMPARE(odd.problem, QString());
    QCOMPARE(odd.title, u"T"_s);
    QCOMPARE(odd.notes.size(), 2);
}

/// What the export puts before a formula is taken away, and nothing else.
void TestBookCleaning::formulas()
{
    QCOMPARE(cleanText(u"'=1+1"_s), u"=1+1"_s);
    QCOMPARE(cleanText(u"''=1+1"_s), u"'=1+1"_s);
    QCOMPARE(cleanText(u"'Tis"_s), u"'Tis"_s);
    QCOMPARE(cleanText(u"=1+1"_s), u"=1+1"_s);
}

QTEST_APPLESS_MAIN(TestBookCleaning)
#include "tst_bookcleaning.moc"
