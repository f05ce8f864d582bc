// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/search/searchlist.h"
#include "tests/support/preparedlibrary.h"

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

QString literal(QString text)
{
    return u'\'' + text.replace(u'\'', "''"_L1) + u'\'';
}

} // namespace

/// The list of searches that is measured with a million books, here with ten thousand: what is found, not how
/// fast.
class TestSearchList final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void theListIsLongEnough();
    void everySearchIsAnswered();
    void theWayOfReadingChangesNothing();
    void misspeltWordsAreUnderstood();
    void anIsbnFindsItsBookOnly();

private:
    PreparedLibrary m_library;
    std::vector<Bench::Search> m_searches;
};

void TestSearchList::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    // Each line is a title; the others are of words of those lines, the earlier the more frequent, in
    // languages, years and categories that the list asks for.
    QStringList titles;
    for (const QString &words :
         Bench::typedWords({u"common"_s, u"accented"_s, u"many"_s, u"author"_s, u"stem"_s, u"misspelt"_s}))
        titles << literal(words);
    m_library.ddl(u"main"_s, uR"(SET session_replication_role = replica;
            CREATE TEMP TABLE word AS
            SELECT row_number() OVER (ORDER BY min(l.place)) AS place, w AS word
              FROM unnest(ARRAY[%1]) WITH ORDINALITY AS l (line, place), regexp_split_to_table(l.line, '\s+') AS w
             GROUP BY w;
            INSERT INTO public.book_categories (name) SELECT 'Category ' || i FROM generate_series(1, 8) AS i;
            INSERT INTO public.books (title, sort_title, language, year)
            SELECT line, public.sort_title(line, 'eng'), 'eng', 2000 FROM unnest(ARRAY[%1]) AS line;
            INSERT INTO public.books (isbn13, title, sort_title, language, year)
            SELECT n.stem || (10 - (SELECT sum(substr(n.stem, k, 1)::integer * (1 + 2 * ((k - 1) % 2)))
                                      FROM generate_series(1, 12) AS k) % 10) % 10,
                   t.title, public.sort_title(t.title, 'eng'),
                   (ARRAY['eng', 'eng', 'eng', 'ger', 'fre', 'spa', 'ita', 'rus'])[1 + i % 8], 1800 + i * 7 % 225
              FROM generate_series(1, 10000) AS i,
                   LATERAL (SELECT '978' || lpad(i::text, 9, '0')) AS n (stem),
                   LATERAL (SELECT string_agg(w.word, ' ' ORDER BY k) AS title
                              FROM generate_series(1, 2 + i % 5) AS k
                              JOIN word AS w ON w.place = 1 + (i * 7919::bigint * (k * k + 1)
                                                    % (1 + i * 104729::bigint * k % (SELECT count(*) FROM word)))) AS t;
            INSERT INTO public.category_book (book_id, category_id)
            SELECT b.id, c.id
              FROM (SELECT id, row_number() OVER (ORDER BY isbn13) AS place FROM public.books WHERE isbn13 IS NOT NULL) AS b
              JOIN (SELECT id, row_number() OVER (ORDER BY name) AS place FROM public.book_categories) AS c
                ON b.place % c.place = 0;
            DO $$
            DECLARE
                after uuid;
            BEGIN
                LOOP
                    after := public.refresh_books_after(after, 3000);
                    EXIT WHEN after IS NULL;
                END LOOP;
            END
            $$;
            RESET session_replication_role;)"_s.arg(titles.join(u", "_s)));
    m_library.ddl(u"main"_s, u"ANALYZE public.books"_s);
    QCOMPARE(m_library.value(u"main"_s, u"SELECT count(*) > 10000 FROM public.books WHERE search <> ''"_s),
             u"true"_s);
    m_searches = Bench::readSearchList(m_library.cluster());
}

void TestSearchList::theListIsLongEnough()
{
    QMap<QString, int> kinds;
    for (const Bench::Search &search : m_searches)
        ++kinds[search.kind];
    QVERIFY(m_searches.size() >= 500);
    for (const char *kind : {"letter", "common", "accented", "misspelt", "many", "field"})
        QVERIFY2(kinds.value(QLatin1StringView(kind)) >= 50, kind);
}

void TestSearchList::everySearchIsAnswered()
{
    QStringList wrong;
    for (const Bench::Search &search : m_searches) {
        const Bench::Searched once = Bench::search(m_library.cluster(), search.question);
        if (Bench::page(m_library.cluster(), search.question) != once.books)
            wrong << "another order: "_L1 + search.line;
        if (QSet<QUuid>(once.books.begin(), once.books.end()).size() != once.books.size())
            wrong << "a book twice: "_L1 + search.line;
        if (once.books.isEmpty() &&
            QStringList{u"common"_s, u"accented"_s, u"many"_s, u"author"_s, u"stem"_s, u"title"_s}.contains(
                search.kind))
            wrong << "nothing found: "_L1 + search.line;
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(u'\n')));
}

/// A large catalogue is read in other ways, and these books are told to be one.
void TestSearchList::theWayOfReadingChangesNothing()
{
    constexpr int all = 10000;
    const auto readAll = [this] {
        std::vector<QSet<QUuid>> found;
        for (const Bench::Search &search : m_searches) {
            const QList<QUuid> books = Bench::page(m_library.cluster(), search.question, all);
            found.emplace_back(books.begin(), books.end());
            if (found.back().size() != books.size())
                qFatal("A book twice: %s", qPrintable(search.line));
        }
        return found;
    };
    const std::vector<QSet<QUuid>> small = readAll();
    m_library.ddl(u"main"_s,
                  u"UPDATE pg_class SET reltuples = 2000000 WHERE oid = 'public.books'::regclass"_s);
    const std::vector<QSet<QUuid>> large = readAll();
    m_library.ddl(u"main"_s, u"ANALYZE public.books"_s);
    QStringList wrong;
    for (size_t i = 0; i < m_searches.size(); ++i) {
        if (small.at(i) != large.at(i))
            wrong << u"%1: %2 and %3"_s.arg(m_searches.at(i).line)
                         .arg(small.at(i).size())
                         .arg(large.at(i).size());
    }
    QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(u'\n')));
}

void TestSearchList::misspeltWordsAreUnderstood()
{
    QStringList wrong;
    int understood = 0;
    for (const Bench::Search &search : m_searches) {
        if (search.meant.isEmpty())
            continue;
        const Bench::Searched found = Bench::search(m_library.cluster(), search.question);
        // Without counts of words the nearest may be another one ("murder" for "murderd"), and neighbours
        // that swap two letters of a short word are few trigrams alike.
        if (found.suggestion && found.suggestion->words == search.meant && found.suggestion->books > 0)
            ++understood;
        else
            wrong << search.line + ": "_L1 + (found.suggestion ? found.suggestion->words : u"nothing"_s);
    }
    QVERIFY2(understood > 3 * wrong.size(), qPrintable(wrong.join(u'\n')));
}

void TestSearchList::anIsbnFindsItsBookOnly()
{
    int isbns = 0;
    for (const Bench::Search &search : m_searches) {
        if (!search.line.contains("\t{isbn"_L1))
            continue;
        QVERIFY2(Bench::search(m_library.cluster(), search.question).books.size() == 1,
                 qPrintable(search.question.words));
        ++isbns;
    }
    QVERIFY(isbns > 0);
}

QTEST_GUILESS_MAIN(TestSearchList)
#include "tst_searchlist.moc"
