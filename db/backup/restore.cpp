// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/restore.h"

#include "db/backup/backupsupport.h"
#include "db/backup/databasejobs.h"
#include "db/backup/restoreplan.h"
#include "db/backup/restoreroles.h"
#include "db/cluster/migrationtargets.h"

#include <QDir>

#include <algorithm>
#include <numeric>

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

namespace {

// What changes_since() tells one run of a server from another by.
constexpr Statement forgetMarks{"forget_marks"_L1, "SELECT pg_catalog.pg_stat_reset_shared('bgwriter')"_L1};

class Restoring final
{
public:
    Restoring(const AdminAddresses &addresses, const BackupManifest &backup, const QString &directory,
              const RestoreOptions &options)
        : m_addresses(addresses)
        , m_backup(backup)
        , m_directory(QDir::cleanPath(QDir::current().absoluteFilePath(directory)))
        , m_options(options)
        , m_plan(addresses, backup, options.only)
    {}

    RestoreReport run()
    {
        say(BackupText::tr("Connecting to the servers …"));
        m_plan.connect(
            m_options.run.programs,
            [this] { say(BackupText::tr("Waiting for another restore on this server …")); },
            m_options.mayBeFinished);
        m_report.newerBranches = m_plan.newerBranches();
        stopIfCancelled();
        noteFilled();
        if (m_report.filledBefore.size() < static_cast<qsizetype>(m_plan.targets().size())) {
            // From here on something is changed.
            makeRoles();
            makeDatabases();
            restoreRows();
            markFilled();
        }
        std::sort(m_report.databases.begin(), m_report.databases.end(),
                  [](const RestoredDatabase &a, const RestoredDatabase &b) { return a.name < b.name; });
        if (!m_options.isToMove)
            m_report.resumed = openRestored(m_addresses, m_options).valueOrThrow();
        return std::move(m_report);
    }

private:
    void say(const QString &sentence) const
    {
        const std::scoped_lock lock(m_saying);
        if (m_options.run.progress)
            m_options.run.progress(sentence);
    }

    void stopIfCancelled() const
    {
        if (m_options.run.isCancelled && m_options.run.isCancelled())
            throw DbException(cancelled());
    }

    /// Their rows were all there before anybody was let in, and there may be newer ones.
    void noteFilled()
    {
        for (const RestoreTarget &target : m_plan.targets()) {
            if (!target.isFilled())
                continue;
            say(BackupText::tr("An earlier run has filled %1; going on.").arg(target.source.name));
            m_report.filledBefore << target.source.name;
            m_report.databases.append(
                {.name = target.source.name,
                 .time = target.source.time,
                 .position = target.source.position,
                 .rows = std::accumulate(target.source.rows.begin(), target.source.rows.end(), qint64(0)),
                 .differences = {}});
        }
    }

    void makeRoles()
    {
        say(BackupText::tr("Making logins …"));
        for (const auto &[identifier, server] : m_plan.servers()) {
            RoleRestore roles(m_backup, m_directory, *server, m_options.localStaffLogin,
                              m_plan.servers().size() > 1);
            for (const RestoreTarget &target : m_plan.targets()) {
                if (target.serverIdentifier == identifier && !target.isFilled())
                    roles.need(target.source);
            }
            roles.make();
            m_report.madeRoles << roles.made();
            m_report.keptRoles << roles.kept();
            m_report.strangers << roles.strangers();
            m_report.leftOutMemberships << roles.leftOut();
            m_standIns.emplace(identifier, roles.standIns());
        }
    }

    void makeDatabases()
    {
        say(BackupText::tr("Making databases …"));
        for (const RestoreTarget &target : m_plan.targets()) { // shards first
            stopIfCancelled();
            if (!target.isFilled())
                makeTarget(target, m_backup.identifier);
        }
    }

    /// From here on they are a library's. All of a server at once: nobody is let in before all are marked.
    void markFilled()
    {
        for (const auto &[identifier, server] : m_plan.servers()) {
            QStringList names;
            for (const RestoreTarget &target : m_plan.targets()) {
                if (target.serverIdentifier == identifier && !target.isFilled())
                    names << target.url.database();
            }
            setRestoreMark(*server, names, {RestoreMark::State::Filled, m_backup.identifier});
        }
    }

    void restoreRows()
    {
        DatabaseJobs jobs(m_options.run.isCancelled);
        for (const RestoreTarget &target : m_plan.targets()) {
            if (!target.isFilled())
                jobs.add([&, this] { restoreOne(target, jobs); });
        }
        jobs.finish();
        for (const auto &[identifier, server] : m_plan.servers())
            dropStandIns(*server, m_standIns.at(identifier));
    }

    void restoreOne(const RestoreTarget &target, const DatabaseJobs &jobs)
    {
        say(BackupText::tr("Restoring %1 …").arg(target.source.name));
        runClient({.program = m_plan.programs().restore(),
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

    const AdminAddresses &m_addresses;
    const BackupManifest &m_backup;
    const QString m_directory;
    const RestoreOptions &m_options;
    mutable std::mutex m_saying; ///< and what the jobs report
    RestoreReport m_report;
    RestorePlan m_plan;
    std::map<QString, QStringList> m_standIns; ///< by server
};

/// Main must name the new places of its shards before anybody may sign in, or desks would go on with the old
/// ones.
void writeShardAddresses(const AdminAddresses &addresses)
{
    const auto main = openAsSuperuser(u"main"_s, addresses.main, u"restore"_s);
    if (!isUnfinishedRestore(*main))
        return;
    for (const auto &[name, url] : addresses.shards)
        writeShardAddress(*main, name, url, *openAsSuperuser(name + "_shard"_L1, url, u"restore"_s));
}

/// A desk that was at work with what was here before must not ask for changes since then: those that were
/// lost are in no log, and it would go on showing them.
void endChangeMarks(const AdminAddresses &addresses)
{
    for (const Target &target : targetsOf(addresses)) {
        const auto session = openAsSuperuser(target.database, target.url, u"restore"_s);
        if (isUnfinishedRestore(*session))
            session->exec(forgetMarks);
    }
}

/// All of a server at once; a run that is killed in between goes on, since the others bear their mark still.
void markFinished(const AdminAddresses &addresses)
{
    struct Server
    {
        std::unique_ptr<Session> session;
        QStringList databases;
        QString backup;
    };
    std::map<QString, Server> servers;
    for (const Target &target : targetsOf(addresses)) {
        auto session = openAsSuperuser(target.database, target.url, u"restore"_s);
        const RestoreMark mark = restoreMark(*session, target.url.database());
        if (mark.state != RestoreMark::State::Filled)
            continue;
        Server &server = servers[factsOf(*session).identifier];
        server.databases << target.url.database();
        server.backup = mark.backup;
        server.session = std::move(session);
    }
    for (const auto &[identifier, server] : servers)
        setRestoreMark(*server.session, server.databases, {RestoreMark::State::Finished, server.backup});
}

} // namespace

QStringList RestoreOptions::shardsOnly() const
{
    QStringList shards;
    for (const QString &database : only) {
        if (database == "main"_L1)
            return {}; // what it lost concerns all of them
        shards << QString(database).remove("_shard"_L1);
    }
    return shards;
}

Result<RestoreReport> restoreLibrary(const AdminAddresses &addresses, const BackupManifest &backup,
                                     const QString &directory, const RestoreOptions &options)
{
    try {
        return Restoring(addresses, backup, directory, options).run();
    } catch (const DbException &e) {
        return e.error();
    }
}

Result<std::vector<ResumedTable>> openRestored(const AdminAddresses &addresses, const RestoreOptions &options)
{
    try {
        std::vector<ResumedTable> resumed;
        writeShardAddresses(addresses);
        endChangeMarks(addresses);
        initialise(addresses, {.localStaffLogin = options.localStaffLogin,
                               .resume = true,
                               .resumeOnly = options.shardsOnly(),
                               .isRestore = true,
                               .resumed = [&](const ResumedTable &table) { resumed.push_back(table); },
                               .echo = options.run.echo,
                               .progress = options.run.progress})
            .orThrow();
        markFinished(addresses);
        return resumed;
    } catch (const DbException &e) {
        return e.error();
    }
}

} // namespace Branchline
