// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/initialise.h"
#include "db/reconcile/finding.h"

namespace Branchline {

/// What is to become of rows of the shards that main does not have and that nothing refers to. Nobody but a
/// person knows whether main lost them or somebody wrote them by hand.
enum class ExtraRows { Kept, BroughtBack, Removed };

/// How a library is verified.
struct ReconcileOptions
{
    /// Only this table, of main's copies or of a shard; empty: everything. See verifiableTables().
    QString table = {};
    bool isRepairWanted = false;
    ExtraRows extra = ExtraRows::Kept; ///< with isRepairWanted: a person's decision about ref_extra_unused
    std::chrono::milliseconds arrival{30'000}; ///< longest wait for changes to reach a shard
    std::chrono::milliseconds pause{3'000};    ///< that calls over two databases get to end
    std::chrono::minutes claimAge{15};         ///< younger claims of barcodes are of calls that go on
    int rangeRows = 20'000;                    ///< rows of a table that are compared at once
    bool echo = false;                         ///< list statements on stderr, as SQL_ECHO does
    /// A sentence per step, in the calling thread; and one per `patience` that a statement takes, in another.
    std::function<void(const QString &)> progress = {};
    std::chrono::milliseconds patience = Patience::usualLimit; ///< as in InitOptions
};

/// What was found.
struct Reconciliation
{
    std::vector<Finding> findings; ///< with isRepairWanted: before the first repair
    std::vector<Finding> left;     ///< with isRepairWanted: what is still found after it
    QStringList repairs;           ///< sentences: what was done
    std::vector<DbError> silent;   ///< databases that could not be looked at
    bool isRepaired = false;       ///< whether a repair was wanted, so that `left` counts

    /// Whether everything could be looked at.
    [[nodiscard]] bool isComplete() const;
};

/// The tables that can be verified alone.
[[nodiscard]] QStringList verifiableTables();

/// Compares all databases of a library and what each says in itself, and repairs what can be repaired without
/// a person. Needs superusers. Desks lend meanwhile; changes under way are waited for and are no findings. A
/// shard that does not answer is left out; main must answer. Repairing may be killed at any point and called
/// again; two that repair wait for each other, as for initialise(). Throws nothing; a database that is not
/// the shard it is named as ends it with Conflict before anything is compared. Blocks: for a million books
/// four minutes or so.
[[nodiscard]] Result<Reconciliation> reconcile(const AdminAddresses &addresses,
                                               const ReconcileOptions &options = {});

/// Makes slots and subscriptions of one shard again and brings every row of main's tables across; a sentence
/// for each step. All shards of the library have to answer where main is reached over the network.
[[nodiscard]] Result<QStringList> resynchroniseShard(const AdminAddresses &addresses, const QString &shard,
                                                     const ReconcileOptions &options = {});

} // namespace Branchline
