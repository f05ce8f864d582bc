// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/context.h"
#include "db/cluster/branches.h"

#include <QCoreApplication>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QJsonObject objectOf(const BranchEntry &branch)
{
    return {{u"code"_s, branch.code},
            {u"name"_s, branch.name},
            {u"shard"_s, jsonText(branch.shard)},
            {u"timezone"_s, branch.timezone},
            {u"id"_s, branch.id.toString(QUuid::WithoutBraces)}};
}

int list(Context &context)
{
    QJsonArray branches;
    QList<QStringList> rows;
    for (const BranchEntry &branch : context.cluster().directory()->branches()) {
        branches.append(objectOf(branch));
        rows << QStringList{branch.code, branch.name, branch.shard, branch.timezone};
    }
    return context.finish(
        {{u"branches"_s, branches}},
        rows.isEmpty() ? tr("There is no branch yet. Add one with “branchlinectl branch add CODE NAME”.")
                       : table({tr("Code"), tr("Name"), tr("Shard"), tr("Time zone")}, rows));
}

int add(Context &context)
{
    NewBranch branch{.code = context.arguments().at(0), .name = context.arguments().at(1)};
    if (context.isSet(u"timezone"_s))
        branch.timezone = context.value(u"timezone"_s);
    branch.shard = context.value(u"shard"_s);
    const BranchEntry added = addBranch(context.cluster(), branch).valueOrThrow();
    QJsonObject object = objectOf(added);
    object.insert(u"epoch"_s, added.epoch);
    return context.finish(
        {{u"branch"_s, object}},
        tr("The branch %1 (%2) lives on the shard %3.").arg(added.name, added.code, added.shard));
}

int locate(Context &context)
{
    const BranchEntry branch = context.branch(context.arguments().at(0));
    QJsonObject object{
        {u"branch"_s, branch.code}, {u"shard"_s, jsonText(branch.shard)}, {u"epoch"_s, branch.epoch}};
    QString text =
        tr("%1 lives on the shard %2 (epoch %3).").arg(branch.name, branch.shard).arg(branch.epoch);
    if (context.isSet(u"propose"_s)) {
        const QString proposal = proposedShard(*context.cluster().directory(), branch.id).valueOrThrow();
        object.insert(u"proposal"_s, proposal);
        text += u' ' + tr("A new branch with its id would be placed on %1.").arg(proposal);
    }
    return context.finish(object, text);
}

} // namespace

std::vector<Command> branchCommands()
{
    return {{.name = u"branch list"_s,
             .summary = tr("Lists the branches and the shard of each."),
             .example = u"branchlinectl branch list"_s,
             .run = list},
            {.name = u"branch add"_s,
             .summary = tr("Opens a branch and places it on a shard."),
             .arguments = u"CODE NAME"_s,
             .leastArguments = 2,
             .mostArguments = 2,
             .options = {{u"timezone"_s, tr("Where due dates end at midnight (default UTC)."), u"TZ"_s},
                         {u"shard"_s, tr("Place it there instead of where the placement function proposes."),
                          u"NAME"_s}},
             .example = u"branchlinectl branch add hillside \"Hillside Library\" --timezone Europe/Dublin"_s,
             .run = add},
            {.name = u"branch locate"_s,
             .summary = tr("Tells which shard holds a branch."),
             .arguments = u"CODE"_s,
             .leastArguments = 1,
             .mostArguments = 1,
             .options = {{u"propose"_s, tr("Tell also where it would be placed today.")}},
             .example = u"branchlinectl branch locate hillside --json"_s,
             .run = locate}};
}

} // namespace Branchline::Ctl
