// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/precheck.h"

#include "db/cluster/roles.h"
#include "db/schema/sessionlock.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr Statement isSuperuser{"is_superuser"_L1,
                                "SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Migration", text);
}

QStringList obstaclesOf(const DatabaseSchema &schema, const MigrationOptions &options)
{
    QStringList list;
    if (schema.isNewer()) {
        list << tr("It has schema version %1, and this program works with version %2. Install the newer "
                   "Branchline.")
                    .arg(schema.state.version)
                    .arg(schema.latest);
    }
    list += schema.obstacles;
    if (!options.isDriftAccepted) {
        for (const SchemaDifference &difference : schema.comparison.differences)
            list << difference.sentence();
    }
    return list;
}

} // namespace

QStringList obstaclesOf(const std::vector<DatabaseSchema> &schemas, const MigrationOptions &options)
{
    QStringList list;
    for (const DatabaseSchema &schema : schemas) {
        for (const QString &sentence : obstaclesOf(schema, options))
            list << u"%1: %2"_s.arg(schema.database, sentence);
    }
    return list;
}

QString failureOfDryRun(Session &session, const Target &target, const DatabaseSchema &schema,
                        const MigrationOptions &options)
{
    if (schema.state.pendingSteps() == 0 || schema.state.version == 0)
        return {};
    const MigrationPatience patience = patienceOf(options);
    const auto say = [&](const QString &sentence) {
        if (patience.tell)
            patience.tell(sentence);
    };
    say(tr("Trying what is to be done to %1 …").arg(target.database));
    try {
        // Steps may grant rights to roles that are new; these are rolled back as well.
        const bool makesRoles = mayDoAll(session);
        const QString endedBefore = tryMigrations(session, planOf(target, options), patience, [&] {
            if (makesRoles)
                ensureRoles(session);
        });
        if (!endedBefore.isEmpty()) {
            say(tr("The dry run of %1 ended before %2, which is not for one; what comes from there on was "
                   "not tried.")
                    .arg(target.database, endedBefore));
        }
        return {};
    } catch (const DbException &e) {
        if (e.error().isUnavailable())
            throw;
        return u"%1: %2"_s.arg(target.database,
                               QStringList{e.error().message, e.error().hint}.join(u' ').trimmed());
    }
}

void keepMigratorsOut(Session &session, const std::function<void(const QString &)> &say)
{
    takeSessionLock(session, migrationLock, [&] {
        if (say)
            say(tr("%1 is being migrated; waiting for the end of it …").arg(session.database()));
    });
}

MigrationPatience patienceOf(const MigrationOptions &options)
{
    MigrationPatience patience = options.locks;
    patience.tell = options.progress;
    return patience;
}

bool mayDoAll(Session &session)
{
    return session.exec(isSuperuser)->row(0).flag("rolsuper");
}

bool renewStaffLoginFunctions(Session &session, const std::vector<SchemaDifference> &before)
{
    if (!makeStaffLoginFunctions(session))
        return false;
    recordCatalog(session, before);
    return true;
}

} // namespace Branchline::Internal
