// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/signin/diagnosis.h"

#include "db/connection/abandonedthreads.h"
#include "db/connection/watchdog.h"
#include "db/schema/migrations.h"
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

Answer ask(PGconn *connection, const char *sql)
{
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection, sql), PQclear);
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
Finding lookAround(PGconn *connection)
{
    const std::unique_ptr<PGresult, decltype(&PQclear)> limit(
        PQexec(connection, "SET statement_timeout = 4000"), PQclear);
    const Answer version = ask(connection, "SELECT version FROM public.schema_version");
    if (version.sqlState == "42P01"_L1 || version.sqlState == "42703"_L1)
        return Finding::NotBranchline;
    if (version.sqlState == "42501"_L1)
        return Finding::NotStaff;
    if (!version.isOk)
        return version.sqlState == "57014"_L1 || version.sqlState.isEmpty() ? Finding::NoAnswer
                                                                            : Finding::Failed;
    if (ask(connection, "SELECT 1 FROM pg_class WHERE oid = to_regclass('public.shard_identity')").value ==
        "1"_L1)
        return Finding::ShardInstead;
    const int found = version.value.toInt();
    if (found == 0)
        return Finding::NotBranchline;
    if (found != schemaVersion(DatabaseRole::Main))
        return found < schemaVersion(DatabaseRole::Main) ? Finding::SchemaOlder : Finding::SchemaNewer;
    const Answer rights = ask(connection, "SELECT EXISTS (SELECT FROM public.my_rights()) "
                                          "OR (SELECT rolsuper FROM pg_roles WHERE rolname = session_user)");
    return rights.value == "t"_L1 ? Finding::Ready : Finding::NotStaff;
}

/// Whether channel binding was used libpq does not tell; that it can be insisted on shows that it is.
bool isBound(const SignInTrial &trial, const ConnectionUrl &url, const QDeadlineTimer &deadline)
{
    const QString binding = url.value(u"channel_binding"_s);
    if (trial.protocol.isEmpty() || !trial.usedPassword || binding == "disable"_L1)
        return false;
    return binding == "require"_L1 ||
           Internal::trySignIn(url.with(u"channel_binding"_s, u"require"_s), deadline).isOk();
}

Diagnosis diagnoseNow(const ConnectionUrl &url, const QDeadlineTimer &deadline)
{
    const SignInTrial trial = Internal::trySignIn(url, deadline);
    if (!trial.isOk()) {
        return Internal::explain(url, trial, QDeadlineTimer(3000));
    }
    Diagnosis found;
    found.finding = lookAround(trial.connection.get());
    found.login = QString::fromUtf8(PQuser(trial.connection.get()));
    found.host = QString::fromUtf8(PQhost(trial.connection.get()));
    found.usedPassword = trial.usedPassword;
    found.tls = Internal::tlsOf(trial, url.with(u"host"_s, found.host).with(u"hostaddr"_s, {}));
    found.tls.channelBinding = isBound(trial, url, deadline);
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
    // A rest of the time is for saying why there was no answer.
    test->answer(diagnoseNow(url, QDeadlineTimer(deadline * 2 / 3)));
    Internal::countAbandoned(-1);
}

} // namespace

QFuture<Diagnosis> diagnose(const ConnectionUrl &url, std::chrono::milliseconds deadline)
{
    auto test = std::make_shared<Test>();
    const auto future = test->future();
    watchdog().arm(Watchdog::Clock::now() + deadline, [test, url] {
        Diagnosis late;
        late.finding = Finding::NoAnswer;
        Internal::addWords(late, url, {});
        test->answer(late);
    });
    // Nothing ends a wait for a name server, so nobody waits for this thread: see leaveProgram().
    Internal::countAbandoned(1);
    std::thread(runTest, test, url, deadline).detach();
    return future;
}

} // namespace Branchline
