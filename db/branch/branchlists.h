// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"

namespace Branchline {

/// The lists of a branch. All are of the copies that belong to it, whatever desk lent them.
enum class BranchList {
    OnLoan,  ///< open loans
    Overdue, ///< open loans past their due time
    DueSoon, ///< open loans due until the end of the seventh day from today
    Lost,    ///< copies that are marked as lost or missing
    Copies,  ///< all copies
    Today    ///< what happened since the branch's midnight
};

/// What a list is narrowed down to; whatever is empty does not count.
struct BranchFilter
{
    QString words; ///< each has to be in title, authors, barcode or the patron's name; or a card number
    QStringList statuses;  ///< of copies: "available", "lent", …
    QStringList materials; ///< codes of material types
    QStringList userTypes; ///< codes of user types, for loans
    QStringList kinds;     ///< of events: "lent", "returned", …
    int lateFrom = 0;      ///< at least so many days late, for loans; 0: any
    int lateTo = 0;        ///< at most so many days late; 0: any

    [[nodiscard]] bool operator==(const BranchFilter &) const = default;
};

/// The column that a list is sorted by: "due", "lent", "patron" (loans), "status", "place" (copies), "title",
/// "author", "barcode" (both), "time" (today).
struct BranchOrder
{
    QString column;
    bool descending = false;

    [[nodiscard]] bool operator==(const BranchOrder &) const = default;
};

/// How many rows each list has without a filter.
struct BranchCounts
{
    qint64 onLoan = 0;
    qint64 overdue = 0;
    qint64 dueSoon = 0;
    qint64 lost = 0;
    qint64 copies = 0;
    qint64 today = 0;
};

/// The first `rows` rows of a list behind a key (empty: from its beginning); the columns `sort_key` and
/// `sort_tie` of a row are its key. Columns of loans: id, copy_id, barcode, book_id, title, author_line,
/// material, patron_id, patron, card, user_type (the last four NULL without the right "desk" at the branch),
/// lent_at, due_at, due_on (the day at the desk that lent), due_in (days from today), late_days, renewals,
/// lending_branch_id. Of copies: id, barcode, book_id, title, author_line, material, status, floor, room,
/// bookshelf, due_on, since. Of today: id, at, kind, copy_id, barcode, book_id, title, author_line,
/// patron_id, patron, desk_branch_id. Times are UTC. One statement on the shard of the branch.
[[nodiscard]] QFuture<Result<Rows>> branchListPage(Cluster &cluster, const QUuid &branch, BranchList list,
                                                   const BranchFilter &filter, const BranchOrder &order,
                                                   const QVariantList &afterKey, int rows);

/// Where the pages of a list end: sort_key, sort_tie and place (counted from 1) of every `pageRows`-th row
/// and of the last one, whose place is the length of the list. No row for an empty list.
[[nodiscard]] QFuture<Result<Rows>> branchListKeys(Cluster &cluster, const QUuid &branch, BranchList list,
                                                   const BranchFilter &filter, const BranchOrder &order,
                                                   int pageRows);

[[nodiscard]] QFuture<Result<BranchCounts>> branchCounts(Cluster &cluster, const QUuid &branch);

} // namespace Branchline
