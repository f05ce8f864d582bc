// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/administrator.h"
#include "app/ctl/commands/migratetexts.h"

#include <QCoreApplication>

#include <limits>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

MigrationOptions optionsOf(Context &context)
{
    MigrationOptions options{.only = context.value(u"database"_s),
                             .echo = context.config().sqlEcho,
                             .progress = [&context](const QString &line) { context.say(line); }};
    const QString only = options.only;
    const auto shards = context.adminAddresses().shards;
    if (!only.isEmpty() && only != "main"_L1 &&
        !(only.endsWith("_shard"_L1) && shards.contains(only.chopped(6))))
        throw UsageError(tr("There is no database “%1”; write main or NAME_shard.").arg(only.left(60)));
    return options;
}

/// As the user of --admin-url, or else with the password that is typed.
AdminAddresses signedIn(Context &context)
{
    return adminUrl(context).isEmpty() ? context.signedInAsAdmin() : administratorsAddresses(context);
}

std::vector<DatabaseSchema> look(Context &context, const AdminAddresses &addresses)
{
    MigrationOptions options = optionsOf(context);
    options.progress = {};
    return lookAtSchemas(addresses, options);
}

int status(Context &context)
{
    const auto schemas = look(context, signedIn(context));
    QList<QStringList> rows;
    bool isUpToDate = true;
    for (const DatabaseSchema &schema : schemas) {
        isUpToDate = isUpToDate && schema.isFit();
        rows << QStringList{schema.database, schema.error ? u"?"_s : QString::number(schema.state.version),
                            QString::number(schema.latest),
                            schema.state.worksWith > 0 ? QString::number(schema.state.worksWith) : QString(),
                            stateOf(schema)};
    }
    QStringList text{
        table({tr("Database"), tr("Version"), tr("Latest"), tr("Programs from"), tr("State")}, rows)};
    text += detailsOf(schemas, 10);
    const QJsonObject program{{u"main"_s, schemaVersion(DatabaseRole::Main)},
                              {u"shard"_s, schemaVersion(DatabaseRole::Shard)}};
    return context.finish(
        {{u"up_to_date"_s, isUpToDate}, {u"program"_s, program}, {u"databases"_s, arrayOf(schemas)}},
        text.join(u'\n'), statusOf(schemas));
}

int diff(Context &context)
{
    const auto schemas = look(context, signedIn(context));
    bool isSame = true;
    QStringList text;
    for (const DatabaseSchema &schema : schemas) {
        isSame = isSame && !schema.error && !schema.hasDrift();
        if (schema.error || schema.hasDrift())
            continue;
        text << (schema.comparison.against == SchemaComparison::Against::Nothing
                     ? tr("%1: There is nothing to compare it with.").arg(schema.database)
                     : tr("%1: No differences.").arg(schema.database));
    }
    text += detailsOf(schemas, std::numeric_limits<qsizetype>::max());
    int worst = isSame ? Success : Refused;
    for (const DatabaseSchema &schema : schemas) {
        if (schema.error)
            worst = std::max(worst, Ctl::statusOf(*schema.error));
    }
    return context.finish({{u"same"_s, isSame}, {u"databases"_s, arrayOf(schemas)}}, text.join(u'\n'), worst);
}

int plan(Context &context)
{
    const AdminAddresses addresses = signedIn(context);
    const auto schemas = look(context, addresses);
    if (context.isSet(u"sql"_s)) {
        for (const DatabaseSchema &schema : schemas) {
            if (schema.error)
                throw DbException(*schema.error);
        }
        const QString script = pendingScript(addresses, schemas);
        return context.finish({{u"sql"_s, script}}, script.trimmed());
    }
    QStringList text;
    bool isPossible = true;
    for (const DatabaseSchema &schema : schemas) {
        text += planText(schema, migrations(schema.role));
        isPossible = isPossible && !schema.error && !schema.hasDrift() && schema.obstacles.isEmpty() &&
                     !schema.isNewer();
    }
    text += detailsOf(schemas, 10);
    QStringList failures;
    if (isPossible && context.isSet(u"try"_s)) {
        failures = tryMigrations(addresses, optionsOf(context)).valueOrThrow();
        isPossible = failures.isEmpty();
        text += failures.isEmpty() ? QStringList{tr("The dry run went well; it was rolled back.")} : failures;
    }
    int worst = isPossible ? Success : Refused;
    for (const DatabaseSchema &schema : schemas) {
        if (schema.error)
            worst = std::max(worst, Ctl::statusOf(*schema.error));
    }
    return context.finish({{u"possible"_s, isPossible},
                           {u"failures"_s, QJsonArray::fromStringList(failures)},
                           {u"databases"_s, arrayOf(schemas)}},
                          text.join(u'\n'), worst);
}

int up(Context &context)
{
    MigrationOptions options = optionsOf(context);
    options.isDryRunWanted = !context.isSet(u"no-dry-run"_s);
    options.isDriftAccepted = context.isSet(u"accept-drift"_s);
    const MigrationReport report = migrateLibrary(signedIn(context), options).valueOrThrow();
    if (!report.obstacles.isEmpty()) {
        return context.finish({{u"changed"_s, false},
                               {u"obstacles"_s, QJsonArray::fromStringList(report.obstacles)},
                               {u"databases"_s, QJsonArray()}},
                              (QStringList{tr("Nothing was changed:")} + report.obstacles).join("\n  "_L1),
                              Refused);
    }
    QJsonArray databases;
    QList<QStringList> rows;
    QStringList further;
    bool isChanged = false;
    bool isLeft = false;
    for (const MigratedDatabase &database : report.databases) {
        isChanged = isChanged || !database.applied.isEmpty() || !database.further.isEmpty();
        isLeft = isLeft || !database.left.isEmpty();
        databases.append(QJsonObject{{u"name"_s, database.database},
                                     {u"version"_s, database.version},
                                     {u"applied"_s, QJsonArray::fromStringList(database.applied)},
                                     {u"further"_s, QJsonArray::fromStringList(database.further)},
                                     {u"left"_s, QJsonArray::fromStringList(database.left)}});
        rows << QStringList{database.database, QString::number(database.version),
                            database.applied.isEmpty() ? tr("nothing to do")
                                                       : database.applied.join(", "_L1)};
        for (const QString &sentence : database.further + database.left)
            further << u"%1: %2"_s.arg(database.database, sentence);
    }
    return context.finish(
        {{u"changed"_s, isChanged}, {u"obstacles"_s, QJsonArray()}, {u"databases"_s, databases}},
        (QStringList{table({tr("Database"), tr("Version"), tr("Applied")}, rows)} + further).join(u'\n'),
        isLeft ? Refused : Success);
}

} // namespace

std::vector<Command> migrateCommands()
{
    const QCommandLineOption database(u"database"_s, tr("Only this one: main or NAME_shard."), u"NAME"_s);
    const QCommandLineOption sql(u"sql"_s, tr("Print the steps as a script for psql instead."));
    const QCommandLineOption tryIt(
        u"try"_s, tr("Run the steps as well and roll them back; tables are locked meanwhile."));
    const QCommandLineOption noDryRun(u"no-dry-run"_s, tr("Do not try the steps before the first change."));
    const QCommandLineOption drift(u"accept-drift"_s,
                                   tr("Go on although somebody changed the schema by hand."));
    return {
        {.name = u"migrate status"_s,
         .summary = tr("Shows the schema version of every database, and what differs from it."),
         .options = {database, adminUrlOption()},
         .example = u"branchlinectl migrate status"_s,
         .run = status},
        {.name = u"migrate plan"_s,
         .summary = tr("Shows what “migrate up” would do, and what is in its way; changes nothing."),
         .options = {database, sql, tryIt, adminUrlOption()},
         .example = u"branchlinectl migrate plan --sql"_s,
         .run = plan},
        {.name = u"migrate up"_s,
         .summary = tr("Brings every database to the schema of this program; shards first."),
         .options = {database, noDryRun, drift, adminUrlOption()},
         .example = u"branchlinectl migrate up"_s,
         .run = up},
        {.name = u"migrate diff"_s,
         .summary = tr("Lists every object of the schema that somebody changed, added or removed by hand."),
         .options = {database, adminUrlOption()},
         .example = u"branchlinectl migrate diff --database main"_s,
         .run = diff}};
}

} // namespace Branchline::Ctl
