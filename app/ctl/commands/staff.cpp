// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/context.h"
#include "app/ctl/password.h"
#include "db/staff/rightsarrival.h"

#include <QCoreApplication>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QString doneWords(const ServerOutcome &server)
{
    if (server.error)
        return errorText(*server.error);
    if (server.done == "made"_L1)
        return tr("login made");
    if (server.done == "opened"_L1)
        return tr("login opened again");
    if (server.done == "kept"_L1)
        return tr("login was there");
    if (server.done == "changed"_L1)
        return tr("password changed");
    return server.sessionsEnded == 0 ? tr("login ended")
                                     : tr("login ended, sessions ended: %1").arg(server.sessionsEnded);
}

/// What each server did; the exit status tells whether all of them did.
int finishReport(Context &context, const StaffReport &report, const QString &done, const QString &repeat)
{
    QJsonArray servers;
    QList<QStringList> rows;
    int status = Success;
    for (const ServerOutcome &server : report.servers) {
        QJsonObject object{{u"databases"_s, QJsonArray::fromStringList(server.databases)},
                           {u"done"_s, jsonText(server.done)},
                           {u"sessions_ended"_s, server.sessionsEnded}};
        if (server.error) {
            object.insert(u"error"_s, errorObject(*server.error));
            status = std::max(status, statusOf(*server.error));
        }
        servers.append(object);
        rows << QStringList{server.databases.join(", "_L1), doneWords(server)};
    }
    const QString end = report.isComplete() ? done : tr("Not every server has done it. %1").arg(repeat);
    return context.finish(
        {{u"login"_s, report.login}, {u"complete"_s, report.isComplete()}, {u"servers"_s, servers}},
        table({tr("Server of"), tr("Result")}, rows) + u'\n' + end, status);
}

QString branchWord(const Directory &directory, const QUuid &id)
{
    if (id.isNull())
        return tr("everywhere");
    const BranchEntry *branch = directory.branch(id);
    return branch ? branch->code : id.toString(QUuid::WithoutBraces);
}

QJsonObject objectOf(const Directory &directory, const StaffList &staff, const StaffMember &member)
{
    QJsonArray rights;
    for (const StaffRight &right : member.rights) {
        rights.append(QJsonObject{{u"right"_s, right.code},
                                  {u"branch"_s, right.branch.isNull()
                                                    ? QJsonValue()
                                                    : QJsonValue(branchWord(directory, right.branch))}});
    }
    return {{u"login"_s, member.login},
            {u"name"_s, member.name},
            {u"active"_s, member.isActive},
            {u"rights"_s, rights},
            {u"open"_s, QJsonArray::fromStringList(staff.open(member))}};
}

QString rightsText(const Directory &directory, const StaffMember &member)
{
    QStringList words;
    for (const StaffRight &right : member.rights)
        words << u"%1 (%2)"_s.arg(right.code, branchWord(directory, right.branch));
    return words.join(", "_L1);
}

int list(Context &context)
{
    Cluster &cluster = context.cluster();
    const StaffList staff = await(listStaff(cluster)).valueOrThrow();
    const DirectoryPtr directory = cluster.directory();
    QJsonArray members;
    QList<QStringList> rows;
    QStringList remarks;
    for (const StaffMember &member : staff.members) {
        members.append(objectOf(*directory, staff, member));
        rows << QStringList{member.login, member.name, member.isActive ? tr("active") : tr("disabled"),
                            rightsText(*directory, member)};
        remarks << staff.open(member);
    }
    QJsonArray servers;
    int status = Success;
    for (const ServerLogins &server : staff.servers) {
        QJsonObject object{{u"databases"_s, QJsonArray::fromStringList(server.databases)}};
        if (server.error) {
            object.insert(u"error"_s, errorObject(*server.error));
            status = std::max(status, statusOf(*server.error));
            remarks << errorText(*server.error);
        }
        servers.append(object);
    }
    QString text = table({tr("Login"), tr("Name"), tr("State"), tr("Rights")}, rows);
    if (!remarks.isEmpty())
        text += u'\n' + remarks.join(u'\n');
    return context.finish({{u"staff"_s, members}, {u"servers"_s, servers}}, text, status);
}

int add(Context &context)
{
    NewStaff staff{.login = context.arguments().at(0), .name = context.arguments().at(1), .password = {}};
    if (context.isSet(u"group"_s))
        staff.group = "branchline_"_L1 + context.value(u"group"_s).replace(u'-', u'_');
    Cluster &cluster = context.cluster();
    staff.password = readNewPassword(tr("New password of %1").arg(staff.login));
    return finishReport(
        context, await(addStaff(cluster, staff)).valueOrThrow(),
        tr("%1 may sign in. Give rights with “branchlinectl staff assign %1 RIGHT”.").arg(staff.login),
        tr("Give the command again when it answers, with the same password."));
}

int disable(Context &context)
{
    const QString login = context.arguments().at(0);
    return finishReport(context, await(disableStaff(context.cluster(), login)).valueOrThrow(),
                        tr("%1 has no rights and may not sign in any more.").arg(login),
                        tr("%1 has no rights any more. Give the command again when it answers.").arg(login));
}

int password(Context &context)
{
    const QString login = context.arguments().at(0);
    Cluster &cluster = context.cluster();
    const QString secret = readNewPassword(tr("New password of %1").arg(login));
    return finishReport(context, await(changePassword(cluster, login, secret)).valueOrThrow(),
                        tr("%1 has a new password.").arg(login),
                        tr("Give the command again when it answers, with the same password."));
}

/// The right of the arguments at the branch of the options.
StaffRight rightOf(Context &context)
{
    const bool everywhere = context.isSet(u"everywhere"_s);
    if (everywhere == context.isSet(u"branch"_s))
        throw UsageError(tr("Say where: --branch CODE or --everywhere."));
    StaffRight right{.code = context.arguments().at(1), .branch = {}};
    if (!everywhere)
        right.branch = context.branch(context.value(u"branch"_s)).id;
    return right;
}

/// Main has it; what the shards say decides how it ends.
int finishRight(Context &context, const StaffRight &right, bool isHeld, const QString &text)
{
    const QString login = context.arguments().at(0);
    const QString where = branchWord(*context.cluster().directory(), right.branch);
    const Combined<Done> shards = await(awaitRight(context.cluster(), login, right, isHeld));
    QString lines = text.arg(login, right.code, where);
    for (const ShardAnswer<Done> &shard : shards.shards) {
        if (!shard.result)
            lines += u'\n' + shard.result.error().message;
    }
    if (!shards.isComplete())
        lines += u'\n' + tr("It holds there as soon as the change arrives, which it does by itself.");
    return context.finish({{u"login"_s, login},
                           {u"right"_s, right.code},
                           {u"branch"_s, right.branch.isNull() ? QJsonValue() : QJsonValue(where)},
                           {isHeld ? u"assigned"_s : u"revoked"_s, true},
                           {u"arrived"_s, shards.isComplete()},
                           {u"missing"_s, QJsonArray::fromStringList(shards.missing())}},
                          lines, shards.isComplete() ? Success : NotReachable);
}

int assign(Context &context)
{
    const StaffRight right = rightOf(context);
    (void)await(assignRight(context.cluster(), context.arguments().at(0), right)).valueOrThrow();
    return finishRight(context, right, true, tr("%1 has the right %2 (%3)."));
}

int revoke(Context &context)
{
    const StaffRight right = rightOf(context);
    (void)await(revokeRight(context.cluster(), context.arguments().at(0), right)).valueOrThrow();
    return finishRight(context, right, false, tr("%1 does not have the right %2 (%3) any more."));
}

Command rightCommand(const QString &name, const QString &summary, const QString &example,
                     int (*run)(Context &))
{
    return {.name = name,
            .summary = summary,
            .arguments = u"LOGIN RIGHT"_s,
            .leastArguments = 2,
            .mostArguments = 2,
            .options = {{u"branch"_s, tr("At this branch."), u"CODE"_s},
                        {u"everywhere"_s, tr("At every branch, those to come included.")}},
            .example = example,
            .run = run};
}

Command loginCommand(const QString &name, const QString &summary, int (*run)(Context &))
{
    return {.name = name,
            .summary = summary,
            .arguments = u"LOGIN"_s,
            .leastArguments = 1,
            .mostArguments = 1,
            .example = u"branchlinectl %1 clara"_s.arg(name),
            .run = run};
}

} // namespace

std::vector<Command> staffCommands()
{
    return {
        {.name = u"staff list"_s,
         .summary = tr("Lists the staff with their rights, and what servers still have to do."),
         .example = u"branchlinectl staff list --json"_s,
         .run = list},
        {.name = u"staff add"_s,
         .summary = tr("Lets somebody sign in to every server; asks for the password. Safe to repeat."),
         .arguments = u"LOGIN NAME"_s,
         .leastArguments = 2,
         .mostArguments = 2,
         .options = {{u"group"_s,
                      tr("What the login may call at all: staff (default), branch-admin, admin or report."),
                      u"GROUP"_s}},
         .example = u"branchlinectl staff add clara \"Clara Oswald\""_s,
         .run = add},
        rightCommand(u"staff assign"_s, tr("Gives a right; “all” gives every one of them."),
                     u"branchlinectl staff assign clara desk --branch hillside"_s, assign),
        rightCommand(u"staff revoke"_s, tr("Takes a right back."),
                     u"branchlinectl staff revoke clara desk --branch hillside"_s, revoke),
        loginCommand(u"staff disable"_s,
                     tr("Takes every right, ends the login and its sessions on every server."), disable),
        loginCommand(u"staff password"_s,
                     tr("Sets a new password, one's own or somebody's, on every server; asks for it."),
                     password)};
}

} // namespace Branchline::Ctl
