// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/faultlibrary.h"

namespace Branchline::Drill {

/// The library of a drill: a server for each database with a proxy before it, a few branches on all shards,
/// few copies and few patrons, so that desks meet.
class Stage final
{
public:
    Stage();

    /// Starts and fills it. False with errorText() when that fails.
    [[nodiscard]] bool start();
    [[nodiscard]] QString errorText() const { return m_faults.errorText(); }

    [[nodiscard]] FaultLibrary &faults() { return m_faults; }
    [[nodiscard]] const FaultLibrary &faults() const { return m_faults; }
    /// "main" and "<name>_shard": the servers and databases.
    [[nodiscard]] QStringList databases() const { return m_faults.databases(); }
    /// A libpq address for the superuser, past any proxy.
    [[nodiscard]] QString address(const QString &database) const { return m_addresses.value(database); }
    [[nodiscard]] const std::vector<BranchEntry> &branches() const { return m_branches; }
    /// Barcodes of all branches, and one of this branch.
    [[nodiscard]] const QStringList &copies() const { return m_copies; }
    [[nodiscard]] QString copyOf(const BranchEntry &branch) const;
    [[nodiscard]] const QStringList &cards() const { return m_cards; }

private:
    FaultLibrary m_faults;
    QMap<QString, QString> m_addresses;
    std::vector<BranchEntry> m_branches;
    QStringList m_copies; ///< branch by branch
    QStringList m_cards;
};

} // namespace Branchline::Drill
