// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/restoreneighbours.h"

#include "db/backup/backupsupport.h"
#include "db/routing/placement.h"

#include <libpq-fe.h>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr Statement branchesOnShard{
    "restore_branches_on_shard"_L1,
    "SELECT p.branch_id::text AS id, b.code, p.epoch FROM public.branch_placement AS p "
    "  JOIN public.branches AS b ON b.id = p.branch_id WHERE p.shard_id = ?::uuid ORDER BY b.code"_L1};
constexpr Statement branchesHere{
    "restore_branches_here"_L1,
    "SELECT p.branch_id::text AS id, p.epoch FROM public.branch_placement AS p WHERE p.state <> 'retired'"_L1};
constexpr Statement shardName{"restore_shard_name"_L1, "SELECT name FROM public.shard_identity"_L1};
constexpr Statement knownPlace{
    "restore_known_place"_L1,
    "SELECT host, port::text AS port, database FROM public.shards WHERE id = ?::uuid"_L1};
constexpr Statement sources{
    "restore_sources"_L1,
    "SELECT DISTINCT s.subconninfo AS source FROM pg_catalog.pg_subscription AS s "
    " WHERE s.subname LIKE 'branchline\\_%' AND s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d "
    "                                                        WHERE d.datname = pg_catalog.current_database())"_L1};
constexpr Statement databaseExists{
    "restore_database_exists"_L1,
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = ?::name AND datallowconn) AS present"_L1};
constexpr Statement holdsLibrary{
    "restore_holds_library"_L1,
    "SELECT pg_catalog.to_regclass('public.schema_version') IS NOT NULL AS present"_L1};

/// Whether a server is there at all, whoever it lets in.
bool hasServer(const ConnectionUrl &url)
{
    const PGPing answer = PQping(url.with(u"connect_timeout"_s, u"5"_s).toConnInfo().toUtf8().constData());
    return answer == PQPING_OK || answer == PQPING_REJECT;
}

/// Whether a library's database is at this address, other than the one that is restored to.
bool answersElsewhere(const ConnectionUrl &url, const RestoreTarget &target)
{
    if (!hasServer(url))
        return false;
    const auto server =
        openAsSuperuser(target.source.name, url.with(u"dbname"_s, u"postgres"_s), u"restore"_s);
    if (factsOf(*server).identifier == target.serverIdentifier && url.database() == target.url.database())
        return false;
    if (!server->exec(databaseExists, {url.database()})->row(0).flag("present"))
        return false;
    return openAsSuperuser(target.source.name, url, u"restore"_s)->exec(holdsLibrary)->row(0).flag("present");
}

/// There must never be two of it.
void requireGone(const ConnectionUrl &old, const RestoreTarget &target)
{
    bool answers = false;
    try {
        answers = answersElsewhere(old, target);
    } catch (const DbException &e) {
        failBackup(
            DbErrorKind::Conflict,
            BackupText::tr("%1 lives at %2 so far, where a server answers and cannot be looked into: %3")
                .arg(target.source.name, old.display(), e.error().message),
            BackupText::tr("Stop that server, or give its superuser this login."), target.source.name);
    }
    if (answers) {
        failBackup(DbErrorKind::Conflict,
                   BackupText::tr("%1 still answers at %2; there would be two of it, and loans in both.")
                       .arg(target.source.name, old.display()),
                   BackupText::tr("If it is to be replaced, stop its server, or rename or drop that database "
                                  "(a shard's subscriptions first); then run restore again."),
                   target.source.name);
    }
}

QMap<QString, qint64> epochs(const Rows &rows)
{
    QMap<QString, qint64> placed;
    for (int i = 0; i < rows->rowCount(); ++i)
        placed.insert(rows->row(i).text("id"), rows->row(i).number("epoch"));
    return placed;
}

} // namespace

QStringList compareWithMain(Session &main, const RestoreTarget &shard)
{
    const QUuid id = shardIdForName(shard.source.shard);
    const Rows rows = main.exec(branchesOnShard, {id});
    const QMap<QString, qint64> placed = epochs(rows);
    for (const BackedUpBranch &branch : shard.source.branches) {
        if (placed.value(branch.id, -1) == branch.epoch)
            continue;
        failBackup(
            DbErrorKind::Conflict,
            BackupText::tr("The branch “%1” is in the backup of %2, and main says that it does not live "
                           "there, or has moved since.")
                .arg(branch.code, shard.source.name),
            BackupText::tr("Check that backup and main are of the same library. After a move take a "
                           "backup that was made later."),
            shard.source.name);
    }
    const Rows places = main.exec(knownPlace, {id});
    if (places->rowCount() > 0) {
        const auto place = places->row(0);
        requireGone(shard.url.with(u"hostaddr"_s, {})
                        .with(u"host"_s, place.text("host"))
                        .with(u"port"_s, place.text("port"))
                        .with(u"dbname"_s, place.text("database")),
                    shard);
    }
    QStringList newer;
    for (int i = 0; i < rows->rowCount(); ++i) {
        const QString branchId = rows->row(i).text("id");
        if (std::none_of(shard.source.branches.begin(), shard.source.branches.end(),
                         [&](const BackedUpBranch &branch) { return branch.id == branchId; }))
            newer << rows->row(i).text("code");
    }
    return newer;
}

void compareWithShard(Session &shard, const BackedUpDatabase &source)
{
    const Rows identity = shard.exec(shardName);
    if (identity->rowCount() == 0 || identity->row(0).text("name") != source.shard) {
        failBackup(DbErrorKind::Conflict,
                   BackupText::tr("The database at the address of %1 is another shard.").arg(source.name),
                   BackupText::tr("Correct the addresses of the shards."), source.name);
    }
    const QMap<QString, qint64> placed = epochs(shard.exec(branchesHere));
    for (const BackedUpBranch &branch : source.branches) {
        if (placed.value(branch.id, -1) == branch.epoch)
            continue;
        failBackup(
            DbErrorKind::Conflict,
            BackupText::tr("The branch “%1” lived on %2 when the backup was made, and %2 says that it does "
                           "not live there, or has moved since.")
                .arg(branch.code, source.name),
            BackupText::tr("Check that the backup and the shards are of the same library. After a move take "
                           "a backup that was made later, or restore the whole library."),
            source.name);
    }
}

void requireMainGone(Session &shard, const RestoreTarget &main)
{
    const Rows rows = shard.exec(sources);
    for (int i = 0; i < rows->rowCount(); ++i) {
        const ConnectionUrl known =
            ConnectionUrl::parse(rows->row(i).text("source"),
                                 BackupText::tr("The subscription of %1").arg(shard.database()))
                .valueOrThrow();
        ConnectionUrl old = main.url;
        for (const QString &keyword : {u"host"_s, u"hostaddr"_s, u"port"_s, u"dbname"_s})
            old = old.with(keyword, known.value(keyword));
        requireGone(old, main);
    }
}

} // namespace Branchline::Internal
