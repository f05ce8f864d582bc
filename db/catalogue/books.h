// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"

namespace Branchline {

/// What is needed to catalogue a book.
struct NewBook
{
    QUuid id = newUuid();
    QString title;
    QStringList authors; ///< "Given Family" or "Family, Given", as they are to be shown
    QString isbn;        ///< ISBN-10 or ISBN-13 as printed; empty when the book has none
    QString language;    ///< ISO 639 code; empty when not known
    int year = 0;        ///< negative before Christ; 0 when not known
    QStringList categories;
};

/// What became of an addition: the id of the record that stands now.
struct Added
{
    QUuid id;
    bool isNew = false; ///< false: it was there before
};

/// The whole record for the detail pane.
struct BookEntry
{
    QUuid id;
    QString title;
    QString authorLine;
    QString isbn13;
    QString language;
    int year = 0;
    QString publisher;
    QString categories;
    QString description;
};

/// Adds a book to main, or finds the one with the same ISBN (without an ISBN: the same title, first author
/// and year).
[[nodiscard]] QFuture<Result<Added>> addBook(Cluster &cluster, const NewBook &book);

/// The best `most` books for what a person typed; columns id, title, author_line, year, language, isbn13.
/// Every word must match, the last as a beginning; accents do not count; an ISBN finds its book; nothing
/// typed lists by title.
[[nodiscard]] QFuture<Result<Rows>> searchBooks(Cluster &cluster, const QString &text, int most = 200);

/// One book; NotFound when there is none with this id.
[[nodiscard]] QFuture<Result<BookEntry>> readBook(Cluster &cluster, const QUuid &id);

} // namespace Branchline
