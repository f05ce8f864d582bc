// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>
#include <QString>

#include <vector>

/// What all databases of a library hold after a drill, read by plain libpq. Times are the server's text and
/// only compared for equality; ids are text.
namespace Branchline::Drill {

/// A row of op_result: what a shard answered to a request.
struct StoredAnswer
{
    QString shard;
    QString branch;
    QString request;
    QString function;
    QString outcome; ///< empty: claimed without an answer
    QString loan;
    QString at;
    QString undoneRequest; ///< of an undo: the request that names it in undone_by
};

/// One change of a loan, out of the audit log.
struct LoanChange
{
    QString shard;
    QString branch;
    QString loan;
    QString copy;
    QString kind; ///< lent, returned, renewed, lend_undone, return_undone, renewal_undone; else "other"
    QString at;
    QString transaction;
};

/// One change of a copy's status, out of the audit log.
struct CopyChange
{
    QString shard;
    QString branch;
    QString copy;
    int version = 0;
    QString from;
    QString to;
    QString transaction;
};

struct DeskEvent
{
    QString shard;
    QString branch;
    QString copy;
    QString kind;
    QString at;
};

struct StoredCopy
{
    QString shard;
    QString branch;
    QString id;
    QString barcode;
    QString status;
};

struct StoredLoan
{
    QString shard;
    QString branch;
    QString id;
    QString copy;
    QString request;
    QString user;
    bool isOpen = false;
};

struct StoredPlacement
{
    QString database; ///< main or a shard
    QString branch;
    QString shard; ///< in main's list
    QString epoch;
    QString state;
};

struct StoredBarcode
{
    QString copy;
    QString branch;
    QString barcode;
    QString state;
};

/// A row whose versions are not 1, 2, 3 … as many as the row itself says.
struct BrokenVersions
{
    QString database;
    QString table;
    QString row;
    QString found;
};

struct Snapshot
{
    std::vector<StoredAnswer> answers;
    std::vector<LoanChange> loanChanges;
    std::vector<CopyChange> copyChanges; ///< by shard, copy and version
    std::vector<DeskEvent> events;
    std::vector<StoredCopy> copies; ///< live ones
    std::vector<StoredLoan> loans;
    std::vector<StoredPlacement> placements;
    std::vector<StoredBarcode> barcodes; ///< live ones in main
    std::vector<BrokenVersions> brokenVersions;
    QStringList leftovers; ///< sentences: prepared transactions and advisory locks
    QStringList strangers; ///< sentences: loans of users or copies of books that main does not know
};

/// `databases`: "main" and "<name>_shard" with their libpq addresses. Ends the program when one cannot be
/// read.
[[nodiscard]] Snapshot readSnapshot(const QMap<QString, QString> &databases);

} // namespace Branchline::Drill
