// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/staff/rightswatch.h"

#include "models/watch.h"

namespace Branchline {

RightsWatch::RightsWatch(Cluster &cluster, ChangeFeed &feed, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_watch(feed)
{
    connect(&m_watch, &ChangeWatch::heard, this, [this](const QString &, const Changes &changes) {
        if (m_mustRead || changes.has(ChangeKind::Settings))
            read();
    });
    m_watch.setInterest({.main = true});
    read();
}

void RightsWatch::read()
{
    m_mustRead = true;
    m_again = m_isReading;
    if (std::exchange(m_isReading, true))
        return;
    watch(readRights(m_cluster), this, [this](const Result<Rights> &rights) {
        m_isReading = false;
        if (rights)
            m_mustRead = false;
        if (std::exchange(m_again, false))
            read();
        if (!rights)
            return; // read again as soon as main is heard: what was revoked must not stay
        const bool isFirst = !std::exchange(m_isKnown, true);
        if (!isFirst && m_rights == *rights)
            return;
        m_rights = *rights;
        Q_EMIT changed();
    });
}

} // namespace Branchline
