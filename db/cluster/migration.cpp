// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/migration.h"

#include "db/cluster/migrationtargets.h"
#include "db/cluster/replication.h"
#include "db/cluster/roles.h"
#include "db/history/retention.h"
#include "db/schema/sessionlock.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

namespace {

constexpr Statement isSuperuser{"is_superuser"_L1,
                                "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"_L1};
QString tr(const char *text)
{
    return QCoreApplication::translate("Migration", text);
}

/// One run over all databases, each with its session.
class Run final
{
public:
    Run(const AdminAddresses &addresses, const MigrationOptions &options)
        : m_options(options)
    {
        for (Target &target : targetsOf(addresses))
            m_databases.push_back({std::move(target), {}, {}});
        m_locks = options.locks;
        m_locks.tell = options.progress;
    }

    MigrationReport migrate()
    {
        begin();
        MigrationReport report;
        report.obstacles = obstacles();
        if (report.obstacles.isEmpty())
            makeRoles();
        if (report.obstacles.isEmpty() && m_options.isDryRunWanted)
            report.obstacles = failuresOfDryRun();
        if (!report.obstacles.isEmpty())
            return report;
        for (Database &database : m_databases) {
            if (isWanted(database.target, m_options))
                report.databases.push_back(change(database));
        }
        bringReplication(report);
        bringFunctions(report);
        bringMonths(report);
        say(tr("Every database that was to be migrated is."));
        return report;
    }

    QStringList tryOnly()
    {
        begin();
        const QStringList list = obstacles();
        return list.isEmpty() ? failuresOfDryRun() : list;
    }

private:
    struct Database
    {
        Target target;
        std::unique_ptr<Session> session;
        DatabaseSchema schema;
    };

    void say(const QString &sentence) const
    {
        if (m_options.progress)
            m_options.progress(sentence);
    }

    [[nodiscard]] std::unique_ptr<Session> opened(const Target &target) const
    {
        try {
            return open(target, m_options);
        } catch (const DbException &e) {
            DbError error = e.error();
            error.message += u' ' + tr("Nothing was changed.");
            throw DbException(error);
        }
    }

    /// Reaches all, keeps others from changing them, and looks.
    void begin()
    {
        say(tr("Looking at every database …"));
        for (Database &database : m_databases)
            database.session = opened(database.target);
        Session &main = *m_databases.back().session;
        takeSessionLock(main, setUpLock,
                        [this] { say(tr("Another init or migrate is at work; waiting for it …")); });
        // What a killed run left at work in a server ends first, or it would change what is looked at here.
        for (Database &database : m_databases) {
            takeSessionLock(*database.session, migrationLock, [&] {
                say(tr("%1 is being migrated; waiting for the end of it …").arg(database.target.database));
            });
        }
        for (Database &database : m_databases)
            database.schema = look(*database.session, database.target, planOf(database.target, m_options));
    }

    [[nodiscard]] QStringList obstacles() const
    {
        QStringList list;
        const auto add = [&](const Database &database, const QString &sentence) {
            list << u"%1: %2"_s.arg(database.target.database, sentence);
        };
        size_t behind = 0;
        for (const Database &database : m_databases) {
            const DatabaseSchema &schema = database.schema;
            if (schema.isNewer()) {
                add(database,
                    tr("It has schema version %1, and this program works with version %2. Install the newer "
                       "Branchline.")
                        .arg(schema.state.version)
                        .arg(schema.latest));
            }
            for (const QString &sentence : schema.obstacles)
                add(database, sentence);
            if (!m_options.isDriftAccepted) {
                for (const SchemaDifference &difference : schema.comparison.differences)
                    add(database, difference.sentence());
            }
            if (database.target.role == DatabaseRole::Shard)
                behind += schema.state.pendingSteps();
        }
        if (m_options.only == "main"_L1 && behind > 0)
            add(m_databases.back(), tr("The shards have to be migrated before main."));
        return list;
    }

    /// Steps may grant rights to roles that are new.
    void makeRoles() const
    {
        for (const Database &database : m_databases) {
            if (isWanted(database.target, m_options) && database.schema.state.pendingSteps() > 0 &&
                mayDoAll(*database.session))
                ensureRoles(*database.session);
        }
    }

    [[nodiscard]] QStringList failuresOfDryRun() const
    {
        QStringList list;
        for (const Database &database : m_databases) {
            const DatabaseSchema &schema = database.schema;
            // Nobody works with an empty database, and trying would take as long as doing.
            if (!isWanted(database.target, m_options) || schema.state.pendingSteps() == 0 ||
                schema.state.version == 0)
                continue;
            say(tr("Trying what is to be done to %1 …").arg(database.target.database));
            try {
                (void)Branchline::tryMigrations(*database.session, planOf(database.target, m_options),
                                                m_locks);
            } catch (const DbException &e) {
                if (e.error().isUnavailable())
                    throw;
                list << u"%1: %2"_s.arg(database.target.database,
                                        QStringList{e.error().message, e.error().hint}.join(u' ').trimmed());
            }
        }
        return list;
    }

    MigratedDatabase change(Database &database) const
    {
        const MigrationPlan &plan = planOf(database.target, m_options);
        MigratedDatabase result{.database = database.target.database, .version = schemaVersion(plan)};
        if (database.schema.state.pendingSteps() == 0)
            return result;
        say(tr("Migrating %1 …").arg(result.database));
        result.applied = migrateUp(*database.session, plan, m_locks);
        return result;
    }

    [[nodiscard]] static bool mayDoAll(Session &session)
    {
        return session.exec(isSuperuser)->row(0).flag("rolsuper");
    }

    static MigratedDatabase &resultOf(MigrationReport &report, const Database &database)
    {
        return *std::find_if(
            report.databases.begin(), report.databases.end(),
            [&](const MigratedDatabase &one) { return one.database == database.target.database; });
    }

    /// By what is lacking now, so that a run that was cut off is completed.
    void bringReplication(MigrationReport &report)
    {
        if (!m_options.only.isEmpty())
            return; // publications and subscriptions belong together
        Session &main = *m_databases.back().session;
        for (const ReferenceStream &stream : referenceStreams()) {
            if (!hasPublication(main, stream))
                return; // init has not come so far, and makes all of it
        }
        bool mayPublish = true;
        for (const ReferenceStream &stream : referenceStreams()) {
            const QStringList missing = unpublishedTables(main, stream);
            if (missing.isEmpty())
                continue;
            MigratedDatabase &result = resultOf(report, m_databases.back());
            mayPublish = mayDoAll(main);
            if (mayPublish) {
                ensurePublications(main);
                result.further << tr("Published %1 in %2.").arg(missing.join(", "_L1), stream.name);
            } else {
                result.left << tr("%1 must be published in %2: run “branchlinectl init” as a superuser.")
                                   .arg(missing.join(", "_L1), stream.name);
            }
        }
        for (Database &database : m_databases) {
            if (database.target.role == DatabaseRole::Shard && mayPublish)
                followPublications(database, resultOf(report, database));
        }
    }

    static void followPublications(Database &database, MigratedDatabase &result)
    {
        bool isRefreshed = false;
        for (const ReferenceStream &stream : referenceStreams()) {
            const QStringList missing = unsubscribedTables(*database.session, stream);
            if (missing.isEmpty())
                continue;
            if (!mayDoAll(*database.session)) {
                result.left << tr("%1 must follow %2: run “branchlinectl init” as a superuser.")
                                   .arg(stream.name, missing.join(", "_L1));
                continue;
            }
            const QStringList filled = filledTables(*database.session, missing);
            if (!filled.isEmpty()) {
                result.left << tr("%1 does not follow %2 yet, but rows are there: run “branchlinectl init "
                                  "--resume”, which compares them.")
                                   .arg(stream.name, filled.join(", "_L1));
                continue;
            }
            refreshSubscription(*database.session, stream);
            isRefreshed = true;
            result.further << tr("%1 follows %2.").arg(stream.name, missing.join(", "_L1));
        }
        if (isRefreshed)
            waitForFirstCopy(*database.session);
    }

    [[nodiscard]] Session &sessionOf(const MigratedDatabase &result)
    {
        return *std::find_if(m_databases.begin(), m_databases.end(), [&](const Database &one) {
                    return one.target.database == result.database;
                })->session;
    }

    void bringMonths(MigrationReport &report)
    {
        for (MigratedDatabase &result : report.databases) {
            const QStringList made = makeAuditMonths(sessionOf(result));
            if (!made.isEmpty())
                result.further << tr("Made months of the audit log: %1.").arg(made.join(", "_L1));
        }
    }

    void bringFunctions(MigrationReport &report)
    {
        for (MigratedDatabase &result : report.databases) {
            Session &session = sessionOf(result);
            if (hasStaffLoginFunctions(session))
                continue;
            if (!mayDoAll(session)) {
                result.left << tr(
                    "The functions for logins of the staff must be renewed: run “branchlinectl init” as a "
                    "superuser.");
                continue;
            }
            makeStaffLoginFunctions(session);
            recordCatalog(session);
            result.further << tr("Renewed the functions for logins of the staff.");
        }
    }

    const MigrationOptions &m_options;
    MigrationPatience m_locks;
    std::vector<Database> m_databases; ///< main last
};

/// A step that fails says so; nothing that came before it is lost.
template <typename Work>
auto caught(Work work) -> Result<decltype(work())>
{
    try {
        return work();
    } catch (const DbException &e) {
        return e.error();
    }
}

} // namespace

Result<MigrationReport> migrateLibrary(const AdminAddresses &addresses, const MigrationOptions &options)
{
    return caught([&] { return Run(addresses, options).migrate(); });
}

Result<QStringList> tryMigrations(const AdminAddresses &addresses, const MigrationOptions &options)
{
    return caught([&] { return Run(addresses, options).tryOnly(); });
}

} // namespace Branchline
