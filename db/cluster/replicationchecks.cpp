// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/healthchecks.h"

#include "db/cluster/replication.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Health", text);
}

/// What the slot of one subscription says about how the shard follows.
void checkSubscribedSlot(const ReplicationSlot &slot, const QString &subscription, Subscriber &shard,
                         const HealthLimits &limits)
{
    if (slot.walStatus == "lost"_L1 || slot.walStatus == "unreserved"_L1) {
        const QString text =
            slot.walStatus == "lost"_L1
                ? tr("main no longer keeps the changes that %1 of %2 has not read (slot %3): they will not "
                     "arrive. Raise max_slot_wal_keep_size on main and run “branchlinectl init --resume”.")
                : tr("main is about to drop changes that %1 of %2 has not read (slot %3). Let the "
                     "subscription run, or raise max_slot_wal_keep_size on main and reload it, at once.");
        shard.verdict.problems << text.arg(subscription, shard.name, slot.name);
    }
    if (slot.lagS && *slot.lagS > limits.lagWarning) {
        QStringList &list = *slot.lagS > limits.lagProblem ? shard.verdict.problems : shard.verdict.warnings;
        list << tr("%1 is %2 behind main (%3): cards and books that were changed since are old there. If it "
                   "does not catch up, look at that server's load and log.")
                    .arg(shard.name, durationText(*slot.lagS), subscription);
    }
    if (slot.behind.value_or(0) > limits.behindWarning) {
        shard.verdict.warnings << tr("%1 has %2 of main's log still to read (%3). If that does not shrink, "
                                     "look at that server's load and log.")
                                      .arg(shard.name, bytesText(*slot.behind), subscription);
    }
}

/// The log that main keeps for a slot: against the limit, or without one against common sense.
void checkRetention(const ReplicationSlot &slot, int keepMegabytes, bool isKnown, const HealthLimits &limits,
                    Verdict &verdict)
{
    const qint64 kept = slot.retained.value_or(0);
    if (keepMegabytes > 0 && slot.walStatus != "lost"_L1 && kept * 2 > (qint64(keepMegabytes) << 20)) {
        verdict.warnings << tr("The slot %1 on main keeps %2 of log, of the %3 that "
                               "max_slot_wal_keep_size allows; beyond it changes are lost. Let its reader "
                               "run, or raise the limit and reload the server.")
                                .arg(slot.name, bytesText(kept), bytesText(qint64(keepMegabytes) << 20));
        return;
    }
    if (slot.isActive || (isKnown && kept <= limits.abandonedWarning))
        return;
    verdict.warnings << tr("Nobody reads the slot %1 on main, which keeps %2 of log until the disk is full. "
                           "Start its reader; if there is none any more, run SELECT "
                           "pg_drop_replication_slot('%1').")
                            .arg(slot.name, bytesText(kept));
}

} // namespace

void checkSubscriptions(const Examined &shard, Verdict &verdict)
{
    QStringList found;
    for (const SubscriptionState &subscription : shard.state.subscriptions) {
        const QString &name = subscription.name;
        found << name;
        const qint64 errors = subscription.applyErrors + subscription.syncErrors;
        const qint64 open = subscription.tablesOpen;
        if (!subscription.isEnabled) {
            verdict.problems
                << tr("The subscription %1 of %2 is disabled: changes in main do not arrive. Run "
                      "“branchlinectl init”, which enables it.")
                       .arg(name, shard.name);
        } else if (!subscription.isRunning) {
            verdict.problems << tr("The subscription %1 of %2 is not running: changes in main do not arrive. "
                                   "Failures so far: %3; its server's log says why.")
                                    .arg(name, shard.name)
                                    .arg(errors);
        } else if (open > 0) {
            verdict.problems << tr("The subscription %1 of %2 has yet to copy %3; if this lasts, look into "
                                   "its server's log.")
                                    .arg(name, shard.name,
                                         open == 1 ? tr("1 table") : tr("%1 tables").arg(open));
        }
    }
    for (const ReferenceStream &stream : referenceStreams()) {
        if (!found.contains(stream.name))
            verdict.problems << tr("The subscription %1 is missing on %2; run “branchlinectl init”.")
                                    .arg(stream.name, shard.name);
    }
}

void checkSlots(const ServerState &main, bool isComplete, std::vector<Subscriber> &subscribers,
                const HealthLimits &limits, Verdict &mainVerdict)
{
    QStringList subscribed;
    for (Subscriber &shard : subscribers) {
        for (const SubscriptionState &subscription : shard.state.subscriptions) {
            const auto slot = std::find_if(
                main.replicationSlots.begin(), main.replicationSlots.end(),
                [&](const ReplicationSlot &s) { return s.isLogical && s.name == subscription.slotName; });
            if (slot == main.replicationSlots.end()) {
                // It tries again for ever, and seen at the wrong moment it looks like running.
                shard.verdict.problems
                    << tr("main has no replication slot for the subscription %1 of %2: changes do not "
                          "arrive. Run “branchlinectl init --resume”.")
                           .arg(subscription.name, shard.name);
                continue;
            }
            subscribed << slot->name;
            checkSubscribedSlot(*slot, subscription.name, shard, limits);
        }
    }
    // Slots of a first copy under way come and go, and shards that were not asked have theirs.
    static const QRegularExpression ofFirstCopy(u"^pg_\\d+_sync_\\d+_"_s);
    for (const ReplicationSlot &slot : main.replicationSlots) {
        const bool isKnown = subscribed.contains(slot.name) || !isComplete || slot.name.contains(ofFirstCopy);
        checkRetention(slot, main.number(u"max_slot_wal_keep_size"_s), isKnown, limits, mainVerdict);
    }
}

} // namespace Branchline
