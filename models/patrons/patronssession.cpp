// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/patrons/patronssession.h"

namespace Branchline {

PatronsSession::PatronsSession(Cluster &cluster, ChangeFeed &feed, QObject *parent)
    : QObject(parent)
    , m_model(cluster)
    , m_watch(feed)
{
    connect(&m_model, &PagedModel::stateChanged, this, &PatronsSession::listChanged);
    connect(&m_model, &QAbstractItemModel::rowsInserted, this, &PatronsSession::listChanged);
    connect(&m_model, &QAbstractItemModel::rowsRemoved, this, &PatronsSession::listChanged);
    connect(&m_watch, &ChangeWatch::heard, this, [this](const QString &, const Changes &changes) {
        if (changes.has(ChangeKind::Patrons) || m_model.error())
            refresh();
    });
    connect(&m_watch, &ChangeWatch::silent, this, [this] {
        // The list turns stale, or says why there is none.
        if (m_model.state() == PagedModel::State::Ready)
            m_model.reload();
    });
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
    if (onScreen == m_watch.isOn())
        return;
    m_watch.setInterest({.main = onScreen});
    if (onScreen)
        refresh();
}

} // namespace Branchline
