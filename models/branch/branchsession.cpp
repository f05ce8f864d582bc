// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/branch/branchsession.h"

#include "models/watch.h"

using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr auto lookInterval = 1s;
constexpr int ticksToRefresh = 60;

} // namespace

BranchSession::BranchSession(Cluster &cluster, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
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
    m_timer.setInterval(lookInterval);
    connect(&m_timer, &QTimer::timeout, this, &BranchSession::look);
}

void BranchSession::setBranch(const BranchEntry &branch)
{
    const bool isOther = branch.id != m_branch.id;
    m_branch = branch;
    if (!isOther)
        return;
    m_counts.reset();
    m_mark.clear();
    for (const auto &[list, model] : m_models)
        model->setBranch(branch);
    Q_EMIT countsChanged();
    if (m_timer.isActive())
        refresh();
}

void BranchSession::setOnScreen(bool onScreen)
{
    if (!onScreen)
        return m_timer.stop();
    if (m_timer.isActive())
        return;
    m_timer.start();
    m_ticks = 0;
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

void BranchSession::look()
{
    if (m_branch.id.isNull() || m_isLooking)
        return;
    if (++m_ticks >= ticksToRefresh) {
        m_ticks = 0;
        refresh();
    }
    m_isLooking = true;
    watch(activityMark(m_cluster, m_branch.id), this,
          [this, asked = m_branch.id](const Result<QString> &mark) {
              m_isLooking = false;
              if (asked == m_branch.id)
                  looked(mark);
          });
}

void BranchSession::looked(const Result<QString> &mark)
{
    const bool wasSilent = std::exchange(m_isSilent, !mark.isOk());
    if (!mark) {
        // The list turns stale, or says why there is none.
        if (!wasSilent && model()->state() == PagedModel::State::Ready)
            model()->reload();
        return;
    }
    const bool isChanged = std::exchange(m_mark, *mark) != *mark;
    if (isChanged || wasSilent || model()->error())
        refresh();
}

bool BranchSession::isReady() const
{
    return m_counts && model()->state() != PagedModel::State::Loading &&
           model()->state() != PagedModel::State::Empty;
}

} // namespace Branchline
