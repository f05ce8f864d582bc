// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands/preparelocal.h"

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

void initialiseLibrary(Context &context, const AdminAddresses &addresses, bool local)
{
    initialise(addresses, {.localStaffLogin = local ? u"librarian"_s : QString(),
                           .echo = context.config().sqlEcho,
                           .progress = [&](const QString &line) { context.say(line); }})
        .orThrow();
    finishPlacements(context.clusterAsIs()).orThrow();
}

int init(Context &context)
{
    const bool local = context.isLocal();
    if (local)
        prepareLocalLibrary(context, false);
    else
        initialiseLibrary(context, context.adminAddresses(), false);
    const AdminAddresses addresses = context.adminAddresses();
    QJsonArray shards;
    for (const auto &[name, url] : addresses.shards)
        shards.append(name);
    return context.finish(
        {{u"initialised"_s, true}, {u"main"_s, addresses.main.display()}, {u"shards"_s, shards}},
        tr("The library is ready: main and %1 shards.").arg(addresses.shards.size()));
}

} // namespace

LocalStatus prepareLocalLibrary(Context &context, bool separateServers)
{
    const LocalLibrary library = context.localLibrary(separateServers);
    const LocalStatus status = library.start([&](const QString &line) { context.say(line); }).valueOrThrow();
    AdminAddresses addresses{.main = status.superuser().main, .shards = {}};
    const LocalAddresses superuser = status.superuser();
    for (auto it = superuser.shards.cbegin(); it != superuser.shards.cend(); ++it)
        addresses.shards.emplace(it.key(), it.value());
    initialiseLibrary(context, addresses, true);
    return status;
}

std::vector<Command> initCommands()
{
    return {{.name = u"init"_s,
             .summary = tr("Prepares the databases: roles, tables, functions, replication. Safe to repeat."),
             .example =
                 u"DATABASE_URL=… SHARDING_BRANCHES=north,south DATABASE_URL_NORTH=… DATABASE_URL_SOUTH=… "
                 "branchlinectl init"_s,
             .run = init}};
}

} // namespace Branchline::Ctl
