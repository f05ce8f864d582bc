// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/saved.h"
#include "db/routing/cluster.h"

namespace Branchline {

/// Somebody who made a book, in the place they are named.
struct BookAuthor
{
    QString name;                            ///< "Given Family" or "Family, Given", as it is to be shown
    QString role = QStringLiteral("author"); ///< author, translator, editor, illustrator, …

    bool operator==(const BookAuthor &) const = default;
};

/// A title under which a book is also found.
struct BookTranslation
{
    QString language; ///< ISO 639 code
    QString title;
    QString description;

    bool operator==(const BookTranslation &) const = default;
};

/// Everything about a book that a form edits.
struct BookRecord
{
    QUuid id;
    QString title;
    QString subtitle;
    QString isbn13;   ///< 13 digits, or as typed before it is saved; empty when the book has none
    QString language; ///< ISO 639 code; empty when not known
    int year = 0;     ///< negative before Christ; 0 when not known
    QString publisher;
    QString description; ///< in the language of the book
    QString otherTitle;  ///< a second title in the language of the book; kept, though no form shows it
    QList<BookAuthor> authors;
    QStringList categories;
    QList<BookTranslation> translations; ///< in other languages
    int copies = 0;                      ///< of all branches, as main's list of barcodes knows them
    Revision revision;
};

/// A book that is in the catalogue already, for a warning.
struct BookTwin
{
    QUuid id;
    bool sameIsbn = false; ///< false: same title, author and year
    QString title;
    QString authorLine;
    int year = 0;
};

/// The record of a book, also of a removed one; NotFound when there never was one with this id.
[[nodiscard]] QFuture<Result<BookRecord>> readBookRecord(Cluster &cluster, const QUuid &id);

/// Adds a book with everything in one transaction; `record.id` must be new. Refused with "exists" when the
/// ISBN, or without one title, first author and year, are in the catalogue. May be repeated with the same id.
[[nodiscard]] QFuture<Result<Saved<BookRecord>>> createBook(Cluster &cluster, const BookRecord &record);

/// Saves a book in one transaction against the version that was read. What is unchanged is not written. When
/// all of it stands already that is Saved, whatever the version, so the call may be repeated. Refused with
/// "removed" or "isbn_taken".
[[nodiscard]] QFuture<Result<Saved<BookRecord>>> updateBook(Cluster &cluster, const BookRecord &record,
                                                            qint64 expectedVersion);

/// Soft delete; Saved with a record that is removed. Refused with "copies" while the book has any, and with
/// "shards_missing" when main's list cannot tell and a shard did not answer. May be repeated.
[[nodiscard]] QFuture<Result<Saved<BookRecord>>> removeBook(Cluster &cluster, const QUuid &id,
                                                            qint64 expectedVersion);

/// Brings back a removed book with the parts that went with it. Refused with "isbn_taken". May be repeated.
[[nodiscard]] QFuture<Result<Saved<BookRecord>>> restoreBook(Cluster &cluster, const QUuid &id);

/// At most five books that may be the same as this one.
[[nodiscard]] QFuture<Result<std::vector<BookTwin>>> bookTwins(Cluster &cluster, const BookRecord &record);

/// Names of authors that begin with what was typed, also "Family, Given"; at most `most`.
[[nodiscard]] QFuture<Result<QStringList>> authorNames(Cluster &cluster, const QString &typed, int most = 12);

/// All categories by name.
[[nodiscard]] QFuture<Result<QStringList>> categoryNames(Cluster &cluster);

} // namespace Branchline
