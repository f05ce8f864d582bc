// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/restore.h"

#include "db/backup/backupsupport.h"
#include "db/backup/clientprograms.h"
#include "db/backup/databasejobs.h"
#include "db/backup/restoreroles.h"
#include "db/backup/restoretarget.h"
#include "db/cluster/migrationtargets.h"
#include "db/routing/placement.h"
#include "db/schema/history.h"
#include "db/schema/sessionlock.h"

#include <QDir>

#include <algorithm>
#include <map>

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

namespace {

constexpr int restoreLock = 1279422834; // "LBre", in the database "postgres" of main's server

constexpr Statement branchesOnShard{
    "restore_branches_on_shard"_L1,
    "SELECT p.branch_id::text AS id, b.code, p.epoch FROM public.branch_placement AS p "
    "  JOIN public.branches AS b ON b.id = p.branch_id WHERE p.shard_id = ?::uuid ORDER BY b.code"_L1};

class Restoring final
{
public:
    Restoring(const AdminAddresses &addresses, const BackupManifest &backup, const QString &directory,
              const RestoreOptions &options)
        : m_addresses(addresses)
        , m_backup(backup)
        , m_directory(QDir::cleanPath(QDir::current().absoluteFilePath(directory)))
        , m_options(options)
    {}

    RestoreReport run()
    {
        requireKnownSchemas();
        chooseTargets();
        connect();
        checkLibrary();
        // From here on something is changed.
        makeRolesAndDatabases();
        restoreRows();
        openLibrary();
        return std::move(m_report);
    }

private:
    void say(const QString &sentence) const
    {
        const std::scoped_lock lock(m_saying);
        if (m_options.run.progress)
            m_options.run.progress(sentence);
    }

    [[nodiscard]] bool isPartial() const { return !m_options.only.isEmpty(); }

    /// Steps are added by this program, but none can be taken away.
    void requireKnownSchemas() const
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
                       BackupText::tr("Install Branchline %1 or a newer one.").arg(m_backup.program));
        }
    }

    /// Which databases are made, and where. The library is the backup's: as many shards, and their names.
    void chooseTargets()
    {
        for (const Target &target : targetsOf(m_addresses)) {
            if (!target.shard.isEmpty() && !isPartial() && !m_backup.database(target.database)) {
                failBackup(
                    DbErrorKind::Configuration,
                    BackupText::tr("The settings name the shard %1, and the backup has none of that name.")
                        .arg(target.shard),
                    BackupText::tr("Name the backup's shards: %1.").arg(m_backup.shards().join(", "_L1)));
            }
            if (!isPartial() || m_options.only.contains(target.database))
                addTarget(target);
        }
        const QStringList wanted = isPartial() ? m_options.only : namesOf(m_backup);
        for (const QString &name : wanted) {
            if (std::none_of(m_targets.begin(), m_targets.end(),
                             [&](const RestoreTarget &target) { return target.source.name == name; })) {
                failBackup(
                    DbErrorKind::Configuration, BackupText::tr("The address of %1 is not set.").arg(name),
                    BackupText::tr(
                        "SHARDING_BRANCHES and DATABASE_URL_<NAME> say where the shards are to be; the "
                        "backup has %1.")
                        .arg(m_backup.shards().join(", "_L1)),
                    name);
            }
        }
    }

    void addTarget(const Target &target)
    {
        const BackedUpDatabase *source = m_backup.database(target.database);
        if (!source) {
            failBackup(DbErrorKind::NotFound, BackupText::tr("The backup has no %1.").arg(target.database),
                       BackupText::tr("It has %1.").arg(namesOf(m_backup).join(", "_L1)));
        }
        m_targets.push_back({.source = *source,
                             .url = target.url,
                             .server = {},
                             .serverIdentifier = {},
                             .user = {},
                             .isUnfinished = false,
                             .exists = false});
    }

    static QStringList namesOf(const BackupManifest &manifest)
    {
        QStringList names;
        for (const BackedUpDatabase &database : manifest.databases)
            names << database.name;
        return names;
    }

    /// Every server is reached and every database found fit before the first change.
    void connect()
    {
        say(BackupText::tr("Connecting to the servers …"));
        int newest = m_backup.dumpMajor;
        std::map<std::pair<QString, QString>, QString> used;
        for (RestoreTarget &target : m_targets) {
            connectServer(target);
            if (const auto [it, isNew] = used.emplace(
                    std::pair(target.serverIdentifier, target.url.database()), target.source.name);
                !isNew) {
                failBackup(DbErrorKind::Configuration,
                           BackupText::tr("The addresses of %1 and %2 are the same database.")
                               .arg(it->second, target.source.name),
                           BackupText::tr("Give each a database of its own."));
            }
        }
        m_programs = ClientPrograms::find(m_options.run.programs, newest).valueOrThrow();
        const auto mainServer = openServer(u"main"_s, m_addresses.main);
        takeSessionLock(*mainServer, restoreLock,
                        [this] { say(BackupText::tr("Waiting for another restore on this server …")); });
        m_lockHolder = mainServer;
        for (RestoreTarget &target : m_targets)
            inspectTarget(target);
        checkSettings();
    }

    static std::shared_ptr<Session> openServer(const QString &name, const ConnectionUrl &url)
    {
        return openAsSuperuser(name, url.with(u"dbname"_s, u"postgres"_s), u"restore"_s);
    }

    void connectServer(RestoreTarget &target)
    {
        target.server = openServer(target.source.name, target.url);
        const ServerFacts facts = factsOf(*target.server);
        if (facts.major < target.source.serverMajor) {
            failBackup(
                DbErrorKind::Configuration,
                BackupText::tr("%1 was backed up from PostgreSQL %2, and the server for it is version %3.")
                    .arg(target.source.name)
                    .arg(target.source.serverMajor)
                    .arg(facts.major),
                BackupText::tr("Restore into PostgreSQL %1 or newer.").arg(target.source.serverMajor),
                target.source.name);
        }
        target.serverIdentifier = facts.identifier;
        target.user = facts.user;
        const auto [known, isNew] = m_servers.emplace(facts.identifier, target.server);
        if (!isNew)
            target.server = known->second;
    }

    /// What init would refuse in the end, hours later.
    void checkSettings() const
    {
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
    void checkLibrary()
    {
        if (!isPartial())
            return;
        for (const Target &target : targetsOf(m_addresses)) {
            if (m_options.only.contains(target.database))
                continue;
            const auto session = openAsSuperuser(target.database, target.url, u"restore"_s);
            requireSchema(*session, target.role);
            if (target.shard.isEmpty())
                checkPlacements(*session);
        }
    }

    /// A branch that has moved away since would come back to life with old loans.
    void checkPlacements(Session &main)
    {
        for (const RestoreTarget &target : m_targets) {
            const Rows rows = main.exec(branchesOnShard, {shardIdForName(target.source.shard)});
            QMap<QString, qint64> placed;
            for (int i = 0; i < rows->rowCount(); ++i)
                placed.insert(rows->row(i).text("id"), rows->row(i).number("epoch"));
            for (const BackedUpBranch &branch : target.source.branches) {
                if (placed.value(branch.id, -1) == branch.epoch)
                    continue;
                failBackup(
                    DbErrorKind::Conflict,
                    BackupText::tr(
                        "The branch “%1” is in the backup of %2, and main says that it does not live "
                        "there, or has moved since.")
                        .arg(branch.code, target.source.name),
                    BackupText::tr("Check that backup and main are of the same library. After a move take a "
                                   "backup that was made later."),
                    target.source.name);
            }
            for (int i = 0; i < rows->rowCount(); ++i) {
                const QString id = rows->row(i).text("id");
                if (std::none_of(target.source.branches.begin(), target.source.branches.end(),
                                 [&](const BackedUpBranch &branch) { return branch.id == id; }))
                    m_report.newerBranches << rows->row(i).text("code");
            }
        }
    }

    void makeRolesAndDatabases()
    {
        say(BackupText::tr("Making logins and databases …"));
        for (const auto &[identifier, server] : m_servers) {
            RoleRestore roles(m_backup, m_directory, *server, m_servers.size() > 1);
            for (const RestoreTarget &target : m_targets) {
                if (target.serverIdentifier == identifier)
                    roles.need(target.source);
            }
            roles.make();
            m_report.madeRoles << roles.made();
            m_report.keptRoles << roles.kept();
            m_standIns.emplace(identifier, roles.standIns());
        }
        for (const RestoreTarget &target : m_targets) // shards first
            makeTarget(target);
    }

    void restoreRows()
    {
        DatabaseJobs jobs(m_options.run.isCancelled);
        for (const RestoreTarget &target : m_targets)
            jobs.add([&, this] { restoreOne(target, jobs); });
        jobs.finish();
        for (const auto &[identifier, server] : m_servers)
            dropStandIns(*server, m_standIns.at(identifier));
        std::sort(m_report.databases.begin(), m_report.databases.end(),
                  [](const RestoredDatabase &a, const RestoredDatabase &b) { return a.name < b.name; });
    }

    void restoreOne(const RestoreTarget &target, const DatabaseJobs &jobs)
    {
        say(BackupText::tr("Restoring %1 …").arg(target.source.name));
        runClient({.program = m_programs.restore(),
                   .arguments = {u"--exit-on-error"_s, u"--no-subscriptions"_s, u"--no-tablespaces"_s,
                                 u"--jobs=%1"_s.arg(m_options.run.jobs),
                                 u"%1/%2"_s.arg(m_directory, target.source.folder)},
                   .url = target.url,
                   .database = target.source.name,
                   .isCancelled = [&jobs] { return jobs.isStopped(); }});
        const auto session = openAsSuperuser(target.source.name, target.url, u"restore"_s);
        takeOver(*session, m_standIns.at(target.serverIdentifier));
        session->execText(u"analyse"_s, u"ANALYZE"_s);
        RestoredDatabase done{.name = target.source.name,
                              .time = target.source.time,
                              .position = target.source.position,
                              .rows = 0,
                              .differences = {}};
        for (auto it = target.source.rows.begin(); it != target.source.rows.end(); ++it) {
            const qint64 rows = countRows(*session, it.key());
            done.rows += rows;
            if (rows != it.value()) {
                done.differences << BackupText::tr("%1 of %2 has %3 rows, and the backup says %4.")
                                        .arg(it.key(), target.source.name)
                                        .arg(rows)
                                        .arg(it.value());
            }
        }
        say(BackupText::tr("Restored %1: %2 rows.").arg(target.source.name).arg(done.rows));
        const std::scoped_lock lock(m_saying);
        m_report.databases.append(done);
    }

    /// Main must name the new places of its shards before anybody may sign in, or desks would go on with the
    /// old ones.
    void openLibrary()
    {
        if (m_options.only.isEmpty() || m_options.only.contains("main"_L1)) {
            const auto main = openAsSuperuser(u"main"_s, m_addresses.main, u"restore"_s);
            for (const auto &[name, url] : m_addresses.shards) {
                const auto shard = openAsSuperuser(name + "_shard"_L1, url, u"restore"_s);
                writeShardAddress(*main, name, url, *shard);
            }
        }
        initialise(m_addresses,
                   {.localStaffLogin = m_options.localStaffLogin,
                    .resume = true,
                    .isRestore = true,
                    .resumed = [this](const ResumedTable &table) { m_report.resumed.push_back(table); },
                    .echo = m_options.run.echo,
                    .progress = [this](const QString &sentence) { say(sentence); }})
            .orThrow();
        for (const RestoreTarget &target : m_targets)
            markFinished(target);
    }

    const AdminAddresses &m_addresses;
    const BackupManifest &m_backup;
    const QString m_directory;
    const RestoreOptions &m_options;
    mutable std::mutex m_saying; ///< and what the jobs report
    RestoreReport m_report;
    ClientPrograms m_programs;
    std::vector<RestoreTarget> m_targets; ///< shards first, main last
    std::map<QString, std::shared_ptr<Session>> m_servers;
    std::shared_ptr<Session> m_lockHolder;
    std::map<QString, QStringList> m_standIns; ///< by server
};

} // namespace

Result<RestoreReport> restoreLibrary(const AdminAddresses &addresses, const BackupManifest &backup,
                                     const QString &directory, const RestoreOptions &options)
{
    try {
        return Restoring(addresses, backup, directory, options).run();
    } catch (const DbException &e) {
        return e.error();
    }
}

} // namespace Branchline
