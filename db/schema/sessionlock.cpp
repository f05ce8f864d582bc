// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/schema/sessionlock.h"

#include <QCoreApplication>

#include <algorithm>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr Statement tryLock{"try_session_lock"_L1, "SELECT pg_try_advisory_lock(?::bigint) AS taken"_L1};
constexpr Statement lockHolder{
    "session_lock_holder"_L1,
    "SELECT a.pid, coalesce(a.usename, '') AS login, coalesce(a.application_name, '') AS program, "
    "       coalesce(extract(epoch FROM now() - a.backend_start), 0)::int AS seconds "
    "  FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid "
    " WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = ?::oid AND l.objsubid = 1 "
    "   AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("SessionLock", text);
}

/// Who has the set-up lock, and what to do if that hangs; two sentences.
struct Holder
{
    QString who;
    QString next;
};

Holder holderOfSetUp(Session &session)
{
    const Rows rows = session.exec(lockHolder, {setUpLock});
    if (rows->rowCount() == 0) // it has gone this moment
        return {tr("Somebody else sets up, migrates or fills this library."), tr("Try again.")};
    const auto row = rows->row(0);
    return {tr("Somebody else sets up, migrates or fills this library: process %1 of the server of %2 (login "
               "%3, program %4, connected for %5 s).")
                .arg(row.text("pid"), session.database(), row.text("login"), row.text("program"),
                     row.text("seconds")),
            tr("Let it come to its end; if it hangs, end it as a superuser with SELECT "
               "pg_terminate_backend(%1), and what it did is taken up by the next.")
                .arg(row.text("pid"))};
}

/// Tries until it has the lock or `isOver` says so; that is asked before each pause.
bool takeUntil(Session &session, int number, const std::function<bool()> &isOver)
{
    for (auto pause = 10ms; !session.exec(tryLock, {number})->row(0).flag("taken");
         pause = std::min(pause * 2, 500ms)) {
        if (isOver())
            return false;
        std::this_thread::sleep_for(pause);
    }
    return true;
}

} // namespace

void takeSessionLock(Session &session, int number, const std::function<void()> &tell)
{
    bool isTold = false;
    takeUntil(session, number, [&] {
        if (tell && !std::exchange(isTold, true))
            tell();
        return false;
    });
}

void takeSetUpLock(Session &session, const std::function<void(const QString &)> &say,
                   std::chrono::milliseconds limit)
{
    const auto deadline = std::chrono::steady_clock::now() + limit;
    bool isTold = false;
    const bool isTaken = takeUntil(session, setUpLock, [&] {
        if (say && !std::exchange(isTold, true)) {
            const Holder holder = holderOfSetUp(session);
            say(tr("%1 Waiting for the end of that. %2").arg(holder.who, holder.next));
        }
        return limit > 0ms && std::chrono::steady_clock::now() >= deadline;
    });
    if (isTaken)
        return;
    const Holder holder = holderOfSetUp(session);
    throw DbException({.kind = DbErrorKind::Conflict,
                       .message = holder.who,
                       .hint = holder.next,
                       .database = session.database()});
}

} // namespace Branchline
