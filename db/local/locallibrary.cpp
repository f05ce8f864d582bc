// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/locallibrary.h"

#include "db/local/filelock.h"
#include "db/local/locallayout.h"
#include "db/local/localserver.h"
#include "db/local/localstate.h"
#include "db/local/localstatusreader.h"
#include "db/local/localsupport.h"
#include "db/local/parallel.h"
#include "db/local/serverconfig.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>
#include <mutex>
#include <semaphore>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

using namespace Internal;

namespace {

/// More at once only fight for the disk.
constexpr int initdbAtOnce = 2;

std::function<void(const QString &)> oneAtATime(const LocalProgress &progress)
{
    if (!progress)
        return [](const QString &) {};
    return [progress, mutex = std::make_shared<std::mutex>()](const QString &sentence) {
        const std::scoped_lock lock(*mutex);
        progress(sentence);
    };
}

[[noreturn]] void failAbsent(const LocalLayout &layout)
{
    failLocal(DbErrorKind::NotFound, Local::tr("There is no local library in %1.").arg(layout.directory()),
              Local::tr("Make one with “branchlinectl local start”, or name its folder with --dir."));
}

LocalState loadExisting(const LocalLayout &layout)
{
    auto state = LocalState::load(layout.stateFile());
    if (!state)
        failAbsent(layout);
    return *state;
}

void checkState(const LocalState &state, const LocalLayout &layout, const LocalOptions &options)
{
    if (state.isBeingRemoved)
        failLocal(DbErrorKind::Conflict,
                  Local::tr("The local library in %1 was being removed, and parts of it are gone.")
                      .arg(layout.directory()),
                  Local::tr("Finish that with: branchlinectl local destroy"));
    if (options.separateServers && !state.separateServers)
        failLocal(DbErrorKind::Conflict,
                  Local::tr("The local library in %1 was made with one server for all databases.")
                      .arg(layout.directory()),
                  Local::tr("Start it without --separate-servers, or make another one with --dir."));
    for (const LocalServerEntry &server : state.servers) {
        if (server.isMade && !QFileInfo::exists(layout.dataDirectory(server.name) + "/PG_VERSION"_L1))
            failLocal(DbErrorKind::Configuration,
                      Local::tr("The data folder %1 of the local library is missing or damaged.")
                          .arg(layout.dataDirectory(server.name)),
                      Local::tr("Put it back from a backup, or give the library up with: branchlinectl local "
                                "destroy"));
    }
}

/// The servers of `state` with that name, or all of them when it is empty.
std::vector<LocalServer> serversOf(const LocalState &state, const LocalEnvironment &environment,
                                   const QString &name)
{
    std::vector<LocalServer> servers;
    for (const LocalServerEntry &entry : state.servers) {
        if (name.isEmpty() || entry.name == name)
            servers.emplace_back(environment, entry);
    }
    if (servers.empty())
        failLocal(DbErrorKind::NotFound,
                  Local::tr("The local library in %1 has no server “%2”.")
                      .arg(environment.layout.directory(), name),
                  Local::tr("Its servers are listed by: branchlinectl local status"));
    return servers;
}

void makeMissing(std::vector<LocalServer> &servers, LocalState &state, const LocalEnvironment &environment,
                 const ServerBinaries &binaries, const FileLock &lock)
{
    std::counting_semaphore<initdbAtOnce> places(initdbAtOnce);
    inParallel(servers, environment.account, [&](LocalServer &server) {
        if (server.isMade())
            return;
        places.acquire();
        const auto leave = qScopeGuard([&] { places.release(); });
        server.make(binaries, lock.descriptor());
    });
    for (LocalServerEntry &entry : state.servers) {
        for (const LocalServer &server : servers)
            entry.isMade = entry.isMade || (server.entry().name == entry.name && server.isMade());
    }
    state.save(environment.layout.stateFile());
}

void bringUp(LocalState &state, const LocalEnvironment &environment, ServerBinaries binaries,
             const QString &name, const FileLock &lock, const BinarySearch &search)
{
    if (state.postgresMajor != binaries.major)
        binaries = ServerBinaries::find(search, state.postgresMajor).valueOrThrow();
    auto servers = serversOf(state, environment, name);
    makeMissing(servers, state, environment, binaries, lock);
    inParallel(servers, environment.account, [&](LocalServer &server) {
        server.run(binaries);
        server.makeDatabases();
    });
}

void stopServers(const LocalState &state, const LocalEnvironment &environment, Shutdown shutdown,
                 const QString &name = {})
{
    auto servers = serversOf(state, environment, name);
    inParallel(servers, environment.account,
               [shutdown](const LocalServer &server) { server.stop(shutdown); });
}

void remove(const QString &folder)
{
    if (!QDir(folder).removeRecursively())
        failLocal(DbErrorKind::Configuration, Local::tr("The folder %1 cannot be removed.").arg(folder),
                  Local::tr("Check who owns the files in it, and try again."));
}

/// Everything but the folder itself. The file that says what is ours goes last.
void removeContent(const LocalState &state, const LocalLayout &layout, const ServerAccount &account)
{
    for (const LocalServerEntry &server : state.servers) {
        remove(layout.dataDirectory(server.name));
        remove(layout.dataDirectory(server.name) + ".new"_L1);
        QFile::remove(layout.logFile(server.name));
    }
    QDir().rmdir(layout.dataRoot());
    QDir().rmdir(layout.logRoot());
    if (layout.isSocketDirectory(account, state.socketDirectory))
        for (const QString &sockets :
             {state.socketDirectory, LocalLayout::socketsAside(state.socketDirectory)})
            QDir(sockets).removeRecursively();
    for (const QString &name : QDir(layout.directory()).entryList({u"library.json.*"_s}, QDir::Files))
        QFile::remove(layout.directory() + u'/' + name); // of a start that was killed while it wrote
    QFile::remove(layout.stateFile());
    QFile::remove(layout.lockFile());
}

Result<LocalStatus> startLibrary(const LocalOptions &options, const QString &name,
                                 const LocalProgress &progress)
{
    return guarded<LocalStatus>([&]() -> LocalStatus {
        const ServerBinaries binaries = ServerBinaries::find(options.binaries).valueOrThrow();
        const LocalLayout layout(options.directory);
        if (!name.isEmpty() && !QFileInfo::exists(layout.stateFile()))
            failAbsent(layout);
        bool wasMade = false;
        const ServerAccount account = layout.prepare(wasMade);
        LocalState state;
        {
            const FileIdentity identity(account);
            const FileLock lock(layout.lockFile(), lockDeadline);
            if (auto existing = LocalState::load(layout.stateFile())) {
                state = *existing;
            } else {
                state = LocalState::fresh(options.separateServers, options.shards);
                state.postgresMajor = binaries.major;
                state.ownsDirectory = wasMade;
            }
            checkState(state, layout, options);
            state.save(layout.stateFile()); // first: a folder with other things but without it is not ours
            QDir(layout.directory()).mkdir(u"data"_s);
            QDir(layout.directory()).mkdir(u"log"_s);
            state.socketDirectory =
                layout.prepareSocketDirectory(account, state.highestPort(), state.socketDirectory);
            state.save(layout.stateFile());
            const LocalEnvironment environment{layout, account, state.socketDirectory,
                                               static_cast<int>(state.shardDatabases.size()),
                                               oneAtATime(progress)};
            bringUp(state, environment, binaries, name, lock, options.binaries);
        }
        return readStatus(state, layout, account);
    });
}

Result<Done> stopLibrary(const LocalOptions &options, const QString &name, const LocalProgress &progress)
{
    return guarded<Done>([&] {
        const LocalLayout layout(options.directory);
        if (!QFileInfo::exists(layout.stateFile()))
            failAbsent(layout);
        const ServerAccount account = layout.owner();
        const FileIdentity identity(account);
        const FileLock lock(layout.lockFile(), lockDeadline);
        const LocalState state = loadExisting(layout);
        stopServers(state, {layout, account, state.socketDirectory, 0, oneAtATime(progress)}, Shutdown::Fast,
                    name);
        return Done();
    });
}

Result<Done> destroyLibrary(const LocalOptions &options, bool onlyUnfinished, const LocalProgress &progress)
{
    return guarded<Done>([&] {
        const LocalLayout layout(options.directory);
        if (!QFileInfo::exists(layout.stateFile()))
            failAbsent(layout);
        const ServerAccount account = layout.owner();
        LocalState state;
        {
            const FileIdentity identity(account);
            const FileLock lock(layout.lockFile(), lockDeadline);
            state = loadExisting(layout);
            if (onlyUnfinished && (state.making.isEmpty() || state.making == "upgrade"_L1))
                failLocal(DbErrorKind::Conflict,
                          Local::tr("The local library in %1 is complete and stays.").arg(layout.directory()),
                          Local::tr("Who wants to remove it uses: branchlinectl local destroy"));
            state.isBeingRemoved = true;
            state.save(layout.stateFile());
            stopServers(state, {layout, account, state.socketDirectory, 0, oneAtATime(progress)},
                        Shutdown::Immediate);
            removeContent(state, layout, account);
        }
        // As ourselves: the account may not change the folder above. It goes only when it is empty.
        if (state.ownsDirectory)
            QDir().rmdir(layout.directory());
        return Done();
    });
}

} // namespace

LocalLibrary::LocalLibrary(LocalOptions options)
    : m_options(std::move(options))
{}

QString LocalLibrary::defaultDirectory()
{
    return LocalLayout::defaultDirectory();
}

QString LocalLibrary::superuserName()
{
    return Internal::superuserName();
}

Result<LocalStatus> LocalLibrary::start(const LocalProgress &progress) const
{
    return startLibrary(m_options, {}, progress);
}

Result<Done> LocalLibrary::stop(const LocalProgress &progress) const
{
    return stopLibrary(m_options, {}, progress);
}

Result<LocalStatus> LocalLibrary::status() const
{
    return guarded<LocalStatus>([&] {
        const LocalLayout layout(m_options.directory);
        LocalStatus absent;
        absent.directory = layout.directory();
        if (!QFileInfo::exists(layout.stateFile()))
            return absent;
        const ServerAccount account = layout.owner();
        const FileIdentity identity(account);
        const auto state = LocalState::load(layout.stateFile());
        return state ? readStatus(*state, layout, account) : absent;
    });
}

Result<Done> LocalLibrary::destroy(const LocalProgress &progress) const
{
    return destroyLibrary(m_options, false, progress);
}

Result<Done> LocalLibrary::destroyUnfinished(const LocalProgress &progress) const
{
    return destroyLibrary(m_options, true, progress);
}

Result<Done> LocalLibrary::startServer(const QString &name, const LocalProgress &progress) const
{
    const auto started = startLibrary(m_options, name, progress);
    return started ? Result<Done>(Done()) : Result<Done>(started.error());
}

Result<Done> LocalLibrary::stopServer(const QString &name, const LocalProgress &progress) const
{
    return stopLibrary(m_options, name, progress);
}

} // namespace Branchline
