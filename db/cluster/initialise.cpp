// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/initialise.h"

#include "db/cluster/precheck.h"
#include "db/cluster/replication.h"
#include "db/cluster/restoremark.h"
#include "db/cluster/roles.h"
#include "db/history/retention.h"
#include "db/routing/placement.h"
#include "db/schema/sessionlock.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QSet>

#include <libpq-fe.h>

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

namespace {

constexpr Statement serverFacts{"server_facts"_L1,
                                "SELECT (SELECT system_identifier FROM pg_control_system())::text AS server, "
                                "       current_setting('server_version_num')::int AS version, "
                                "       current_setting('server_encoding') AS encoding"_L1};
constexpr Statement identifyShard{"identify_shard"_L1, "SELECT public.identify_shard(?::uuid, ?::text)"_L1};
constexpr Statement registerShard{
    "register_shard"_L1,
    "SELECT public.register_shard(?::uuid, ?::text, ?::text, ?::text, ?::text, ?::int)"_L1};
constexpr Statement addStaff{
    "add_staff_first"_L1,
    "SELECT public.add_staff(?::text, ?::text) WHERE NOT EXISTS (SELECT FROM public.staff WHERE login = ?::text)"_L1};
constexpr Statement staffId{"staff_id"_L1, "SELECT id FROM public.staff WHERE login = ?::text"_L1};
// All rights at every branch, for a login that never had any: what was revoked stays revoked.
constexpr Statement firstRights{
    "first_rights"_L1,
    "SELECT public.assign_right(s.login, NULL) FROM public.staff AS s WHERE s.login = ?::text "
    "AND NOT EXISTS (SELECT FROM public.staff_assignments AS a WHERE a.login = s.login)"_L1};
constexpr Statement firstUserTypes{"first_user_types"_L1,
                                   "SELECT public.add_user_type(t.code, t.name) "
                                   "FROM (VALUES ('adult', ?::text), ('child', ?::text)) AS t (code, name) "
                                   "WHERE NOT EXISTS (SELECT FROM public.user_types)"_L1};
constexpr Statement firstMaterialType{"first_material_type"_L1,
                                      "SELECT public.add_material_type('book', ?::text) "
                                      "WHERE NOT EXISTS (SELECT FROM public.material_types)"_L1};
constexpr Statement firstRule{"first_loan_rule"_L1,
                              "INSERT INTO public.loan_rules (loan_days, max_renewals) SELECT 21, 2 "
                              "WHERE NOT EXISTS (SELECT FROM public.loan_rules)"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Initialise", text);
}

/// Host and port, or lists of them, as every workstation will use them: with nothing left to defaults.
std::pair<QString, QString> placeOf(const ConnectionUrl &url, const Session &session)
{
    QString host = url.host().isEmpty() ? url.value(u"hostaddr"_s) : url.host();
    // An address without a host means libpq's own socket folder: ask which one that was.
    if (host.isEmpty())
        host = QString::fromUtf8(PQhost(session.handle()));
    QStringList ports = url.port().split(u',');
    ports.replaceInStrings(QRegularExpression(u"\\A\\z"_s), u"5432"_s);
    return {host, ports.join(u',')};
}

struct Shard
{
    QString name;
    std::unique_ptr<Session> session;
    QString server;
};

class SetUp
{
public:
    SetUp(const AdminAddresses &addresses, const InitOptions &options)
        : m_addresses(addresses)
        , m_options(options)
        , m_migration({.isDriftAccepted = options.isRestore, .progress = options.progress})
    {}

    void run()
    {
        connect();
        takeSetUpLock(*m_main, m_options.progress, m_options.waitForOthers);
        lookBefore();
        makeRoles();
        migrate();
        nameShards();
        replicate();
        letPeopleIn();
        seed();
    }

private:
    void say(const QString &step) const
    {
        if (m_options.progress)
            m_options.progress(step);
    }

    std::unique_ptr<Session> open(const QString &database, const ConnectionUrl &url) const
    {
        // Migrations and slots take their time; nobody waits at a desk for them. Only a frozen server ends
        // it.
        auto session = std::make_unique<Session>(
            SessionSettings{.database = database,
                            .url = url,
                            .application = u"branchline %1 init"_s.arg(QSysInfo::machineHostName()),
                            .statementTimeout = std::chrono::milliseconds(0),
                            .lockTimeout = std::chrono::milliseconds(0),
                            .echo = m_options.echo,
                            .patience = {m_options.patience, m_options.progress}});
        session->open();
        return session;
    }

    /// Every database must be reachable and fit before the first change.
    QString checked(Session &session) const
    {
        if (!mayDoAll(session)) {
            throw DbException(
                {.kind = DbErrorKind::NotAllowed,
                 .message =
                     tr("init needs a superuser of %1: PostgreSQL 15 lets nobody else make subscriptions.")
                         .arg(session.database()),
                 .hint = tr("Name a superuser in the database's address."),
                 .database = session.database()});
        }
        if (!m_options.isRestore)
            Internal::refuseUnfinishedRestore(session);
        const Rows rows = session.exec(serverFacts);
        const auto facts = rows->row(0);
        if (facts.number("version") < 150000 || facts.text("encoding") != "UTF8"_L1) {
            throw DbException(
                {.kind = DbErrorKind::Configuration,
                 .message =
                     tr("%1 must be a UTF-8 database on PostgreSQL 15 or newer.").arg(session.database()),
                 .hint = tr("Create it with ENCODING 'UTF8' on a newer server."),
                 .database = session.database()});
        }
        return facts.text("server");
    }

    void connect()
    {
        say(tr("Connecting to main and the shards …"));
        m_main = open(u"main"_s, m_addresses.main);
        m_mainServer = checked(*m_main);
        for (const auto &[name, url] : m_addresses.shards) {
            auto session = open(name + "_shard"_L1, url);
            QString server = checked(*session);
            m_shards.push_back({name, std::move(session), std::move(server)});
        }
        requireReplicationSettings(*m_main, true, static_cast<int>(m_shards.size()));
        for (const Shard &shard : m_shards) {
            const auto together = std::count_if(m_shards.begin(), m_shards.end(),
                                                [&](const Shard &s) { return s.server == shard.server; });
            requireReplicationSettings(*shard.session, false, static_cast<int>(together));
        }
    }

    void makeRoles()
    {
        say(tr("Making roles …"));
        QSet<QString> served;
        const auto onServer = [&](Session &session, const QString &server) {
            if (served.contains(server))
                return;
            served.insert(server);
            ensureRoles(session);
            if (!m_options.localStaffLogin.isEmpty())
                ensureStaffLogin(session, m_options.localStaffLogin);
        };
        onServer(*m_main, m_mainServer);
        prepare(*m_main);
        for (const Shard &shard : m_shards) {
            onServer(*shard.session, shard.server);
            prepare(*shard.session);
        }
    }

    [[nodiscard]] Session &sessionOf(const Target &target) const
    {
        if (target.role == DatabaseRole::Main)
            return *m_main;
        return *std::find_if(m_shards.begin(), m_shards.end(), [&](const Shard &shard) {
                    return shard.name == target.shard;
                })->session;
    }

    /// Before the first change: no database is newer, and where steps are missing they can be made
    /// everywhere.
    void lookBefore() const
    {
        bool isBehind = false;
        for (const Target &target : targetsOf(m_addresses)) {
            const MigrationPlan &plan = planOf(target, m_migration);
            const SchemaState state = schemaState(sessionOf(target), plan);
            if (state.isNewerThan(plan))
                throw DbException(newerSchema(sessionOf(target), state.version, schemaVersion(plan)));
            isBehind = isBehind || (state.version > 0 && state.pendingSteps() > 0);
        }
        if (!isBehind)
            return;
        const QStringList obstacles = obstaclesOfMigration();
        if (!obstacles.isEmpty()) {
            throw DbException(
                {.kind = DbErrorKind::SchemaMismatch,
                 .message = tr("Nothing was changed. %1").arg(obstacles.join(u' ')),
                 .hint = tr("“branchlinectl migrate plan” says more. Put that right, or migrate with "
                            "“branchlinectl migrate up” first, which can accept changes by hand.")});
        }
    }

    [[nodiscard]] QStringList obstaclesOfMigration() const
    {
        const std::vector<Target> targets = targetsOf(m_addresses);
        std::vector<DatabaseSchema> schemas;
        for (const Target &target : targets) {
            keepMigratorsOut(sessionOf(target), m_options.progress);
            schemas.push_back(look(sessionOf(target), target, planOf(target, m_migration)));
        }
        QStringList obstacles = obstaclesOf(schemas, m_migration);
        if (!obstacles.isEmpty())
            return obstacles;
        for (size_t i = 0; i < targets.size(); ++i)
            obstacles << failureOfDryRun(sessionOf(targets[i]), targets[i], schemas[i], m_migration);
        obstacles.removeAll(QString());
        return obstacles;
    }

    /// What a restore brought back is open to nobody's desk until main and all shards agree again.
    void prepare(Session &session)
    {
        Transaction transaction(session);
        prepareDatabase(session);
        if (m_options.isRestore && Internal::isUnfinishedRestore(session)) {
            session.execText(u"keep people out"_s,
                             u"DO $$ BEGIN EXECUTE pg_catalog.format('REVOKE CONNECT ON DATABASE %I FROM "
                             u"branchline_staff, "
                             "branchline_report', pg_catalog.current_database()); END $$"_s);
            m_closed << &session;
        }
        transaction.commit();
    }

    void letPeopleIn()
    {
        for (Session *session : std::as_const(m_closed))
            prepareDatabase(*session);
    }

    void migrate()
    {
        say(tr("Making tables and functions …"));
        // Shards first: a column that is replicated must stand there before main sends it.
        for (const Target &target : targetsOf(m_addresses)) {
            Session &session = sessionOf(target);
            const MigrationPlan &plan = planOf(target, m_migration);
            // What a restore brought back may differ, and goes on to.
            const auto differences = [&] { return look(session, target, plan).comparison.differences; };
            (void)migrateUp(session, plan, patienceOf(m_migration),
                            m_migration.isDriftAccepted ? differences() : std::vector<SchemaDifference>());
            if (const MadeMonths made = makeAuditMonths(session); !made.remark.isEmpty())
                say(made.remark);
            if (!hasStaffLoginFunctions(session))
                renewStaffLoginFunctions(session, differences());
        }
    }

    void nameShards()
    {
        for (const Shard &shard : m_shards) {
            const QUuid id = shardIdForName(shard.name);
            shard.session->exec(identifyShard, {id, shard.name});
            writeShardAddress(*m_main, shard.name, m_addresses.shards.at(shard.name), *shard.session);
        }
    }

    void replicate()
    {
        say(m_options.resume ? tr("Bringing every reference row across and making the replication again …")
                             : tr("Setting up the replication of the reference tables …"));
        ensurePublications(*m_main);
        std::vector<ReplicationTarget> targets;
        std::vector<ReplicationTarget> others;
        for (const Shard &shard : m_shards) {
            const bool isKept = !m_options.resumeOnly.isEmpty() && !m_options.resumeOnly.contains(shard.name);
            (isKept ? others : targets).push_back({shard.name, shard.session.get()});
        }
        if (m_options.resume)
            resumeReplication(*m_main, targets, m_options.resumed, others);
        else
            ensureSubscriptions(*m_main, targets);
        for (const Shard &shard : m_shards)
            waitForFirstCopy(*shard.session);
    }

    /// What a library needs before its first loan; everything can be changed later, so it is made only where
    /// there is nothing of its kind yet.
    void seed()
    {
        Transaction transaction(*m_main);
        m_main->exec(firstUserTypes, {tr("Adult"), tr("Child")});
        m_main->exec(firstMaterialType, {tr("Book")});
        m_main->exec(firstRule);
        if (!m_options.localStaffLogin.isEmpty()) {
            const QString name = m_options.localStaffLogin.at(0).toUpper() + m_options.localStaffLogin.mid(1);
            m_main->exec(addStaff, {m_options.localStaffLogin, name, m_options.localStaffLogin});
            m_main->exec(firstRights, {m_options.localStaffLogin});
        }
        transaction.commit();
        markLocalStaff();
        say(tr("The library is ready."));
    }

    void markLocalStaff()
    {
        if (m_options.localStaffLogin.isEmpty())
            return;
        const QUuid id = m_main->exec(staffId, {m_options.localStaffLogin})->row(0).uuid("id");
        markStaffLogin(*m_main, m_options.localStaffLogin, id);
        for (const Shard &shard : m_shards)
            markStaffLogin(*shard.session, m_options.localStaffLogin, id);
    }

    const AdminAddresses &m_addresses;
    const InitOptions &m_options;
    const MigrationOptions m_migration;
    std::unique_ptr<Session> m_main;
    QString m_mainServer;
    std::vector<Shard> m_shards;
    QList<Session *> m_closed; ///< until main and the shards agree
};

} // namespace

void writeShardAddress(Session &main, const QString &name, const ConnectionUrl &url, const Session &shard)
{
    const auto [host, port] = placeOf(url, shard);
    main.exec(registerShard, {shardIdForName(name), name, host, port, url.database(), QVariant()});
}

Result<Done> initialise(const AdminAddresses &addresses, const InitOptions &options)
{
    if (addresses.shards.empty()) {
        return DbError{
            .kind = DbErrorKind::Configuration,
            .message = tr("No shard is named."),
            .hint = tr("Set SHARDING_BRANCHES to the names of the shards and DATABASE_URL_<NAME> for each.")};
    }
    try {
        SetUp(addresses, options).run();
        return Done{};
    } catch (const DbException &e) {
        return e.error();
    }
}

} // namespace Branchline
