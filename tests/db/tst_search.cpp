// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/booklist.h"
#include "tests/support/preparedlibrary.h"

#include <QPromise>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// What people type, and the books that they get.
class TestSearch final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void words_data();
    void words();
    void anIsbnFindsOneBook_data();
    void anIsbnFindsOneBook();
    void didYouMean_data();
    void didYouMean();
    void nothingIsSuggestedForWhatIsRight();
    void filters_data();
    void filters();
    void facetsFollowTheOtherFilters();
    void aFilterIsNoWord();
    void orders();
    void everyBookIsOnOnePage_data();
    void everyBookIsOnOnePage();
    void removedBooksAreNotFound();
    void whatStandsOnTheShelf();
    void otherFormsInTheLanguageOfTheBook_data();
    void otherFormsInTheLanguageOfTheBook();
    void lettersOfOtherAlphabets_data();
    void lettersOfOtherAlphabets();
    void longTextIsHarmless();
    void canceledListsEnd();

private:
    QUuid add(const QString &title, const QStringList &authors, const QString &language, int year,
              const QStringList &categories, const QString &isbn = {});
    QStringList titles(const BookQuestion &question, int most = 1000);

    PreparedLibrary m_library;
};

QUuid TestSearch::add(const QString &title, const QStringList &authors, const QString &language, int year,
                      const QStringList &categories, const QString &isbn)
{
    const auto added = await(addBook(m_library.cluster(), {.title = title,
                                                           .authors = authors,
                                                           .isbn = isbn,
                                                           .language = language,
                                                           .year = year,
                                                           .categories = categories}));
    if (!added)
        qFatal("%s", qPrintable(added.error().message));
    return added->id;
}

QStringList TestSearch::titles(const BookQuestion &question, int most)
{
    const auto rows = await(readBookPage(m_library.cluster(), question, {}, most));
    if (!rows)
        return {u"error: "_s + rows.error().message};
    QStringList titles;
    for (int i = 0; i < (*rows)->rowCount(); ++i)
        titles << (*rows)->row(i).text("title");
    return titles;
}

void TestSearch::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    const QString garcia = u"Gabriel García Márquez"_s;
    add(u"Cien años de soledad"_s, {garcia}, u"spa"_s, 1967, {u"Novels"_s});
    add(u"One Hundred Years of Solitude"_s, {garcia}, u"eng"_s, 1970, {u"Novels"_s});
    add(u"Harry Potter and the Philosopher's Stone"_s, {u"J. K. Rowling"_s}, u"eng"_s, 1997,
        {u"Fantasy"_s, u"Children"_s}, u"0-7475-3269-9"_s);
    add(u"Harry Potter and the Chamber of Secrets"_s, {u"J. K. Rowling"_s}, u"eng"_s, 1998,
        {u"Fantasy"_s, u"Children"_s});
    add(u"Harry Potter und der Stein der Weisen"_s, {u"J. K. Rowling"_s}, u"ger"_s, 1998, {u"Fantasy"_s});
    add(u"The Hobbit"_s, {u"J. R. R. Tolkien"_s}, u"eng"_s, 1937, {u"Fantasy"_s});
    add(u"The Silmarillion"_s, {u"J. R. R. Tolkien"_s, u"Christopher Tolkien"_s}, u"eng"_s, 1977,
        {u"Fantasy"_s});
    add(u"Il nome della rosa"_s, {u"Umberto Eco"_s}, u"ita"_s, 1980, {u"Novels"_s}, u"978-88-452-4634-0"_s);
    add(u"Ender's Game"_s, {u"Orson Scott Card"_s}, u"eng"_s, 1985, {u"Science fiction"_s});
    add(u"A Book without a Year"_s, {}, {}, 0, {});
    add(u"Langenscheidt"_s, {}, u"ger"_s, -20, {});
}

void TestSearch::words_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<QStringList>("found");
    const QStringList garcia{u"Cien años de soledad"_s, u"One Hundred Years of Solitude"_s};
    QTest::newRow("no accents") << u"garcia marquez"_s << garcia;
    QTest::newRow("accents") << u"García Márquez"_s << garcia;
    QTest::newRow("capitals") << u"MARQUEZ gabriel"_s << garcia;
    QTest::newRow("beginning") << u"harry pot"_s
                               << QStringList{u"Harry Potter and the Chamber of Secrets"_s,
                                              u"Harry Potter and the Philosopher's Stone"_s,
                                              u"Harry Potter und der Stein der Weisen"_s};
    QTest::newRow("beginning of an earlier word") << u"harr potter"_s << QStringList();
    QTest::newRow("apostrophe") << u"enders game"_s << QStringList{u"Ender's Game"_s};
    QTest::newRow("article") << u"the hobbit"_s << QStringList{u"The Hobbit"_s};
    QTest::newRow("operators") << u"hobbit & !(\\':*"_s << QStringList{u"The Hobbit"_s};
    QTest::newRow("nothing") << u"hobbit silmarillion"_s << QStringList();
}

void TestSearch::words()
{
    QFETCH(QString, words);
    QFETCH(QStringList, found);
    QStringList result = titles({.words = words});
    result.sort();
    QCOMPARE(result, found);
}

void TestSearch::anIsbnFindsOneBook_data()
{
    QTest::addColumn<QString>("typed");
    for (const char *isbn : {"0747532699", "0-7475-3269-9", "9780747532699", "978-0-7475-3269-9",
                             "978 0 7475 3269 9", "978\u20110747532699"})
        QTest::newRow(isbn) << QString::fromUtf8(isbn);
}

void TestSearch::anIsbnFindsOneBook()
{
    QFETCH(QString, typed);
    for (const BookOrder order : {BookOrder::Best, BookOrder::Newest})
        QCOMPARE(titles({.words = typed, .order = order}),
                 QStringList{u"Harry Potter and the Philosopher's Stone"_s});
}

void TestSearch::didYouMean_data()
{
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("meant");
    QTest::addColumn<int>("books");
    QTest::newRow("swapped") << u"tolkein"_s << u"tolkien"_s << 2;
    QTest::newRow("one of two") << u"hary potter"_s << u"harry potter"_s << 3;
    QTest::newRow("the other") << u"harry pottre"_s << u"harry potter"_s << 3;
    QTest::newRow("both") << u"gabreil marqez"_s << u"gabriel marquez"_s << 2;
    QTest::newRow("missing letter") << u"silmarilion"_s << u"silmarillion"_s << 1;
    QTest::newRow("accents") << u"márkez"_s << u"marquez"_s << 2;
}

void TestSearch::didYouMean()
{
    QFETCH(QString, typed);
    QCOMPARE(titles({.words = typed}), QStringList());
    const auto suggestions = await(suggestSearch(m_library.cluster(), typed));
    QVERIFY(suggestions.isOk());
    QVERIFY(!suggestions->empty());
    QTEST(suggestions->front().words, "meant");
    QTEST(suggestions->front().books, "books");
    QCOMPARE(static_cast<int>(titles({.words = suggestions->front().words}).size()),
             suggestions->front().books);
}

void TestSearch::nothingIsSuggestedForWhatIsRight()
{
    for (const QString &typed : {u"hobbit"_s, u"hobb"_s, u"xqzwvk"_s, u""_s, u"' -"_s, u"9780747532699"_s}) {
        const auto suggestions = await(suggestSearch(m_library.cluster(), typed));
        QVERIFY(suggestions.isOk());
        QVERIFY2(suggestions->empty(), qPrintable(typed));
    }
}

void TestSearch::otherFormsInTheLanguageOfTheBook_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<QStringList>("found");
    const QStringList houses{u"Die Häuser der Vergangenheit"_s};
    QTest::newRow("singular") << u"Haus"_s << houses;
    QTest::newRow("without the dots") << u"hauser vergangenheit"_s << houses;
    QTest::newRow("English plural") << u"stones philosopher"_s
                                    << QStringList{u"Harry Potter and the Philosopher's Stone"_s};
    QTest::newRow("before another word") << u"games ender"_s << QStringList{u"Ender's Game"_s};
    QTest::newRow("title of a translation") << u"casas del pasado"_s << houses;
    QTest::newRow("another form of it") << u"casa pasado"_s << houses;
    QTest::newRow("words that say nothing have no forms") << u"dem"_s << QStringList();
}

void TestSearch::otherFormsInTheLanguageOfTheBook()
{
    if (titles({.words = u"vergangenheit"_s}).isEmpty()) {
        const QUuid id = add(u"Die Häuser der Vergangenheit"_s, {}, u"ger"_s, 2011, {});
        m_library.sql(u"main"_s, u"INSERT INTO public.book_data (book_id, language, title) "
                                 "VALUES ('%1', 'spa', 'Las casas del pasado')"_s.arg(
                                     id.toString(QUuid::WithoutBraces)));
    }
    QFETCH(QString, words);
    QTEST(titles({.words = words}), "found");
}

void TestSearch::lettersOfOtherAlphabets_data()
{
    QTest::addColumn<QString>("typed");
    QTest::addColumn<QString>("title");
    QTest::newRow("sharp s") << u"strasse"_s << u"Straße der Ölsardinen"_s;
    QTest::newRow("o with a stroke") << u"jorgensen"_s << u"Jørgensens Ærø"_s;
    QTest::newRow("ligature") << u"aero"_s << u"Jørgensens Ærø"_s;
    QTest::newRow("l with a stroke") << u"lodz"_s << u"Łódź"_s;
    QTest::newRow("Cyrillic") << u"мастер"_s << u"Мастер и Маргарита"_s;
    QTest::newRow("Cyrillic, begun") << u"МАРГ"_s << u"Мастер и Маргарита"_s;
    QTest::newRow("Greek") << u"οδύσσεια"_s << u"Οδύσσεια"_s;
    QTest::newRow("Japanese") << u"雪国"_s << u"雪国"_s;
}

void TestSearch::lettersOfOtherAlphabets()
{
    QFETCH(QString, title);
    if (m_library.value(u"main"_s, u"SELECT count(*) FROM public.books WHERE title = '%1'"_s.arg(title)) ==
        "0"_L1)
        add(title, {}, {}, 1900, {});
    QFETCH(QString, typed);
    QCOMPARE(titles({.words = typed}), QStringList{title});
}

void TestSearch::longTextIsHarmless()
{
    QString words;
    for (int i = 0; i < 5000; ++i)
        words += u"hobbit%1 "_s.arg(i);
    for (const QString &text :
         {words, QString(100000, u'x'), QString(100000, u'\''), u"hobbit "_s.repeated(5000)}) {
        const QStringList found = titles({.words = text});
        QVERIFY2(found.isEmpty() || !found.first().startsWith("error"_L1), qPrintable(found.join(u'\n')));
        QVERIFY(await(suggestSearch(m_library.cluster(), text)).isOk());
        QVERIFY(await(readBookFacets(m_library.cluster(), {.words = text})).isOk());
    }
}

void TestSearch::filters_data()
{
    QTest::addColumn<QString>("words");
    QTest::addColumn<QStringList>("languages");
    QTest::addColumn<QStringList>("categories");
    QTest::addColumn<QList<int>>("decades");
    QTest::addColumn<int>("from");
    QTest::addColumn<int>("to");
    QTest::addColumn<int>("books");
    const QStringList none;
    QTest::newRow("language") << u""_s << QStringList{u"ger"_s} << none << QList<int>() << 0 << 0 << 2;
    QTest::newRow("two languages") << u""_s << QStringList{u"ger"_s, u"ita"_s} << none << QList<int>() << 0
                                   << 0 << 3;
    QTest::newRow("words and language")
        << u"harry"_s << QStringList{u"eng"_s} << none << QList<int>() << 0 << 0 << 2;
    QTest::newRow("category") << u""_s << none << QStringList{u"Fantasy"_s} << QList<int>() << 0 << 0 << 5;
    QTest::newRow("all kinds") << u"potter"_s << QStringList{u"eng"_s} << QStringList{u"Children"_s}
                               << QList<int>{1990} << 0 << 0 << 2;
    QTest::newRow("decade") << u""_s << none << none << QList<int>{1980} << 0 << 0 << 2;
    QTest::newRow("before Christ") << u""_s << none << none << QList<int>{-20} << 0 << 0 << 1;
    QTest::newRow("years") << u""_s << none << none << QList<int>() << 1967 << 1980 << 4;
    QTest::newRow("from") << u""_s << none << none << QList<int>() << 1998 << 0 << 2;
    QTest::newRow("to") << u""_s << none << none << QList<int>() << 0 << 1937 << 2;
    QTest::newRow("ends before it begins") << u""_s << none << none << QList<int>() << 2000 << 1990 << 0;
    QTest::newRow("unknown") << u""_s << QStringList{u"xx' | '"_s, u"fin"_s} << none << QList<int>() << 0 << 0
                             << 0;
}

void TestSearch::filters()
{
    QFETCH(QString, words);
    QFETCH(QStringList, categories);
    BookFilter filter;
    filter.languages = *static_cast<QStringList *>(QTest::qData("languages", qMetaTypeId<QStringList>()));
    filter.decades = *static_cast<QList<int> *>(QTest::qData("decades", qMetaTypeId<QList<int>>()));
    for (const QString &name : categories) {
        filter.categories << QUuid(m_library.value(
            u"main"_s, u"SELECT id FROM public.book_categories WHERE name = '%1'"_s.arg(name)));
    }
    QFETCH(int, from);
    QFETCH(int, to);
    filter.fromYear = from;
    filter.toYear = to;
    const QStringList found = titles({.words = words, .filter = filter});
    QFETCH(int, books);
    QVERIFY2(found.size() == books, qPrintable(found.join(u'\n')));
}

void TestSearch::facetsFollowTheOtherFilters()
{
    const auto counts = [this](const BookQuestion &question) {
        const auto facets = await(readBookFacets(m_library.cluster(), question));
        QStringList list;
        for (const FacetValue &facet : facets.valueOrThrow())
            list << u"%1 %2"_s.arg(facet.label.isEmpty() ? facet.value : facet.label).arg(facet.books);
        return list;
    };
    QCOMPARE(counts({.words = u"potter"_s}),
             (QStringList{u"Fantasy 3"_s, u"Children 2"_s, u"1990 3"_s, u"eng 2"_s, u"ger 1"_s}));
    // A second language can be added; the other kinds are counted within the first.
    QCOMPARE(counts({.words = u"potter"_s, .filter = {.languages = {u"ger"_s}}}),
             (QStringList{u"eng 2"_s, u"ger 1"_s, u"Fantasy 1"_s, u"1990 1"_s}));
    QVERIFY(counts({}).contains(u"Novels 3"_s));
    QVERIFY(counts({}).contains(u"-20 1"_s));
}

void TestSearch::aFilterIsNoWord()
{
    QCOMPARE(titles({.words = u"leng"_s}), QStringList());
    QCOMPARE(titles({.words = u"=leng"_s}), QStringList());
    QCOMPARE(titles({.words = u"l"_s}), QStringList{u"Langenscheidt"_s});
}

void TestSearch::orders()
{
    QCOMPARE(titles({.words = u"potter"_s, .order = BookOrder::Title}).first(),
             u"Harry Potter and the Chamber of Secrets"_s);
    const QStringList byAuthor = titles({.order = BookOrder::Author});
    QVERIFY(byAuthor.indexOf(u"Ender's Game"_s) < byAuthor.indexOf(u"Il nome della rosa"_s)); // Card, Eco
    QVERIFY(byAuthor.indexOf(u"Cien años de soledad"_s) < byAuthor.indexOf(u"The Hobbit"_s));
    const QStringList byYear = titles({.order = BookOrder::Newest});
    QCOMPARE(byYear.first(), u"Harry Potter and the Chamber of Secrets"_s);
    QCOMPARE(byYear.mid(byYear.size() - 2), (QStringList{u"Langenscheidt"_s, u"A Book without a Year"_s}));
    // Who types the beginning of a title means that title.
    add(u"There and Back: Making the Hobbit"_s, {}, u"eng"_s, 2010, {});
    QCOMPARE(titles({.words = u"hobbit"_s}).first(), u"The Hobbit"_s);
}

void TestSearch::everyBookIsOnOnePage_data()
{
    QTest::addColumn<BookOrder>("order");
    QTest::addColumn<QString>("words");
    for (const QString &words : {u""_s, u"same"_s, u"title 1"_s}) {
        for (const auto order : {BookOrder::Best, BookOrder::Title, BookOrder::Author, BookOrder::Newest})
            QTest::addRow("%s %d", qPrintable(words), static_cast<int>(order)) << order << words;
    }
}

void TestSearch::everyBookIsOnOnePage()
{
    if (m_library.value(u"main"_s, u"SELECT count(*) FROM public.books WHERE title ~ '^Same'"_s) == "0"_L1) {
        // Many with equal keys: only the id tells them apart. More than are ranked, and more than are sorted.
        m_library.ddl(u"main"_s, u"SET session_replication_role = replica;"
                                 "INSERT INTO public.books (title, sort_title, year) "
                                 "SELECT 'Same title ' || i % 7, 'Same title ' || i % 7, 1900 + i % 3 "
                                 "FROM generate_series(1, 25000) AS i;"
                                 "RESET session_replication_role;"
                                 "SELECT public.refresh_books(array_agg(id)) FROM public.books;"_s);
        m_library.ddl(u"main"_s, u"ANALYZE public.books"_s);
    }
    QFETCH(BookOrder, order);
    QFETCH(QString, words);
    const BookQuestion question{.words = words, .order = order};
    constexpr int pageRows = 1000;
    auto future = readBookPageEnds(m_library.cluster(), question, pageRows);
    future.waitForFinished();
    QList<QVariantList> keys{{}};
    int total = 0;
    for (const Result<Rows> &part : future.results()) {
        QVERIFY2(part.isOk(), part.isOk() ? "" : qPrintable(part.error().message));
        for (int i = 0; i < (*part)->rowCount(); ++i) {
            total = static_cast<int>((*part)->row(i).number("n"));
            if (total % pageRows == 0)
                keys << QVariantList{(*part)->at(i, 0), (*part)->at(i, 1), (*part)->at(i, 2),
                                     (*part)->at(i, 3)};
        }
    }
    const QString like = words.isEmpty() ? u"%"_s : words == "same"_L1 ? u"Same%"_s : u"Same title 1"_s;
    QCOMPARE(
        QString::number(total),
        m_library.value(u"main"_s, u"SELECT count(*) FROM public.books WHERE title LIKE '%1'"_s.arg(like)));
    QSet<QUuid> seen;
    for (const QVariantList &key : keys) {
        const auto rows = await(readBookPage(m_library.cluster(), question, key, pageRows));
        QVERIFY(rows.isOk());
        QCOMPARE((*rows)->rowCount(), std::min(pageRows, total - static_cast<int>(seen.size())));
        for (int i = 0; i < (*rows)->rowCount(); ++i)
            seen.insert((*rows)->row(i).uuid("id"));
    }
    QCOMPARE(static_cast<int>(seen.size()), total);
}

void TestSearch::removedBooksAreNotFound()
{
    const QUuid id = add(u"Gone Tomorrow"_s, {u"Lee Child"_s}, u"eng"_s, 2009, {u"Thrillers"_s});
    QCOMPARE(titles({.words = u"gone tomorrow"_s}).size(), 1);
    m_library.ddl(u"main"_s, u"UPDATE public.books SET deleted_at = now() WHERE id = '%1'"_s.arg(
                                 id.toString(QUuid::WithoutBraces)));
    QCOMPARE(titles({.words = u"gone tomorrow"_s}), QStringList());
    QCOMPARE(titles({.words = u"thrillers"_s}), QStringList());
    const auto suggestions = await(suggestSearch(m_library.cluster(), u"tomorow"_s));
    QVERIFY(suggestions.isOk());
    QVERIFY(suggestions->empty());
    m_library.ddl(u"main"_s, u"UPDATE public.books SET deleted_at = NULL WHERE id = '%1'"_s.arg(
                                 id.toString(QUuid::WithoutBraces)));
    QCOMPARE(titles({.words = u"gone tomorrow"_s}).size(), 1);
}

void TestSearch::whatStandsOnTheShelf()
{
    const BranchEntry here = m_library.addBranch(m_library.shards().at(0));
    const BranchEntry there = m_library.addBranch(m_library.shards().at(1));
    const QString ours = m_library.addCopy(here);
    const QString theirs = m_library.addCopy(there);
    const auto bookOf = [this](const QString &barcode) {
        const auto copies = await(copyByBarcode(m_library.cluster(), barcode));
        for (const auto &answer : copies.shards) {
            if (answer.result.isOk() && !answer.result->empty())
                return answer.result->front().book;
        }
        return QUuid();
    };
    const QList<QUuid> books{bookOf(ours), bookOf(theirs), m_library.addBook()};
    const auto ask = [&] {
        AvailableBooks all;
        const auto combined = await(availableBooks(m_library.cluster(), books, here.id));
        for (const auto &answer : combined.shards) {
            all.anywhere.unite(answer.result.valueOrThrow().anywhere);
            all.here.unite(answer.result.valueOrThrow().here);
        }
        return all;
    };
    QCOMPARE(ask().anywhere, QSet<QUuid>({books.at(0), books.at(1)}));
    QCOMPARE(ask().here, QSet<QUuid>({books.at(0)}));
    m_library.setRule(nullptr, u"adult"_s, u"book"_s, u"7 days"_s);
    COMPARE_OUTCOME(m_library.lend(here, ours, m_library.addPatron(here)), Outcome::Lent);
    QCOMPARE(ask().anywhere, QSet<QUuid>({books.at(1)}));
}

void TestSearch::canceledListsEnd()
{
    auto future = readBookPageEnds(m_library.cluster(), {}, 1);
    future.cancel();
    future.waitForFinished();
    QVERIFY(future.isCanceled());
    QVERIFY(!titles({.words = u"hobbit"_s}).isEmpty());
}

QTEST_GUILESS_MAIN(TestSearch)
#include "tst_search.moc"
