// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/signin/diagnosis.h"

#include "db/connection/abandonedthreads.h"
#include "db/connection/watchdog.h"
#include "db/schema/history.h"
#include "db/signin/findingwords.h"
#include "db/signin/signinfailure.h"

#include <QPromise>

#include <libpq-fe.h>

#include <atomic>
#include <thread>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

using Finding = Diagnosis::Finding;
using Internal::SignInTrial;

struct Answer
{
    QString value;
    QString sqlState;
    bool isOk = false;
};

/// A server that falls silent in the middle holds nobody up longer than the test may take.
Answer ask(PGconn *connection, const char *sql, const QDeadlineTimer &deadline)
{
    std::unique_ptr<PGresult, decltype(&PQclear)> result(nullptr, PQclear);
    if (PQsendQuery(connection, sql) == 0)
        return {};
    for (;;) {
        while (PQisBusy(connection) != 0) {
            if (!Internal::awaitSocket(PQsocket(connection), true, deadline) ||
                PQconsumeInput(connection) == 0)
                return {};
        }
        PGresult *next = PQgetResult(connection);
        if (!next)
            break;
        result.reset(next);
    }
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK)
        return {.value = {},
                .sqlState = QString::fromLatin1(PQresultErrorField(result.get(), PG_DIAG_SQLSTATE)),
                .isOk = false};
    const bool hasValue = PQntuples(result.get()) > 0;
    return {.value = hasValue ? QString::fromUtf8(PQgetvalue(result.get(), 0, 0)) : QString(),
            .sqlState = {},
            .isOk = true};
}

/// What kind of database it is, and whether this login has anything to do there.
Finding lookAround(PGconn *connection, const QDeadlineTimer &deadline)
{
    (void)ask(connection, "SET statement_timeout = 4000", deadline);
    const Answer version = ask(connection, "SELECT version FROM public.schema_version", deadline);
    if (version.sqlState == "42P01"_L1 || version.sqlState == "42703"_L1)
        return Finding::NotBranchline;
    if (version.sqlState == "42501"_L1)
        return Finding::NotStaff;
    if (!version.isOk)
        return version.sqlState == "57014"_L1 || version.sqlState.isEmpty() ? Finding::NoAnswer
                                                                            : Finding::Failed;
    if (ask(connection, "SELECT 1 FROM pg_class WHERE oid = to_regclass('public.shard_identity')", deadline)
            .value == "1"_L1)
        return Finding::ShardInstead;
    const int found = version.value.toInt();
    if (found == 0)
        return Finding::NotBranchline;
    const int known = schemaVersion(DatabaseRole::Main);
    if (found < known)
        return Finding::SchemaOlder;
    if (found > known) {
        const Answer worksWith = ask(connection, "SELECT works_with FROM public.schema_version", deadline);
        if (!worksWithNewer(known, worksWith.value.toInt()))
            return Finding::SchemaNewer;
    }
    const Answer rights = ask(connection,
                              "SELECT EXISTS (SELECT FROM public.my_rights()) "
                              "OR (SELECT rolsuper FROM pg_roles WHERE rolname = session_user)",
                              deadline);
    if (!rights.isOk && (rights.sqlState == "57014"_L1 || rights.sqlState.isEmpty()))
        return Finding::NoAnswer;
    return rights.value == "t"_L1 ? Finding::Ready : Finding::NotStaff;
}

/// It was a server, and it did not refuse: libpq did, since nothing could be bound.
bool couldNotBind(const SignInTrial &trial)
{
    return trial.sawServer && !trial.needsPassword && !trial.isOutOfTime && trial.sqlState.isEmpty();
}

/// Whether channel binding was used libpq does not tell. So where it may be used, it is insisted on at first:
/// nearly every server of today can, and one sign-in is enough. A wrong password is tried only once, too.
SignInTrial signIn(const ConnectionUrl &url, const QDeadlineTimer &deadline, bool &isBound)
{
    const QString binding = url.value(u"channel_binding"_s);
    const bool mayBind =
        binding != "disable"_L1 && url.value(u"sslmode"_s) != "disable"_L1 && !isLocalSocket(url);
    if (mayBind) {
        SignInTrial bound = Internal::trySignIn(url.with(u"channel_binding"_s, u"require"_s), deadline);
        isBound = bound.isOk() && bound.usedPassword && !bound.protocol.isEmpty();
        if (bound.isOk() || binding == "require"_L1 || !couldNotBind(bound))
            return bound;
    }
    return Internal::trySignIn(url, deadline);
}

/// The whole within the deadline: a third of the time is for saying why there was no answer.
Diagnosis diagnoseNow(const ConnectionUrl &url, std::chrono::milliseconds time)
{
    const QDeadlineTimer deadline(time * 9 / 10);
    bool isBound = false;
    const SignInTrial trial = signIn(url, QDeadlineTimer(time * 2 / 3), isBound);
    if (!trial.isOk())
        return Internal::explain(url, trial, deadline);
    Diagnosis found;
    found.finding = lookAround(trial.connection.get(), deadline);
    found.login = QString::fromUtf8(PQuser(trial.connection.get()));
    found.host = QString::fromUtf8(PQhost(trial.connection.get()));
    found.usedPassword = trial.usedPassword;
    found.hasAnswered = true;
    found.tls = Internal::tlsOf(trial, url);
    found.tls.channelBinding = isBound;
    Internal::addWords(found, url, {});
    return found;
}

/// One test: its thread and the watchdog both want to answer, and the first does.
class Test final
{
public:
    Test() { m_promise.start(); }
    Q_DISABLE_COPY_MOVE(Test)
    ~Test() = default;

    [[nodiscard]] QFuture<Diagnosis> future() const { return m_promise.future(); }
    void answer(const Diagnosis &diagnosis)
    {
        if (m_isAnswered.exchange(true))
            return;
        m_promise.addResult(diagnosis);
        m_promise.finish();
    }

private:
    QPromise<Diagnosis> m_promise;
    std::atomic<bool> m_isAnswered = false;
};

Watchdog &watchdog()
{
    static Watchdog dog;
    return dog;
}

void runTest(const std::shared_ptr<Test> &test, const ConnectionUrl &url, std::chrono::milliseconds deadline)
{
    test->answer(diagnoseNow(url, deadline));
    Internal::countAbandoned(-1);
}

} // namespace

QFuture<Diagnosis> diagnose(const ConnectionUrl &url, std::chrono::milliseconds deadline)
{
    auto test = std::make_shared<Test>();
    const auto future = test->future();
    // What waits until the deadline needs no password.
    const ConnectionUrl place = url.with(u"password"_s, {}).with(u"sslpassword"_s, {});
    watchdog().arm(Watchdog::Clock::now() + deadline, [test, place] {
        Diagnosis late;
        late.finding = Finding::NoAnswer;
        Internal::addWords(late, place, {});
        test->answer(late);
    });
    // Nothing ends a wait for a name server, so nobody waits for this thread: see leaveProgram().
    Internal::countAbandoned(1);
    std::thread(runTest, test, url, deadline).detach();
    return future;
}

} // namespace Branchline
