// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/localstate.h"

#include "db/local/localsupport.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr int formatNumber = 1;
constexpr int firstPort = 5432;

QString kindOfFile()
{
    return u"branchline-local-library"_s;
}

QJsonObject toJson(const LocalServerEntry &server)
{
    return {{u"name"_s, server.name},
            {u"port"_s, server.port},
            {u"databases"_s, QJsonArray::fromStringList(server.databases)},
            {u"made"_s, server.isMade}};
}

/// The names become parts of paths that `destroy` removes.
bool isSafeName(const QString &name)
{
    static const QRegularExpression safe(u"\\A[a-z][a-z0-9_]{0,62}\\z"_s);
    return safe.match(name).hasMatch();
}

LocalServerEntry entryFromJson(const QJsonObject &object)
{
    LocalServerEntry server{.name = object["name"_L1].toString(),
                            .port = object["port"_L1].toInt(),
                            .databases = {},
                            .isMade = object["made"_L1].toBool()};
    const QJsonArray databases = object["databases"_L1].toArray();
    for (const QJsonValue &database : databases)
        server.databases << database.toString();
    return server;
}

LocalState fromJson(const QJsonObject &object)
{
    LocalState state;
    state.separateServers = object["separateServers"_L1].toBool();
    state.isBeingRemoved = object["removing"_L1].toBool();
    state.ownsDirectory = object["ownsDirectory"_L1].toBool();
    state.making = object["making"_L1].toString();
    state.postgresMajor = object["postgresql"_L1].toInt();
    state.created = QDateTime::fromString(object["created"_L1].toString(), Qt::ISODate);
    state.socketDirectory = object["socketDirectory"_L1].toString();
    state.mainDatabase = object["main"_L1].toString();
    const QJsonObject shards = object["shards"_L1].toObject();
    for (auto it = shards.begin(); it != shards.end(); ++it)
        state.shardDatabases.insert(it.key(), it.value().toString());
    const QJsonArray servers = object["servers"_L1].toArray();
    for (const QJsonValue &server : servers)
        state.servers << entryFromJson(server.toObject());
    return state;
}

bool isUsable(const LocalState &state)
{
    return isSafeName(state.mainDatabase) && !state.servers.isEmpty() &&
           std::all_of(state.servers.begin(), state.servers.end(), [](const LocalServerEntry &server) {
               return isSafeName(server.name) && server.port > 0 && server.port <= 65535 &&
                      std::all_of(server.databases.begin(), server.databases.end(), isSafeName);
           });
}

} // namespace

LocalState LocalState::fresh(bool separateServers, const QStringList &shards)
{
    LocalState state;
    state.separateServers = separateServers;
    state.created = QDateTime::currentDateTimeUtc();
    state.mainDatabase = u"book_service"_s;
    QStringList databases{state.mainDatabase};
    QStringList names{u"main"_s};
    for (const QString &shard : shards) {
        if (!isSafeName(shard) || state.shardDatabases.contains(shard))
            failLocal(DbErrorKind::InvalidValue, Local::tr("“%1” cannot be the name of a shard.").arg(shard),
                      Local::tr("Use each name once: a small letter, then small letters, digits and _."));
        state.shardDatabases.insert(shard, "book_service_"_L1 + shard);
        databases << state.shardDatabases[shard];
        names << shard + "_shard"_L1;
    }
    if (!separateServers) {
        state.servers.append({u"library"_s, firstPort, databases, false});
        return state;
    }
    for (int i = 0; i < names.size(); ++i)
        state.servers.append({names[i], firstPort + i, {databases[i]}, false});
    return state;
}

std::optional<LocalState> LocalState::load(const QString &file)
{
    QFile input(file);
    if (!input.exists())
        return {};
    if (!input.open(QIODevice::ReadOnly))
        failLocal(DbErrorKind::Configuration,
                  Local::tr("The file %1 cannot be read: %2.").arg(file, input.errorString()),
                  Local::tr("Check that the folder belongs to you, or choose another one with --dir."));
    const QJsonObject object = QJsonDocument::fromJson(input.readAll()).object();
    if (object["kind"_L1].toString() == kindOfFile() && object["format"_L1].toInt() > formatNumber)
        failLocal(DbErrorKind::SchemaMismatch,
                  Local::tr("The local library of %1 was made by a newer Branchline.").arg(file),
                  Local::tr("Install that version of Branchline, or a newer one."));
    const LocalState state = fromJson(object);
    if (object["kind"_L1].toString() != kindOfFile() || !isUsable(state))
        failLocal(
            DbErrorKind::Configuration,
            Local::tr("The file %1 does not describe a local library; it is damaged or not ours.").arg(file),
            Local::tr("Put back the file from a backup, or choose another folder with --dir."));
    return state;
}

void LocalState::save(const QString &file) const
{
    QJsonArray entries;
    for (const LocalServerEntry &server : servers)
        entries.append(toJson(server));
    QJsonObject shards;
    for (auto it = shardDatabases.begin(); it != shardDatabases.end(); ++it)
        shards.insert(it.key(), it.value());
    QJsonObject object{{u"kind"_s, kindOfFile()},
                       {u"format"_s, formatNumber},
                       {u"created"_s, created.toString(Qt::ISODate)},
                       {u"postgresql"_s, postgresMajor},
                       {u"separateServers"_s, separateServers},
                       {u"removing"_s, isBeingRemoved},
                       {u"ownsDirectory"_s, ownsDirectory},
                       {u"socketDirectory"_s, socketDirectory},
                       {u"main"_s, mainDatabase},
                       {u"shards"_s, shards},
                       {u"servers"_s, entries}};
    if (!making.isEmpty())
        object.insert(u"making"_s, making);
    writeFile(file, QJsonDocument(object).toJson());
}

int LocalState::highestPort() const
{
    int port = firstPort;
    for (const LocalServerEntry &server : servers)
        port = std::max(port, server.port);
    return port;
}

} // namespace Branchline::Internal
