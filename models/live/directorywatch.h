// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/live/changefeed.h"

namespace Branchline {

/// Reads the directory again when main tells that branches, shards or placements changed. Lists of branches
/// are on screen in every view, so this one always watches. GUI thread only.
class DirectoryWatch final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(DirectoryWatch)

public:
    DirectoryWatch(Cluster &cluster, ChangeFeed &feed, QObject *parent = nullptr);

Q_SIGNALS:
    /// Cluster::directory() is another one.
    void directoryChanged();

private:
    void read();

    Cluster &m_cluster;
    ChangeFeed &m_feed;
    ChangeWatch m_watch;
    bool m_isReading = false;
    bool m_again = false;
};

} // namespace Branchline
