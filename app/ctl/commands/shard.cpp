// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/context.h"
#include "db/cluster/shardquery.h"

#include <QCoreApplication>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

/// A number; of a shard with several hosts the list of their ports.
QJsonValue portOf(const ShardEntry &shard)
{
    return shard.port.contains(u',') ? QJsonValue(shard.port) : QJsonValue(shard.port.toInt());
}

int list(Context &context)
{
    const DirectoryPtr directory = context.cluster().directory();
    QJsonArray shards;
    QList<QStringList> rows;
    for (const ShardEntry &shard : directory->shards()) {
        QJsonArray branches;
        for (const BranchEntry &branch : directory->branches()) {
            if (branch.shard == shard.name)
                branches.append(branch.code);
        }
        shards.append(QJsonObject{{u"name"_s, shard.name},
                                  {u"host"_s, jsonText(shard.host)},
                                  {u"port"_s, portOf(shard)},
                                  {u"database"_s, shard.database},
                                  {u"weight"_s, shard.weight},
                                  {u"state"_s, shard.state},
                                  {u"branches"_s, branches}});
        rows << QStringList{shard.name,
                            shard.database,
                            shard.host,
                            shard.port,
                            QString::number(shard.weight),
                            shard.state,
                            QString::number(branches.size())};
    }
    return context.finish({{u"shards"_s, shards}}, table({tr("Shard"), tr("Database"), tr("Host"), tr("Port"),
                                                          tr("Weight"), tr("State"), tr("Branches")},
                                                         rows));
}

QJsonValue jsonOf(const QVariant &value)
{
    return value.isValid() ? QJsonValue::fromVariant(value) : QJsonValue(QJsonValue::Null);
}

QString textOf(const QVariant &value)
{
    if (!value.isValid())
        return u"–"_s;
    if (value.typeId() == QMetaType::Bool)
        return value.toBool() ? tr("yes") : tr("no");
    return value.toString();
}

/// The answers as one list whose rows say which shard they are from.
struct QueryReport
{
    QStringList columns;
    QJsonArray rows;
    QList<QStringList> cells;
    QStringList cut;
    QJsonObject errors;
    QStringList errorLines;
    int status = Success;
};

void addRows(QueryReport &report, const QString &shard, const QueryRows &answer)
{
    if (report.columns.isEmpty())
        report.columns = answer.columns;
    if (answer.isCut)
        report.cut << shard;
    for (const std::vector<QVariant> &row : answer.rows) {
        QJsonObject object{{u"shard"_s, shard}};
        QStringList line{shard};
        for (size_t i = 0; i < row.size(); ++i) {
            object.insert(answer.columns.at(static_cast<qsizetype>(i)), jsonOf(row[i]));
            line << textOf(row[i]);
        }
        report.rows.append(object);
        report.cells << line;
    }
}

QueryReport reportOf(const Combined<QueryRows> &answers)
{
    QueryReport report;
    for (const auto &answer : answers.shards) {
        if (answer.result.isOk()) {
            addRows(report, answer.shard, *answer.result);
            continue;
        }
        const DbError &error = answer.result.error();
        report.status = std::max(report.status, statusOf(error));
        report.errors.insert(answer.shard, error.message);
        report.errorLines << answer.shard + ": "_L1 + error.message;
    }
    return report;
}

/// A mistake in the query is the same on every shard: it is told once.
void throwCommonError(const Combined<QueryRows> &answers)
{
    for (const auto &answer : answers.shards) {
        if (answer.result.isOk() || answer.result.error().isUnavailable())
            return;
    }
    if (!answers.shards.empty()) {
        DbError error = answers.shards.front().result.error();
        error.database.clear();
        throw DbException(error);
    }
}

int query(Context &context)
{
    const QueryLimits limits{.rows = context.number(u"limit"_s, 1, 1000),
                             .time = std::chrono::seconds(context.number(u"timeout"_s, 1, 10))};
    if (limits.rows > 1'000'000 || limits.time > std::chrono::hours(1))
        throw UsageError(tr("--limit takes at most 1000000, --timeout at most 3600."));
    QString sql = context.arguments().at(0).trimmed();
    while (sql.endsWith(u';'))
        sql = sql.chopped(1).trimmed();
    if (sql.isEmpty())
        throw UsageError(tr("The query is empty."));
    const auto answers = await(queryShards(context.cluster(), sql, limits));
    throwCommonError(answers);

    const QueryReport report = reportOf(answers);
    QJsonArray columns{u"shard"_s};
    for (const QString &column : report.columns)
        columns.append(column);
    QJsonObject object{{u"complete"_s, answers.isComplete() && report.cut.isEmpty()},
                       {u"shards"_s, coverageObject(answers)},
                       {u"as_of"_s, jsonTime(answers.asOf)},
                       {u"columns"_s, columns},
                       {u"rows"_s, report.rows},
                       {u"limit"_s, limits.rows},
                       {u"cut"_s, QJsonArray::fromStringList(report.cut)},
                       {u"errors"_s, report.errors}};
    QString text = table(QStringList{tr("Shard")} + report.columns, report.cells);
    for (const QString &line : report.errorLines)
        text += u'\n' + line;
    if (!report.cut.isEmpty()) {
        text +=
            u'\n' +
            tr("Cut after %1 rows: %2. --limit N shows more.").arg(limits.rows).arg(report.cut.join(", "_L1));
    }
    text += u'\n' + coverageText(answers.answered(), answers.total(), answers.missing()) + u' ' +
            tr("As of %1 UTC.").arg(answers.asOf.toString(u"yyyy-MM-dd HH:mm:ss"_s));
    return context.finish(object, text, report.status);
}

} // namespace

std::vector<Command> shardCommands()
{
    return {{.name = u"shard list"_s,
             .summary = tr("The shards, where they are, and how many branches live on each."),
             .example = u"branchlinectl shard list"_s,
             .run = list},
            {.name = u"shard query"_s,
             .summary = tr("Asks every shard at once and marks each row with its shard; reads only."),
             .arguments = u"'SELECT …'"_s,
             .leastArguments = 1,
             .mostArguments = 1,
             .options = {{u"limit"_s, tr("At most this many rows of each shard (default 1000)."), u"N"_s},
                         {u"timeout"_s, tr("Seconds that a shard may take (default 10)."), u"SECONDS"_s}},
             .example = u"branchlinectl shard query 'SELECT status, count(*) FROM copy_list GROUP BY 1'"_s,
             .run = query}};
}

} // namespace Branchline::Ctl
