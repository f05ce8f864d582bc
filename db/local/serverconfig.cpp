// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/serverconfig.h"

#include "db/local/localsupport.h"

#include <QFile>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

QString writtenByUs()
{
    return u"# Branchline writes this file whenever it starts the local library; changes are lost.\n"_s;
}

QString quoted(QString value)
{
    value.replace(u'\\', "\\\\"_L1).replace(u'\'', "''"_L1);
    return u'\'' + value + u'\'';
}

/// Row values must not reach the log: so no statements, no parameters, no DETAIL lines (they quote rows),
/// and no errors of clients at all, whose text may quote a value ("invalid input syntax …"). The client
/// gets them anyway; replication runs as the superuser, for whom errors are logged.
QString logSettings()
{
    return uR"(
logging_collector = on
log_destination = 'stderr'
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_file_mode = 0600
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
log_min_messages = log
log_error_verbosity = terse
log_min_error_statement = panic
log_statement = none
log_min_duration_statement = -1
log_min_duration_sample = -1
log_lock_waits = off
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
)"_s;
}

/// PostgreSQL's defaults starve logical replication without a word beyond two shards, and keep log for a
/// shard that stays away until the disk is full.
QString replicationSettings(int shardCount)
{
    const int workers = 3 * std::max(shardCount, 8) + 4; // room for shards that are added later
    return uR"(
wal_level = logical
max_logical_replication_workers = %1
max_worker_processes = %2
max_replication_slots = %1
max_wal_senders = %1
max_slot_wal_keep_size = 8GB
max_sync_workers_per_subscription = 2
wal_retrieve_retry_interval = 1s
)"_s.arg(workers)
        .arg(workers + 8);
}

/// authentication_timeout: a client that connects and falls silent would hold up the server's stop so long.
QString settings(const LocalServerEntry &server, int shardCount, const QString &socketDirectory)
{
    QString text =
        writtenByUs() +
        "# Settings of your own belong into postgresql.conf, after the line that includes this file.\n"_L1;
    text += "listen_addresses = ''\nport = "_L1 + QString::number(server.port) + u'\n';
    text += "unix_socket_directories = "_L1 + quoted(u'"' + socketDirectory + u'"') + u'\n';
    text += "cluster_name = "_L1 + quoted("branchline "_L1 + server.name) + u'\n';
    text += uR"(
unix_socket_permissions = 0700
max_connections = 300
authentication_timeout = 10s
shared_buffers = 64MB
fsync = on
synchronous_commit = on
full_page_writes = on
timezone = 'UTC'
jit = off
)"_s;
    return text + replicationSettings(shardCount) + logSettings();
}

/// Everybody signs in as who they are to the operating system. Only the map's accounts may take the three
/// roles that need no password; further staff logins have one.
QString clientAuthentication()
{
    return writtenByUs() + uR"(
local  all          branchline_superuser,librarian,branchline_replicator  peer map=branchline
local  replication  branchline_replicator                                 peer map=branchline
local  all          all                                                   scram-sha-256
)"_s;
}

QString quotedForIdent(QString name)
{
    return u'"' + name.replace(u'"', "\"\""_L1) + u'"';
}

/// Root can become any account, so it is let in directly.
QString accountMap(const ServerAccount &account)
{
    QString text = writtenByUs();
    for (const QString &name : {account.name, u"root"_s}) {
        for (const QString &role : {superuserName(), u"librarian"_s, u"branchline_replicator"_s})
            text += "branchline  "_L1 + quotedForIdent(name) + "  "_L1 + role + u'\n';
    }
    return text;
}

void includeSettings(const QString &file)
{
    QFile input(file);
    if (!input.open(QIODevice::ReadOnly))
        failLocal(DbErrorKind::Configuration,
                  Local::tr("The file %1 cannot be read: %2.").arg(file, input.errorString()),
                  Local::tr("Put it back from a backup of the data folder."));
    const QByteArray content = input.readAll();
    if (!content.contains("\ninclude 'branchline.conf'\n"))
        writeFile(file, content + "\ninclude 'branchline.conf'\n");
}

} // namespace

QString superuserName()
{
    return u"branchline_superuser"_s;
}

void writeServerConfig(const QString &dataDirectory, const LocalServerEntry &server, int shardCount,
                       const QString &socketDirectory, const ServerAccount &account)
{
    writeFile(dataDirectory + "/branchline.conf"_L1, settings(server, shardCount, socketDirectory).toUtf8());
    writeFile(dataDirectory + "/pg_hba.conf"_L1, clientAuthentication().toUtf8());
    writeFile(dataDirectory + "/pg_ident.conf"_L1, accountMap(account).toUtf8());
    includeSettings(dataDirectory + "/postgresql.conf"_L1);
}

} // namespace Branchline::Internal
