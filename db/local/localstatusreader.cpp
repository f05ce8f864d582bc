// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/localstatusreader.h"

#include "db/local/parallel.h"
#include "db/local/serverconfig.h"
#include "db/local/serverprocess.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace Internal {

namespace {

LocalServerStatus serverStatus(const LocalServerEntry &entry, const LocalLayout &layout,
                               const QString &sockets)
{
    LocalServerStatus status{.name = entry.name,
                             .dataDirectory = layout.dataDirectory(entry.name),
                             .logFile = layout.logFile(entry.name),
                             .socketDirectory = sockets,
                             .port = entry.port,
                             .databases = entry.databases,
                             .processId = 0,
                             .isRunning = false};
    status.processId = findServer(status.dataDirectory);
    if (const auto file = readPostmasterFile(status.dataDirectory); file && status.processId > 0) {
        if (!file->socketDirectory.isEmpty())
            status.socketDirectory = file->socketDirectory;
        status.isRunning = askServer(status.socketDirectory, status.port) == ServerAnswer::Accepts;
    }
    return status;
}

} // namespace

LocalStatus readStatus(const LocalState &state, const LocalLayout &layout, const ServerAccount &account)
{
    LocalStatus status;
    status.directory = layout.directory();
    status.making = state.making == "demo"_L1      ? LocalMaking::Demo
                    : state.making == "upgrade"_L1 ? LocalMaking::Upgrade
                    : state.making.isEmpty()       ? LocalMaking::Nothing
                                                   : LocalMaking::Empty;
    status.separateServers = state.separateServers;
    status.mainDatabase = state.mainDatabase;
    status.shardDatabases = state.shardDatabases;
    status.servers.resize(state.servers.size());
    auto tasks = std::vector<std::pair<const LocalServerEntry *, LocalServerStatus *>>();
    for (qsizetype i = 0; i < state.servers.size(); ++i)
        tasks.emplace_back(&state.servers[i], &status.servers[i]);
    inParallel(tasks, account,
               [&](auto &task) { *task.second = serverStatus(*task.first, layout, state.socketDirectory); });

    const auto running = std::count_if(status.servers.cbegin(), status.servers.cend(),
                                       [](const auto &server) { return server.isRunning; });
    const bool anyProcess = std::any_of(status.servers.cbegin(), status.servers.cend(),
                                        [](const auto &server) { return server.processId > 0; });
    status.state = running == status.servers.size() ? LocalStatus::State::Running
                   : anyProcess                     ? LocalStatus::State::Partial
                                                    : LocalStatus::State::Stopped;
    return status;
}

} // namespace Internal

LocalAddresses LocalStatus::addresses(const QString &user) const
{
    const auto addressOf = [&](const QString &database) {
        for (const LocalServerStatus &server : servers) {
            if (server.databases.contains(database))
                return ConnectionUrl()
                    .with(u"host"_s, server.socketDirectory)
                    .with(u"port"_s, QString::number(server.port))
                    .with(u"dbname"_s, database)
                    .with(u"user"_s, user);
        }
        return ConnectionUrl();
    };
    LocalAddresses addresses;
    if (state == State::Absent)
        return addresses;
    addresses.main = addressOf(mainDatabase);
    for (auto it = shardDatabases.begin(); it != shardDatabases.end(); ++it)
        addresses.shards.insert(it.key(), addressOf(it.value()));
    return addresses;
}

LocalAddresses LocalStatus::superuser() const
{
    return addresses(Internal::superuserName());
}

LocalAddresses LocalStatus::desk() const
{
    return addresses(u"librarian"_s);
}

} // namespace Branchline
