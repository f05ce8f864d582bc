// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"

#include <QDate>
#include <QDateTime>

namespace Branchline {

/// Why a call was refused, decided by the shard's rules.
struct Reason
{
    QString code; ///< stable, such as "limit"; the user interface translates by it
    QString text; ///< an English sentence with the figures in it
    bool overridable = false;
};

/// Where a copy stands. Floor 0 is the ground floor; rooms and bookshelves are numbered from 1, 0 means not
/// known.
struct ShelfPlace
{
    std::optional<int> floor;
    int room = 0;
    int bookshelf = 0;
};

/// How one scan ended.
enum class Outcome {
    Lent,
    Returned,
    Renewed, ///< the loan goes on with a new due date; also when the patron who has the copy borrows it again
    Undone,  ///< an earlier action was taken back
    Refused, ///< the rules said no; see reasons
    Unknown, ///< sent, but no answer came: it may have been done; repeat with the same request id
    Failed   ///< nothing was done; see error
};

/// The stable word for an outcome: lent, returned, renewed, undone, refused, unknown, failed.
[[nodiscard]] QString outcomeName(Outcome outcome);

/// The answer to one scan, or to undoing one.
struct CirculationAnswer
{
    Outcome outcome = Outcome::Failed;
    QUuid requestId;
    QString barcode;
    std::vector<Reason> reasons;
    QUuid loanId;
    QUuid copyBranch;    ///< the branch that owns the copy; null when the barcode is not known
    QUuid lendingBranch; ///< the branch that lent or renewed it: dueAt is the end of a day there; null
                         ///< without a loan
    QString title;
    QString authorLine;
    QDateTime lentAt; ///< UTC
    QDateTime dueAt;  ///< UTC; shown in the lending branch's zone
    int lateDays = 0;
    QString rule; ///< number of the loan rule that counted; empty when none did
    ShelfPlace place;
    std::optional<DbError> error; ///< for Unknown and Failed
};

/// One scan at a desk. The request id is made once for a scan and stays the same however often it is sent.
struct Scan
{
    QUuid requestId = newUuid();
    QUuid deskBranch; ///< whose rules, calendar and rights count
    QString barcode;
    QString card; ///< checkout only
    QDate dueOn;  ///< checkout only; valid: this day instead of the rule's, by the right "override:due_date"
    /// checkout only: codes of refusals, such as "limit", that shall not count this time. Each needs the
    /// right "override:CODE" at the desk's branch and all of them the reason; else the answer stays a refusal
    /// that says so.
    QStringList overrides = {};
    QString overrideReason = {};
    /// Of the whole scan, wherever it has to go; at most that of its call.
    std::chrono::milliseconds deadline{6000};
    std::stop_token stop = {}; ///< as in Call
};

/// Lends a copy. The desk's own branch is asked first, in one round trip; a copy of another branch is found
/// through main's barcode list and lent on its own shard with the same request id. Never blocks; the future
/// has exactly one result.
[[nodiscard]] QFuture<CirculationAnswer> checkOut(Cluster &cluster, const Scan &scan);

/// Takes a copy back; finds it as checkOut does.
[[nodiscard]] QFuture<CirculationAnswer> checkIn(Cluster &cluster, const Scan &scan);

/// Renews the loan of a copy, whoever has it, by the rule of the desk's branch; finds it as checkOut does.
[[nodiscard]] QFuture<CirculationAnswer> renew(Cluster &cluster, const Scan &scan);

/// The wish to take back one answered scan: a lend, a return or a renewal. The request id is made once for
/// the wish and stays the same however often it is sent.
struct UndoRequest
{
    QUuid requestId = newUuid();
    QUuid deskBranch;      ///< whose rights count, beside those of the desk that scanned
    QUuid copyBranch;      ///< of the answer that is undone: where the copy is recorded
    QUuid undoneRequestId; ///< of the scan
    QString barcode;       ///< of the scan; only given back in the answer
};

/// Takes an action back, exactly once. Refused with the reason "changed_since" when anything happened to the
/// copy or the loan after it, "already_undone", "too_old" after a day, or "nothing_to_undo". dueAt of the
/// answer is that of the loan as it stands afterwards. Never blocks; the future has exactly one result.
[[nodiscard]] QFuture<CirculationAnswer> undo(Cluster &cluster, const UndoRequest &request);

} // namespace Branchline
