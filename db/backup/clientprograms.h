// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/connectionurl.h"
#include "db/local/serverbinaries.h"

#include <QStringList>

#include <functional>

namespace Branchline::Internal {

/// The programs of PostgreSQL that make and read backups.
struct ClientPrograms final
{
    QString directory;
    int major = 0;

    [[nodiscard]] QString dump() const { return directory + QStringLiteral("/pg_dump"); }
    [[nodiscard]] QString dumpAll() const { return directory + QStringLiteral("/pg_dumpall"); }
    [[nodiscard]] QString restore() const { return directory + QStringLiteral("/pg_restore"); }

    /// The oldest programs that are not older than `leastMajor`, since pg_dump refuses a newer server and
    /// pg_restore a newer archive. The error (Configuration) names the package to install.
    [[nodiscard]] static Result<ClientPrograms> find(const BinarySearch &search, int leastMajor);
};

/// One run of such a program.
struct ClientRun
{
    QString program;
    QStringList arguments;
    ConnectionUrl url; ///< goes along as --dbname; its password in the environment, which nobody else reads
    QString database;  ///< "main" or "<name>_shard", for errors
    std::function<bool()> isCancelled = {}; ///< asked some times a second, from the calling thread
};

/// Runs it to its end. What it makes can be read by its account only. It ends when this program dies, however
/// that happens. Throws a DbException with what it said when it fails, and Canceled when it was ended on
/// request.
void runClient(const ClientRun &run);

} // namespace Branchline::Internal
