// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/replicationsource.h"

#include <QCoreApplication>
#include <QRandomGenerator>

#include <libpq-fe.h>

#include <memory>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr Statement databaseNumber{
    "database_number"_L1,
    "SELECT oid::text AS number FROM pg_database WHERE datname = current_database()"_L1};
constexpr Statement blockers{
    "slot_blockers"_L1, "SELECT string_agg(DISTINCT coalesce(nullif(application_name, ''), usename::text, "
                        "'pid ' || pid), ', ') AS names "
                        "FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Replication", text);
}

/// Slots are named after the number of their database (slotName()), roles are the whole server's.
constexpr Statement otherLibrary{
    "other_library"_L1,
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_replication_slots WHERE slot_name LIKE 'branchline\\_%' "
    "AND database <> ?::name) AS present"_L1};

QString randomPassword()
{
    QByteArray bytes(24, Qt::Uninitialized);
    QRandomGenerator::system()->generate(bytes.begin(), bytes.end());
    return QString::fromLatin1(bytes.toBase64(QByteArray::Base64UrlEncoding));
}

} // namespace

QString quotedName(QString name)
{
    return u'"' + name.replace(u'"', "\"\""_L1) + u'"';
}

QString quotedLiteral(QString text)
{
    return u'\'' + text.replace(u'\'', "''"_L1) + u'\'';
}

QString slotName(Session &main, const QString &shard, const QString &stream)
{
    const QString number = main.exec(databaseNumber)->row(0).text("number");
    return u"branchline_%1_%2_%3"_s.arg(number, shard, stream.section(u'_', 1));
}

bool isLocal(const ConnectionUrl &main)
{
    const bool isSocket = main.host().isEmpty() || main.host().startsWith(u'/');
    return isSocket && main.value(u"hostaddr"_s).isEmpty();
}

void refuseOtherLibrary(Session &server, const QString &database)
{
    if (server.exec(otherLibrary, {database})->row(0).flag("present")) {
        throw DbException(
            {.kind = DbErrorKind::Conflict,
             .message = tr(
                 "Another library on the server of main replicates by the login branchline_replicator, whose "
                 "password would change."),
             .hint = tr("Use another server for main of this library."),
             .database = server.database()});
    }
}

/// The verifier is computed here: the server's log never sees the password.
QString renewPassword(Session &main)
{
    if (isLocal(main.settings().url))
        return {};
    refuseOtherLibrary(main, main.settings().url.database());
    const QString password = randomPassword();
    const std::unique_ptr<char, decltype(&PQfreemem)> verifier(
        PQencryptPasswordConn(main.handle(), password.toUtf8().constData(), "branchline_replicator",
                              "scram-sha-256"),
        PQfreemem);
    if (!verifier) {
        throw DbException({.kind = DbErrorKind::Internal,
                           .message = tr("The replicator's password could not be set."),
                           .database = main.database()});
    }
    main.execText(u"set the replicator's password"_s, "ALTER ROLE branchline_replicator PASSWORD "_L1 +
                                                          quotedLiteral(QString::fromLatin1(verifier.get())));
    return password;
}

QString replicationSource(const ConnectionUrl &main, const QString &password)
{
    const ConnectionUrl source = main.forWriting();
    ConnectionUrl url;
    for (const QString &keyword :
         {u"host"_s, u"hostaddr"_s, u"port"_s, u"dbname"_s, u"sslmode"_s, u"target_session_attrs"_s})
        url = url.with(keyword, source.value(keyword));
    // A worker heeds no connect_timeout. Of several hosts one may be gone without a word.
    if (source.hasSeveralHosts())
        url = url.with(u"tcp_user_timeout"_s, u"8000"_s);
    return quotedLiteral(
        url.with(u"user"_s, u"branchline_replicator"_s).with(u"password"_s, password).toConnInfo());
}

void keepOutOfLog(Session &session)
{
    session.execText(
        u"keep statements out of the log"_s,
        u"SET log_statement = 'none'; SET log_duration = off; SET log_min_duration_statement = -1; "
        "SET log_min_duration_sample = -1; SET log_min_error_statement = 'panic'; "
        "SET pg_stat_statements.track_utility = off"_s);
}

DbError slotDelayed(Session &main)
{
    const QString names = main.exec(blockers)->row(0).text("names");
    return {.kind = DbErrorKind::Timeout,
            .message = tr("The replication slot on main could not be made within 30 s, since transactions "
                          "are open."),
            .hint =
                names.isEmpty() ? tr("Run init again.") : tr("End these and run init again: %1.").arg(names),
            .database = main.database()};
}

} // namespace Branchline::Internal
