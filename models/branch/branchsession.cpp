// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/branch/branchsession.h"

#include "models/watch.h"

using namespace std::chrono_literals;

namespace Branchline {

BranchSession::BranchSession(Cluster &cluster, ChangeFeed &feed, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_watch(feed)
    , m_names([this] { refresh(); })
{
    for (const BranchList list : {BranchList::OnLoan, BranchList::Overdue, BranchList::DueSoon,
                                  BranchList::Lost, BranchList::Copies, BranchList::Today}) {
        auto model = std::make_unique<BranchListModel>(m_cluster, list);
        const auto changed = [this, list] {
            if (list == m_list)
                Q_EMIT listChanged();
        };
        connect(model.get(), &PagedModel::stateChanged, this, changed);
        connect(model.get(), &QAbstractItemModel::rowsInserted, this, changed);
        connect(model.get(), &QAbstractItemModel::rowsRemoved, this, changed);
        connect(model.get(), &BranchListModel::marksChanged, this, changed);
        m_models.emplace(list, std::move(model));
    }
    m_minute.setInterval(1min);
    connect(&m_minute, &QTimer::timeout, this, &BranchSession::refresh);
    connect(&m_watch, &ChangeWatch::heard, this,
            [this](const QString &, const Changes &changes) { heard(changes); });
    connect(&m_watch, &ChangeWatch::silent, this, [this] {
        // The list turns stale, or says why there is none.
        if (model()->state() == PagedModel::State::Ready)
            model()->reload();
    });
}

void BranchSession::setBranch(const BranchEntry &branch)
{
    const bool isOther = branch.id != m_branch.id;
    m_branch = branch;
    if (!isOther)
        return;
    m_counts.reset();
    for (const auto &[list, model] : m_models)
        model->setBranch(branch);
    Q_EMIT countsChanged();
    if (m_isOnScreen) {
        m_watch.setInterest({.branch = branch.id});
        refresh();
    }
}

void BranchSession::setOnScreen(bool onScreen)
{
    if (std::exchange(m_isOnScreen, onScreen) == onScreen)
        return;
    if (!onScreen) {
        m_watch.stop();
        m_names.stop();
        m_minute.stop();
        return;
    }
    m_watch.setInterest({.branch = m_branch.id});
    m_minute.start();
    refresh();
}

void BranchSession::setList(BranchList list)
{
    if (list == m_list)
        return;
    m_list = list;
    Q_EMIT listChanged();
    model()->refresh();
}

void BranchSession::refresh()
{
    if (m_branch.id.isNull())
        return;
    model()->refresh();
    readCounts();
}

void BranchSession::readCounts()
{
    watch(branchCounts(m_cluster, m_branch.id), this,
          [this, asked = m_branch.id](const Result<BranchCounts> &counts) {
              if (asked != m_branch.id || !counts)
                  return; // the list tells what is wrong
              m_counts = *counts;
              Q_EMIT countsChanged();
          });
}

void BranchSession::heard(const Changes &changes)
{
    if (changes.has(ChangeKind::Loans, m_branch.id) || changes.has(ChangeKind::Copies, m_branch.id) ||
        changes.has(ChangeKind::Settings) || model()->error())
        refresh();
    else if (changes.has(ChangeKind::Books) || changes.has(ChangeKind::Patrons))
        m_names.wish();
}

bool BranchSession::isReady() const
{
    return m_counts && model()->state() != PagedModel::State::Loading &&
           model()->state() != PagedModel::State::Empty;
}

} // namespace Branchline
