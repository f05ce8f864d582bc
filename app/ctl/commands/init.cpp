// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands/demo.h"
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

/// What --resume did, table by table.
struct ResumeReport
{
    QJsonArray tables;
    QList<QStringList> rows;
    qint64 onlyOnShards = 0;

    void add(const ResumedTable &table)
    {
        tables.append(QJsonObject{{u"shard"_s, table.shard},
                                  {u"table"_s, table.table},
                                  {u"compared"_s, table.compared},
                                  {u"inserted"_s, table.inserted},
                                  {u"changed"_s, table.changed},
                                  {u"removed"_s, table.removed},
                                  {u"only_on_shard"_s, table.onlyOnShard},
                                  {u"examples"_s, QJsonArray::fromStringList(table.examples)}});
        rows << QStringList{table.shard,
                            table.table,
                            QString::number(table.compared),
                            QString::number(table.inserted),
                            QString::number(table.changed),
                            QString::number(table.removed),
                            QString::number(table.onlyOnShard)};
        onlyOnShards += table.onlyOnShard;
    }

    [[nodiscard]] QString text() const
    {
        QString text = table({tr("Shard"), tr("Table"), tr("Compared"), tr("Added"), tr("Changed"),
                              tr("Removed"), tr("Only there")},
                             rows);
        if (onlyOnShards > 0) {
            text +=
                u'\n' + tr("Main does not have the rows that are only on a shard: it lost them, or they were "
                           "written there by hand. They stay, since loans may refer to them; --json names "
                           "some of each table.");
        }
        return text;
    }
};

/// The login of --admin-url in place of those of the settings.
AdminAddresses addressesFor(Context &context)
{
    if (!context.isSet(u"admin-url"_s)) {
        if (context.isSet(u"create"_s))
            throw UsageError(tr("--create needs --admin-url, the address of a superuser."));
        return context.adminAddresses();
    }
    const QString option = u"--admin-url"_s;
    const ConnectionUrl admin = ConnectionUrl::parse(context.value(u"admin-url"_s), option).valueOrThrow();
    if (admin.hasPassword())
        throw DbException(passwordInAddress(option));
    AdminAddresses addresses = context.adminAddresses();
    const auto signIn = [&admin](const ConnectionUrl &url) {
        return url.with(u"user"_s, admin.user()).with(u"password"_s, {});
    };
    addresses.main = signIn(addresses.main);
    for (auto &[name, url] : addresses.shards)
        url = signIn(url);
    if (context.isSet(u"create"_s)) {
        const QString maintenance = admin.database().isEmpty() ? u"postgres"_s : admin.database();
        for (const QString &made : createDatabases(addresses, maintenance).valueOrThrow())
            context.say(tr("Made the database %1.").arg(made));
    }
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
    ClusterConfig config = context.config();
    config.main = addresses.main;
    for (const auto &[name, url] : addresses.shards)
        config.shardUrls.insert(name, url);
    Cluster cluster(config, u"branchlinectl %1 init"_s.arg(QSysInfo::machineHostName()));
    finishPlacements(cluster).orThrow();
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
        object.insert(u"resumed"_s, report.tables);
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
                         {u"admin-url"_s,
                          tr("Signs in to every server as the user of this address, a superuser, and to its "
                             "database while databases are made."),
                          u"URL"_s},
                         {u"resume"_s, tr("Makes every replication slot again and brings every reference row "
                                          "across: after a failover of main, or when a slot was lost.")}},
             .example =
                 u"DATABASE_URL=… SHARDING_BRANCHES=north,south DATABASE_URL_NORTH=… DATABASE_URL_SOUTH=… "
                 "branchlinectl init"_s,
             .run = init}};
}

} // namespace Branchline::Ctl
