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

/// What purgePatron() did.
struct PurgeReport
{
    QUuid patron; ///< null when only what earlier calls had begun was finished
    /// "open_loans" or "open_charges" (subject: how many), or "shards_missing" (subject: their names); no
    /// code when it was not refused.
    Refusal refusal = {};
    qint64 loans = 0;   ///< that are nobody's now
    qint64 charges = 0; ///< the same
    int finished = 0;   ///< earlier purges that were cut off and are complete now
    /// Shards that still know the patron, since they have not answered: any later purge finishes that.
    QStringList left = {};
};

/// Takes a person out of the library for good: main blanks the patron and the cards, loans and charges on all
/// shards become nobody's, and what tells of the person goes out of the audit logs. Refused, with nothing
/// changed, unless every shard answers that nothing is open; no loan can begin after that. May be killed at
/// any time: until the patron is blanked a repetition begins again, afterwards any purge finishes this one
/// first. Needs the right "library" at every branch. Blocks.
[[nodiscard]] Result<PurgeReport> purgePatron(Cluster &cluster, const QString &card,
                                              const PurgeOptions &options = {});

} // namespace Branchline
