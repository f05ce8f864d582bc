// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/administrator.h"
#include "app/ctl/commands/demo.h"
#include "app/ctl/commands/resumereport.h"
#include "db/cluster/branches.h"
#include "db/cluster/locallibrarysetup.h"
#include "db/cluster/printsql.h"

#include <QCoreApplication>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

/// Those of the settings, their databases made if --create wants that.
AdminAddresses addressesFor(Context &context)
{
    AdminAddresses addresses = administratorsAddresses(context);
    if (!context.isSet(u"create"_s))
        return addresses;
    const ConnectionUrl admin = adminUrl(context);
    if (admin.isEmpty())
        throw UsageError(tr("--create needs --admin-url, the address of a superuser."));
    const QString maintenance = admin.database().isEmpty() ? u"postgres"_s : admin.database();
    for (const QString &made : createDatabases(addresses, maintenance).valueOrThrow())
        context.say(tr("Made the database %1.").arg(made));
    return addresses;
}

/// Sets up the databases of the settings or of the local library.
void setUp(Context &context, const AdminAddresses &addresses, ResumeReport &report)
{
    InitOptions options{.resume = context.isSet(u"resume"_s),
                        .resumed = [&](const ResumedTable &table) { report.add(table); },
                        .echo = context.config().sqlEcho,
                        .progress = [&](const QString &line) { context.say(line); }};
    if (context.isLocal() && !options.resume) {
        prepareLocalLibrary(context.localLibrary(), options.echo, options.progress).orThrow();
        return;
    }
    if (context.isLocal())
        options.localStaffLogin =
            context.localLibrary().start(options.progress).valueOrThrow().desk().main.user();
    initialise(addresses, options).orThrow();
    if (!context.isSet(u"admin-url"_s)) {
        finishPlacements(context.clusterAsIs()).orThrow();
        return;
    }
    finishPlacements(*administratorsCluster(context, addresses)).orThrow();
}

int init(Context &context)
{
    if (context.isSet(u"print-sql"_s)) {
        const QString script = setUpScript(context.adminAddresses());
        return context.finish({{u"sql"_s, script}}, script);
    }
    ResumeReport report;
    const AdminAddresses addresses = addressesFor(context);
    setUp(context, addresses, report);
    QJsonArray shards;
    for (const auto &[name, url] : addresses.shards)
        shards.append(name);
    QJsonObject object{
        {u"initialised"_s, true}, {u"main"_s, addresses.main.display()}, {u"shards"_s, shards}};
    QString text = tr("The library is ready: main and %1 shards.").arg(addresses.shards.size());
    if (context.isSet(u"resume"_s)) {
        object.insert(u"resumed"_s, report.tables());
        text = report.text() + u'\n' + text;
    }
    addDemo(object, text, loadDemo(context, addresses));
    return context.finish(object, text);
}

} // namespace

std::vector<Command> initCommands()
{
    return {{.name = u"init"_s,
             .summary = tr("Prepares the databases: roles, tables, functions, replication. Safe to repeat."),
             .options = {demoOption(),
                         {u"print-sql"_s, tr("Prints everything as a script for psql instead, for a database "
                                             "administrator to read and run.")},
                         {u"create"_s, tr("Makes the databases that are missing first; needs --admin-url.")},
                         adminUrlOption(),
                         {u"resume"_s, tr("Makes every replication slot again and brings every reference row "
                                          "across: after a failover of main, or when a slot was lost.")}},
             .example =
                 u"DATABASE_URL=… SHARDING_BRANCHES=north,south DATABASE_URL_NORTH=… DATABASE_URL_SOUTH=… "
                 "branchlinectl init"_s,
             .run = init}};
}

} // namespace Branchline::Ctl
