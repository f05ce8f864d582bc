// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"
#include "db/routing/fanout.h"

#include <QSet>

namespace Branchline {

/// In which order titles are listed.
enum class BookOrder {
    Best,   ///< the best match first; without words the same as Title
    Title,  ///< as filed: without leading articles
    Author, ///< the first author as filed
    Newest  ///< the latest year first; books without a year last
};

/// What narrows a list of titles. Of each kind one value must hold; an empty kind does not filter.
struct BookFilter
{
    QStringList languages; ///< ISO 639 codes
    QList<QUuid> categories;
    QList<int> decades; ///< first years, such as 1990
    int fromYear = 0;   ///< 0: any
    int toYear = 0;     ///< 0: any

    [[nodiscard]] bool isEmpty() const;
    /// As the functions of main read it.
    [[nodiscard]] QString json() const;
    bool operator==(const BookFilter &) const = default;
};

/// What a list of titles is asked for with.
struct BookQuestion
{
    QString words; ///< every word must match, the last as a beginning; an ISBN finds its book; empty: all
    BookFilter filter;
    BookOrder order = BookOrder::Best;
    bool operator==(const BookQuestion &) const = default;
};

/// One value that a list of titles can be narrowed to.
struct FacetValue
{
    enum class Kind { Language, Category, Decade };
    Kind kind = Kind::Language;
    QString value;       ///< language code, category id or first year of the decade
    QString label;       ///< of a category: its name
    int books = 0;       ///< how many books it would leave
    bool isMore = false; ///< there are more: not all books were looked at
};

/// "Did you mean": words that find something.
struct Suggestion
{
    QString words;
    int books = 0;       ///< without filters
    bool isMore = false; ///< that many or more
};

/// The `rows` titles behind a key; from the beginning with an empty one. Columns id, title, author_line,
/// year, language, isbn13, publisher, categories. A key is what readBookPageEnds() tells.
[[nodiscard]] QFuture<Result<Rows>> readBookPage(Cluster &cluster, const BookQuestion &question,
                                                 const QVariantList &afterKey, int rows);

/// Where the pages of a list end: columns number, name, title, id (the key) and n, the number of the row; the
/// last row is the last title. It is read piece by piece, so that other calls to main go in between, and
/// comes as several results of the future.
[[nodiscard]] QFuture<Result<Rows>> readBookPageEnds(Cluster &cluster, const BookQuestion &question,
                                                     int pageRows);

/// What the list can be narrowed to, the most frequent values first. Counts follow the words and the filters
/// of the other kinds.
[[nodiscard]] QFuture<Result<std::vector<FacetValue>>> readBookFacets(Cluster &cluster,
                                                                      const BookQuestion &question);

/// What somebody may have meant whose words find nothing, the nearest first; often nothing.
[[nodiscard]] QFuture<Result<std::vector<Suggestion>>> suggestSearch(Cluster &cluster, const QString &words);

/// Which books have a copy that can be lent now.
struct AvailableBooks
{
    QSet<QUuid> anywhere;
    QSet<QUuid> here; ///< at the branch asked for
};

/// Of these books those that have a copy on the shelf, from every shard.
[[nodiscard]] QFuture<Combined<AvailableBooks>> availableBooks(Cluster &cluster, const QList<QUuid> &books,
                                                               const QUuid &branch);

/// How many titles a list narrowed to those on the shelf can be looked through for. Copies are on the shards
/// and titles in main, so the titles are read first and asked for afterwards.
constexpr int availableLimit = 5000;

} // namespace Branchline
