// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/connectionsecurity.h"
#include "db/connection/poolsettings.h"

#include <QProcessEnvironment>
#include <QStringList>

#include <chrono>
#include <optional>

namespace Branchline {

/// Where settings are looked for, first to last.
struct ConfigSources
{
    QString commandLineUrl; ///< --database-url; empty when not given
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    QStringList files = defaultFiles();
    /// What the window remembers: the server that was chosen in it, and how connections to that one are
    /// protected. The last source.
    QMap<QString, QString> remembered = {};
    QString policyFile = SecurityPolicy::defaultFile(); ///< empty: there is no policy

    /// The user's branchline.conf, then the system's.
    [[nodiscard]] static QStringList defaultFiles();
};

/// Which databases to use and how, after all sources were read and checked. A value type without I/O.
struct ClusterConfig
{
    QString source;     ///< what named the main database: "DATABASE_URL in the environment", a file …
    ConnectionUrl main; ///< empty when nothing names one: then the local library is meant

    /// Shard names of SHARDING_BRANCHES; not set: main's list of shards decides.
    std::optional<QStringList> shardNames;
    QMap<QString, ConnectionUrl> shardUrls; ///< DATABASE_URL_<NAME>, by lower-case shard name

    ConnectionSecurity
        security;          ///< what DATABASE_SSLMODE and the like wish for; the addresses have it already
    SecurityPolicy policy; ///< likewise
    PoolSettings pool;
    std::chrono::milliseconds statementTimeout{5000};
    std::chrono::milliseconds slowQuery{200}; ///< statements that take longer are listed as slow
    bool sqlEcho = false;
    QStringList warnings; ///< sentences: what is set and does not count, or is unwise

    [[nodiscard]] bool usesLocalLibrary() const { return main.isEmpty(); }

    /// Reads and checks all sources. The addresses (DATABASE_URL, SHARDING_BRANCHES, DATABASE_URL_<NAME>)
    /// come together from the first source that names a main database, so that two clusters are never mixed;
    /// every other variable comes from the first source that has it, except that the protection chosen in the
    /// window goes with the address chosen there: before all others, or not at all. Addresses are protected
    /// as the settings wish and the policy demands. A password is refused where others could read it: on the
    /// command line and in files. An error names the variable or the file and line, and never repeats an
    /// address. `pool` holds what counts where nothing is set.
    [[nodiscard]] static Result<ClusterConfig> load(const ConfigSources &sources = {},
                                                    const PoolSettings &pool = {});
};

/// Words for a password in an address where it must not be; `place` names the option, variable or file.
[[nodiscard]] DbError passwordInAddress(const QString &place);

/// Whether `name` can name a shard: a lower-case letter, then letters, digits and underscores, at most 31.
[[nodiscard]] bool isShardName(const QString &name);

} // namespace Branchline
