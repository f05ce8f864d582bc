// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/booklist.h"

#include <optional>

namespace Branchline::Bench {

/// One line of queries.txt, with everything that depends on the library filled in.
struct Search
{
    QString kind; ///< "letter", "common", "misspelt" …
    QString line; ///< as it stands in the list
    BookQuestion question;
    QString meant; ///< what should be suggested; empty: not said
};

/// What the window asks for one search, and the milliseconds of each part.
struct Searched
{
    double page = 0;       ///< the first rows, which people wait for
    double didYouMean = 0; ///< when there are none
    double facets = 0;     ///< the counts beside the list, which come later
    double length = 0;     ///< the first piece of the length of the list
    QList<QUuid> books;    ///< of the page
    std::optional<Suggestion> suggestion;

    [[nodiscard]] double answer() const { return page + didYouMean; }
};

/// The lines of the list that is compiled in. Throws DbException.
[[nodiscard]] std::vector<Search> readSearchList(Cluster &cluster);

constexpr int pageRows = 100; ///< as the catalogue's page reads them

/// The first rows, in their order. Throws DbException.
[[nodiscard]] QList<QUuid> page(Cluster &cluster, const BookQuestion &question, int rows = pageRows);

/// One search, as the catalogue's page does it, one call after the other. Throws DbException.
[[nodiscard]] Searched search(Cluster &cluster, const BookQuestion &question);

/// The words of all lines of these kinds, a line each, as they are typed: what a library for a test is made
/// of.
[[nodiscard]] QStringList typedWords(const QStringList &kinds);

} // namespace Branchline::Bench
