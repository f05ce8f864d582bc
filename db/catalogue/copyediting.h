// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/circulation/circulation.h"
#include "db/connection/saved.h"

namespace Branchline {

/// Everything about a copy that a form shows; place, material, status and note can be changed there.
struct CopyRecord
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
    ShelfPlace place;
    QString note;
    bool onLoan = false; ///< a patron has it: the status is circulation's
    QDateTime dueAt;     ///< UTC; invalid unless on loan
    bool bookRemoved = false;
    Revision revision;
};

/// A code with its name, for a list to choose from.
struct CodeName
{
    QString code;
    QString name;
};

/// A copy on the shard of its branch, also a removed one; NotFound when there is none.
[[nodiscard]] QFuture<Result<CopyRecord>> readCopyRecord(Cluster &cluster, const QUuid &branch,
                                                         const QUuid &id);

/// Adds a copy with everything: claims its barcode, writes the row, and its note. `record.id` must be new.
/// Refused with "barcode_taken". May be repeated with the same id.
[[nodiscard]] QFuture<Result<Saved<CopyRecord>>> createCopy(Cluster &cluster, const CopyRecord &record);

/// The branch whose copy has a barcode; nothing when it is free.
[[nodiscard]] QFuture<Result<std::optional<QUuid>>> barcodeHolder(Cluster &cluster, const QString &barcode);

/// Saves place, material, status and note against the version that was read. Refused with "removed", or with
/// "on_loan" when another status is asked for while a patron has the copy. May be repeated.
[[nodiscard]] QFuture<Result<Saved<CopyRecord>>> updateCopy(Cluster &cluster, const CopyRecord &record,
                                                            qint64 expectedVersion);

/// Soft delete: first the copy on its shard, then its barcode in main becomes free. Cut off in between, the
/// barcode stays taken until the call is repeated, and nothing is lost; the other way round a second copy
/// could get the barcode of one that can still be lent. Refused with "on_loan". May be repeated.
[[nodiscard]] QFuture<Result<Saved<CopyRecord>>> removeCopy(Cluster &cluster, const QUuid &branch,
                                                            const QUuid &id, qint64 expectedVersion);

/// Brings a removed copy back: first its barcode in main, then the copy on its shard. `record` is the removed
/// copy as it was read. Refused with "barcode_taken" (subject: the branch) or "book_removed". May be
/// repeated.
[[nodiscard]] QFuture<Result<Saved<CopyRecord>>> restoreCopy(Cluster &cluster, const CopyRecord &record);

/// The material types of the library, by name.
[[nodiscard]] QFuture<Result<std::vector<CodeName>>> materialTypes(Cluster &cluster);

} // namespace Branchline
