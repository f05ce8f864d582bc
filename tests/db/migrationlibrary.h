// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/migration.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

#include <set>

namespace Branchline {

/// Databases with any number of the steps done, beside a prepared library on the same server: main and the
/// shards alpha and beta, without replication. What cannot be done ends the test program.
class MigrationLibrary final
{
public:
    [[nodiscard]] bool start();
    [[nodiscard]] QString errorText() const { return m_library.errorText(); }

    /// The prepared library, with replication and a desk.
    [[nodiscard]] PreparedLibrary &prepared() { return m_library; }

    /// Makes a database anew with the first steps of its plan: "main", "alpha_shard" or "beta_shard".
    void make(const QString &database, size_t steps);
    /// All three.
    void make(size_t mainSteps, size_t shardSteps);
    /// All three, up to date.
    void makeComplete();
    [[nodiscard]] AdminAddresses addresses() const;
    [[nodiscard]] std::unique_ptr<Session> session(const QString &database) const;
    void ddl(const QString &database, const QString &text) const;
    [[nodiscard]] QString value(const QString &database, const QString &text) const;
    /// branchlinectl for these databases.
    [[nodiscard]] Ctl ctl() const;
    /// The hash of a database's catalog, and that of one whose steps were never interrupted.
    [[nodiscard]] QString hash(const QString &database) const;
    [[nodiscard]] QString rightHash(DatabaseRole role);

    [[nodiscard]] static DatabaseRole roleOf(const QString &database);
    /// The first steps of the compiled-in plan.
    [[nodiscard]] static MigrationPlan beginning(DatabaseRole role, size_t steps);

private:
    void copy(const QString &from, const QString &to) const;
    void makeTemplate(DatabaseRole role, size_t steps);
    [[nodiscard]] static QString templateName(DatabaseRole role, size_t steps);
    [[nodiscard]] ConnectionUrl url(const QString &name) const;
    [[nodiscard]] std::unique_ptr<Session> open(const QString &name) const;

    PreparedLibrary m_library{TestLibrary::Servers::Shared,
                              {QStringLiteral("alpha"), QStringLiteral("beta")}};
    std::map<DatabaseRole, QString> m_rightHashes;
    std::map<DatabaseRole, std::set<size_t>> m_templates; ///< numbers of steps
};

} // namespace Branchline
