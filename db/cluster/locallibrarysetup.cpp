// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/locallibrarysetup.h"

#include "db/cluster/branches.h"
#include "db/cluster/initialise.h"

#include <QCoreApplication>

namespace Branchline {

namespace {

/// For somebody else who sets the library up; a person waits for the window meanwhile.
constexpr std::chrono::minutes longestWait{2};

} // namespace

Result<LocalStatus> prepareLocalLibrary(const LocalLibrary &library, bool echo, const LocalProgress &progress)
{
    auto status = library.start(progress);
    if (!status)
        return status;
    const LocalAddresses superuser = status->superuser();
    AdminAddresses addresses{.main = superuser.main, .shards = {}};
    for (auto it = superuser.shards.cbegin(); it != superuser.shards.cend(); ++it)
        addresses.shards.emplace(it.key(), it.value());
    const QString login = status->desk().main.user();
    const auto done = initialise(
        addresses,
        {.localStaffLogin = login, .echo = echo, .progress = progress, .waitForOthers = longestWait});
    if (!done)
        return done.error();

    Cluster cluster(withLocalLibrary({}, *status),
                    QStringLiteral("branchline %1 init").arg(QSysInfo::machineHostName()));
    const auto finished = finishPlacements(cluster);
    if (!finished)
        return finished.error();
    return status;
}

ClusterConfig withLocalLibrary(ClusterConfig config, const LocalStatus &status)
{
    config.main = status.desk().main;
    config.source =
        QCoreApplication::translate("LocalLibrarySetup", "the local library in %1").arg(status.directory);
    return config;
}

} // namespace Branchline
