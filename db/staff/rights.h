// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"

#include <QSet>

namespace Branchline {

/// What the person who is signed in may do, so that a window shows that and nothing else. PostgreSQL decides,
/// whatever stands here. A value; by default nothing is allowed.
class Rights final
{
public:
    Rights() = default;
    /// Adds a right at a branch; a null branch means every branch.
    void add(const QString &right, const QUuid &branch);
    /// Everything is allowed, as to a superuser.
    void addAll() { m_isAll = true; }

    /// Whether the person has the right (docs/RIGHTS.md) at this branch.
    [[nodiscard]] bool may(QLatin1StringView right, const QUuid &branch) const;
    /// Whether there is a branch at which the person has it.
    [[nodiscard]] bool mayAnywhere(QLatin1StringView right) const;
    /// Whether there is no right at all.
    [[nodiscard]] bool isEmpty() const { return !m_isAll && m_branches.isEmpty(); }
    /// Whether the person has it at every branch, those to come included.
    [[nodiscard]] bool mayEverywhere(QLatin1StringView right) const;

    friend bool operator==(const Rights &, const Rights &) = default;

private:
    bool m_isAll = false;
    QMap<QString, QSet<QUuid>> m_branches; ///< by right; a null id: every branch
};

/// Asks main for the rights of whoever is signed in. Never blocks.
[[nodiscard]] QFuture<Result<Rights>> readRights(Cluster &cluster);

} // namespace Branchline
