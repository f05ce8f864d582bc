// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/backup/clientprograms.h"
#include "db/backup/manifest.h"
#include "db/backup/restoretarget.h"
#include "db/cluster/migrationtargets.h"

#include <map>

namespace Branchline::Internal {

/// What a restore will do, and everything that can be wrong before its first change. All of it throws
/// DbExceptions and changes nothing.
class RestorePlan final
{
public:
    /// `only`: as in RestoreOptions. Compares names and versions; connects to nothing yet.
    RestorePlan(const AdminAddresses &addresses, const BackupManifest &backup, QStringList only);

    /// Reaches every server, finds every database fit, and keeps other restores away as long as this lives.
    /// `mayBeFinished`: as in RestoreOptions.
    void connect(const BinarySearch &search, const std::function<void()> &tellOfWaiting, bool mayBeFinished);

    [[nodiscard]] bool isPartial() const { return !m_only.isEmpty(); }
    /// Shards first, main last.
    [[nodiscard]] const std::vector<RestoreTarget> &targets() const { return m_targets; }
    /// A session to the database "postgres" of each server, by its identifier.
    [[nodiscard]] const std::map<QString, std::shared_ptr<Session>> &servers() const { return m_servers; }
    [[nodiscard]] const ClientPrograms &programs() const { return m_programs; }
    /// Branches that main has placed on a shard and the backup does not know, by code.
    [[nodiscard]] const QStringList &newerBranches() const { return m_newerBranches; }

private:
    void requireKnownSchemas() const;
    void chooseTargets();
    void addTarget(const Target &target);
    void connectServer(RestoreTarget &target);
    void inspectTargets(bool mayBeFinished);
    void checkSettings() const;
    void checkLibrary();

    const AdminAddresses &m_addresses;
    const BackupManifest &m_backup;
    const QStringList m_only;
    std::vector<RestoreTarget> m_targets;
    std::map<QString, std::shared_ptr<Session>> m_servers;
    std::shared_ptr<Session> m_lockHolder;
    ClientPrograms m_programs;
    QStringList m_newerBranches;
};

} // namespace Branchline::Internal
