// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands/demo.h"
#include "db/cluster/branches.h"
#include "db/cluster/locallibrarysetup.h"

#include <QCoreApplication>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

int init(Context &context)
{
    const auto say = [&](const QString &line) { context.say(line); };
    if (context.isLocal())
        prepareLocalLibrary(context.localLibrary(), context.config().sqlEcho, say).orThrow();
    const AdminAddresses addresses = context.adminAddresses();
    if (!context.isLocal()) {
        initialise(addresses, {.echo = context.config().sqlEcho, .progress = say}).orThrow();
        finishPlacements(context.clusterAsIs()).orThrow();
    }
    QJsonArray shards;
    for (const auto &[name, url] : addresses.shards)
        shards.append(name);
    QJsonObject object{
        {u"initialised"_s, true}, {u"main"_s, addresses.main.display()}, {u"shards"_s, shards}};
    QString text = tr("The library is ready: main and %1 shards.").arg(addresses.shards.size());
    addDemo(object, text, loadDemo(context, addresses));
    return context.finish(object, text);
}

} // namespace

std::vector<Command> initCommands()
{
    return {{.name = u"init"_s,
             .summary = tr("Prepares the databases: roles, tables, functions, replication. Safe to repeat."),
             .options = {demoOption()},
             .example =
                 u"DATABASE_URL=… SHARDING_BRANCHES=north,south DATABASE_URL_NORTH=… DATABASE_URL_SOUTH=… "
                 "branchlinectl init"_s,
             .run = init}};
}

} // namespace Branchline::Ctl
