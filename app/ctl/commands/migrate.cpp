// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/context.h"
#include "app/ctl/password.h"
#include "db/cluster/roles.h"
#include "db/schema/migrator.h"

#include <QCoreApplication>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

struct Target
{
    QString database;
    DatabaseRole role = DatabaseRole::Main;
    ConnectionUrl url;
};

/// The superuser's addresses, with the password if one has to be typed.
AdminAddresses signedIn(Context &context)
{
    AdminAddresses addresses = context.adminAddresses();
    if (context.isLocal())
        return addresses;
    ClusterConfig config;
    config.main = addresses.main;
    for (const auto &[name, url] : addresses.shards)
        config.shardUrls.insert(name, url);
    signInAtTerminal(config);
    addresses.main = config.main;
    for (auto &[name, url] : addresses.shards)
        url = config.shardUrls.value(name);
    return addresses;
}

/// Functions that belong to the superuser, and so to no migration: a superuser makes them here; somebody less
/// is told who has to. Returns what is missing.
QStringList renewLoginFunctions(const std::vector<Target> &list,
                                const std::vector<std::unique_ptr<Session>> &sessions)
{
    static constexpr Statement standing{"login_functions"_L1,
                                        "SELECT rolsuper, to_regprocedure('public.make_staff_login(text, "
                                        "text, text)') IS NOT NULL AS present "
                                        "FROM pg_catalog.pg_roles WHERE rolname = current_user"_L1};
    QStringList missing;
    for (size_t i = 0; i < list.size(); ++i) {
        const Rows rows = sessions[i]->exec(standing);
        if (rows->row(0).flag("rolsuper"))
            makeStaffLoginFunctions(*sessions[i]);
        else if (!rows->row(0).flag("present"))
            missing << list[i].database;
    }
    return missing;
}

/// Shards first: a column that is replicated must stand there before main sends it.
std::vector<Target> targets(Context &context)
{
    const AdminAddresses addresses = signedIn(context);
    std::vector<Target> list;
    for (const auto &[name, url] : addresses.shards)
        list.push_back({name + "_shard"_L1, DatabaseRole::Shard, url});
    list.push_back({u"main"_s, DatabaseRole::Main, addresses.main});
    const QString only = context.value(u"database"_s);
    if (only.isEmpty())
        return list;
    std::erase_if(list, [&](const Target &target) { return target.database != only; });
    if (list.empty())
        throw UsageError(tr("There is no database “%1”; write main or NAME_shard.").arg(only.left(60)));
    return list;
}

std::unique_ptr<Session> open(Context &context, const Target &target)
{
    auto session = std::make_unique<Session>(SessionSettings{
        .database = target.database,
        .url = target.url,
        .application = u"branchlinectl %1 migrate"_s.arg(QSysInfo::machineHostName()),
        .echo = context.config().sqlEcho,
        .patience = {Patience::usualLimit, [&context](const QString &line) { context.say(line); }}});
    session->open();
    return session;
}

int status(Context &context)
{
    QJsonArray databases;
    QList<QStringList> rows;
    bool upToDate = true;
    for (const Target &target : targets(context)) {
        const auto session = open(context, target);
        int applied = 0;
        QJsonArray pending;
        for (const MigrationStep &step : migrationSteps(*session, target.role)) {
            if (step.applied)
                applied = step.id;
            else
                pending.append(u"%1_%2"_s.arg(step.id, 4, 10, QLatin1Char('0')).arg(step.name));
        }
        upToDate = upToDate && pending.isEmpty();
        databases.append(QJsonObject{{u"name"_s, target.database},
                                     {u"version"_s, applied},
                                     {u"latest"_s, schemaVersion(target.role)},
                                     {u"pending"_s, pending}});
        rows << QStringList{
            target.database, QString::number(applied), QString::number(schemaVersion(target.role)),
            pending.isEmpty() ? tr("up to date") : tr("%1 steps to apply").arg(pending.size())};
    }
    return context.finish({{u"up_to_date"_s, upToDate}, {u"databases"_s, databases}},
                          table({tr("Database"), tr("Version"), tr("Latest"), tr("State")}, rows),
                          upToDate ? Success : Refused);
}

int up(Context &context)
{
    const auto list = targets(context);
    // All are reached and looked at before the first is changed.
    std::vector<std::unique_ptr<Session>> sessions;
    for (const Target &target : list) {
        sessions.push_back(open(context, target));
        (void)migrationSteps(*sessions.back(), target.role);
    }
    QJsonArray databases;
    QList<QStringList> rows;
    for (size_t i = 0; i < list.size(); ++i) {
        const QStringList applied = migrateUp(*sessions[i], list[i].role);
        databases.append(QJsonObject{{u"name"_s, list[i].database},
                                     {u"version"_s, schemaVersion(list[i].role)},
                                     {u"applied"_s, QJsonArray::fromStringList(applied)}});
        rows << QStringList{list[i].database, QString::number(schemaVersion(list[i].role)),
                            applied.isEmpty() ? tr("nothing to do") : applied.join(", "_L1)};
    }
    const QStringList missing = renewLoginFunctions(list, sessions);
    QString text = table({tr("Database"), tr("Version"), tr("Applied")}, rows);
    if (!missing.isEmpty())
        text += u'\n' +
                tr("The functions that make logins of the staff are missing in %1: only a superuser makes "
                   "them. Run “branchlinectl init” once as the superuser of each server; it changes "
                   "nothing else.")
                    .arg(missing.join(", "_L1));
    return context.finish(
        {{u"databases"_s, databases}, {u"login_functions_missing"_s, QJsonArray::fromStringList(missing)}},
        text);
}

} // namespace

std::vector<Command> migrateCommands()
{
    const QCommandLineOption database(u"database"_s, tr("Only this one: main or NAME_shard."), u"NAME"_s);
    return {{.name = u"migrate status"_s,
             .summary = tr("Shows the schema version of every database and what is to be applied."),
             .options = {database},
             .example = u"branchlinectl migrate status"_s,
             .run = status},
            {.name = u"migrate up"_s,
             .summary = tr("Brings every database to the schema of this program; shards first."),
             .options = {database},
             .example = u"branchlinectl migrate up"_s,
             .run = up}};
}

} // namespace Branchline::Ctl
