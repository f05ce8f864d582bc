// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands/backupoptions.h"
#include "app/ctl/commands/demo.h"
#include "app/ctl/interrupt.h"
#include "db/backup/localupgrade.h"
#include "db/cluster/locallibrarysetup.h"

#include <QCoreApplication>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QJsonObject statusObject(const LocalStatus &status)
{
    QJsonObject shards;
    QJsonValue main = QJsonValue::Null;
    if (status.state != LocalStatus::State::Absent) {
        const LocalAddresses addresses = status.superuser();
        main = addresses.main.toUri();
        for (auto it = addresses.shards.cbegin(); it != addresses.shards.cend(); ++it)
            shards.insert(it.key(), it.value().toUri());
    }
    return {{u"running"_s, status.isRunning()},
            {u"directory"_s, status.directory},
            {u"databases"_s, QJsonObject{{u"main"_s, main}, {u"shards"_s, shards}}}};
}

QString statusText(const LocalStatus &status)
{
    if (status.state == LocalStatus::State::Absent)
        return tr("There is no local library in %1. Make one with “branchlinectl local start”.")
            .arg(status.directory);
    QString text = status.isRunning() ? tr("The local library in %1 is running.")
                                      : tr("The local library in %1 is not running.");
    text = text.arg(status.directory);
    const LocalAddresses addresses = status.superuser();
    QList<QStringList> rows{{u"main"_s, addresses.main.toUri()}};
    for (auto it = addresses.shards.cbegin(); it != addresses.shards.cend(); ++it)
        rows << QStringList{it.key() + "_shard"_L1, it.value().toUri()};
    return text + u'\n' + table({tr("Database"), tr("Address for administrators")}, rows);
}

int start(Context &context)
{
    const LocalStatus status =
        prepareLocalLibrary(context.localLibrary(context.isSet(u"separate-servers"_s)),
                            context.config().sqlEcho, [&](const QString &line) { context.say(line); })
            .valueOrThrow();
    const LocalAddresses superuser = status.superuser();
    AdminAddresses addresses{.main = superuser.main, .shards = {}};
    for (auto it = superuser.shards.cbegin(); it != superuser.shards.cend(); ++it)
        addresses.shards.emplace(it.key(), it.value());
    QJsonObject object = statusObject(status);
    QString text = statusText(status);
    addDemo(object, text, loadDemo(context, addresses));
    return context.finish(object, text);
}

int stop(Context &context)
{
    const LocalLibrary library = context.localLibrary();
    library.stop([&](const QString &line) { context.say(line); }).orThrow();
    const LocalStatus status = library.status().valueOrThrow();
    return context.finish(statusObject(status),
                          tr("The local library in %1 has been stopped.").arg(status.directory));
}

int showStatus(Context &context)
{
    const LocalStatus status = context.localLibrary().status().valueOrThrow();
    return context.finish(statusObject(status), statusText(status), status.isRunning() ? Success : Refused);
}

int destroy(Context &context)
{
    if (!context.isSet(u"yes"_s))
        throw UsageError(tr(
            "This removes every book, patron and loan of the local library for ever. Add --yes to do it."));
    const LocalLibrary library = context.localLibrary();
    const QString directory = library.status().valueOrThrow().directory;
    library.destroy([&](const QString &line) { context.say(line); }).orThrow();
    return context.finish({{u"destroyed"_s, true}, {u"directory"_s, directory}},
                          tr("The local library in %1 has been removed.").arg(directory));
}

int upgrade(Context &context)
{
    const Interrupt interrupt;
    const LocalUpgradeReport report =
        upgradeLocalLibrary({.library = context.localOptions(),
                             .major = context.number(u"to"_s, ServerBinaries::oldestMajor, 0),
                             .run = backupOptions(context, interrupt)})
            .valueOrThrow();
    const LocalStatus status = context.localLibrary().status().valueOrThrow();
    const LocalAddresses superuser = status.superuser();
    AdminAddresses addresses{.main = superuser.main, .shards = {}};
    for (auto it = superuser.shards.cbegin(); it != superuser.shards.cend(); ++it)
        addresses.shards.emplace(it.key(), it.value());
    const QStringList problems = problemsOf(context, addresses);
    QStringList lines = problems;
    lines
        << tr("The local library in %1 runs on PostgreSQL %2.").arg(status.directory).arg(report.to)
        << tr("The old one is in %1. When you are sure that you do not need it: branchlinectl --dir %1 local "
              "destroy --yes")
               .arg(report.old);
    return context.finish({{u"directory"_s, status.directory},
                           {u"from"_s, report.from > 0 ? QJsonValue(report.from) : QJsonValue::Null},
                           {u"to"_s, report.to},
                           {u"old"_s, report.old},
                           {u"rows"_s, report.rows},
                           {u"problems"_s, QJsonArray::fromStringList(problems)}},
                          lines.join(u'\n'), problems.isEmpty() ? Success : Refused);
}

} // namespace

std::vector<Command> localCommands()
{
    return {
        {.name = u"local start"_s,
         .summary = tr("Starts the private PostgreSQL of this workstation and prepares its library."),
         .options = {{u"separate-servers"_s, tr("One server for each database.")}, demoOption()},
         .example = u"branchlinectl local start --demo"_s,
         .run = start},
        {.name = u"local stop"_s,
         .summary = tr("Stops the private PostgreSQL."),
         .example = u"branchlinectl local stop"_s,
         .run = stop},
        {.name = u"local status"_s,
         .summary = tr("Tells whether it runs, and the administrators' addresses of its databases."),
         .example = u"branchlinectl local status --json"_s,
         .run = showStatus},
        {.name = u"local upgrade"_s,
         .summary = tr("Makes the local library anew on a newer PostgreSQL; the old one stays beside it."),
         .options = {{u"to"_s, tr("This version of PostgreSQL, in place of the newest that is installed."),
                      u"VERSION"_s},
                     {u"jobs"_s, tr("Connections for each database (default 2)."), u"N"_s},
                     {u"pg-bin"_s, tr("Use the pg_dump, pg_dumpall and pg_restore of this folder."),
                      u"FOLDER"_s}},
         .example = u"branchlinectl local upgrade"_s,
         .run = upgrade},
        {.name = u"local destroy"_s,
         .summary = tr("Removes the local library with everything in it."),
         .options = {{u"yes"_s, tr("Really do it.")}},
         .example = u"branchlinectl local destroy --yes"_s,
         .run = destroy},
    };
}

} // namespace Branchline::Ctl
