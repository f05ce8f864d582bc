// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/live/changefeed.h"
#include "models/staff/permissions.h"

namespace Branchline {

/// The rights of whoever is signed in, read at once and again whenever main tells of a change, so that the
/// window shows what is allowed now. While main does not answer, what was known stays. GUI thread only.
class RightsWatch final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RightsWatch)

public:
    /// Cluster and feed outlive it.
    RightsWatch(Cluster &cluster, ChangeFeed &feed, QObject *parent = nullptr);

    /// Nothing is allowed before the first answer.
    [[nodiscard]] const Rights &rights() const { return m_rights; }
    /// Whether the first answer has come.
    [[nodiscard]] bool isKnown() const { return m_isKnown; }

Q_SIGNALS:
    /// The first answer came, or the rights are others than before.
    void changed();

private:
    void read();

    Cluster &m_cluster;
    ChangeWatch m_watch;
    Rights m_rights;
    bool m_isKnown = false;
    bool m_mustRead = false; ///< what is known may be older than the last change
    bool m_isReading = false;
    bool m_again = false;
};

} // namespace Branchline
