// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/health.h"
#include "app/ctl/context.h"

#include <QCoreApplication>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QJsonObject objectOf(const DatabaseHealth &database)
{
    return {{u"name"_s, database.name},
            {u"role"_s, database.isMain ? u"main"_s : u"shard"_s},
            {u"reachable"_s, database.reachable},
            {u"latency_ms"_s, database.latencyMs ? QJsonValue(*database.latencyMs) : QJsonValue::Null},
            {u"replication_lag_s"_s,
             database.replicationLagS ? QJsonValue(*database.replicationLagS) : QJsonValue::Null},
            {u"problems"_s, QJsonArray::fromStringList(database.problems)}};
}

int health(Context &context)
{
    const Health health = checkHealth(context.clusterAsIs());
    QJsonArray databases;
    QList<QStringList> rows;
    QStringList remarks;
    for (const DatabaseHealth &database : health.databases) {
        databases.append(objectOf(database));
        rows << QStringList{
            database.name, database.reachable ? tr("reachable") : tr("not reachable"),
            database.latencyMs ? QString::number(*database.latencyMs, 'f', 2) + " ms"_L1 : u"–"_s,
            database.replicationLagS ? QString::number(*database.replicationLagS, 'f', 1) + " s"_L1 : u"–"_s,
            database.problems.isEmpty() ? tr("no problems") : database.problems.join(u' ')};
    }
    for (const QString &warning : health.warnings)
        remarks << tr("Warning: %1").arg(warning);
    const QString verdict =
        health.isHealthy() ? tr("Everything is healthy.") : tr("Something is wrong; see above.");
    QString text = table({tr("Database"), tr("State"), tr("Answer"), tr("Lag"), tr("Problems")}, rows);
    for (const QString &remark : remarks)
        text += u'\n' + remark;
    const int status = health.hasUnreachable() ? NotReachable : health.isHealthy() ? Success : Refused;
    return context.finish({{u"healthy"_s, health.isHealthy()},
                           {u"warnings"_s, QJsonArray::fromStringList(health.warnings)},
                           {u"databases"_s, databases}},
                          text + u'\n' + verdict, status);
}

} // namespace

std::vector<Command> healthCommands()
{
    return {{.name = u"health"_s,
             .summary = tr("Asks every database how it is: reachable, answer time, replication, settings."),
             .example = u"branchlinectl health --json"_s,
             .run = health}};
}

} // namespace Branchline::Ctl
