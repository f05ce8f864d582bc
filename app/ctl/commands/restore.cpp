// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/restore.h"

#include "app/ctl/administrator.h"
#include "app/ctl/commands/backupoptions.h"
#include "app/ctl/commands/resumereport.h"
#include "app/ctl/interrupt.h"
#include "db/cluster/branches.h"
#include "db/cluster/health.h"
#include "db/cluster/migration.h"
#include "db/reconcile/reconcile.h"

#include <QCoreApplication>
#include <QDir>
#include <QJsonArray>
#include <QSet>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QStringList wantedDatabases(Context &context)
{
    QStringList only;
    if (context.isSet(u"main"_s))
        only << u"main"_s;
    const QStringList shards = context.values(u"shard"_s);
    for (const QString &shard : shards)
        only << shard + "_shard"_L1;
    return only;
}

/// Makes the servers of a local library where there is none; its databases stay empty. Whether the library is
/// still being made.
bool makeLocalServers(Context &context, const BackupManifest &manifest)
{
    QSet<QString> servers;
    for (const BackedUpDatabase &database : manifest.databases)
        servers.insert(database.server);
    const LocalLibrary library = context.localLibrary(servers.size() > 1, manifest.shards());
    const LocalStatus found = library.status().valueOrThrow();
    if (found.state != LocalStatus::State::Absent && found.making == LocalMaking::Nothing)
        return false;
    if (found.state == LocalStatus::State::Absent)
        library.beginMaking(LocalMaking::Empty).orThrow();
    library.start([&](const QString &line) { context.say(line); }).orThrow();
    return true;
}

QStringList notesOn(const RestoreReport &report, bool isPartial)
{
    QStringList notes;
    if (!report.keptRoles.isEmpty()) {
        notes
            << tr("These logins and groups existed and were left as they are, with their own passwords: %1.")
                   .arg(report.keptRoles.join(", "_L1));
    }
    if (!report.strangers.isEmpty()) {
        notes << tr("Of these it is not known whether they are the persons of the backup, and they were not "
                    "made "
                    "members of the library's groups: %1. “branchlinectl staff list” says what they lack.")
                     .arg(report.strangers.join(", "_L1));
    }
    if (!report.leftOutMemberships.isEmpty()) {
        notes << tr("These memberships were left out, since the groups are not the library's or may do what "
                    "superusers may: %1. Grant them by hand if they are wanted.")
                     .arg(report.leftOutMemberships.join(", "_L1));
    }
    if (!report.filledBefore.isEmpty()) {
        notes << tr("An earlier run had filled these, and people may have worked with them since; this run "
                    "left their rows as they are: %1.")
                     .arg(report.filledBefore.join(", "_L1));
    }
    if (isPartial) {
        for (const RestoredDatabase &database : report.databases) {
            notes
                << tr("%1 is older than the rest of the library: it is as it was at %2. What was done there "
                      "since is not in it.")
                       .arg(database.name, database.time.toString(Qt::ISODate));
        }
    }
    if (!report.newerBranches.isEmpty())
        notes << tr("These branches were opened after the backup, and have no copies now: %1.")
                     .arg(report.newerBranches.join(", "_L1));
    return notes;
}

int restore(Context &context)
{
    const QString directory = QDir::current().absoluteFilePath(context.arguments().first());
    const Interrupt interrupt;
    const QStringList only = wantedDatabases(context);
    const BackupManifest backup = BackupManifest::load(directory).valueOrThrow();
    context.say(tr("Checking %1 files of the backup …").arg(backup.files.size()));
    backup.check(directory, [&] { return interrupt.isAsked(); }).orThrow();
    const bool isLocal = context.isLocal();
    // What a run left that was killed after everybody was let in is opened again.
    const bool isMaking = isLocal && only.isEmpty() && makeLocalServers(context, backup);
    const AdminAddresses addresses = administratorsAddresses(context);
    const QString staff =
        isLocal ? context.localLibrary().status().valueOrThrow().desk().main.user() : QString();
    const RestoreReport report = restoreLibrary(addresses, backup, directory,
                                                {.only = only,
                                                 .localStaffLogin = staff,
                                                 .mayBeFinished = isMaking,
                                                 .run = backupOptions(context, interrupt)})
                                     .valueOrThrow();
    QStringList problems;
    for (const RestoredDatabase &database : report.databases)
        problems << database.differences;
    problems << problemsOf(context, addresses);
    if (isLocal && only.isEmpty())
        context.localLibrary().finishMaking().orThrow();

    QJsonArray databases;
    QList<QStringList> rows;
    for (const RestoredDatabase &database : report.databases) {
        databases.append(QJsonObject{{u"name"_s, database.name},
                                     {u"rows"_s, database.rows},
                                     {u"lsn"_s, database.position},
                                     {u"time"_s, database.time.toString(Qt::ISODateWithMs)}});
        rows << QStringList{database.name, QString::number(database.rows),
                            database.time.toString(Qt::ISODateWithMs)};
    }
    ResumeReport reference;
    for (const ResumedTable &table : report.resumed)
        reference.add(table);
    const QStringList notes = notesOn(report, !only.isEmpty());
    const QJsonObject object{
        {u"restored"_s, directory},
        {u"databases"_s, databases},
        {u"made_logins"_s, QJsonArray::fromStringList(report.madeRoles)},
        {u"kept_logins"_s, QJsonArray::fromStringList(report.keptRoles)},
        {u"unknown_logins"_s, QJsonArray::fromStringList(report.strangers)},
        {u"left_out_memberships"_s, QJsonArray::fromStringList(report.leftOutMemberships)},
        {u"filled_before"_s, QJsonArray::fromStringList(report.filledBefore)},
        {u"resumed"_s, reference.tables()},
        {u"newer_branches"_s, QJsonArray::fromStringList(report.newerBranches)},
        {u"notes"_s, QJsonArray::fromStringList(notes)},
        {u"problems"_s, QJsonArray::fromStringList(problems)}};
    QStringList lines{table({tr("Database"), tr("Rows"), tr("As of")}, rows), reference.text()};
    lines << notes << problems;
    lines << (problems.isEmpty()
                  ? tr("The library is restored, and everything that was counted and compared agrees.")
                  : tr("The library is restored, but something is wrong; see above."));
    return context.finish(object, lines.join(u'\n'), problems.isEmpty() ? Success : Refused);
}

} // namespace

QStringList problemsOf(Context &context, const AdminAddresses &addresses)
{
    QStringList problems;
    for (const DatabaseSchema &schema : lookAtSchemas(addresses)) {
        if (schema.error)
            problems << schema.error->message;
        for (const SchemaDifference &difference : schema.comparison.differences)
            problems << u"%1: %2"_s.arg(schema.database, difference.sentence());
    }
    const auto cluster = administratorsCluster(context, addresses);
    finishPlacements(*cluster).orThrow();
    const Health health = checkHealth(*cluster);
    for (const DatabaseHealth &database : health.databases)
        problems << database.problems;
    problems << health.problems;
    const Reconciliation compared =
        reconcile(addresses, {.progress = [&](const QString &line) { context.say(line); }}).valueOrThrow();
    for (const Finding &finding : compared.findings) {
        problems << tr("%1 of %2, %3 times: %4 %5")
                        .arg(finding.table, finding.database)
                        .arg(finding.count)
                        .arg(whatText(finding), nextText(finding));
    }
    for (const DbError &error : compared.silent)
        problems << error.message;
    return problems;
}

std::vector<Command> restoreCommands()
{
    QList<QCommandLineOption> options = backupCommandOptions();
    options << QCommandLineOption{u"shard"_s,
                                  tr("Restores this shard only, into a library whose main and other shards "
                                     "run. May be given again."),
                                  u"NAME"_s}
            << QCommandLineOption{u"main"_s, tr("Restores main only, for shards that run.")};
    return {
        {.name = u"restore"_s,
         .summary = tr(
             "Makes a library from a backup, in empty databases of the settings or as a new local library."),
         .arguments = u"DIR"_s,
         .leastArguments = 1,
         .mostArguments = 1,
         .options = options,
         .example = u"branchlinectl --dir /srv/library restore /srv/backup/library-2026-11-23"_s,
         .run = restore}};
}

} // namespace Branchline::Ctl
