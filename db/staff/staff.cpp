// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/staff/staff.h"

#include <QCoreApplication>
#include <QPromise>

#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

using namespace Internal;

namespace {

constexpr Statement list{
    "staff_list"_L1, "SELECT login, display_name, active, right_code, branch_id FROM public.staff_list()"_L1};
constexpr Statement add{"add_staff"_L1, "SELECT public.add_staff(?::text, ?::text)"_L1};
constexpr Statement setActive{"set_staff_active"_L1, "SELECT public.set_staff_active(?::text, false)"_L1};
constexpr Statement assign{"assign_right"_L1, "SELECT public.assign_right(?::text, ?::text, ?::uuid)"_L1};
constexpr Statement revoke{"revoke_right"_L1, "SELECT public.revoke_right(?::text, ?::text, ?::uuid)"_L1};
constexpr Statement makeLogin{"make_staff_login"_L1,
                              "SELECT public.make_staff_login(?::text, ?::text, ?::text) AS outcome"_L1};
constexpr Statement endLogin{"end_staff_login"_L1, "SELECT public.end_staff_login(?::text) AS sessions"_L1};
constexpr Statement setVerifier{"set_staff_verifier"_L1,
                                "SELECT public.set_staff_verifier(?::text, ?::text)"_L1};
constexpr Statement whoAmI{"session_user"_L1, "SELECT session_user::text AS login"_L1};

const Call mainCall{"staff"_L1};
constexpr auto sessionsEnd = 5s; // a backend that is told to end does so at its next look

QString tr(const char *text)
{
    return QCoreApplication::translate("Staff", text);
}

QVariant idOrNull(const QUuid &id)
{
    return id.isNull() ? QVariant() : QVariant(id);
}

Result<Done> acceptable(const QString &password)
{
    constexpr qsizetype least = 8;
    if (password.size() >= least)
        return Done{};
    return DbError{.kind = DbErrorKind::InvalidValue,
                   .message = tr("The password is too short."),
                   .hint = tr("Give one of at least %1 characters.").arg(least)};
}

std::vector<StaffMember> membersOf(const Rows &rows)
{
    std::vector<StaffMember> members;
    for (int i = 0; i < rows->rowCount(); ++i) {
        const auto row = rows->row(i);
        if (members.empty() || members.back().login != row.text("login"))
            members.push_back({.login = row.text("login"),
                               .name = row.text("display_name"),
                               .isActive = row.flag("active"),
                               .rights = {}});
        if (!row.isNull("right_code"))
            members.back().rights.push_back({row.text("right_code"), row.uuid("branch_id")});
    }
    return members;
}

/// Ends the login, and sessions until there is none: one may have begun just before.
QString endOn(Session &session, ServerOutcome &outcome, const QString &login)
{
    const auto end = std::chrono::steady_clock::now() + sessionsEnd;
    for (bool isFirst = true;; isFirst = false) {
        const int open = static_cast<int>(session.exec(endLogin, {login})->row(0).number("sessions"));
        if (isFirst)
            outcome.sessionsEnded = open;
        if (open == 0)
            return u"ended"_s;
        if (std::chrono::steady_clock::now() > end) {
            throw DbException(
                {.kind = DbErrorKind::Timeout,
                 .message = tr("On %1 sessions of %2 have not ended yet.").arg(session.database(), login),
                 .hint = tr("Disable the login once more."),
                 .database = session.database()});
        }
        std::this_thread::sleep_for(50ms);
    }
}

/// What a function promised, given by whichever thread has it.
template <typename T>
class Answer final
{
public:
    Answer() { m_promise.start(); }
    [[nodiscard]] QFuture<T> future() const { return m_promise.future(); }
    void give(T value)
    {
        m_promise.addResult(std::move(value));
        m_promise.finish();
    }

private:
    QPromise<T> m_promise;
};

using ReportAnswer = std::shared_ptr<Answer<Result<StaffReport>>>;

/// Does the step everywhere and answers with the report.
void stepEverywhere(Cluster &cluster, const QString &login, const std::vector<ServerLogins> &servers,
                    const LoginStep &step, const QString &verifier, const ReportAnswer &answer)
{
    onServers(cluster, login, servers, step, [verifier, answer](StaffReport report) {
        report.verifier = verifier;
        answer->give(std::move(report));
    });
}

LoginStep setting(const QString &login, const QString &verifier)
{
    return [login, verifier](Session &session, ServerOutcome &) {
        session.exec(setVerifier, {login, verifier});
        return u"changed"_s;
    };
}

/// With two passwords nobody could sign in to all: one's own needs every server.
std::optional<DbError> missingServer(const std::vector<ServerLogins> &servers)
{
    for (const ServerLogins &server : servers) {
        if (!server.error)
            continue;
        DbError error = *server.error;
        error.message =
            tr("The password is as it was, since not every server answers: %1").arg(server.error->message);
        return error;
    }
    return std::nullopt;
}

/// Main lets them in again already; what the server still calls disabled has not heard of it.
QString madeWhenArrived(Session &session, const QVariantList &values)
{
    const auto end = std::chrono::steady_clock::now() + 5s;
    for (;;) {
        try {
            return session.exec(makeLogin, values)->row(0).text("outcome");
        } catch (const DbException &e) {
            if (e.error().detail.isEmpty() || e.error().sqlState != "LB007"_L1 ||
                std::chrono::steady_clock::now() > end)
                throw;
        }
        std::this_thread::sleep_for(20ms);
    }
}

} // namespace

QStringList StaffList::open(const StaffMember &member) const
{
    QStringList sentences;
    for (const ServerLogins &server : servers) {
        if (server.error)
            continue;
        const ServerLogin login = server.logins.value(member.login);
        const QString where = server.databases.join(", "_L1);
        if (!member.isActive && login.maySignIn)
            sentences << tr("%1 may still sign in to the server of %2.").arg(member.login, where);
        else if (!member.isActive && login.sessions > 0)
            sentences << tr("%1 is still signed in to the server of %2.").arg(member.login, where);
        else if (member.isActive && !login.isPresent)
            sentences << tr("The server of %2 has no login %1.").arg(member.login, where);
        else if (member.isActive && !login.maySignIn)
            sentences << tr("%1 may not sign in to the server of %2 yet.").arg(member.login, where);
    }
    return sentences;
}

QFuture<Result<StaffList>> listStaff(Cluster &cluster, bool withServers)
{
    const auto answer = std::make_shared<Answer<Result<StaffList>>>();
    const auto read = [](Session &main) { return membersOf(main.exec(list)); };
    const auto go = [answer, withServers, &cluster](const Result<std::vector<StaffMember>> &members) {
        if (!members)
            return answer->give(members.error());
        if (!withServers)
            return answer->give(StaffList{.members = *members, .servers = {}});
        readServerLogins(cluster, {}, [answer, members = *members](std::vector<ServerLogins> servers) {
            answer->give(StaffList{.members = members, .servers = std::move(servers)});
        });
    };
    cluster.main().submit<std::vector<StaffMember>>(mainCall, read, go);
    return answer->future();
}

QFuture<std::vector<ServerLogins>> readStaffLogins(Cluster &cluster)
{
    const auto answer = std::make_shared<Answer<std::vector<ServerLogins>>>();
    readServerLogins(cluster, {},
                     [answer](std::vector<ServerLogins> servers) { answer->give(std::move(servers)); });
    return answer->future();
}

QFuture<Result<StaffReport>> addStaff(Cluster &cluster, const NewStaff &staff)
{
    const auto answer = std::make_shared<Answer<Result<StaffReport>>>();
    const bool isNew = staff.verifier.isEmpty() && !staff.keepsPassword;
    if (const auto fit = acceptable(staff.password); isNew && !fit) {
        answer->give(fit.error());
        return answer->future();
    }
    const auto write = [staff, isNew](Session &main) {
        main.exec(add, {staff.login, staff.name});
        return isNew ? verifierOf(main, staff.login, staff.password) : staff.verifier;
    };
    const auto go = [answer, login = staff.login, group = staff.group,
                     &cluster](const Result<QString> &verifier) {
        if (!verifier)
            return answer->give(verifier.error());
        const auto make = [login, group, verifier = *verifier](Session &session, ServerOutcome &) {
            const QVariant value = verifier.isEmpty() ? QVariant() : QVariant(verifier);
            return madeWhenArrived(session, {login, group, value});
        };
        readServerLogins(cluster, login, [=, &cluster, verifier = *verifier](const auto &servers) {
            stepEverywhere(cluster, login, servers, make, verifier, answer);
        });
    };
    cluster.main().submit<QString>(mainCall, write, go);
    return answer->future();
}

QFuture<Result<StaffReport>> disableStaff(Cluster &cluster, const QString &login)
{
    const auto answer = std::make_shared<Answer<Result<StaffReport>>>();
    const auto write = [login](Session &main) {
        main.exec(setActive, {login});
        return Done{};
    };
    const auto end = [login](Session &session, ServerOutcome &outcome) {
        return endOn(session, outcome, login);
    };
    cluster.main().submit<Done>(mainCall, write, [=, &cluster](const Result<Done> &done) {
        if (!done)
            return answer->give(done.error());
        readServerLogins(cluster, login, [=, &cluster](const auto &servers) {
            stepEverywhere(cluster, login, servers, end, {}, answer);
        });
    });
    return answer->future();
}

QFuture<Result<StaffReport>> changePassword(Cluster &cluster, const QString &login, const QString &password)
{
    const auto answer = std::make_shared<Answer<Result<StaffReport>>>();
    if (const auto fit = acceptable(password); !fit) {
        answer->give(fit.error());
        return answer->future();
    }
    using Known = std::pair<QString, QString>;
    const auto ask = [login, password](Session &main) {
        return Known(main.exec(whoAmI)->row(0).text("login"), verifierOf(main, login, password));
    };
    cluster.main().submit<Known>(mainCall, ask, [=, &cluster](const Result<Known> &known) {
        if (!known)
            return answer->give(known.error());
        const auto &[me, verifier] = *known;
        const auto go = [=, &cluster, isOwn = me == login, verifier = verifier](const auto &servers) {
            const std::optional<DbError> missing = isOwn ? missingServer(servers) : std::nullopt;
            if (missing)
                return answer->give(*missing);
            stepEverywhere(cluster, login, servers, setting(login, verifier), verifier, answer);
        };
        readServerLogins(cluster, login, go);
    });
    return answer->future();
}

QFuture<Result<StaffReport>> finishPassword(Cluster &cluster, const StaffReport &report)
{
    const auto answer = std::make_shared<Answer<Result<StaffReport>>>();
    readServerLogins(cluster, report.login, [=, &cluster](const auto &servers) {
        stepEverywhere(cluster, report.login, servers, setting(report.login, report.verifier),
                       report.verifier, answer);
    });
    return answer->future();
}

QFuture<Result<QString>> ownLogin(Cluster &cluster)
{
    return cluster.main().run(mainCall,
                              [](Session &main) { return main.exec(whoAmI)->row(0).text("login"); });
}

QFuture<Result<Done>> assignRight(Cluster &cluster, const QString &login, const StaffRight &right)
{
    return cluster.main().run(mainCall, [login, right](Session &main) {
        const QVariant code = right.code == "all"_L1 ? QVariant() : QVariant(right.code);
        main.exec(assign, {login, code, idOrNull(right.branch)});
        return Done{};
    });
}

QFuture<Result<Done>> revokeRight(Cluster &cluster, const QString &login, const StaffRight &right)
{
    return cluster.main().run(mainCall, [login, right](Session &main) {
        const QVariant code = right.code == "all"_L1 ? QVariant() : QVariant(right.code);
        main.exec(revoke, {login, code, idOrNull(right.branch)});
        return Done{};
    });
}

} // namespace Branchline
