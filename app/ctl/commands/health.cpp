// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/context.h"
#include "db/cluster/healthmetrics.h"
#include "db/cluster/healthreport.h"
#include "db/cluster/programmetrics.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QString countText(qsizetype count)
{
    return count == 0 ? tr("none") : QString::number(count);
}

QString holderText(const LockHolder &holder)
{
    const QString who =
        holder.desk.isEmpty() ? holder.program : tr("%1 at %2").arg(holder.program, holder.desk);
    const QString name = holder.processId == 0 ? tr("a prepared transaction")
                         : who.isEmpty()       ? tr("a program without a name")
                                               : who;
    QStringList details;
    if (holder.processId != 0)
        details << tr("process %1").arg(holder.processId) << holder.state;
    if (holder.ageS)
        details << tr("its transaction is open for %1").arg(durationText(*holder.ageS));
    return details.isEmpty() ? name : u"%1 (%2)"_s.arg(name, details.join(", "_L1));
}

/// Who waits for whom; empty when nobody waits.
QString waitsText(const DatabaseHealth &database)
{
    if (!database.state || database.state->lockWaits.sessions == 0)
        return {};
    const LockWaits &waits = database.state->lockWaits;
    const QString longest = durationText(waits.longestS);
    QString text = waits.sessions == 1
                       ? tr("1 session of %1 waits for a lock, for %2.").arg(database.name, longest)
                       : tr("%1 sessions of %2 wait for a lock, the longest for %3.")
                             .arg(waits.sessions)
                             .arg(database.name, longest);
    QStringList holders;
    for (const LockHolder &holder : waits.holders)
        holders << holderText(holder);
    if (!holders.isEmpty())
        text += u' ' + tr("Held by %1.").arg(holders.join("; "_L1));
    return text;
}

QString healthText(const Health &health)
{
    QList<QStringList> rows;
    QStringList lines;
    for (const DatabaseHealth &database : health.databases) {
        rows << QStringList{
            database.name,
            database.reachable ? tr("reachable") : tr("not reachable"),
            database.latencyMs ? QString::number(*database.latencyMs, 'f', 2) + " ms"_L1 : u"–"_s,
            database.replicationLagS ? QString::number(*database.replicationLagS, 'f', 1) + " s"_L1 : u"–"_s,
            database.budget ? tr("%1 of %2").arg(database.budget->inUse).arg(database.budget->allowed)
                            : u"–"_s,
            countText(database.problems.size())};
        lines << database.problems;
        if (const QString waits = waitsText(database); !waits.isEmpty())
            lines << waits;
    }
    lines << health.problems;
    for (const QString &warning : health.warnings)
        lines << tr("Warning: %1").arg(warning);
    lines << (health.isHealthy() ? tr("Everything is healthy.") : tr("Something is wrong; see above."));
    return table({tr("Database"), tr("State"), tr("Answer"), tr("Lag"), tr("Connections"), tr("Problems")},
                 rows) +
           u'\n' + lines.join(u'\n');
}

HealthOptions optionsOf(Context &context)
{
    HealthOptions options;
    options.desks = context.number(u"desks"_s, 1, 0);
    // The same settings mean less for the desktop program than for this one.
    options.deskPool = ClusterConfig::load({}, PoolSettings::ofDesk()).valueOrThrow().pool;
    return options;
}

int health(Context &context)
{
    const bool wantsMetrics = context.isSet(u"metrics"_s);
    if (wantsMetrics && context.isJson())
        throw UsageError(tr("--metrics and --json cannot be had together."));
    const HealthOptions options = optionsOf(context);
    Health health = checkHealth(context.clusterAsIs(), options);
    const ProgramReports programs = readReports();
    health.warnings << programs.problems;
    const int status = health.hasUnreachable() ? NotReachable : health.isHealthy() ? Success : Refused;
    if (!wantsMetrics) {
        QJsonObject object = healthObject(health);
        object.insert(u"programs"_s, programsArray(programs));
        return context.finish(object, healthText(health), status);
    }
    MetricsText metrics;
    addHealthMetrics(health, metrics);
    addProgramMetrics(programs, metrics);
    return context.finish({}, QString::fromUtf8(metrics.text()).trimmed(), status);
}

} // namespace

std::vector<Command> healthCommands()
{
    return {
        {.name = u"health"_s,
         .summary = tr("Asks every database how it is: reachable, answer time, replication, settings."),
         .options = {{u"metrics"_s, tr("Print figures in the text form that Prometheus reads.")},
                     {u"desks"_s, tr("Reckon with so many workstations, if fewer are at work now."), u"N"_s}},
         .example = u"branchlinectl health --json"_s,
         .run = health}};
}

} // namespace Branchline::Ctl
