// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/libraryopener.h"

#include "app/desktop/inthread.h"
#include "db/cluster/locallibrarysetup.h"

namespace Branchline {

namespace {

Result<ClusterConfig> load(const LibraryChoice &choice)
{
    ConfigSources sources;
    sources.commandLineUrl = choice.databaseUrl;
    sources.remembered = choice.remembered;
    if (choice.onlyLocal) {
        sources.environment.remove(QStringLiteral("DATABASE_URL"));
        sources.files.clear();
        sources.remembered.clear();
    }
    return ClusterConfig::load(sources, PoolSettings::ofDesk());
}

Result<ClusterConfig> open(const LibraryChoice &choice)
{
    auto config = load(choice);
    if (!config || !config->usesLocalLibrary())
        return config;

    const LocalLibrary library({.directory = choice.directory});
    const auto status = prepareLocalLibrary(library, config->sqlEcho, {});
    if (!status)
        return status.error();
    return withLocalLibrary(*config, *status);
}

LibraryPlan plan(const LibraryChoice &choice)
{
    LibraryPlan found{.config = load(choice)};
    if (found.config && found.config->usesLocalLibrary()) {
        // A folder that somebody has named is the answer to where the library is to be.
        const auto status = LocalLibrary({.directory = choice.directory}).status();
        found.isNew = status && status->state == LocalStatus::State::Absent && choice.directory.isEmpty();
        if (status)
            found.unfinished = status->making;
    }
    return found;
}

} // namespace

QFuture<LibraryPlan> planLibrary(const LibraryChoice &choice)
{
    return inThread<LibraryPlan>([choice](QPromise<LibraryPlan> &) { return plan(choice); },
                                 [](const DbError &error) { return LibraryPlan{.config = error}; });
}

QFuture<Result<ClusterConfig>> openLibrary(const LibraryChoice &choice)
{
    using Opened = Result<ClusterConfig>;
    return inThread<Opened>([choice](QPromise<Opened> &) { return open(choice); },
                            [](const DbError &error) { return Opened(error); });
}

} // namespace Branchline
