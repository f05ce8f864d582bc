// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/context.h"
#include "db/reconcile/reconcile.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

/// Examples that are shown of a finding.
constexpr qsizetype mostExamples = 10;

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QJsonArray arrayOf(const std::vector<Finding> &findings)
{
    QJsonArray array;
    for (const Finding &finding : findings) {
        array.append(
            QJsonObject{{u"code"_s, finding.code},
                        {u"database"_s, finding.database},
                        {u"table"_s, finding.table},
                        {u"count"_s, finding.count},
                        {u"examples"_s, QJsonArray::fromStringList(finding.keys.mid(0, mostExamples))},
                        {u"what"_s, whatText(finding)},
                        {u"next"_s, nextText(finding)},
                        {u"note"_s, jsonText(finding.note)},
                        {u"repairable"_s, kindOf(finding).isMechanical}});
    }
    return array;
}

QString textOf(const Finding &finding)
{
    QStringList lines{
        tr("%1: %2 in %3 of %4").arg(finding.code).arg(finding.count).arg(finding.table, finding.database),
        "  "_L1 + whatText(finding), "  "_L1 + nextText(finding)};
    if (!finding.note.isEmpty())
        lines << "  "_L1 + finding.note;
    if (!finding.keys.isEmpty())
        lines << "  "_L1 + tr("For example %1").arg(finding.keys.mid(0, 3).join(", "_L1));
    return lines.join(u'\n');
}

QString textOf(const Reconciliation &result, const std::vector<Finding> &findings)
{
    QStringList lines;
    for (const Finding &finding : findings)
        lines << textOf(finding);
    for (const DbError &error : result.silent)
        lines << tr("Not looked at: %1 %2").arg(error.message, error.hint);
    if (findings.empty())
        lines << (result.isComplete() ? tr("Everything agrees.")
                                      : tr("What could be looked at agrees; that was not everything."));
    return lines.join(u'\n');
}

/// A database that nobody could look at counts more than what was found elsewhere.
int statusOf(const Reconciliation &result, const std::vector<Finding> &findings)
{
    int status = findings.empty() ? Success : Refused;
    for (const DbError &error : result.silent)
        status = std::max(status, Ctl::statusOf(error));
    return result.isComplete() ? status : std::max<int>(status, NotReachable);
}

ExtraRows extraRowsOf(Context &context)
{
    const bool isBack = context.isSet(u"bring-back"_s);
    const bool isRemoved = context.isSet(u"remove-extra"_s);
    if ((isBack || isRemoved) && !context.isSet(u"repair"_s))
        throw UsageError(tr("--bring-back and --remove-extra go with --repair."));
    if (isBack && isRemoved)
        throw UsageError(tr("Choose one of --bring-back and --remove-extra."));
    return isBack ? ExtraRows::BroughtBack : isRemoved ? ExtraRows::Removed : ExtraRows::Kept;
}

ReconcileOptions optionsOf(Context &context)
{
    return {.table = context.value(u"table"_s),
            .isRepairWanted = context.isSet(u"repair"_s),
            .extra = extraRowsOf(context),
            .arrival = std::chrono::seconds(context.number(u"wait"_s, 1, 30)),
            .echo = context.config().sqlEcho,
            .progress = [&context](const QString &line) { context.say(line); }};
}

int verify(Context &context)
{
    const ReconcileOptions options = optionsOf(context);
    if (!options.table.isEmpty() && !verifiableTables().contains(options.table))
        throw UsageError(tr("There is nothing to verify about a table “%1”; there is for %2.")
                             .arg(options.table.left(60), verifiableTables().join(", "_L1)));
    const Reconciliation result = reconcile(context.signedInAsAdmin(), options).valueOrThrow();
    const auto &last = options.isRepairWanted ? result.left : result.findings;
    QJsonObject object{{u"complete"_s, result.isComplete()}, {u"findings"_s, arrayOf(result.findings)}};
    QJsonArray silent;
    for (const DbError &error : result.silent)
        silent.append(errorObject(error).value("error"_L1));
    object.insert(u"silent"_s, silent);
    if (options.isRepairWanted) {
        object.insert(u"repairs"_s, QJsonArray::fromStringList(result.repairs));
        object.insert(u"left"_s, arrayOf(result.left));
    }
    return context.finish(object, textOf(result, last), statusOf(result, last));
}

int resync(Context &context)
{
    const QString shard = context.arguments().first();
    const AdminAddresses addresses = context.signedInAsAdmin();
    QStringList names;
    for (const auto &[name, url] : addresses.shards)
        names << name;
    if (!names.contains(shard))
        throw UsageError(
            tr("There is no shard “%1”; write one of %2.").arg(shard.left(60), names.join(", "_L1)));
    const QStringList steps =
        resynchroniseShard(addresses, shard,
                           {.echo = context.config().sqlEcho,
                            .progress = [&context](const QString &line) { context.say(line); }})
            .valueOrThrow();
    return context.finish({{u"shard"_s, shard}, {u"steps"_s, QJsonArray::fromStringList(steps)}},
                          steps.join(u'\n'));
}

} // namespace

std::vector<Command> verifyCommands()
{
    return {{.name = u"verify"_s,
             .summary = tr("Compares the databases with each other and each with itself; needs a superuser. "
                           "Exit status 1: something does not agree."),
             .options = {{u"repair"_s, tr("Put right what needs no person, and verify again.")},
                         {u"bring-back"_s, tr("With --repair: bring rows that only shards have, and that "
                                              "nothing needs, back to main.")},
                         {u"remove-extra"_s, tr("With --repair: remove such rows from the shards.")},
                         {u"table"_s, tr("Only this table."), u"TABLE"_s},
                         {u"wait"_s, tr("Wait at most so long for changes to reach a shard (default 30)."),
                          u"SECONDS"_s}},
             .example = u"branchlinectl verify --repair"_s,
             .run = verify},
            {.name = u"shard resync"_s,
             .summary = tr("Makes the subscriptions of a shard again and brings every row of main's tables "
                           "across; needs a superuser."),
             .arguments = u"NAME"_s,
             .leastArguments = 1,
             .mostArguments = 1,
             .example = u"branchlinectl shard resync north"_s,
             .run = resync}};
}

} // namespace Branchline::Ctl
