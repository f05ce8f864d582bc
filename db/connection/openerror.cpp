// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/openerror.h"

#include "db/connection/silentserver.h"
#include "db/signin/signinfailure.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

using Finding = Diagnosis::Finding;

/// The least that libpq waits for a connection is 2 s.
constexpr auto late = 1500ms;
constexpr auto secondLook = 2000ms;

QString tr(const char *text)
{
    return QCoreApplication::translate("Session", text);
}

/// English sentences of server and libpq; they save the second look in the common case.
std::optional<Finding> findingOf(const QString &text)
{
    const auto has = [&](auto... parts) { return (text.contains(QLatin1StringView(parts)) && ...); };
    if (has("permission denied for database"))
        return Finding::DatabaseNotAllowed;
    if (has("password") || has("authentication") || has("pg_hba") || has("is not permitted to log in") ||
        has("role \"", "does not exist"))
        return Finding::PasswordRefused;
    if (has("too many clients") || has("too many connections") || has("remaining connection slots"))
        return Finding::ServerFull;
    if (has("database \"", "does not exist"))
        return Finding::DatabaseMissing;
    if (has("starting up") || has("shutting down") || has("not yet accepting connections"))
        return Finding::ServerStarting;
    return std::nullopt;
}

bool isRefusal(const Diagnosis &found)
{
    return found.finding >= Finding::PasswordMissing && found.finding <= Finding::ComputerNotAllowed;
}

/// What the server's certificate or its TLS is about.
bool isAboutTls(const Diagnosis &found)
{
    return found.finding >= Finding::TlsNotOffered && found.finding <= Finding::ChannelBindingMissing;
}

/// An address in a sentence is for people; the settings of the connection would fill three lines.
QString placeOf(const ConnectionUrl &url)
{
    ConnectionUrl place;
    for (const auto keyword : {"host"_L1, "hostaddr"_L1, "port"_L1, "dbname"_L1, "user"_L1})
        place = place.with(QString(keyword), url.value(QString(keyword)));
    return place.display();
}

void describe(DbError &error, const Diagnosis &found, const QString &where)
{
    const QString &database = error.database;
    if (found.finding == Finding::DatabaseNotAllowed) {
        error.kind = DbErrorKind::Authentication;
        error.message = tr("The login may not use %1 (%2).").arg(database, where);
        error.hint = tr("Ask an administrator to make it a member of branchline_staff on that server.");
    } else if (isRefusal(found)) {
        error.kind = DbErrorKind::Authentication;
        error.message = tr("The server of %1 refused the sign-in (%2).").arg(database, where);
        error.hint = tr("Check the user name and the password, and that the server's pg_hba.conf lets this "
                        "person and computer in.");
    } else if (found.finding == Finding::ServerFull) {
        error.sqlState = u"53300"_s;
        error.message =
            tr("The server of %1 has no connection left for this program (%2).").arg(database, where);
        error.hint =
            tr("Close programs that nobody uses, or ask an administrator to raise max_connections or "
               "the limit of the login.");
    } else if (found.finding == Finding::DatabaseMissing) {
        error.message = tr("The server of %1 has no such database (%2).").arg(database, where);
        error.hint = tr("Check the name, or create the databases with “branchlinectl init”.");
    } else if (found.finding == Finding::ServerStarting) {
        error.message = tr("The server of %1 is starting or stopping (%2).").arg(database, where);
        error.hint =
            tr("Try again in a moment; after a crash it reads its log first, which can take minutes.");
    } else if (found.finding == Finding::OnlyStandbys) {
        error.message = tr("No server of %1 takes changes (%2).").arg(database, where);
        error.hint = found.hint;
    } else if (isAboutTls(found)) {
        error.message = tr("%1 is not used, since the connection is not safe (%2).").arg(database, where) +
                        u' ' + found.message;
        error.hint = found.hint;
    } else {
        error.message = tr("%1 cannot be reached (%2).").arg(database, where);
        error.hint = tr("Check that the server runs and that host, port and database name are right.");
    }
}

} // namespace

DbError openError(const QString &database, const ConnectionUrl &url, const QString &text,
                  std::chrono::milliseconds taken)
{
    DbError error{.kind = DbErrorKind::Unreachable, .database = database};
    const QString where = placeOf(url);
    Diagnosis found;
    if (const auto told = findingOf(text)) {
        found.finding = *told;
    } else if (taken < late) {
        found = Internal::tryAndExplain(url, QDeadlineTimer(secondLook));
    } else if (takesConnections(url)) {
        error.message =
            tr("The server of %1 takes the connection and then says nothing (%2).").arg(database, where);
        error.hint =
            tr("It is frozen, stopped in its tracks or far too busy: look at its computer and its log.");
        return error;
    }
    describe(error, found, where);
    return error;
}

} // namespace Branchline
