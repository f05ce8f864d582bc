// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/booklist.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSqlField>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement page{
    "book_page"_L1,
    "SELECT id, title, author_line, year, language, isbn13, publisher, categories "
    "FROM public.book_page(?::text, ?::jsonb, ?::text, ?::int, ?::text, ?::text, ?::uuid, ?::int)"_L1};
constexpr Statement pageEnds{"book_page_ends"_L1,
                             "SELECT number, name, title, id, n, state FROM public.book_page_ends(?::text, "
                             "?::jsonb, ?::text, ?::int, ?::int, ?::text, ?::text, ?::uuid, ?::int)"_L1};
constexpr Statement facets{"book_facets"_L1, "SELECT facet, value, label, books, is_more "
                                             "FROM public.book_facets(?::text, ?::jsonb)"_L1};
constexpr Statement suggest{"suggest_search"_L1,
                            "SELECT suggestion, books FROM public.suggest_search(?::text)"_L1};
constexpr Statement onShelf{"available_books"_L1,
                            "SELECT book_id, bool_or(branch_id = ?::uuid) AS here FROM public.copy_list "
                            "WHERE book_id = ANY (?::uuid[]) AND available GROUP BY book_id"_L1};

const Call search{"search the catalogue"_L1};
constexpr int suggestionLimit = 1000; ///< suggest_search() counts no further

QString nameOf(BookOrder order)
{
    switch (order) {
    case BookOrder::Title:
        return u"title"_s;
    case BookOrder::Author:
        return u"author"_s;
    case BookOrder::Newest:
        return u"newest"_s;
    case BookOrder::Best:
        break;
    }
    return u"best"_s;
}

FacetValue::Kind kindOf(const QString &facet)
{
    if (facet == "category"_L1)
        return FacetValue::Kind::Category;
    return facet == "decade"_L1 ? FacetValue::Kind::Decade : FacetValue::Kind::Language;
}

using Promise = std::shared_ptr<QPromise<Result<Rows>>>;

/// One piece of the page ends, sorted into those of whole pages and the row that says how to go on.
struct Piece
{
    Rows ends;
    QVariantList goOn; ///< key and count for the next call; empty at the end
};

Piece pieceOf(const Rows &rows)
{
    constexpr int width = 5;
    QSqlRecord columns;
    for (int column = 0; column < width; ++column)
        columns.append(rows->columns().field(column));
    std::vector<QVariant> cells;
    Piece piece;
    for (int row = 0; row < rows->rowCount(); ++row) {
        const QString state = rows->row(row).text("state");
        const bool isNew = cells.empty() || cells.back().toInt() < rows->at(row, width - 1).toInt();
        if (state == "page"_L1 || (state == "end"_L1 && isNew)) {
            for (int column = 0; column < width; ++column)
                cells.push_back(rows->at(row, column));
        } else if (state == "more"_L1) {
            for (int column = 0; column < width; ++column)
                piece.goOn << rows->at(row, column);
        }
    }
    piece.ends = std::make_shared<const RowSet>(columns, std::move(cells));
    return piece;
}

void readPiece(Cluster &cluster, const BookQuestion &question, int pageRows, const QVariantList &from,
               const Promise &promise)
{
    cluster.main().submit<Piece>(
        search,
        [question, pageRows, from](Session &session) {
            QVariantList values{question.words, question.filter.json(), nameOf(question.order), pageRows};
            for (int i = 0; i < 5; ++i)
                values << from.value(i);
            return pieceOf(session.exec(pageEnds, values));
        },
        [&cluster, question, pageRows, promise](const Result<Piece> &piece) {
            const bool isLast = !piece || piece->goOn.isEmpty() || promise->isCanceled();
            promise->addResult(piece ? Result<Rows>(piece->ends) : Result<Rows>(piece.error()));
            if (isLast)
                promise->finish();
            else
                readPiece(cluster, question, pageRows, piece->goOn, promise);
        },
        [promise] { return promise->isCanceled(); });
}

} // namespace

bool BookFilter::isEmpty() const
{
    return *this == BookFilter();
}

QString BookFilter::json() const
{
    QJsonObject object;
    if (!languages.isEmpty())
        object.insert("languages"_L1, QJsonArray::fromStringList(languages));
    if (!categories.isEmpty()) {
        QJsonArray ids;
        for (const QUuid &id : categories)
            ids.append(id.toString(QUuid::WithoutBraces));
        object.insert("categories"_L1, ids);
    }
    if (!decades.isEmpty()) {
        QJsonArray years;
        for (const int year : decades)
            years.append(year);
        object.insert("decades"_L1, years);
    }
    if (fromYear != 0)
        object.insert("from"_L1, fromYear);
    if (toYear != 0)
        object.insert("to"_L1, toYear);
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

QFuture<Result<Rows>> readBookPage(Cluster &cluster, const BookQuestion &question,
                                   const QVariantList &afterKey, int rows)
{
    return cluster.main().run(search, [question, afterKey, rows](Session &session) {
        return session.exec(page, {question.words, question.filter.json(), nameOf(question.order),
                                   afterKey.value(0), afterKey.value(1), afterKey.value(2), afterKey.value(3),
                                   rows});
    });
}

QFuture<Result<Rows>> readBookPageEnds(Cluster &cluster, const BookQuestion &question, int pageRows)
{
    auto promise = std::make_shared<QPromise<Result<Rows>>>();
    promise->start();
    auto future = promise->future();
    readPiece(cluster, question, pageRows, {}, promise);
    return future;
}

QFuture<Result<std::vector<FacetValue>>> readBookFacets(Cluster &cluster, const BookQuestion &question)
{
    return cluster.main().run(Call{"count titles by filter"_L1}, [question](Session &session) {
        return session.exec(facets, {question.words, question.filter.json()})
            ->map([](const RowSet::Row &row) {
                return FacetValue{kindOf(row.text("facet")), row.text("value"), row.text("label"),
                                  static_cast<int>(row.number("books")), row.flag("is_more")};
            });
    });
}

QFuture<Result<std::vector<Suggestion>>> suggestSearch(Cluster &cluster, const QString &words)
{
    return cluster.main().run(Call{"look for similar words"_L1}, [words](Session &session) {
        return session.exec(suggest, {words})->map([](const RowSet::Row &row) {
            const int books = static_cast<int>(row.number("books"));
            return Suggestion{row.text("suggestion"), books, books >= suggestionLimit};
        });
    });
}

QFuture<Combined<AvailableBooks>> availableBooks(Cluster &cluster, const QList<QUuid> &books,
                                                 const QUuid &branch)
{
    return fanOut(cluster, Call{"look for copies on the shelf"_L1},
                  [list = arrayLiteral(books), branch](Session &session) {
                      AvailableBooks available;
                      const Rows rows = session.exec(onShelf, {orNull(branch), list});
                      for (int i = 0; i < rows->rowCount(); ++i) {
                          available.anywhere.insert(rows->row(i).uuid("book_id"));
                          if (rows->row(i).flag("here"))
                              available.here.insert(rows->row(i).uuid("book_id"));
                      }
                      return available;
                  });
}

} // namespace Branchline
