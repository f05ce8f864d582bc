// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/live/directorywatch.h"

#include "models/watch.h"

namespace Branchline {

DirectoryWatch::DirectoryWatch(Cluster &cluster, ChangeFeed &feed, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_feed(feed)
    , m_watch(feed)
{
    connect(&m_watch, &ChangeWatch::heard, this, [this](const QString &, const Changes &changes) {
        if (changes.has(ChangeKind::Settings))
            read();
    });
    m_watch.setInterest({.main = true});
}

void DirectoryWatch::read()
{
    m_again = m_isReading;
    if (std::exchange(m_isReading, true))
        return;
    watch(m_cluster.refreshDirectory(), this, [this](const Result<DirectoryPtr> &directory) {
        m_isReading = false;
        if (std::exchange(m_again, false))
            read();
        if (!directory)
            return; // main tells of it again when it is back
        m_feed.directoryChanged();
        Q_EMIT directoryChanged();
    });
}

} // namespace Branchline
