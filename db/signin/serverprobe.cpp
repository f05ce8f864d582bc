// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/signin/serverprobe.h"

#include <QDir>
#include <QFile>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

class Descriptor final
{
public:
    explicit Descriptor(int number)
        : m_number(number)
    {}
    ~Descriptor()
    {
        if (m_number >= 0)
            ::close(m_number);
    }
    Q_DISABLE_COPY(Descriptor)
    Descriptor(Descriptor &&other) noexcept
        : m_number(std::exchange(other.m_number, -1))
    {}
    Descriptor &operator=(Descriptor &&) = delete;
    [[nodiscard]] int number() const { return m_number; }

private:
    int m_number;
};

bool awaitReady(int socket, short events, const QDeadlineTimer &deadline)
{
    pollfd entry{socket, events, 0};
    for (;;) {
        const int ready =
            ::poll(&entry, 1, static_cast<int>(std::clamp<qint64>(deadline.remainingTime(), 0, 60'000)));
        if (ready != 0 && !(ready < 0 && errno == EINTR))
            return ready > 0;
        if (ready == 0 && deadline.hasExpired())
            return false;
    }
}

ServerProbe::Reach reachOf(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return ServerProbe::Reach::Refused;
    case ENOENT:
        return ServerProbe::Reach::SocketAbsent;
    case EACCES:
    case EPERM:
        return ServerProbe::Reach::NotPermitted;
    default:
        return ServerProbe::Reach::NoAnswer;
    }
}

/// Connects without waiting longer than the deadline; 0 or the system's error.
int connectTo(int socket, const sockaddr *address, socklen_t length, const QDeadlineTimer &deadline)
{
    if (::connect(socket, address, length) == 0)
        return 0;
    if (errno != EINPROGRESS && errno != EAGAIN)
        return errno;
    if (!awaitReady(socket, POLLOUT, deadline))
        return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

QByteArray portOf(const ConnectionUrl &url)
{
    return url.port().isEmpty() ? qgetenv("PGPORT").isEmpty() ? QByteArray("5432") : qgetenv("PGPORT")
                                : url.port().toLatin1();
}

QString hostOf(const ConnectionUrl &url)
{
    if (!url.value(u"hostaddr"_s).isEmpty())
        return url.value(u"hostaddr"_s);
    if (!qEnvironmentVariableIsEmpty("PGHOSTADDR"))
        return qEnvironmentVariable("PGHOSTADDR");
    return url.host().isEmpty() ? qEnvironmentVariable("PGHOST") : url.host();
}

Descriptor connectSocket(const ConnectionUrl &url, const QDeadlineTimer &deadline, ServerProbe &probe)
{
    const QString folder = hostOf(url).isEmpty() ? u"/var/run/postgresql"_s : hostOf(url);
    const QByteArray path = QFile::encodeName(folder) + "/.s.PGSQL." + portOf(url);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (path.size() >= static_cast<qsizetype>(sizeof address.sun_path) || socket.number() < 0) {
        probe.reach = ServerProbe::Reach::SocketAbsent;
        return Descriptor(-1);
    }
    std::copy(path.cbegin(), path.cend(), address.sun_path);
    const int error =
        connectTo(socket.number(), reinterpret_cast<const sockaddr *>(&address), sizeof address, deadline);
    probe.reach = error == 0 ? ServerProbe::Reach::Answers : reachOf(error);
    return error == 0 ? std::move(socket) : Descriptor(-1);
}

/// Tries all addresses of the name. A refusal says more than silence, so it is what is told of several.
Descriptor connectHost(const ConnectionUrl &url, const QDeadlineTimer &deadline, ServerProbe &probe)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *found = nullptr;
    if (::getaddrinfo(hostOf(url).toUtf8().constData(), portOf(url).constData(), &hints, &found) != 0) {
        probe.reach = ServerProbe::Reach::NameUnknown;
        return Descriptor(-1);
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    probe.reach = ServerProbe::Reach::NoAnswer;
    for (const addrinfo *entry = found; entry; entry = entry->ai_next) {
        Descriptor socket(::socket(entry->ai_family, entry->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (socket.number() < 0)
            continue;
        const int error = connectTo(socket.number(), entry->ai_addr, entry->ai_addrlen, deadline);
        if (error == 0) {
            probe.reach = ServerProbe::Reach::Answers;
            return socket;
        }
        if (probe.reach == ServerProbe::Reach::NoAnswer)
            probe.reach = reachOf(error);
    }
    return Descriptor(-1);
}

/// Asks for TLS as libpq does; the server answers with one letter.
void askForTls(int socket, const QDeadlineTimer &deadline, ServerProbe &probe)
{
    constexpr std::array<unsigned char, 8> request{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}; // SSLRequest
    char answer = 0;
    if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(request.size()) ||
        !awaitReady(socket, POLLIN, deadline)) {
        probe.reach = ServerProbe::Reach::NoAnswer;
        return;
    }
    if (::recv(socket, &answer, 1, 0) != 1)
        probe.tls = ServerProbe::Tls::NoServer;
    else if (answer == 'S')
        probe.tls = ServerProbe::Tls::Offered;
    else
        probe.tls = answer == 'N' ? ServerProbe::Tls::NotOffered : ServerProbe::Tls::NoServer;
}

} // namespace

QString rootCertificateFile(const ConnectionUrl &url)
{
    if (!url.value(u"sslrootcert"_s).isEmpty())
        return url.value(u"sslrootcert"_s);
    const QString named = qEnvironmentVariable("PGSSLROOTCERT");
    return named.isEmpty() ? QDir::homePath() + "/.postgresql/root.crt"_L1 : named;
}

ServerProbe probeServer(const ConnectionUrl &url, const QDeadlineTimer &deadline)
{
    ServerProbe probe;
    if (isLocalSocket(url)) {
        const Descriptor socket = connectSocket(url, deadline, probe);
        return probe;
    }
    if (hostOf(url).isEmpty()) { // only a service file knows where it is: libpq's words have to do
        probe.reach = ServerProbe::Reach::Answers;
        return probe;
    }
    const Descriptor socket = connectHost(url, deadline, probe);
    if (socket.number() < 0)
        return probe;
    askForTls(socket.number(), deadline, probe);
    if (probe.tls == ServerProbe::Tls::Offered)
        probeTls(socket.number(), url, deadline, probe);
    return probe;
}

} // namespace Branchline::Internal
