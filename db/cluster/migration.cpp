// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/migration.h"

#include "db/cluster/precheck.h"
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
    }

    MigrationReport migrate()
    {
        begin();
        MigrationReport report;
        report.obstacles = obstacles();
        if (report.obstacles.isEmpty() && m_options.isDryRunWanted)
            report.obstacles = failuresOfDryRun();
        if (!report.obstacles.isEmpty())
            return report;
        makeRoles();
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
        takeSetUpLock(*m_databases.back().session, m_options.progress);
        for (Database &database : m_databases)
            keepMigratorsOut(*database.session, m_options.progress);
        for (Database &database : m_databases)
            database.schema = look(*database.session, database.target, planOf(database.target, m_options));
    }

    [[nodiscard]] QStringList obstacles() const
    {
        std::vector<DatabaseSchema> schemas;
        size_t behind = 0;
        for (const Database &database : m_databases) {
            schemas.push_back(database.schema);
            if (database.target.role == DatabaseRole::Shard)
                behind += database.schema.state.pendingSteps();
        }
        QStringList list = obstaclesOf(schemas, m_options);
        if (m_options.only == "main"_L1 && behind > 0)
            list << u"main: %1"_s.arg(tr("The shards have to be migrated before main."));
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
            if (!isWanted(database.target, m_options))
                continue;
            const QString failure =
                failureOfDryRun(*database.session, database.target, database.schema, m_options);
            if (!failure.isEmpty())
                list << failure;
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
        result.applied =
            migrateUp(*database.session, plan, patienceOf(m_options), database.schema.comparison.differences);
        return result;
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

    [[nodiscard]] const Database &databaseOf(const MigratedDatabase &result) const
    {
        return *std::find_if(m_databases.begin(), m_databases.end(),
                             [&](const Database &one) { return one.target.database == result.database; });
    }

    void bringMonths(MigrationReport &report)
    {
        for (MigratedDatabase &result : report.databases) {
            const MadeMonths made = makeAuditMonths(*databaseOf(result).session);
            if (!made.names.isEmpty()) {
                const QString first = made.names.first();
                const QString last = made.names.last();
                result.further << tr("Made months of the audit log: %1.")
                                      .arg(first == last ? first : first + u" – "_s + last);
            }
            if (!made.remark.isEmpty())
                result.further << made.remark;
        }
    }

    void bringFunctions(MigrationReport &report)
    {
        for (MigratedDatabase &result : report.databases) {
            const Database &database = databaseOf(result);
            Session &session = *database.session;
            if (hasStaffLoginFunctions(session))
                continue;
            if (!mayDoAll(session)) {
                result.left << tr(
                    "The functions for logins of the staff must be renewed: run “branchlinectl init” as a "
                    "superuser.");
                continue;
            }
            renewStaffLoginFunctions(session, database.schema.comparison.differences);
            result.further << tr("Renewed the functions for logins of the staff.");
        }
    }

    const MigrationOptions &m_options;
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
