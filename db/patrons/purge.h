// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/saved.h"
#include "db/routing/fanout.h"

namespace Branchline {

/// How a patron is purged.
struct PurgeOptions
{
    bool isDryRun = false; ///< only ask whether it would be refused
    /// How long to wait until a change of main has arrived on every shard.
    std::chrono::milliseconds arrival{20000};
    /// The step that was just done: "blocked", "checked", "blanked", "rows", "done"; in the calling thread.
    std::function<void(QLatin1StringView)> progress = {};
};

/// What became of the rows of one person on the shards.
struct PurgedRows
{
    qint64 loans = 0;         ///< that are nobody's now
    qint64 charges = 0;       ///< the same
    QStringList missing = {}; ///< shards that have not answered
    QStringList behind = {};  ///< shards that have, and cannot do it yet: main's change is not there
    [[nodiscard]] bool isDone() const { return missing.isEmpty() && behind.isEmpty(); }
};

/// Purges that earlier calls had begun.
struct EarlierPurges
{
    int finished = 0; ///< that were cut off and are complete now
    int open = 0;     ///< that some shard still keeps from being complete
    int lifted = 0;   ///< that had not come to blanking anybody, and whose block is gone; see finishPurges()
};

/// What purgePatron() did.
struct PurgeReport
{
    QUuid patron;
    QString name;   ///< as it was before; "(purged)" when this call finished what was cut off
    QString branch; ///< the home branch's name
    /// "open_loans" or "open_charges" (subject: how many), "shards_missing" (subject: those that did not
    /// answer), "shards_behind" (subject: those to which the block did not come) or "block_ended" (somebody
    /// else's purge of the same patron was refused meanwhile); no code when it was not refused.
    Refusal refusal = {};
    PurgedRows rows = {};
    EarlierPurges earlier = {};
};

/// Takes a person out of the library for good: main blanks the patron and the cards, loans and charges on all
/// shards become nobody's, and what tells of the person goes out of the audit logs. Refused, with nothing
/// changed, unless every shard answers that nothing is open; no loan can begin after that. May be killed at
/// any time and called again with the same card. NotFound, and nothing is done, when nobody has the card.
/// Afterwards it tries to complete what earlier calls had to leave. Needs the right "library" at every
/// branch. Blocks.
[[nodiscard]] Result<PurgeReport> purgePatron(Cluster &cluster, const QString &card,
                                              const PurgeOptions &options = {});

/// Completes the purges that were cut off, and takes the block away where one has stood for an hour without
/// its patron being blanked: that one can be purged anew. Blocks.
[[nodiscard]] Result<EarlierPurges> finishPurges(Cluster &cluster, const PurgeOptions &options = {});

} // namespace Branchline
