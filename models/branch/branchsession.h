// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/branch/branchlistmodel.h"

#include <QTimer>

#include <map>
#include <memory>

namespace Branchline {

/// The branch page's state: the lists of one branch, which of them is looked at, and how many rows each has.
/// While on screen it asks each second whether anything changed, and reads again when it did, and once a
/// minute, since loans become overdue by themselves. GUI thread only; it never waits.
class BranchSession final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BranchSession)

public:
    explicit BranchSession(Cluster &cluster, QObject *parent = nullptr);

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
    void look();
    void looked(const Result<QString> &mark);
    void readCounts();

    Cluster &m_cluster;
    std::map<BranchList, std::unique_ptr<BranchListModel>> m_models;
    BranchEntry m_branch;
    BranchList m_list = BranchList::Overdue;
    std::optional<BranchCounts> m_counts;
    QTimer m_timer;
    int m_ticks = 0;
    QString m_mark;
    bool m_isLooking = false;
    bool m_isSilent = false; ///< the shard did not answer the last look
};

} // namespace Branchline
