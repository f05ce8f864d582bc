// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/backup.h"

#include "app/ctl/administrator.h"
#include "app/ctl/commands/backupoptions.h"
#include "app/ctl/interrupt.h"

#include <QCoreApplication>
#include <QDir>
#include <QJsonArray>
#include <QLocale>

#include <numeric>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

int backup(Context &context)
{
    const QString directory = QDir::current().absoluteFilePath(context.arguments().first());
    const Interrupt interrupt;
    const BackupManifest manifest =
        backUp(administratorsAddresses(context), directory, backupOptions(context, interrupt)).valueOrThrow();

    QJsonArray databases;
    QList<QStringList> rows;
    for (const BackedUpDatabase &database : manifest.databases) {
        databases.append(databaseObject(database));
        rows << QStringList{database.name, QString::number(rowsOf(database)), database.position,
                            database.time.toString(Qt::ISODateWithMs)};
    }
    const QJsonObject object{{u"backup"_s, directory},
                             {u"begun"_s, jsonTime(manifest.begun)},
                             {u"finished"_s, jsonTime(manifest.finished)},
                             {u"bytes"_s, manifest.bytes()},
                             {u"files"_s, manifest.files.size()},
                             {u"databases"_s, databases}};
    const QString text = table({tr("Database"), tr("Rows"), tr("Position"), tr("Time")}, rows) + u'\n' +
                         tr("The backup is in %1: %2. It holds the patrons and the verifiers of the "
                            "passwords; keep it as you keep "
                            "those.")
                             .arg(directory, QLocale::c().formattedDataSize(manifest.bytes()));
    return context.finish(object, text);
}

} // namespace

QList<QCommandLineOption> backupCommandOptions()
{
    return {{u"jobs"_s, tr("Connections for each database (default 2)."), u"N"_s},
            {u"pg-bin"_s, tr("Use the pg_dump, pg_dumpall and pg_restore of this folder."), u"FOLDER"_s},
            adminUrlOption()};
}

BackupOptions backupOptions(Context &context, const Interrupt &interrupt)
{
    BackupOptions options{.jobs = context.number(u"jobs"_s, 1, 2),
                          .echo = context.config().sqlEcho,
                          .progress = [&context](const QString &line) { context.say(line); },
                          .isCancelled = [&interrupt] { return interrupt.isAsked(); }};
    options.programs.directory = context.value(u"pg-bin"_s);
    return options;
}

qint64 rowsOf(const BackedUpDatabase &database)
{
    return std::accumulate(database.rows.begin(), database.rows.end(), qint64(0));
}

QJsonObject databaseObject(const BackedUpDatabase &database)
{
    return {{u"name"_s, database.name},
            {u"rows"_s, rowsOf(database)},
            {u"lsn"_s, database.position},
            {u"time"_s, database.time.toString(Qt::ISODateWithMs)}};
}

std::vector<Command> backupCommands()
{
    return {{.name = u"backup"_s,
             .summary = tr("Writes every database and every login into a new folder, while desks go on."),
             .arguments = u"DIR"_s,
             .leastArguments = 1,
             .mostArguments = 1,
             .options = backupCommandOptions(),
             .example = u"branchlinectl backup /srv/backup/library-2026-11-23"_s,
             .run = backup}};
}

} // namespace Branchline::Ctl
