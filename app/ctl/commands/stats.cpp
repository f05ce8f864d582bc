// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands/statslist.h"
#include "db/cluster/statisticsexport.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <cstdio>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QJsonObject figuresObject(const BranchFigures &figures)
{
    return {{u"copies"_s, figures.copies},
            {u"available"_s, figures.available},
            {u"lent"_s, figures.lent},
            {u"overdue"_s, figures.overdue},
            {u"utilisation"_s, figures.utilisation()}};
}

QJsonObject branchObject(const BranchFigures &figures, const QString &shard)
{
    QJsonObject object = figuresObject(figures);
    object.insert(u"branch"_s, figures.code);
    object.insert(u"shard"_s, shard);
    return object;
}

QStringList cells(const QString &label, const QString &shard, const BranchFigures &figures)
{
    return {label,
            shard,
            QString::number(figures.copies),
            QString::number(figures.available),
            QString::number(figures.lent),
            QString::number(figures.overdue),
            QString::number(100 * figures.utilisation(), 'f', 1) + " %"_L1};
}

const QStringList &headers()
{
    static const QStringList list{tr("Branch"), tr("Shard"),   tr("Copies"),     tr("Available"),
                                  tr("Lent"),   tr("Overdue"), tr("Utilisation")};
    return list;
}

/// One branch: one statement on its shard.
int ofBranch(Context &context)
{
    const BranchEntry branch = context.branch(context.value(u"branch"_s));
    const auto result = await(branchStatistics(context.cluster(), branch.id));
    Combined<std::vector<BranchFigures>> answers;
    answers.asOf = QDateTime::currentDateTimeUtc();
    answers.shards.push_back({branch.shard, result.isOk()
                                                ? Result<std::vector<BranchFigures>>({*result})
                                                : Result<std::vector<BranchFigures>>(result.error())});
    if (!result.isOk())
        throw DbException(result.error());
    return context.finish(statisticsObject(answers), statisticsText(answers));
}

/// --csv or --xlsx: the same figures into a file, or the CSV to the output.
int exported(Context &context, const Combined<std::vector<BranchFigures>> &answers)
{
    const bool isCsv = context.isSet(u"csv"_s);
    const QString file = context.value(isCsv ? u"csv"_s : u"xlsx"_s);
    const StatisticsExport figures = statisticsExport(answers, *context.cluster().directory());
    const int status = answers.isComplete() ? Success : NotReachable;
    if (isCsv && file == "-"_L1) {
        const QByteArray content = statisticsCsv(figures);
        std::fwrite(content.constData(), 1, static_cast<size_t>(content.size()), stdout);
        return std::fflush(stdout) == 0 ? status : InternalError;
    }
    (isCsv ? writeStatisticsCsv(figures, file) : writeStatisticsXlsx(figures, file)).orThrow();
    QJsonObject object = statisticsObject(answers);
    object.insert(u"file"_s, file);
    return context.finish(
        object,
        tr("The figures of %1 branches have been written to %2.").arg(figures.branches.size()).arg(file) +
            u'\n' + coverageText(answers.answered(), answers.total(), answers.missing()),
        status);
}

void checkExportOptions(const Context &context)
{
    const bool isCsv = context.isSet(u"csv"_s);
    const bool isXlsx = context.isSet(u"xlsx"_s);
    if (isCsv && isXlsx)
        throw UsageError(tr("Give --csv or --xlsx, not both."));
    if ((isCsv || isXlsx) && context.isSet(u"branch"_s))
        throw UsageError(tr("A file holds all branches: leave out --branch."));
    if ((isCsv && context.value(u"csv"_s).isEmpty()) || (isXlsx && context.value(u"xlsx"_s).isEmpty()))
        throw UsageError(tr("The name of the file is empty."));
    if (isXlsx && context.value(u"xlsx"_s) == "-"_L1)
        throw UsageError(tr("A spreadsheet needs a file; only --csv takes “-”."));
    if (isCsv && context.value(u"csv"_s) == "-"_L1 && context.isJson())
        throw UsageError(tr("--json needs a file: with --csv - the figures themselves go to the output."));
}

int stats(Context &context)
{
    checkExportOptions(context);
    if (context.isSet(u"branch"_s))
        return ofBranch(context);
    const auto answers = await(libraryStatistics(context.cluster()));
    if (context.isSet(u"csv"_s) || context.isSet(u"xlsx"_s))
        return exported(context, answers);
    return context.finish(statisticsObject(answers), statisticsText(answers),
                          answers.isComplete() ? Success : NotReachable);
}

} // namespace

QJsonObject statisticsObject(const Combined<std::vector<BranchFigures>> &answers)
{
    QJsonArray branches;
    for (const auto &answer : answers.shards) {
        if (!answer.result.isOk())
            continue;
        for (const BranchFigures &branch : *answer.result)
            branches.append(branchObject(branch, answer.shard));
    }
    return {{u"complete"_s, answers.isComplete()},
            {u"shards"_s, coverageObject(answers)},
            {u"as_of"_s, jsonTime(answers.asOf)},
            {u"total"_s, figuresObject(totalOf(answers))},
            {u"branches"_s, branches}};
}

QString statisticsText(const Combined<std::vector<BranchFigures>> &answers)
{
    QList<QStringList> rows;
    for (const auto &answer : answers.shards) {
        if (!answer.result.isOk())
            continue;
        for (const BranchFigures &branch : *answer.result)
            rows << cells(branch.code, answer.shard, branch);
    }
    if (rows.size() != 1)
        rows << cells(tr("Total"), {}, totalOf(answers));
    return table(headers(), rows) + u'\n' +
           coverageText(answers.answered(), answers.total(), answers.missing()) + u' ' +
           tr("As of %1 UTC.").arg(answers.asOf.toString(u"yyyy-MM-dd HH:mm:ss"_s));
}

std::vector<Command> statsCommands()
{
    return {
        {.name = u"stats"_s,
         .summary = tr(
             "Copies, available, lent, overdue and utilisation of each branch, and which shards answered."),
         .options = {{u"branch"_s, tr("Only this branch."), u"CODE"_s},
                     {u"csv"_s, tr("Write the figures to this file as CSV; - for the output."), u"FILE"_s},
                     {u"xlsx"_s, tr("Write the figures to this file as a spreadsheet."), u"FILE"_s}},
         .example = u"branchlinectl stats --json"_s,
         .run = stats}};
}

} // namespace Branchline::Ctl
