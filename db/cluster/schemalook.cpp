// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/migrationtargets.h"
#include "db/cluster/replication.h"
#include "db/cluster/restoremark.h"
#include "db/cluster/roles.h"

#include <QCoreApplication>

#include <algorithm>
#include <future>

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

namespace {

/// For reading the catalogs of one database, which takes a tenth of a second unless a step holds its locks.
constexpr std::chrono::milliseconds longestLook{8000};

constexpr Statement hasMoves{"has_branch_moves"_L1,
                             "SELECT to_regclass('public.branch_moves') IS NOT NULL AS present"_L1};
constexpr Statement branchMoves{
    "branch_moves"_L1,
    "SELECT b.code FROM public.branch_moves AS m JOIN public.branches AS b ON b.id = m.branch_id "
    "WHERE m.finished_at IS NULL ORDER BY b.code"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Migration", text);
}

/// Of one that was cut off before.
QString startedIndex(const SchemaState &state, const MigrationPlan &plan)
{
    for (size_t i = 0; i < plan.size(); ++i) {
        if (state.steps[i].state == MigrationStep::State::Started)
            return plan[i].index();
    }
    return {};
}

void lookAtReplication(Session &session, DatabaseSchema &schema)
{
    for (const ReferenceStream &stream : referenceStreams()) {
        if (schema.role == DatabaseRole::Main) {
            if (!hasPublication(session, stream))
                continue; // init has not come so far
            const QStringList missing = unpublishedTables(session, stream);
            if (!missing.isEmpty())
                schema.further << tr("The publication %1 lacks %2.").arg(stream.name, missing.join(", "_L1));
        } else {
            const QStringList missing = unsubscribedTables(session, stream);
            if (!missing.isEmpty())
                schema.further << tr("The subscription %1 does not follow %2 yet.")
                                      .arg(stream.name, missing.join(", "_L1));
        }
    }
}

void lookForMoves(Session &main, DatabaseSchema &schema)
{
    if (!main.exec(hasMoves)->row(0).flag("present"))
        return;
    const Rows rows = main.exec(branchMoves);
    for (int i = 0; i < rows->rowCount(); ++i) {
        schema.obstacles << tr("The branch %1 is being moved to another shard; wait until that is done.")
                                .arg(rows->row(i).text("code"));
    }
}

DatabaseSchema failed(const Target &target, const MigrationPlan &plan, const DbError &error)
{
    return {.database = target.database, .role = target.role, .latest = schemaVersion(plan), .error = error};
}

} // namespace

namespace Internal {

std::vector<Target> targetsOf(const AdminAddresses &addresses)
{
    std::vector<Target> list;
    for (const auto &[name, url] : addresses.shards)
        list.push_back({name + "_shard"_L1, name, DatabaseRole::Shard, url});
    list.push_back({u"main"_s, {}, DatabaseRole::Main, addresses.main});
    return list;
}

bool isWanted(const Target &target, const MigrationOptions &options)
{
    return options.only.isEmpty() || options.only == target.database;
}

const MigrationPlan &planOf(const Target &target, const MigrationOptions &options)
{
    return target.role == DatabaseRole::Main ? options.main : options.shard;
}

std::unique_ptr<Session> open(const Target &target, const MigrationOptions &options,
                              std::chrono::milliseconds statementTimeout)
{
    auto session = std::make_unique<Session>(
        SessionSettings{.database = target.database,
                        .url = target.url,
                        .application = u"branchline %1 migrate"_s.arg(QSysInfo::machineHostName()),
                        .statementTimeout = statementTimeout,
                        .lockTimeout = std::chrono::milliseconds(0),
                        .echo = options.echo,
                        .patience = {options.patience, options.progress}});
    session->open();
    refuseUnfinishedRestore(*session);
    return session;
}

DatabaseSchema look(Session &session, const Target &target, const MigrationPlan &plan)
{
    DatabaseSchema schema{.database = target.database, .role = target.role, .latest = schemaVersion(plan)};
    schema.state = schemaState(session, plan);
    if (schema.state.version == 0)
        return schema;
    for (;;) {
        const bool isComplete = schema.state.version == schemaVersion(target.role);
        schema.comparison = compareSchema(session, target.role, isComplete, startedIndex(schema.state, plan));
        if (schema.comparison.differences.empty())
            break;
        // Somebody else may be migrating, and what a step made is none then.
        const SchemaState now = schemaState(session, plan);
        if (now.version == schema.state.version)
            break;
        schema.state = now;
    }
    if (!hasStaffLoginFunctions(session)) {
        // They are made anew as a whole, so nothing about them is drift.
        std::erase_if(schema.comparison.differences,
                      [](const SchemaDifference &one) { return one.type == "superuser function"_L1; });
        schema.further << tr("The functions for logins of the staff are not those of this program.");
    }
    lookAtReplication(session, schema);
    if (target.role == DatabaseRole::Main)
        lookForMoves(session, schema);
    return schema;
}

} // namespace Internal

std::vector<DatabaseSchema> lookAtSchemas(const AdminAddresses &addresses, const MigrationOptions &options)
{
    std::vector<std::future<DatabaseSchema>> answers;
    // Somebody waits for the answer, and one server that hangs must not keep the others' from him.
    MigrationOptions hasty = options;
    hasty.patience = std::min(options.patience, longestLook);
    for (const Target &target : targetsOf(addresses)) {
        if (!isWanted(target, options))
            continue;
        answers.push_back(std::async(std::launch::async, [target, &hasty] {
            const MigrationPlan &plan = planOf(target, hasty);
            try {
                const auto session = open(target, hasty, longestLook);
                return look(*session, target, plan);
            } catch (const DbException &e) {
                return failed(target, plan, e.error());
            }
        }));
    }
    std::vector<DatabaseSchema> schemas;
    for (auto &answer : answers)
        schemas.push_back(answer.get());
    return schemas;
}

QString pendingScript(const AdminAddresses &addresses, const std::vector<DatabaseSchema> &schemas,
                      const MigrationOptions &options)
{
    QString script = u"-- For psql: psql -X -f THIS_FILE. Steps that were applied meanwhile are left out.\n"
                     "\\set ON_ERROR_STOP on\n"_s;
    for (const Target &target : targetsOf(addresses)) {
        const auto schema = std::find_if(schemas.begin(), schemas.end(), [&](const DatabaseSchema &one) {
            return one.database == target.database && one.state.pendingSteps() > 0;
        });
        if (schema == schemas.end())
            continue;
        const auto first = std::find_if(schema->state.steps.begin(), schema->state.steps.end(),
                                        [](const MigrationStep &step) { return !step.isDone(); });
        script += u"\n-- ---- %1 ----\n\\connect '%2'\nSET client_min_messages = warning;\n"_s.arg(
                      target.database, target.url.with(u"password"_s, {}).toUri()) +
                  migrationScript(planOf(target, options), first->id) + recordScript();
    }
    return script;
}

} // namespace Branchline
