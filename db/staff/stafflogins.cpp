// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/staff/stafflogins.h"

#include <QCoreApplication>

#include <libpq-fe.h>

#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr Statement logins{"staff_logins"_L1,
                           "SELECT server, name, present, may_sign_in, has_password, group_role, sessions "
                           "FROM public.staff_logins(?::text)"_L1};
constexpr Statement serverOnly{
    "staff_server"_L1, "SELECT system_identifier::text AS server FROM pg_catalog.pg_control_system()"_L1};

const Call readCall{"read staff logins"_L1, 8000ms};
const Call stepCall{"change staff login"_L1, 8000ms};
constexpr auto arrival = 5s;

QString tr(const char *text)
{
    return QCoreApplication::translate("StaffLogins", text);
}

/// The functions are a superuser's, which a migration cannot make.
[[noreturn]] void rethrowNamed(const DbException &e, const Session &session)
{
    if (e.error().sqlState != "42883"_L1)
        throw e;
    DbError error = e.error();
    error.kind = DbErrorKind::SchemaMismatch;
    error.message = tr("%1 has no functions for logins of the staff yet.").arg(session.database());
    error.hint = tr("Let a superuser run “branchlinectl init” once more; it changes nothing else.");
    throw DbException(error);
}

ServerLogins ask(Session &session, const QString &login)
{
    ServerLogins server;
    server.databases << session.database();
    const QVariant name = login.isEmpty() ? QVariant() : QVariant(login);
    const Rows rows = session.exec(logins, {name});
    for (int i = 0; i < rows->rowCount(); ++i) {
        const auto row = rows->row(i);
        server.id = row.text("server");
        server.logins.insert(row.text("name"), {.isPresent = row.flag("present"),
                                                .maySignIn = row.flag("may_sign_in"),
                                                .hasPassword = row.flag("has_password"),
                                                .group = row.text("group_role"),
                                                .sessions = static_cast<int>(row.number("sessions"))});
    }
    if (server.id.isEmpty())
        server.id = session.exec(serverOnly)->row(0).text("server");
    return server;
}

ServerLogins askWhenArrived(Session &session, const QString &login)
{
    const auto end = std::chrono::steady_clock::now() + arrival;
    for (;;) {
        try {
            return ask(session, login);
        } catch (const DbException &e) {
            if (e.error().sqlState != "LB005"_L1 || std::chrono::steady_clock::now() > end)
                rethrowNamed(e, session);
        }
        std::this_thread::sleep_for(20ms);
    }
}

Database *databaseOf(Cluster &cluster, const QString &name)
{
    return name == "main"_L1 ? &cluster.main() : cluster.shard(name.chopped(6));
}

DbError unknownPlace(const QString &database)
{
    return {.kind = DbErrorKind::NotConfigured,
            .message = tr("No address of %1 is known.").arg(database),
            .hint = tr("Prepare the databases with “branchlinectl init”."),
            .database = database};
}

void addTo(std::vector<ServerLogins> &servers, ServerLogins server)
{
    for (ServerLogins &known : servers) {
        if (!server.id.isEmpty() && known.id == server.id) {
            known.databases << server.databases;
            return;
        }
    }
    servers.push_back(std::move(server));
}

} // namespace

bool StaffReport::isComplete() const
{
    return std::none_of(servers.begin(), servers.end(),
                        [](const ServerOutcome &server) { return server.error.has_value(); });
}

namespace Internal {

std::vector<ServerLogins> readServerLogins(Cluster &cluster, const QString &login)
{
    QStringList databases{u"main"_s};
    for (const QString &shard : cluster.shardNames())
        databases << shard + "_shard"_L1;
    std::vector<std::optional<QFuture<Result<ServerLogins>>>> answers;
    for (const QString &name : std::as_const(databases)) {
        Database *database = databaseOf(cluster, name);
        answers.emplace_back();
        if (database) {
            answers.back() =
                database->run(readCall, [login](Session &session) { return askWhenArrived(session, login); });
        }
    }
    std::vector<ServerLogins> servers;
    for (qsizetype i = 0; i < databases.size(); ++i) {
        const auto &answer = answers[static_cast<size_t>(i)];
        const Result<ServerLogins> result =
            answer ? await(*answer) : Result<ServerLogins>(unknownPlace(databases[i]));
        addTo(servers,
              result ? *result
                     : ServerLogins{
                           .id = {}, .databases = {databases[i]}, .logins = {}, .error = result.error()});
    }
    return servers;
}

StaffReport onServers(Cluster &cluster, const QString &login, const std::vector<ServerLogins> &servers,
                      const LoginStep &step)
{
    StaffReport report{.login = login, .servers = {}};
    std::vector<std::optional<QFuture<Result<ServerOutcome>>>> answers;
    for (const ServerLogins &server : servers) {
        report.servers.push_back(
            {.databases = server.databases, .done = {}, .sessionsEnded = 0, .error = server.error});
        answers.emplace_back();
        Database *database = server.error ? nullptr : databaseOf(cluster, server.databases.constFirst());
        if (!database)
            continue;
        answers.back() = database->run(stepCall, [step](Session &session) {
            ServerOutcome outcome;
            try {
                outcome.done = step(session, outcome);
            } catch (const DbException &e) {
                rethrowNamed(e, session);
            }
            return outcome;
        });
    }
    for (size_t i = 0; i < answers.size(); ++i) {
        if (!answers[i])
            continue;
        const Result<ServerOutcome> result = await(*answers[i]);
        if (!result) {
            report.servers[i].error = result.error();
            continue;
        }
        report.servers[i].done = result->done;
        report.servers[i].sessionsEnded = result->sessionsEnded;
    }
    return report;
}

QString verifierOf(Session &session, const QString &login, const QString &password)
{
    const std::unique_ptr<char, decltype(&PQfreemem)> verifier(
        PQencryptPasswordConn(session.handle(), password.toUtf8().constData(), login.toUtf8().constData(),
                              "scram-sha-256"),
        PQfreemem);
    if (!verifier) {
        throw DbException({.kind = DbErrorKind::Internal,
                           .message = tr("The verifier of the password could not be computed."),
                           .hint = tr("Try again."),
                           .database = session.database()});
    }
    return QString::fromLatin1(verifier.get());
}

} // namespace Internal

} // namespace Branchline
