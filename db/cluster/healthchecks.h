// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/serverstate.h"

namespace Branchline {

/// From where on something is worth a warning, and from where on it is a problem. Times in seconds.
struct HealthLimits
{
    double clockWarning = 2;
    double clockProblem = 30;
    double longTransaction = 600;
    double lagWarning = 10;
    double lagProblem = 120;
    qint64 behindWarning = 256LL << 20;   ///< bytes that a shard has not taken in
    qint64 abandonedWarning = 64LL << 20; ///< bytes kept for a slot that nobody reads
};

/// What is wrong, and what is unwise: sentences that name the database and the next step.
struct Verdict
{
    QStringList problems;
    QStringList warnings;
};

/// One database and everything that its rules need to know.
struct Examined
{
    QString name; ///< "main" or "<name>_shard"
    bool isMain = false;
    const ServerState &state;
    int shards = 0;         ///< of the library
    int shardsOnServer = 0; ///< of them on the same server
};

/// What one database's own state says: durability, role, limits, transactions, connections, standbys,
/// subscriptions. Pure.
void checkServer(const Examined &database, const HealthLimits &limits, Verdict &verdict);

/// What a shard says of its subscriptions to main. Pure; checkServer() calls it.
void checkSubscriptions(const Examined &shard, Verdict &verdict);

/// main's slots against what the shards that answered subscribe to. `isComplete`: all shards answered, so
/// that a slot without a subscription is nobody's. Problems of a subscription go to its shard's verdict.
struct Subscriber
{
    QString name; ///< "<name>_shard"
    const ServerState &state;
    Verdict &verdict;
};
void checkSlots(const ServerState &main, bool isComplete, std::vector<Subscriber> &subscribers,
                const HealthLimits &limits, Verdict &mainVerdict);

/// A number of bytes for people: "1.5 GB" (powers of 1024).
[[nodiscard]] QString bytesText(qint64 bytes);
/// Seconds for people: "3 s", "25 min", "4 h".
[[nodiscard]] QString durationText(double seconds);

} // namespace Branchline
