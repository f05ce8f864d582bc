// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/patrons/patronssession.h"

#include "db/patrons/patronlists.h"
#include "models/watch.h"

using namespace std::chrono_literals;

namespace Branchline {

PatronsSession::PatronsSession(Cluster &cluster, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_model(cluster)
{
    connect(&m_model, &PagedModel::stateChanged, this, &PatronsSession::listChanged);
    connect(&m_model, &QAbstractItemModel::rowsInserted, this, &PatronsSession::listChanged);
    connect(&m_model, &QAbstractItemModel::rowsRemoved, this, &PatronsSession::listChanged);
    m_timer.setInterval(1s);
    connect(&m_timer, &QTimer::timeout, this, &PatronsSession::look);
}

void PatronsSession::refresh()
{
    if (m_model.state() == PagedModel::State::Empty)
        search({});
    else
        m_model.reload();
}

void PatronsSession::setOnScreen(bool onScreen)
{
    if (!onScreen)
        return m_timer.stop();
    if (m_timer.isActive())
        return;
    m_timer.start();
    refresh();
}

void PatronsSession::look()
{
    if (std::exchange(m_isLooking, true))
        return;
    watch(patronMark(m_cluster), this, [this](const Result<QString> &mark) {
        m_isLooking = false;
        const bool wasSilent = std::exchange(m_isSilent, !mark.isOk());
        if (!mark) {
            // The list turns stale, or says why there is none.
            if (!wasSilent && m_model.state() == PagedModel::State::Ready)
                m_model.reload();
            return;
        }
        if (std::exchange(m_mark, *mark) != *mark || wasSilent || m_model.error())
            refresh();
    });
}

} // namespace Branchline
