// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/branch/branchlistmodel.h"
#include "models/live/calm.h"
#include "models/live/changefeed.h"

#include <map>
#include <memory>

namespace Branchline {

/// The branch page's state: the lists of one branch, which of them is looked at, and how many rows each has.
/// While on screen it reads again when the branch's shard tells of a change, and once a minute, since loans
/// become overdue by themselves. GUI thread only; it never waits.
class BranchSession final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BranchSession)

public:
    BranchSession(Cluster &cluster, ChangeFeed &feed, QObject *parent = nullptr);

    void setBranch(const BranchEntry &branch);
    [[nodiscard]] const BranchEntry &branch() const { return m_branch; }
    void setOnScreen(bool onScreen);
    /// Looks at another list and reads it.
    void setList(BranchList list);
    [[nodiscard]] BranchList list() const { return m_list; }
    [[nodiscard]] BranchListModel *model(BranchList list) const { return m_models.at(list).get(); }
    [[nodiscard]] BranchListModel *model() const { return model(m_list); }
    /// Reads the list and the counts again.
    void refresh();

    /// Nothing before the first answer for this branch.
    [[nodiscard]] const std::optional<BranchCounts> &counts() const { return m_counts; }
    /// Whether counts and the list looked at have been read.
    [[nodiscard]] bool isReady() const;

Q_SIGNALS:
    void countsChanged();
    /// State, length or marks of the list looked at changed, or it is another list.
    void listChanged();

private:
    void heard(const Changes &changes);
    void readCounts();

    Cluster &m_cluster;
    std::map<BranchList, std::unique_ptr<BranchListModel>> m_models;
    BranchEntry m_branch;
    BranchList m_list = BranchList::Overdue;
    std::optional<BranchCounts> m_counts;
    ChangeWatch m_watch;
    Calm m_names; ///< titles and patrons changed, perhaps of this list
    QTimer m_minute;
    bool m_isOnScreen = false;
};

} // namespace Branchline
