// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/signin/signinfailure.h"

#include "db/signin/findingwords.h"
#include "db/signin/serverprobe.h"

#include <QFileInfo>

#include <csignal>
#include <ctime>
#include <openssl/x509.h>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

using Finding = Diagnosis::Finding;

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
        return isLocalSocket(url) ? Finding::SocketMissing : Finding::PortRefused;
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
        isVerifying(mode) || (wantsTls(mode) && QFileInfo::exists(rootCertificateFile(url)));
    if (probe.tls == ServerProbe::Tls::Offered && verifies && !trial.sawServer)
        return findingOfCertificate(probe, mode);
    return trial.isOutOfTime ? Finding::NoAnswer : Finding::Failed;
}

/// OpenSSL writes to sockets that the other side may have closed. libpq does the same with its own.
class QuietPipe final
{
public:
    QuietPipe()
    {
        sigset_t pending;
        sigemptyset(&m_pipe);
        sigaddset(&m_pipe, SIGPIPE);
        sigpending(&pending);
        m_wasPending = sigismember(&pending, SIGPIPE) == 1;
        pthread_sigmask(SIG_BLOCK, &m_pipe, &m_before);
    }
    ~QuietPipe()
    {
        constexpr timespec now{};
        while (!m_wasPending && sigtimedwait(&m_pipe, nullptr, &now) == SIGPIPE) {
        }
        pthread_sigmask(SIG_SETMASK, &m_before, nullptr);
    }
    Q_DISABLE_COPY_MOVE(QuietPipe)

private:
    sigset_t m_pipe{};
    sigset_t m_before{};
    bool m_wasPending = false;
};

Diagnosis explainHost(const ConnectionUrl &url, const SignInTrial &trial, const QDeadlineTimer &deadline)
{
    const QString mode = modeOf(url);
    ServerProbe probe;
    Diagnosis found;
    if (const auto told = findingOf(trial)) {
        found.finding = *told;
        const bool isPlain = trial.protocol.isEmpty() && !isLocalSocket(url);
        if (*told == Finding::ComputerNotAllowed && isPlain) {
            probe = probeServer(url, deadline);
            if (probe.tls == ServerProbe::Tls::Offered)
                found.finding = Finding::TlsRequired;
        }
    } else if (isVerifying(mode) && !isLocalSocket(url) &&
               !QFileInfo(rootCertificateFile(url)).isReadable()) {
        probe.names = rootCertificateFile(url);
        found.finding = Finding::RootCertificateMissing;
    } else {
        probe = probeServer(url, deadline);
        found.finding = findingOf(probe, trial, url);
    }
    found.tls = tlsOf(trial, url);
    found.hasAnswered = trial.hasAnswered();
    addWords(found, url, probe);
    found.detail = trial.sqlState.isEmpty() && found.finding != Finding::Failed ? QString() : trial.text;
    return found;
}

} // namespace

TlsState tlsOf(const SignInTrial &trial, const ConnectionUrl &url)
{
    TlsState state;
    state.isLocal = trial.isOk() ? trial.isLocal : isLocalSocket(url);
    state.isEncrypted = !trial.protocol.isEmpty();
    state.protocol = trial.protocol;
    const QString mode = modeOf(url);
    if (!state.isEncrypted)
        return state;
    if (mode == "verify-full"_L1)
        state.check = TlsState::Check::HostToo;
    else if (mode == "verify-ca"_L1 || (mode == "require"_L1 && QFileInfo::exists(rootCertificateFile(url))))
        state.check = TlsState::Check::Issuer;
    return state;
}

Diagnosis explain(const ConnectionUrl &url, const SignInTrial &trial, const QDeadlineTimer &deadline)
{
    const QuietPipe quiet;
    // Newer servers tell unasked whether they take changes, so no state shows that libpq has looked at it.
    const QString any = u"any"_s;
    const QString wanted = url.forWriting().value(u"target_session_attrs"_s);
    if (trial.sawServer && trial.sqlState.isEmpty() && !wanted.isEmpty() && wanted != any &&
        trySignIn(url.with(u"target_session_attrs"_s, any), deadline).isOk()) {
        Diagnosis found;
        found.finding = Finding::OnlyStandbys;
        addWords(found, url, {});
        return found;
    }
    return explainHost(singleHosts(url).first(), trial, deadline);
}

Diagnosis tryAndExplain(const ConnectionUrl &url, const QDeadlineTimer &deadline)
{
    const SignInTrial trial = trySignIn(url, deadline);
    if (!trial.isOk())
        return explain(url, trial, deadline);
    Diagnosis found;
    found.finding = Finding::Ready;
    return found;
}

} // namespace Branchline::Internal
