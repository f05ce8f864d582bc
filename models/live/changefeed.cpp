// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/live/changefeed.h"

#include "models/watch.h"

#include <QPointer>

using namespace std::chrono_literals;

namespace Branchline {

namespace {

/// With the question and the reading that follows, a change is on screen within a second.
constexpr auto interval = 600ms;
constexpr auto unseenInterval = 10s;

} // namespace

ChangeFeed::ChangeFeed(Cluster &cluster, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
{}

ChangeFeed::~ChangeFeed() = default;

void ChangeFeed::setSeen(bool seen)
{
    if (std::exchange(m_isSeen, seen) == seen || !seen)
        return;
    for (const auto &[shard, watched] : m_watched) {
        if (isWatched(shard))
            ask(shard);
    }
}

bool ChangeFeed::isWatched(const QString &shard) const
{
    return std::any_of(m_watches.begin(), m_watches.end(),
                       [&](const ChangeWatch *watch) { return watch->shards().contains(shard); });
}

ChangeFeed::Watched &ChangeFeed::watched(const QString &shard)
{
    auto &known = m_watched[shard];
    if (!known) {
        known = std::make_unique<Watched>();
        known->timer.setSingleShot(true);
        connect(&known->timer, &QTimer::timeout, this, [this, shard] {
            if (isWatched(shard))
                ask(shard);
        });
    }
    return *known;
}

void ChangeFeed::directoryChanged()
{
    QStringList shards;
    for (const ChangeWatch *watch : std::as_const(m_watches))
        shards += watch->shards();
    shards.removeDuplicates();
    for (const QString &shard : std::as_const(shards)) {
        const Watched &database = watched(shard);
        if (!database.isAsked && !database.timer.isActive())
            ask(shard);
    }
}

void ChangeFeed::ask(const QString &shard)
{
    Watched &database = watched(shard);
    database.timer.stop();
    if (database.isAsked) {
        database.isBehind = true;
        return;
    }
    QSet<QUuid> about;
    for (const ChangeWatch *watch : std::as_const(m_watches)) {
        if (watch->m_about && watch->shards().contains(shard))
            about.unite(watch->m_about());
    }
    database.isAsked = true;
    watch(changesSince(m_cluster, shard, database.mark, about), this,
          [this, shard](const Result<ChangesAnswer> &answer) { answered(shard, answer); });
}

void ChangeFeed::answered(const QString &shard, const Result<ChangesAnswer> &answer)
{
    Watched &database = watched(shard);
    database.isAsked = false;
    const bool wasSilent = std::exchange(database.isSilent, !answer.isOk());
    Changes changes;
    if (answer) {
        database.mark = answer->mark;
        // Who read in vain meanwhile reads again.
        changes = wasSilent ? Changes::ofAnything() : answer->changes;
    }
    QList<QPointer<ChangeWatch>> watches;
    for (ChangeWatch *watch : std::as_const(m_watches)) {
        if (watch->shards().contains(shard))
            watches.append(watch);
    }
    for (const QPointer<ChangeWatch> &watch : std::as_const(watches)) {
        if (!watch)
            continue; // closed by what another one did
        if (answer)
            Q_EMIT watch->heard(shard, changes);
        else
            Q_EMIT watch->silent(shard, answer.error());
    }
    if (std::exchange(database.isBehind, false))
        ask(shard);
    else if (isWatched(shard))
        database.timer.start(m_isSeen ? std::chrono::milliseconds(interval) : unseenInterval);
    directoryChanged(); // the directory may name another shard by now
}

ChangeWatch::ChangeWatch(ChangeFeed &feed, QObject *parent)
    : QObject(parent)
    , m_feed(feed)
{
    m_feed.add(this);
}

ChangeWatch::~ChangeWatch()
{
    m_feed.remove(this);
}

void ChangeWatch::setInterest(const Interest &interest)
{
    m_interest = interest;
    m_feed.directoryChanged();
}

bool ChangeWatch::isOn() const
{
    return m_interest.main || m_interest.allShards || !m_interest.branch.isNull();
}

QStringList ChangeWatch::shards() const
{
    QStringList shards;
    if (m_interest.main)
        shards << QString();
    if (m_interest.allShards)
        shards += m_feed.m_cluster.shardNames();
    if (const BranchEntry *branch = m_feed.m_cluster.directory()->branch(m_interest.branch)) {
        if (!branch->shard.isEmpty())
            shards << branch->shard;
    }
    return shards;
}

} // namespace Branchline
