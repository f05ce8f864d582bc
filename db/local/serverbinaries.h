// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/result.h"

#include <QString>

namespace Branchline {

/// Where to look for PostgreSQL's server programs.
struct BinarySearch
{
    QString directory;                                          ///< look only here, when not empty
    QString debianRoot = QStringLiteral("/usr/lib/postgresql"); ///< holds <major>/bin
    QString pgConfig = QStringLiteral("pg_config");             ///< asked for --bindir; empty: not asked
    QString path = qEnvironmentVariable("PATH");                ///< folders separated by ':'
};

/// The programs of an installed PostgreSQL server, version 15 or newer.
struct ServerBinaries final
{
    QString directory;
    int major = 0;

    [[nodiscard]] QString initdb() const { return directory + QStringLiteral("/initdb"); }
    [[nodiscard]] QString postgres() const { return directory + QStringLiteral("/postgres"); }
    /// These two are not needed by this program and may be missing.
    [[nodiscard]] QString pgCtl() const { return directory + QStringLiteral("/pg_ctl"); }
    [[nodiscard]] QString pgIsReady() const { return directory + QStringLiteral("/pg_isready"); }

    static constexpr int oldestMajor = 15;

    /// The newest usable version; exactly `major` when that is not 0, since the data files of one major
    /// version cannot be opened by another. The error (Configuration) names the package to install.
    /// May start `pg_config` and `postgres --version`: blocks for milliseconds.
    [[nodiscard]] static Result<ServerBinaries> find(const BinarySearch &search = {}, int major = 0);
};

} // namespace Branchline
