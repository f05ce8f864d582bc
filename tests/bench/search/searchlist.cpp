// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/search/searchlist.h"

#include "db/connection/database.h"

#include <QElapsedTimer>
#include <QFile>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace Branchline::Bench {

namespace {

[[noreturn]] void fail(const QString &message)
{
    throw DbException({.kind = DbErrorKind::InvalidValue,
                       .message = message,
                       .hint = u"Look at the line in tests/bench/search/queries.txt."_s});
}

QStringList lines()
{
    QFile file(u":/queries.txt"_s);
    if (!file.open(QIODevice::ReadOnly))
        fail(u"The list of searches was not compiled in."_s);
    QStringList lines = QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts);
    lines.removeIf([](const QString &line) { return line.startsWith(u'#'); });
    return lines;
}

template <typename T>
T answer(QFuture<Result<T>> future)
{
    return await(std::move(future)).valueOrThrow();
}

/// What lines of the list take from the library.
class Library
{
public:
    explicit Library(Cluster &cluster)
    {
        for (char letter = 'a'; letter <= 'z'; ++letter) {
            const QVariantList key{0, QString(), QString(QLatin1Char(letter)), QUuid()};
            const Rows rows = answer(readBookPage(cluster, {.order = BookOrder::Title}, key, 40));
            for (int i = 0; i < rows->rowCount(); ++i) {
                m_titles << rows->row(i).text("title");
                m_authors << rows->row(i).text("author_line").section(u", "_s, 0, 0);
                if (!rows->row(i).text("isbn13").isEmpty())
                    m_isbns << rows->row(i).text("isbn13");
            }
        }
        for (const FacetValue &value : answer(readBookFacets(cluster, {}))) {
            if (value.kind == FacetValue::Kind::Category)
                m_categories << QUuid(value.value);
        }
        if (m_titles.isEmpty())
            fail(u"The catalogue has no books to take the searches from."_s);
    }

    [[nodiscard]] QUuid category(int number) const
    {
        return m_categories.isEmpty() ? QUuid() : m_categories.at((number - 1) % m_categories.size());
    }

    /// {title 12} and the like.
    [[nodiscard]] QString placed(const QString &what, int number) const
    {
        const auto from = [number](const QStringList &list) {
            return list.isEmpty() ? QString() : list.at(number % list.size());
        };
        if (what == "title"_L1)
            return from(m_titles);
        if (what == "author"_L1)
            return from(m_authors);
        if (what == "long"_L1)
            return longText(number);
        const QString isbn = from(m_isbns);
        if (what == "isbn"_L1)
            return isbn;
        if (what == "isbn-hyphens"_L1)
            return isbn.left(3) + u'-' + isbn.mid(3, 1) + u'-' + isbn.mid(4, 8) + u'-' + isbn.mid(12);
        if (what == "isbn10"_L1)
            return isbn10(isbn);
        fail(u"{%1 %2} is not known."_s.arg(what).arg(number));
    }

private:
    static QString longText(int number)
    {
        QString text;
        for (int i = 0; i < 1000; ++i)
            text += number == 1 ? u"a"_s : number == 2 ? u"the "_s : u"love%1 night "_s.arg(i);
        return text;
    }

    static QString isbn10(const QString &isbn13)
    {
        const QString digits = isbn13.mid(3, 9);
        int sum = 0;
        for (int i = 0; i < digits.size(); ++i)
            sum += (10 - i) * digits.at(i).digitValue();
        const int check = (11 - sum % 11) % 11;
        return isbn13.startsWith("978"_L1) ? digits + (check == 10 ? u"X"_s : QString::number(check))
                                           : isbn13;
    }

    QStringList m_titles;
    QStringList m_authors;
    QStringList m_isbns;
    QList<QUuid> m_categories;
};

void setOption(Search &search, const Library &library, const QString &option)
{
    const QString name = option.section(u'=', 0, 0);
    const QString value = option.section(u'=', 1);
    BookFilter &filter = search.question.filter;
    if (name == "meant"_L1)
        search.meant = value;
    else if (name == "language"_L1)
        filter.languages = value.split(u',');
    else if (name == "category"_L1)
        filter.categories = {library.category(value.toInt())};
    else if (name == "decade"_L1)
        filter.decades = {value.toInt()};
    else if (name == "from"_L1)
        filter.fromYear = value.toInt();
    else if (name == "to"_L1)
        filter.toYear = value.toInt();
    else if (name == "order"_L1)
        search.question.order = value == "title"_L1    ? BookOrder::Title
                                : value == "author"_L1 ? BookOrder::Author
                                                       : BookOrder::Newest;
    else
        fail(u"The option “%1” is not known."_s.arg(option));
}

Search parse(const QString &line, const Library &library)
{
    static const QRegularExpression placeholder(uR"(^\{([a-z0-9-]+) (\d+)\}$)"_s);
    const QStringList fields = line.split(u'\t');
    if (fields.size() < 2)
        fail(u"A line needs a kind and what is typed: %1"_s.arg(line));
    Search search{.kind = fields.at(0), .line = line, .question = {.words = fields.at(1)}};
    if (const auto match = placeholder.match(fields.at(1)); match.hasMatch())
        search.question.words = library.placed(match.captured(1), match.capturedView(2).toInt());
    // What is meant has blanks in it, so it stands alone.
    const QString options = fields.value(2);
    const QStringList each =
        options.startsWith("meant="_L1) ? QStringList{options} : options.split(u' ', Qt::SkipEmptyParts);
    for (const QString &option : each)
        setOption(search, library, option);
    return search;
}

double elapsed(const QElapsedTimer &timer)
{
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

} // namespace

std::vector<Search> readSearchList(Cluster &cluster)
{
    const Library library(cluster);
    std::vector<Search> searches;
    for (const QString &line : lines())
        searches.push_back(parse(line, library));
    return searches;
}

QList<QUuid> page(Cluster &cluster, const BookQuestion &question, int rows)
{
    const Rows page = answer(readBookPage(cluster, question, {}, rows));
    QList<QUuid> books;
    for (int i = 0; i < page->rowCount(); ++i)
        books << page->row(i).uuid("id");
    return books;
}

Searched search(Cluster &cluster, const BookQuestion &question)
{
    Searched searched;
    QElapsedTimer timer;
    timer.start();
    searched.books = page(cluster, question);
    searched.page = elapsed(timer);
    if (searched.books.isEmpty() && !question.words.isEmpty()) {
        timer.restart();
        const auto suggestions = answer(suggestSearch(cluster, question.words));
        searched.didYouMean = elapsed(timer);
        if (!suggestions.empty())
            searched.suggestion = suggestions.front();
    }
    timer.restart();
    static_cast<void>(answer(readBookFacets(cluster, question)));
    searched.facets = elapsed(timer);
    timer.restart();
    auto length = readBookPageEnds(cluster, question, pageRows);
    static_cast<void>(length.resultAt(0).valueOrThrow());
    searched.length = elapsed(timer);
    length.cancel();
    length.waitForFinished();
    return searched;
}

QStringList typedWords(const QStringList &kinds)
{
    QStringList words;
    for (const QString &line : lines()) {
        const QStringList fields = line.split(u'\t');
        if (!kinds.contains(fields.at(0)) || fields.value(1).startsWith(u'{'))
            continue;
        const QString meant = fields.value(2).section("meant="_L1, 1);
        if (fields.at(0) != "misspelt"_L1)
            words << fields.at(1);
        else if (!meant.isEmpty())
            words << meant;
    }
    return words;
}

} // namespace Branchline::Bench
