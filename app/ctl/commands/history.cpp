// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/history/history.h"
#include "app/ctl/context.h"
#include "db/history/retention.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonArray>
#include <QTimeZone>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QJsonObject objectOf(const HistoryEntry &entry)
{
    QJsonArray changes;
    for (const HistoryChange &change : entry.changes) {
        changes.append(QJsonObject{{u"field"_s, change.field},
                                   {u"old"_s, jsonText(change.before)},
                                   {u"new"_s, jsonText(change.after)},
                                   {u"hidden"_s, change.isHidden}});
    }
    return {{u"at"_s, jsonTime(entry.at)},
            {u"actor"_s, entry.actor},
            {u"name"_s, entry.actorName},
            {u"desk"_s, entry.desk},
            {u"operation"_s, entry.operation},
            {u"table"_s, entry.table},
            {u"id"_s, jsonText(entry.row.isNull() ? QString() : entry.row.toString(QUuid::WithoutBraces))},
            {u"branch"_s, jsonText(entry.branchCode)},
            {u"subject"_s, jsonText(entry.subject)},
            {u"database"_s, entry.database},
            {u"changes"_s, changes}};
}

QString changesText(const HistoryEntry &entry)
{
    QStringList parts;
    for (const HistoryChange &change : entry.changes) {
        if (change.isHidden)
            parts << tr("%1: not shown").arg(change.field);
        else if (change.before.isEmpty())
            parts << u"%1: %2"_s.arg(change.field, change.after);
        else
            parts << u"%1: %2 → %3"_s.arg(change.field, change.before,
                                          change.after.isEmpty() ? tr("nothing") : change.after);
    }
    return parts.join(u"; "_s).simplified();
}

/// In the time zone of the branch, which is named; without a branch in the reader's.
QString timeText(const HistoryEntry &entry)
{
    const QTimeZone zone(entry.timeZone);
    const QDateTime time = zone.isValid() ? entry.at.toTimeZone(zone) : entry.at.toLocalTime();
    return time.toString(u"yyyy-MM-dd HH:mm:ss "_s) + time.timeZoneAbbreviation();
}

int finish(Context &context, const HistoryPage &page, int limit)
{
    QJsonArray entries;
    QList<QStringList> rows;
    for (const HistoryEntry &entry : page.entries) {
        entries.append(objectOf(entry));
        rows << QStringList{timeText(entry),
                            entry.actorName,
                            entry.desk,
                            entry.operation,
                            entry.table + u' ' + entry.subject,
                            changesText(entry)};
    }
    QString text =
        rows.isEmpty()
            ? tr("There is nothing in the history.")
            : table({tr("When"), tr("Who"), tr("Desk"), tr("What"), tr("Of"), tr("Changes")}, rows);
    text += cutNote(page.hasMore, limit);
    if (!page.missing.isEmpty()) {
        text += u'\n' + coverageText(page.databases - static_cast<int>(page.missing.size()), page.databases,
                                     page.missing);
    }
    return context.finish({{u"entries"_s, entries},
                           {u"more"_s, page.hasMore},
                           {u"missing"_s, QJsonArray::fromStringList(page.missing)}},
                          text, page.missing.isEmpty() ? Success : NotReachable);
}

int history(Context &context)
{
    const QUuid row(context.arguments().at(1));
    if (row.isNull())
        throw UsageError(tr("ID is the id of a row, such as 01890a5d-ac96-774b-bcce-b302099a8057."));
    const int limit = rowLimit(context);
    return finish(
        context,
        await(recordHistory(context.cluster(), context.arguments().at(0), row, {}, limit)).valueOrThrow(),
        limit);
}

QDateTime time(Context &context, const QString &option)
{
    const QString text = context.value(option);
    if (text.isEmpty())
        return {};
    const QDateTime time = QDateTime::fromString(text, Qt::ISODate);
    if (!time.isValid())
        throw UsageError(
            tr("--%1 is a day or a time, such as 2026-01-31 or 2026-01-31T09:30:00Z.").arg(option));
    return time;
}

int audit(Context &context)
{
    HistoryFilter filter{.from = time(context, u"from"_s),
                         .to = time(context, u"to"_s),
                         .actor = context.value(u"login"_s),
                         .desk = context.value(u"desk"_s),
                         .tables = context.value(u"table"_s).split(u',', Qt::SkipEmptyParts),
                         .operations = context.value(u"operation"_s).split(u',', Qt::SkipEmptyParts),
                         .branch = {}};
    if (context.isSet(u"branch"_s))
        filter.branch = context.branch(context.value(u"branch"_s)).id;
    const int limit = rowLimit(context);
    return finish(context, await(auditPage(context.cluster(), filter, {}, limit)).valueOrThrow(), limit);
}

QString retentionText(const RetentionReport &report, bool isDryRun)
{
    if (report.months == 0)
        return tr("The audit log is kept for ever. Say how many months are to be kept with --months.");
    const QString kept = report.months == 1
                             ? tr("One month is kept beside the one that runs.")
                             : tr("%1 months are kept beside the one that runs.").arg(report.months);
    if (report.taken.empty())
        return kept + u' ' + tr("Nothing is older.");
    QList<QStringList> rows;
    for (const TakenMonth &month : report.taken) {
        rows << QStringList{month.database, month.name, month.until.toString(u"yyyy-MM-dd"_s),
                            QString::number(month.rows), month.file};
    }
    return table({tr("Database"), tr("Month"), tr("Before"), tr("Entries"), tr("Saved in")}, rows) + u'\n' +
           kept + u' ' +
           (isDryRun ? tr("Nothing was taken out: this was a dry run.") : tr("The others were taken out."));
}

int retain(Context &context)
{
    const RetentionOptions options{.months = context.number(u"months"_s, 1, 0),
                                   .folder = context.value(u"export"_s),
                                   .isConfirmed = context.isSet(u"yes"_s),
                                   .isDryRun = context.isSet(u"dry-run"_s),
                                   .echo = context.config().sqlEcho,
                                   .progress = [&context](const QString &line) { context.say(line); }};
    if (!options.folder.isEmpty() && !QFileInfo(options.folder).isDir())
        throw UsageError(tr("There is no folder %1.").arg(options.folder));
    const RetentionReport report = retainAudit(context.signedInAsAdmin(), options).valueOrThrow();
    QJsonArray taken;
    for (const TakenMonth &month : report.taken) {
        taken.append(QJsonObject{{u"database"_s, month.database},
                                 {u"month"_s, month.name},
                                 {u"until"_s, jsonTime(month.until)},
                                 {u"rows"_s, month.rows},
                                 {u"file"_s, jsonText(month.file)}});
    }
    return context.finish(
        {{u"months"_s, report.months},
         {u"dry_run"_s, options.isDryRun},
         {u"taken"_s, taken},
         {u"remarks"_s, QJsonArray::fromStringList(report.remarks)}},
        (QStringList{retentionText(report, options.isDryRun)} + report.remarks).join(u'\n'));
}

} // namespace

std::vector<Command> historyCommands()
{
    return {
        {.name = u"history"_s,
         .summary = tr("Shows who changed what on one record, when and from which desk."),
         .arguments = u"TABLE ID"_s,
         .leastArguments = 2,
         .mostArguments = 2,
         .options = {limitOption()},
         .example = u"branchlinectl history books 01890a5d-ac96-774b-bcce-b302099a8057"_s,
         .run = history},
        {.name = u"audit"_s,
         .summary = tr("Lists what was changed, refused or read of other branches, newest first."),
         .options = {{u"from"_s, tr("Not before this day or time."), u"TIME"_s},
                     {u"to"_s, tr("Before this day or time."), u"TIME"_s},
                     {u"login"_s, tr("Of this staff member."), u"LOGIN"_s},
                     {u"desk"_s, tr("From workstations with this in their name."), u"TEXT"_s},
                     {u"table"_s, tr("Of this table, or of several with commas between them."), u"TABLE"_s},
                     {u"operation"_s, tr("insert, update, delete, read or refused; several with commas."),
                      u"WORD"_s},
                     {u"branch"_s, tr("Code of a branch."), u"CODE"_s},
                     limitOption()},
         .example = u"branchlinectl audit --branch hillside --operation refused --from 2026-01-31"_s,
         .run = audit},
        {.name = u"audit retain"_s,
         .summary = tr(
             "Takes months out of the audit log that are older than is to be kept, and makes those to come."),
         .options = {{u"months"_s, tr("How many to keep beside the one that runs; stored for the next time."),
                      u"N"_s},
                     {u"export"_s, tr("Save each month in this folder before it goes."), u"DIR"_s},
                     {u"yes"_s, tr("Really keep fewer than 12 months, and fewer than before.")},
                     {u"dry-run"_s, tr("Only show what would be taken out.")}},
         .example = u"branchlinectl audit retain --months 24 --export /srv/audit"_s,
         .run = retain}};
}

} // namespace Branchline::Ctl
