// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/restoreplan.h"

#include "db/backup/backupsupport.h"
#include "db/backup/restoreneighbours.h"
#include "db/cluster/migrationtargets.h"
#include "db/cluster/replicationsource.h"
#include "db/schema/history.h"
#include "db/schema/sessionlock.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr int restoreLock = 1279422834; // "LBre", in the database "postgres" of main's server
constexpr int serverLock = 1279422835;  // in that of each server that is restored to

QStringList namesOf(const BackupManifest &manifest)
{
    QStringList names;
    for (const BackedUpDatabase &database : manifest.databases)
        names << database.name;
    return names;
}

std::shared_ptr<Session> openServer(const QString &name, const ConnectionUrl &url)
{
    return openAsSuperuser(name, url.with(u"dbname"_s, u"postgres"_s), u"restore"_s);
}

} // namespace

RestorePlan::RestorePlan(const AdminAddresses &addresses, const BackupManifest &backup, QStringList only)
    : m_addresses(addresses)
    , m_backup(backup)
    , m_only(std::move(only))
{
    requireKnownSchemas();
    chooseTargets();
}

void RestorePlan::connect(const BinarySearch &search, const std::function<void()> &tellOfWaiting,
                          bool mayBeFinished)
{
    std::map<std::pair<QString, QString>, QString> used;
    for (RestoreTarget &target : m_targets) {
        connectServer(target);
        const auto [it, isNew] =
            used.emplace(std::pair(target.serverIdentifier, target.url.database()), target.source.name);
        if (!isNew) {
            failBackup(DbErrorKind::Configuration,
                       BackupText::tr("The addresses of %1 and %2 are the same database.")
                           .arg(it->second, target.source.name),
                       BackupText::tr("Give each a database of its own."));
        }
    }
    m_programs = ClientPrograms::find(search, m_backup.dumpMajor).valueOrThrow();
    m_lockHolder = openServer(u"main"_s, m_addresses.main);
    takeSessionLock(*m_lockHolder, restoreLock, tellOfWaiting);
    // What a killed run left at work in a server, such as CREATE DATABASE, ends first.
    for (const auto &[identifier, server] : m_servers)
        takeSessionLock(*server, serverLock, tellOfWaiting);
    inspectTargets(mayBeFinished);
    checkSettings();
    if (isPartial())
        checkLibrary();
}

/// A database that is finished already is one of an interrupted restore only where another is not.
void RestorePlan::inspectTargets(bool mayBeFinished)
{
    using State = RestoreMark::State;
    for (RestoreTarget &target : m_targets)
        inspectTarget(target, m_backup.identifier);
    const bool isUnfinished =
        mayBeFinished || std::any_of(m_targets.begin(), m_targets.end(), [](const RestoreTarget &target) {
            return target.mark.state == State::Filled;
        });
    for (const RestoreTarget &target : m_targets) {
        if (target.mark.state == State::Finished && !isUnfinished)
            refuseContent(target);
    }
}

/// Steps are added by this program, but none can be taken away.
void RestorePlan::requireKnownSchemas() const
{
    for (const BackedUpDatabase &database : m_backup.databases) {
        const auto role = database.shard.isEmpty() ? DatabaseRole::Main : DatabaseRole::Shard;
        if (database.schemaVersion <= schemaVersion(role))
            continue;
        failBackup(DbErrorKind::SchemaMismatch,
                   BackupText::tr("%1 in the backup has schema version %2, and this program knows %3.")
                       .arg(database.name)
                       .arg(database.schemaVersion)
                       .arg(schemaVersion(role)),
                   BackupText::tr("Install a newer Branchline, one whose “branchlinectl migrate status” says "
                                  "%1 or more for %2.")
                       .arg(database.schemaVersion)
                       .arg(database.shard.isEmpty() ? u"main"_s : BackupText::tr("shards")));
    }
}

/// Which databases are made, and where. The library is the backup's: as many shards, and their names.
void RestorePlan::chooseTargets()
{
    for (const Target &target : targetsOf(m_addresses)) {
        if (!target.shard.isEmpty() && !isPartial() && !m_backup.database(target.database)) {
            failBackup(DbErrorKind::Configuration,
                       BackupText::tr("The settings name the shard %1, and the backup has none of that name.")
                           .arg(target.shard),
                       BackupText::tr("Name the backup's shards: %1.").arg(m_backup.shards().join(", "_L1)));
        }
        if (!isPartial() || m_only.contains(target.database))
            addTarget(target);
    }
    const QStringList wanted = isPartial() ? m_only : namesOf(m_backup);
    for (const QString &name : wanted) {
        if (std::none_of(m_targets.begin(), m_targets.end(),
                         [&](const RestoreTarget &target) { return target.source.name == name; })) {
            failBackup(DbErrorKind::Configuration, BackupText::tr("The address of %1 is not set.").arg(name),
                       BackupText::tr(
                           "SHARDING_BRANCHES and DATABASE_URL_<NAME> say where the shards are to be; the "
                           "backup has %1.")
                           .arg(m_backup.shards().join(", "_L1)),
                       name);
        }
    }
}

void RestorePlan::addTarget(const Target &target)
{
    const BackedUpDatabase *source = m_backup.database(target.database);
    if (!source) {
        failBackup(DbErrorKind::NotFound, BackupText::tr("The backup has no %1.").arg(target.database),
                   BackupText::tr("It has %1.").arg(namesOf(m_backup).join(", "_L1)));
    }
    m_targets.push_back(
        {.source = *source, .url = target.url, .server = {}, .serverIdentifier = {}, .exists = false});
}

void RestorePlan::connectServer(RestoreTarget &target)
{
    target.server = openServer(target.source.name, target.url);
    const ServerFacts facts = factsOf(*target.server);
    if (facts.major < target.source.serverMajor) {
        failBackup(DbErrorKind::Configuration,
                   BackupText::tr("%1 was backed up from PostgreSQL %2, and the server for it is version %3.")
                       .arg(target.source.name)
                       .arg(target.source.serverMajor)
                       .arg(facts.major),
                   BackupText::tr("Restore into PostgreSQL %1 or newer.").arg(target.source.serverMajor),
                   target.source.name);
    }
    target.serverIdentifier = facts.identifier;
    const auto [known, isNew] = m_servers.emplace(facts.identifier, target.server);
    if (!isNew)
        target.server = known->second;
}

/// What init would refuse in the end, hours later.
void RestorePlan::checkSettings() const
{
    if (!isLocal(m_addresses.main))
        refuseOtherLibrary(*m_lockHolder, m_addresses.main.database());
    for (const RestoreTarget &target : m_targets) {
        const auto shards = static_cast<int>(m_addresses.shards.size());
        const bool isMain = target.source.shard.isEmpty();
        const auto together =
            std::count_if(m_targets.begin(), m_targets.end(), [&](const RestoreTarget &other) {
                return !other.source.shard.isEmpty() && other.serverIdentifier == target.serverIdentifier;
            });
        requireReplicationSettings(*target.server, isMain, isMain ? shards : static_cast<int>(together));
    }
}

/// With a part of a library, the rest must be there and belong to it.
void RestorePlan::checkLibrary()
{
    std::vector<std::pair<Target, std::unique_ptr<Session>>> others;
    for (const Target &other : targetsOf(m_addresses)) {
        if (m_only.contains(other.database))
            continue;
        auto session = openAsSuperuser(other.database, other.url, u"restore"_s);
        refuseUnfinishedRestore(*session);
        requireSchema(*session, other.role);
        others.emplace_back(other, std::move(session));
    }
    for (const RestoreTarget &target : m_targets) {
        if (target.isFilled())
            continue; // compared by the run that filled it, and people may have worked since
        for (const auto &[other, session] : others) {
            if (other.shard.isEmpty())
                m_newerBranches << compareWithMain(*session, target);
            else if (target.source.shard.isEmpty())
                compareWithShard(*session, *m_backup.database(other.database));
        }
        for (const auto &[other, session] : others) {
            if (target.source.shard.isEmpty())
                requireMainGone(*session, target);
        }
    }
}

} // namespace Branchline::Internal
