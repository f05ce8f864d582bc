// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/signin/diagnosis.h"

#include "db/connection/abandonedthreads.h"
#include "db/connection/watchdog.h"
#include "db/schema/migrations.h"
#include "db/signin/findingwords.h"
#include "db/signin/serverprobe.h"
#include "db/signin/signintrial.h"

#include <QFileInfo>
#include <QPromise>

#include <libpq-fe.h>
#include <openssl/x509.h>

#include <atomic>
#include <csignal>
#include <thread>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

using Finding = Diagnosis::Finding;
using Internal::ServerProbe;
using Internal::SignInTrial;

QString modeOf(const ConnectionUrl &url)
{
    const QString mode = url.value(u"sslmode"_s);
    if (!mode.isEmpty())
        return mode;
    const QString inherited = qEnvironmentVariable("PGSSLMODE");
    return inherited.isEmpty() ? u"prefer"_s : inherited;
}

bool isVerifying(const QString &mode)
{
    return mode.startsWith("verify-"_L1);
}

bool wantsTls(const QString &mode)
{
    return mode == "require"_L1 || isVerifying(mode);
}

/// The addresses of the single hosts of an address.
QList<ConnectionUrl> singleHosts(const ConnectionUrl &url)
{
    const QStringList hosts = url.host().split(u',');
    const QStringList ports = url.port().split(u',');
    const QStringList addresses = url.value(u"hostaddr"_s).split(u',');
    QList<ConnectionUrl> single;
    for (qsizetype i = 0; i < std::max(hosts.size(), addresses.size()); ++i)
        single << url.with(u"host"_s, hosts.value(i))
                      .with(u"hostaddr"_s, addresses.value(i))
                      .with(u"port"_s, ports.size() == 1 ? ports.first() : ports.value(i));
    return single;
}

/// Codes with which a server refuses a session that has begun. Two codes stand for several reasons; the
/// place in the server's source tells them apart in every language.
std::optional<Finding> findingOf(const SignInTrial &trial)
{
    const QString &code = trial.sqlState;
    if (trial.needsPassword)
        return Finding::PasswordMissing;
    if (code == "28P01"_L1)
        return Finding::PasswordRefused;
    if (code == "28000"_L1)
        return trial.place == "ClientAuthentication"_L1 ? Finding::ComputerNotAllowed
                                                        : Finding::LoginNotAllowed;
    if (code == "3D000"_L1)
        return Finding::DatabaseMissing;
    if (code == "42501"_L1 || code == "55000"_L1)
        return Finding::DatabaseNotAllowed;
    if (code == "53300"_L1)
        return Finding::ServerFull;
    if (code == "57P03"_L1 || code == "57P01"_L1 || code == "57P02"_L1)
        return Finding::ServerStarting;
    if (trial.sawRole)
        return Finding::OnlyStandbys;
    return std::nullopt;
}

Finding findingOfCertificate(const ServerProbe &probe, const QString &mode)
{
    const auto now = QDateTime::currentDateTimeUtc();
    if (probe.certificateError == X509_V_ERR_CERT_HAS_EXPIRED ||
        (probe.validUntil.isValid() && probe.validUntil < now))
        return Finding::CertificateExpired;
    if (probe.certificateError == X509_V_ERR_CERT_NOT_YET_VALID)
        return Finding::CertificateNotYetValid;
    if (probe.certificateError != X509_V_OK)
        return Finding::CertificateUnknownIssuer;
    if (mode == "verify-full"_L1 && !probe.isForHost)
        return Finding::CertificateWrongHost;
    return Finding::TlsFailed;
}

Finding findingOf(const ServerProbe &probe, const SignInTrial &trial, const ConnectionUrl &url)
{
    switch (probe.reach) {
    case ServerProbe::Reach::NameUnknown:
        return Finding::HostNotFound;
    case ServerProbe::Reach::SocketAbsent:
        return Finding::SocketMissing;
    case ServerProbe::Reach::Refused:
        return Internal::isLocalSocket(url) ? Finding::SocketMissing : Finding::PortRefused;
    case ServerProbe::Reach::NotPermitted:
        return Finding::SocketForbidden;
    case ServerProbe::Reach::NoAnswer:
        return Finding::NoAnswer;
    case ServerProbe::Reach::Answers:
        break;
    }
    const QString mode = modeOf(url);
    const bool wantsBinding = url.value(u"channel_binding"_s) == "require"_L1;
    if (trial.sawServer && wantsBinding && trial.sqlState.isEmpty())
        return Finding::ChannelBindingMissing;
    if (probe.tls == ServerProbe::Tls::NoServer)
        return Finding::NotPostgres;
    if (probe.tls == ServerProbe::Tls::NotOffered && wantsTls(mode))
        return Finding::TlsNotOffered;
    if (probe.tls == ServerProbe::Tls::Failed)
        return Finding::TlsFailed;
    const bool verifies =
        isVerifying(mode) || (wantsTls(mode) && QFileInfo::exists(Internal::rootCertificateFile(url)));
    if (probe.tls == ServerProbe::Tls::Offered && verifies && !trial.sawServer)
        return findingOfCertificate(probe, mode);
    return trial.isOutOfTime ? Finding::NoAnswer : Finding::Failed;
}

/// What was checked follows from the mode that let TLS come up.
TlsState tlsOf(const SignInTrial &trial, const ConnectionUrl &url)
{
    TlsState state;
    state.isLocal = Internal::isLocalSocket(url);
    state.isEncrypted = !trial.protocol.isEmpty();
    state.protocol = trial.protocol;
    const QString mode = modeOf(url);
    if (!state.isEncrypted)
        return state;
    if (mode == "verify-full"_L1)
        state.check = TlsState::Check::HostToo;
    else if (mode == "verify-ca"_L1 ||
             (mode == "require"_L1 && QFileInfo::exists(Internal::rootCertificateFile(url))))
        state.check = TlsState::Check::Issuer;
    return state;
}

/// Why signing in failed, with the words for it.
Diagnosis explain(const ConnectionUrl &url, const SignInTrial &trial, const QDeadlineTimer &deadline)
{
    const QString mode = modeOf(url);
    ServerProbe probe;
    Diagnosis found;
    if (const auto told = findingOf(trial)) {
        found.finding = *told;
        const bool isPlain = trial.protocol.isEmpty() && !Internal::isLocalSocket(url);
        if (*told == Finding::ComputerNotAllowed && isPlain) {
            probe = Internal::probeServer(url, deadline);
            if (probe.tls == ServerProbe::Tls::Offered)
                found.finding = Finding::TlsRequired;
        }
    } else if (isVerifying(mode) && !Internal::isLocalSocket(url) &&
               !QFileInfo(Internal::rootCertificateFile(url)).isReadable()) {
        probe.names = Internal::rootCertificateFile(url);
        found.finding = Finding::RootCertificateMissing;
    } else {
        probe = Internal::probeServer(url, deadline);
        found.finding = findingOf(probe, trial, url);
    }
    found.tls = tlsOf(trial, url);
    Internal::addWords(found, url, probe);
    found.detail = trial.sqlState.isEmpty() && found.finding != Finding::Failed ? QString() : trial.text;
    return found;
}

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
        // Of several hosts the first is told about; libpq has tried them all.
        return explain(singleHosts(url).first(), trial, QDeadlineTimer(3000));
    }
    Diagnosis found;
    found.finding = lookAround(trial.connection.get());
    found.login = QString::fromUtf8(PQuser(trial.connection.get()));
    found.host = QString::fromUtf8(PQhost(trial.connection.get()));
    found.usedPassword = trial.usedPassword;
    found.tls = tlsOf(trial, url.with(u"host"_s, found.host).with(u"hostaddr"_s, {}));
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
    // OpenSSL writes to sockets that the other side may have closed.
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
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
