// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/backup.h"

#include "db/backup/backupfolder.h"
#include "db/backup/backupsupport.h"
#include "db/backup/clientprograms.h"
#include "db/backup/databasejobs.h"
#include "db/backup/rolescript.h"
#include "db/cluster/migrationtargets.h"
#include "db/cluster/restoremark.h"
#include "db/local/localsupport.h"
#include "db/schema/catalog.h"
#include "db/schema/history.h"
#include "db/schema/sessionlock.h"

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

namespace {

constexpr Statement snapshotFacts{
    "backup_snapshot"_L1,
    "SELECT pg_catalog.pg_export_snapshot() AS exported, pg_catalog.pg_current_snapshot()::text AS snapshot, "
    "       pg_catalog.pg_current_wal_insert_lsn()::text AS position, clock_timestamp() AS time"_L1};
constexpr Statement databaseFacts{
    "backup_database"_L1,
    "SELECT d.datlocprovider::text AS provider, d.datcollate::text AS collation, d.datctype::text AS ctype, "
    "       coalesce(to_jsonb(d) ->> 'daticulocale', to_jsonb(d) ->> 'datlocale', '') AS icu " // 15, 17
    "  FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()"_L1};
// Those of extensions come with them; unlogged ones hold what a crash may take.
constexpr Statement dumpedTables{
    "backup_tables"_L1,
    "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name "
    "  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
    " WHERE c.relkind = 'r' AND c.relpersistence = 'p' "
    "   AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' "
    "   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS e WHERE e.classid = "
    "'pg_catalog.pg_class'::regclass "
    "                      AND e.objid = c.oid AND e.deptype = 'e') "
    " ORDER BY 1"_L1};
constexpr Statement shardBranches{
    "backup_branches"_L1,
    "SELECT p.branch_id::text AS id, b.code, p.epoch FROM public.branch_placement AS p "
    "  JOIN public.branches AS b ON b.id = p.branch_id WHERE p.state <> 'retired' ORDER BY b.code"_L1};
// Our own, the staff's, whoever belongs to one of them, and all that own or may do something here.
constexpr Statement libraryRoles{
    "backup_roles"_L1,
    "WITH RECURSIVE named AS ("
    "    SELECT r.oid FROM pg_catalog.pg_roles AS r "
    "     WHERE r.rolname LIKE 'branchline\\_%' "
    "        OR pg_catalog.shobj_description(r.oid, 'pg_authid') LIKE 'Branchline staff %' "
    "        OR r.oid = (SELECT n.nspowner FROM pg_catalog.pg_namespace AS n WHERE n.nspname = 'public') "
    "        OR EXISTS (SELECT FROM pg_catalog.pg_shdepend AS s "
    "                    WHERE s.refclassid = 'pg_catalog.pg_authid'::regclass AND s.refobjid = r.oid "
    "                      AND s.dbid = (SELECT d.oid FROM pg_catalog.pg_database AS d "
    "                                     WHERE d.datname = pg_catalog.current_database())) "
    "    UNION SELECT m.member FROM pg_catalog.pg_auth_members AS m JOIN named AS g ON g.oid = m.roleid) "
    "SELECT r.rolname::text AS name, r.rolsuper FROM pg_catalog.pg_roles AS r JOIN named AS k ON k.oid = "
    "r.oid "
    " WHERE r.rolname !~ '^pg_' ORDER BY 1"_L1};

/// A database whose snapshot is held, so that everything about it is read at the same moment.
struct HeldDatabase
{
    Target target;
    std::unique_ptr<Session> session;
    std::unique_ptr<Transaction> transaction; ///< ends before the session
    QString exported;                         ///< for pg_dump --snapshot
    BackedUpDatabase facts;
};

class BackupMaking final
{
public:
    BackupMaking(const AdminAddresses &addresses, const QString &directory, const BackupOptions &options)
        : m_addresses(addresses)
        , m_options(options)
        , m_folder(directory, options.progress)
    {}

    BackupManifest run()
    {
        connect();
        m_manifest.program = QStringLiteral(BRANCHLINE_VERSION);
        m_manifest.begun = QDateTime::currentDateTimeUtc();
        holdSnapshots();
        {
            DatabaseJobs jobs(m_options.isCancelled);
            for (const HeldDatabase &database : m_databases)
                jobs.add([&, this] { dump(database, jobs); });
            describe(jobs);
            jobs.finish();
        }
        dumpRoles();
        keepRolesOfLibrary();
        m_databases.clear(); // lets go of the snapshots
        say(BackupText::tr("Computing checksums …"));
        m_manifest.finished = QDateTime::currentDateTimeUtc();
        writeManifest(m_manifest, m_folder.path(), BackupFolder::marker(), m_options.isCancelled);
        stopIfCancelled();
        m_folder.finish();
        return m_manifest;
    }

private:
    void say(const QString &sentence) const
    {
        const std::scoped_lock lock(m_saying);
        if (m_options.progress)
            m_options.progress(sentence);
    }

    void stopIfCancelled() const
    {
        if (m_options.isCancelled && m_options.isCancelled())
            throw DbException(cancelled());
    }

    void connect()
    {
        say(BackupText::tr("Connecting to main and the shards …"));
        int newest = ServerBinaries::oldestMajor;
        for (const Target &target : targetsOf(m_addresses)) { // shards first
            HeldDatabase database{.target = target,
                                  .session = openAsSuperuser(target.database, target.url, u"backup"_s),
                                  .transaction = {},
                                  .exported = {},
                                  .facts = {}};
            refuseUnfinishedRestore(*database.session);
            requireSchema(*database.session, target.role);
            const ServerFacts server = factsOf(*database.session);
            newest = std::max(newest, server.major);
            database.facts.name = database.facts.folder = target.database;
            database.facts.shard = target.shard;
            database.facts.server = server.identifier;
            database.facts.serverMajor = server.major;
            m_databases.push_back(std::move(database));
        }
        m_programs = ClientPrograms::find(m_options.programs, newest).valueOrThrow();
        m_manifest.dumpMajor = m_programs.major;
        takeSessionLock(*m_databases.back().session, setUpLock, [this] {
            say(BackupText::tr("Waiting for another init, migration, import or backup of this library …"));
        });
    }

    /// Nothing that takes time happens between the first and the last of them.
    void holdSnapshots()
    {
        for (HeldDatabase &database : m_databases) {
            database.transaction = std::make_unique<Transaction>(*database.session);
            database.session->execText(
                u"hold a snapshot"_s,
                u"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = pg_catalog"_s);
            const Rows rows = database.session->exec(snapshotFacts);
            const auto row = rows->row(0);
            database.exported = row.text("exported");
            database.facts.snapshot = row.text("snapshot");
            database.facts.position = row.text("position");
            database.facts.time = row.time("time");
        }
    }

    void dump(const HeldDatabase &database, const DatabaseJobs &jobs) const
    {
        say(BackupText::tr("Dumping %1 …").arg(database.target.database));
        runClient(
            {.program = m_programs.dump(),
             .arguments = {u"--format=directory"_s, u"--no-subscriptions"_s, u"--no-unlogged-table-data"_s,
                           u"--no-tablespaces"_s, u"--lock-wait-timeout=60s"_s,
                           u"--jobs=%1"_s.arg(m_options.jobs), "--snapshot="_L1 + database.exported,
                           u"--file=%1/%2"_s.arg(m_folder.path(), database.facts.folder)},
             .url = database.target.url,
             .database = database.target.database,
             .isCancelled = [&jobs] { return jobs.isStopped(); }});
        say(BackupText::tr("Dumped %1.").arg(database.target.database));
    }

    /// Meanwhile, in the same snapshots.
    void describe(const DatabaseJobs &jobs)
    {
        for (HeldDatabase &database : m_databases) {
            Session &session = *database.session;
            BackedUpDatabase &facts = database.facts;
            const Rows rows = session.exec(databaseFacts);
            const auto row = rows->row(0);
            facts.localeProvider = row.text("provider");
            facts.collation = row.text("collation");
            facts.characterType = row.text("ctype");
            facts.icuLocale = row.text("icu");
            facts.schemaVersion = schemaState(session, migrations(database.target.role)).version;
            facts.catalogHash = catalogHash(readCatalog(session));
            session.execText(u"search path"_s, u"SET LOCAL search_path = pg_catalog"_s);
            if (!facts.shard.isEmpty()) {
                const Rows branches = session.exec(shardBranches);
                for (int i = 0; i < branches->rowCount(); ++i) {
                    const auto branch = branches->row(i);
                    facts.branches.append({branch.text("id"), branch.text("code"), branch.number("epoch")});
                }
            }
            const Rows tables = session.exec(dumpedTables);
            for (int i = 0; i < tables->rowCount() && !jobs.isStopped(); ++i) {
                const QString name = tables->row(i).text("name");
                facts.rows.insert(name, countRows(session, name));
            }
            m_manifest.databases.append(facts);
        }
    }

    /// Once for each server: roles are no database's own.
    void dumpRoles()
    {
        for (const HeldDatabase &database : m_databases) {
            BackedUpServer &server = serverOf(database.facts.server);
            const Rows roles = database.session->exec(libraryRoles);
            for (int i = 0; i < roles->rowCount(); ++i) {
                const QString name = roles->row(i).text("name");
                if (!server.roles.contains(name))
                    server.roles << name;
                if (roles->row(i).flag("rolsuper") && !server.superusers.contains(name))
                    server.superusers << name;
            }
            if (!server.file.isEmpty())
                continue;
            stopIfCancelled();
            server.file = u"roles-%1.sql"_s.arg(m_manifest.servers.size());
            runClient({.program = m_programs.dumpAll(),
                       .arguments = {u"--roles-only"_s, "--file="_L1 + m_folder.path() + u'/' + server.file},
                       .url = database.target.url,
                       .database = database.target.database,
                       .isCancelled = m_options.isCancelled});
        }
    }

    /// The verifiers of others on the server are nobody's business, and superusers are never made.
    void keepRolesOfLibrary() const
    {
        for (const BackedUpServer &server : m_manifest.servers) {
            QStringList wanted = server.roles;
            wanted.removeIf([&](const QString &role) { return server.superusers.contains(role); });
            const QString name = m_folder.path() + u'/' + server.file;
            writeFile(name, scriptFor(roleStatements(QString::fromUtf8(contentOf(name))), wanted).toUtf8());
        }
    }

    BackedUpServer &serverOf(const QString &identifier)
    {
        for (BackedUpServer &server : m_manifest.servers) {
            if (server.identifier == identifier)
                return server;
        }
        m_manifest.servers.append({.identifier = identifier, .file = {}, .roles = {}, .superusers = {}});
        return m_manifest.servers.last();
    }

    const AdminAddresses &m_addresses;
    const BackupOptions &m_options;
    mutable std::mutex m_saying;
    BackupFolder m_folder;
    ClientPrograms m_programs;
    std::vector<HeldDatabase> m_databases; ///< shards first, main last
    BackupManifest m_manifest;
};

} // namespace

Result<BackupManifest> backUp(const AdminAddresses &addresses, const QString &directory,
                              const BackupOptions &options)
{
    try {
        return BackupMaking(addresses, directory, options).run();
    } catch (const DbException &e) {
        return e.error();
    }
}

} // namespace Branchline
