// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/staff/stafflogins.h"

#include <QCoreApplication>

#include <libpq-fe.h>

#include <mutex>
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

/// The answers of several databases, which come in any order and any thread; the last one ends it.
template <typename T>
class Gathering final
{
public:
    using Handler = std::function<void(std::vector<T>)>;

    Gathering(size_t count, Handler done)
        : m_parts(count)
        , m_missing(count)
        , m_done(std::move(done))
    {}

    void put(size_t index, T part)
    {
        {
            const std::lock_guard lock(m_mutex);
            m_parts[index] = std::move(part);
            if (--m_missing > 0)
                return;
        }
        m_done(std::move(m_parts));
    }

private:
    std::mutex m_mutex;
    std::vector<T> m_parts;
    size_t m_missing;
    Handler m_done;
};

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

void readServerLogins(Cluster &cluster, const QString &login,
                      std::function<void(std::vector<ServerLogins>)> done)
{
    QStringList databases{u"main"_s};
    for (const QString &shard : cluster.shardNames())
        databases << shard + "_shard"_L1;
    const auto sorted = [done = std::move(done)](const std::vector<ServerLogins> &answers) {
        std::vector<ServerLogins> servers;
        for (const ServerLogins &answer : answers)
            addTo(servers, answer);
        done(std::move(servers));
    };
    const auto count = static_cast<size_t>(databases.size());
    const auto gathering = std::make_shared<Gathering<ServerLogins>>(count, sorted);
    for (size_t i = 0; i < count; ++i) {
        const QString name = databases[static_cast<qsizetype>(i)];
        const auto take = [gathering, i, name](const Result<ServerLogins> &answer) {
            gathering->put(
                i, answer
                       ? *answer
                       : ServerLogins{.id = {}, .databases = {name}, .logins = {}, .error = answer.error()});
        };
        Database *database = databaseOf(cluster, name);
        if (!database) {
            take(unknownPlace(name));
            continue;
        }
        database->submit<ServerLogins>(
            readCall, [login](Session &session) { return askWhenArrived(session, login); }, take);
    }
}

void onServers(Cluster &cluster, const QString &login, const std::vector<ServerLogins> &servers,
               const LoginStep &step, std::function<void(StaffReport)> done)
{
    const auto report = [login, done = std::move(done)](std::vector<ServerOutcome> outcomes) {
        done({.login = login, .servers = std::move(outcomes)});
    };
    const auto gathering = std::make_shared<Gathering<ServerOutcome>>(servers.size(), report);
    for (size_t i = 0; i < servers.size(); ++i) {
        const QStringList databases = servers[i].databases;
        const auto fail = [gathering, i, databases](const DbError &error) {
            gathering->put(i, {.databases = databases, .done = {}, .sessionsEnded = 0, .error = error});
        };
        Database *database = servers[i].error ? nullptr : databaseOf(cluster, databases.constFirst());
        if (!database) {
            fail(servers[i].error.value_or(unknownPlace(databases.constFirst())));
            continue;
        }
        const auto task = [step, databases](Session &session) {
            ServerOutcome outcome;
            outcome.databases = databases;
            try {
                outcome.done = step(session, outcome);
            } catch (const DbException &e) {
                rethrowNamed(e, session);
            }
            return outcome;
        };
        database->submit<ServerOutcome>(stepCall, task,
                                        [gathering, i, fail](const Result<ServerOutcome> &outcome) {
                                            if (outcome)
                                                gathering->put(i, *outcome);
                                            else
                                                fail(outcome.error());
                                        });
    }
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
