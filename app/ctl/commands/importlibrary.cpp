// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/context.h"
#include "app/ctl/interrupt.h"
#include "app/ctl/progressline.h"
#include "db/bulk/giveup.h"
#include "db/bulk/libraryimport.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QLocale>
#include <QThread>

#include <future>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QString number(qint64 value)
{
    return QLocale::c().toString(value);
}

/// Whether the refused rows can be written is asked before the first row is.
QString refusedFile(Context &context, const QString &directory)
{
    const bool isNamed = context.isSet(u"refused"_s);
    const QString file = isNamed ? context.value(u"refused"_s) : QDir(directory).filePath(u"refused.csv"_s);
    const QFileInfo info(file);
    const bool isWritable = !info.fileName().isEmpty() && !info.isDir() &&
                            QFileInfo(info.path()).isWritable() && (!info.exists() || info.isWritable());
    if (!isWritable) {
        throw UsageError(
            tr("%1 cannot be written. Name the file for refused rows with --refused FILE.").arg(file));
    }
    return file;
}

QString progressText(const LibraryImportProgress &now)
{
    QString text =
        tr("%1 %2 %, %3 rows").arg(now.step).arg(static_cast<int>(100 * now.done)).arg(number(now.rows));
    if (now.rowsPerSecond > 0)
        text += tr(", %1 a second").arg(number(static_cast<qint64>(now.rowsPerSecond)));
    if (now.remaining.count() >= 0)
        text += tr(", %1 left").arg(durationText(now.remaining));
    return text;
}

QJsonObject reportObject(const LibraryImportReport &report)
{
    QJsonArray files;
    for (const ImportedFile &file : report.files) {
        files.append(QJsonObject{{u"name"_s, file.name},
                                 {u"written"_s, file.written},
                                 {u"present"_s, file.present},
                                 {u"refused"_s, file.refused}});
    }
    return {{u"was_there"_s, report.wasThere},
            {u"finished_at"_s, jsonTime(report.finishedAt)},
            {u"files"_s, files},
            {u"written"_s, report.written()},
            {u"refused"_s, report.refused()},
            {u"refused_file"_s, jsonText(report.refusedFile)},
            {u"seconds"_s, static_cast<double>(report.elapsed.count()) / 1000}};
}

QString reportText(const LibraryImportReport &report)
{
    QList<QStringList> rows;
    for (const ImportedFile &file : report.files)
        rows << QStringList{file.name, number(file.written), number(file.present), number(file.refused)};
    QString text = table({tr("File"), tr("Written"), tr("Already there"), tr("Refused")}, rows) + u'\n';
    if (report.wasThere) {
        text += tr("These files have been in the library since %1; nothing was done.")
                    .arg(report.finishedAt.toString(Qt::ISODate));
    } else {
        text += tr("%1 rows written in %2.")
                    .arg(number(report.written()),
                         durationText(std::chrono::duration_cast<std::chrono::seconds>(report.elapsed)));
    }
    if (!report.refusedFile.isEmpty())
        text += u'\n' + tr("Refused rows are in %1: file, line and reason.").arg(report.refusedFile);
    return text;
}

int giveUp(Context &context)
{
    const GivenUpImport given =
        giveUpImport(context.signedInAsAdmin(), {.echo = context.config().sqlEcho}).valueOrThrow();
    const QJsonObject object{
        {u"started_at"_s, jsonTime(given.startedAt)}, {u"rows"_s, given.rows}, {u"missing"_s, given.missing}};
    QString text = tr("The import of %1 is given up; %2 rows that it wrote stay.")
                       .arg(given.startedAt.toString(Qt::ISODate), number(given.rows));
    if (given.missing > 0)
        text += u'\n' +
                tr("Copies whose loans did not come are marked as missing: %1.").arg(number(given.missing));
    text +=
        u'\n' + tr("Barcodes of copies that did not come are still taken; “branchlinectl verify --repair” "
                   "gives them free.");
    return context.finish(object, text);
}

int importLibrary(Context &context)
{
    if (context.isSet(u"give-up"_s)) {
        if (!context.arguments().isEmpty())
            throw UsageError(tr("--give-up takes no folder."));
        return giveUp(context);
    }
    if (context.arguments().isEmpty())
        throw UsageError(tr("Name the folder with the files."));
    const QString directory = context.arguments().first();
    if (!QFileInfo(directory).isDir())
        throw UsageError(tr("There is no folder %1.").arg(directory));
    LibraryImport import(context.signedInAsAdmin(), {.directory = directory,
                                                     .refusedFile = refusedFile(context, directory),
                                                     .echo = context.config().sqlEcho});
    const Interrupt interrupt;
    ProgressLine line(!context.isJson());
    auto result = std::async(std::launch::async, [&import] { return import.run(); });
    bool isCancelled = false;
    while (result.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready) {
        line.show(isCancelled ? tr("Cancelling after the batches under way …")
                              : progressText(import.progress()));
        if (interrupt.isAsked() && !isCancelled) {
            isCancelled = true;
            import.cancel();
        }
    }
    line.clear();
    const LibraryImportReport report = result.get().valueOrThrow();
    return context.finish(reportObject(report), reportText(report));
}

} // namespace

std::vector<Command> importLibraryCommands()
{
    return {
        {.name = u"import library"_s,
         .summary =
             tr("Brings a whole library in from CSV files; run it again to go on where it was cut off."),
         .arguments = u"[DIRECTORY]"_s,
         .mostArguments = 1,
         .options = {{u"refused"_s, tr("Where refused rows are told of (DIRECTORY/refused.csv)."), u"FILE"_s},
                     {u"give-up"_s,
                      tr("Ends an import that was cut off and will not be run again; what is in "
                         "stays."),
                      {}}},
         .example = u"branchlinectl import library /srv/old-library"_s,
         .run = importLibrary}};
}

} // namespace Branchline::Ctl
