// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/context.h"
#include "app/ctl/interrupt.h"
#include "app/ctl/progressline.h"
#include "db/catalogue/bookimport.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QLocale>
#include <QThread>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

constexpr size_t mostListed = 10;

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QString number(qint64 value)
{
    return QLocale::c().toString(value);
}

QString progressText(const ImportProgress &now)
{
    const int percent = now.size > 0 ? static_cast<int>(100 * now.bytes / now.size) : 0;
    QString text = tr("%1 rows, %2 %, %3 rows a second")
                       .arg(number(now.counts.read))
                       .arg(percent)
                       .arg(number(static_cast<qint64>(now.rate())));
    if (now.isWaiting)
        return text + tr("; the main database does not answer, waiting for it");
    if (const auto left = now.remaining(); left.count() >= 0)
        text += tr(", %1 left").arg(durationText(left));
    return text;
}

QJsonObject countsObject(const ImportCounts &counts)
{
    return {{u"read"_s, counts.read},         {u"added"_s, counts.added},
            {u"updated"_s, counts.updated},   {u"unchanged"_s, counts.unchanged},
            {u"rejected"_s, counts.rejected}, {u"notes"_s, counts.notes}};
}

QJsonArray remarkArray(const std::vector<ImportRemark> &remarks)
{
    QJsonArray array;
    for (const ImportRemark &remark : remarks)
        array.append(
            QJsonObject{{u"line"_s, remark.line}, {u"title"_s, remark.title}, {u"text"_s, remark.text}});
    return array;
}

QJsonObject reportObject(const ImportReport &report)
{
    QJsonObject object = countsObject(report.counts);
    object.insert(u"rejects_file"_s, jsonText(report.rejectsFile));
    object.insert(u"notes_file"_s, jsonText(report.notesFile));
    object.insert(u"remarks"_s, QJsonArray::fromStringList(report.remarks));
    object.insert(u"first_rejects"_s, remarkArray(report.firstRejects));
    object.insert(u"seconds"_s, static_cast<double>(report.elapsed.count()) / 1000);
    object.insert(u"complete"_s, !report.isCancelled && !report.error);
    return object;
}

QString listText(const std::vector<ImportRemark> &remarks, qint64 all)
{
    QString text;
    for (size_t i = 0; i < std::min(mostListed, remarks.size()); ++i) {
        const ImportRemark &remark = remarks[i];
        text += tr("\n  line %1: %2").arg(remark.line).arg(remark.text);
        if (!remark.title.isEmpty())
            text += u" ("_s + remark.title.left(50) + u')';
    }
    if (all > static_cast<qint64>(mostListed))
        text += tr("\n  and %1 more").arg(number(all - static_cast<qint64>(mostListed)));
    return text;
}

QString reportText(const ImportReport &report)
{
    const ImportCounts &counts = report.counts;
    QString text = tr("%1 rows read: %2 added, %3 updated, %4 unchanged, %5 rejected.")
                       .arg(number(counts.read), number(counts.added), number(counts.updated),
                            number(counts.unchanged), number(counts.rejected));
    for (const QString &remark : report.remarks)
        text += u'\n' + remark;
    if (!report.rejectsFile.isEmpty()) {
        text += tr("\nRejected rows are in %1; correct them there and import that file.")
                    .arg(report.rejectsFile) +
                listText(report.firstRejects, counts.rejected);
    }
    if (!report.notesFile.isEmpty()) {
        text += tr("\nWhat was left out of rows that went in is in %1.").arg(report.notesFile) +
                listText(report.firstNotes, counts.notes);
    }
    return text;
}

/// It ended before the end of the file.
int unfinished(Context &context, const ImportReport &report)
{
    DbError error = report.error.value_or(
        DbError{.kind = DbErrorKind::Conflict, .message = tr("The import was cancelled."), .hint = {}});
    error.message +=
        u' ' + tr("Done are %1 rows, up to line %2.").arg(number(report.counts.read)).arg(report.lastLine);
    error.hint = (error.hint.isEmpty() ? QString() : error.hint + u' ') +
                 tr("Repeat the same command to import the rest; what is in stays as it is.");
    if (!context.isJson()) {
        context.say(reportText(report));
        return context.fail(error);
    }
    QJsonObject object = reportObject(report);
    object.insert(u"error"_s, errorObject(error).value("error"_L1));
    return context.finish(object, {}, statusOf(error));
}

int importBooks(Context &context)
{
    BookImport import(context.cluster(),
                      {.file = context.arguments().first(),
                       .rejectsFile = context.value(u"rejects"_s),
                       .notesFile = context.value(u"notes"_s),
                       .patience = std::chrono::seconds(context.number(u"wait"_s, 0, 60))});
    const Interrupt interrupt;
    ProgressLine line(!context.isJson());
    QFuture<Result<ImportReport>> future = import.start();
    bool isCancelled = false;
    while (!future.isFinished()) {
        line.show(isCancelled ? tr("Cancelling after the rows under way …")
                              : progressText(import.progress()));
        if (interrupt.isAsked() && !isCancelled) {
            isCancelled = true;
            import.cancel();
        }
        QThread::msleep(20);
    }
    line.clear();
    const ImportReport report = await(future).valueOrThrow();
    if (report.error || report.isCancelled)
        return unfinished(context, report);
    return context.finish(reportObject(report), reportText(report));
}

} // namespace

std::vector<Command> importCommands()
{
    return {
        {.name = u"import books"_s,
         .summary = tr("Brings the books of a CSV file into the catalogue; repeating it changes nothing."),
         .arguments = u"FILE"_s,
         .leastArguments = 1,
         .mostArguments = 1,
         .options = {{u"rejects"_s, tr("Where rows go that cannot be used (FILE.rejects.csv)."), u"FILE"_s},
                     {u"notes"_s, tr("Where remarks about the others go (FILE.notes.csv)."), u"FILE"_s},
                     {u"wait"_s, tr("How long to wait for main when it does not answer (60)."),
                      u"SECONDS"_s}},
         .example = u"branchlinectl import books books.csv"_s,
         .run = importBooks}};
}

} // namespace Branchline::Ctl
