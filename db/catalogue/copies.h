// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/books.h"
#include "db/circulation/circulation.h"
#include "db/routing/fanout.h"

namespace Branchline {

/// One physical exemplar for a list.
struct Copy
{
    QUuid id;
    QUuid branch;
    QString branchCode;
    QString barcode;
    QUuid book;
    QString title;
    QString authorLine;
    QString material; ///< code of the material type
    QString status;   ///< available, lent, lost, missing, damaged, withdrawn, in_transit
    bool available = false;
    ShelfPlace place;
    QDateTime dueAt; ///< UTC; invalid unless lent
};

/// What is needed to add a copy.
struct NewCopy
{
    QUuid id = newUuid();
    QUuid branch;
    QUuid book;
    QString barcode;
    QString material; ///< code of the material type
    ShelfPlace place;
};

/// How many copies of a book a shard has, and how many of them can be lent now.
struct CopyCount
{
    QUuid book;
    int copies = 0;
    int available = 0;
};

const Call locateBarcodeCall{QLatin1StringView("locate a barcode")};
/// The branch that owns the barcode, from main's list. To be called inside a task on main.
[[nodiscard]] std::optional<QUuid> locateBarcode(Session &main, const QString &barcode);

/// Adds a copy: claims its barcode in main, writes the row on the branch's shard, marks the barcode live.
/// Each step may be repeated with the same id, so that a call cut off anywhere is finished by calling again.
[[nodiscard]] QFuture<Result<Added>> addCopy(Cluster &cluster, const NewCopy &copy);

/// The same with a callback, which runs in a worker's thread and must not block.
void submitCopy(Cluster &cluster, const NewCopy &copy, std::function<void(Result<Added>)> done);

/// All copies of a branch by barcode, at most `most`. One statement on one shard.
[[nodiscard]] QFuture<Result<std::vector<Copy>>> copiesOfBranch(Cluster &cluster, const QUuid &branch,
                                                                int most = 1000);

/// How many copies of one book a shard tells of; a list of that length was cut.
constexpr int copiesOfBookLimit = 2000;

/// The copies of one book on every shard, at most copiesOfBookLimit from each.
[[nodiscard]] QFuture<Combined<std::vector<Copy>>> copiesOfBook(Cluster &cluster, const QUuid &book);

/// The copy with a barcode, wherever it is: at most one over all shards.
[[nodiscard]] QFuture<Combined<std::vector<Copy>>> copyByBarcode(Cluster &cluster, const QString &barcode);

/// Counts for the books on screen, from every shard.
[[nodiscard]] QFuture<Combined<std::vector<CopyCount>>> countCopies(Cluster &cluster,
                                                                    const QList<QUuid> &books);

} // namespace Branchline
