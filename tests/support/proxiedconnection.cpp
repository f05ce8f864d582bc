// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/proxiedconnection.h"

#include <array>
#include <cerrno>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace Branchline {

namespace {

using namespace std::chrono_literals;

constexpr size_t mostPieces = 256;              ///< beyond these the sender waits
constexpr auto connectPause = 20ms;             ///< while a frozen server's queue is full
constexpr quint32 cancelCode = 80877102;        ///< of a request to cancel
const QByteArray readyForQuery("Z\0\0\0\5", 5); ///< then one byte: the state of the transaction

int connectTo(const ProxyTarget &target)
{
    if (target.host.startsWith(u'/')) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const QByteArray path = QStringLiteral("%1/.s.PGSQL.%2").arg(target.host).arg(target.port).toUtf8();
        qstrncpy(address.sun_path, path.constData(), sizeof address.sun_path);
        const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (::connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0)
            return fd;
        const int error = errno;
        ::close(fd);
        errno = error;
        return -1;
    }
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo *found = nullptr;
    if (::getaddrinfo(qPrintable(target.host), qPrintable(QString::number(target.port)), &hints, &found) != 0)
        return -1;
    const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int result = ::connect(fd, found->ai_addr, found->ai_addrlen);
    const int error = errno;
    ::freeaddrinfo(found);
    if (result == 0 || error == EINPROGRESS)
        return fd;
    ::close(fd);
    errno = error;
    return -1;
}

void noDelay(int fd)
{
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // of no effect on the socket of a folder
}

} // namespace

ProxiedConnection::ProxiedConnection(TcpProxy &proxy, int client)
    : m_proxy(proxy)
    , m_client(client)
{
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    if (::getpeername(client, reinterpret_cast<sockaddr *>(&peer), &size) == 0)
        m_clientPort = ntohs(peer.sin_port);
    m_proxy.m_closed.remove(m_clientPort);
    if (m_proxy.m_isRecording) {
        m_record = m_proxy.m_recorded.size();
        m_proxy.m_recorded.emplace_back();
    }
    noDelay(client);
    connectServer();
}

ProxiedConnection::~ProxiedConnection()
{
    closeClient(false);
    closeServer();
}

void ProxiedConnection::connectServer()
{
    m_server = connectTo(m_proxy.m_target);
    if (m_server >= 0) {
        noDelay(m_server);
        m_isConnecting = true; // the first readiness to write tells
    } else if (errno == EAGAIN) {
        m_connectAgain = Clock::now() + connectPause;
    } else {
        ++m_proxy.m_counters.unreached;
        reset();
    }
}

bool ProxiedConnection::isReady(Way way, Clock::time_point now) const
{
    if (m_isAbandoned || m_proxy.m_blackHole[static_cast<size_t>(way)])
        return false;
    const Line &on = line(way);
    return on.pieces.empty() ? on.atEnd && !on.isShut : on.pieces.front().due <= now;
}

short ProxiedConnection::clientEvents(Clock::time_point now) const
{
    short events = 0;
    const Line &on = line(Way::ToServer);
    const bool isHeld = m_isAbandoned || m_proxy.m_blackHole[static_cast<size_t>(Way::ToServer)];
    if (!isHeld && !on.atEnd && on.pieces.size() < mostPieces)
        events |= POLLIN;
    if (isReady(Way::ToClient, now))
        events |= POLLOUT;
    return events;
}

short ProxiedConnection::serverEvents(Clock::time_point now) const
{
    short events = 0;
    const Line &on = line(Way::ToClient);
    const bool isHeld = m_isAbandoned || m_proxy.m_blackHole[static_cast<size_t>(Way::ToClient)];
    if (!isHeld && !on.atEnd && on.pieces.size() < mostPieces && !m_isConnecting)
        events |= POLLIN;
    if (m_isConnecting || isReady(Way::ToServer, now))
        events |= POLLOUT;
    return events;
}

std::optional<ProxiedConnection::Clock::time_point> ProxiedConnection::dueAt() const
{
    std::optional<Clock::time_point> due;
    for (size_t way = 0; way < m_lines.size(); ++way) {
        if (m_isAbandoned || m_proxy.m_blackHole[way] || m_lines[way].pieces.empty())
            continue;
        const auto at = m_lines[way].pieces.front().due;
        due = due ? std::min(*due, at) : at;
    }
    if (m_server < 0 && m_client >= 0 && !m_isAbandoned)
        due = due ? std::min(*due, m_connectAgain) : m_connectAgain;
    return due;
}

void ProxiedConnection::onClient(short events)
{
    if ((events & (POLLIN | POLLHUP | POLLERR)) == 0)
        return;
    std::array<char, 65536> buffer;
    const ssize_t got = ::recv(m_client, buffer.data(), buffer.size(), 0);
    if (got > 0)
        fromClient(QByteArray(buffer.data(), got));
    else if (got == 0)
        line(Way::ToServer).atEnd = true;
    else if (errno != EAGAIN && errno != EINTR)
        reset();
}

void ProxiedConnection::onServer(short events)
{
    if (m_isConnecting && (events & (POLLOUT | POLLHUP | POLLERR)) != 0) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(m_server, SOL_SOCKET, SO_ERROR, &error, &size);
        m_isConnecting = false;
        if (error != 0) {
            ++m_proxy.m_counters.unreached;
            return reset();
        }
    }
    if ((events & (POLLIN | POLLHUP | POLLERR)) == 0)
        return;
    std::array<char, 65536> buffer;
    const ssize_t got = ::recv(m_server, buffer.data(), buffer.size(), 0);
    if (got > 0)
        fromServer(QByteArray(buffer.data(), got));
    else if (got == 0 && m_dropsAnswers)
        reset();
    else if (got == 0)
        line(Way::ToClient).atEnd = true;
    else if (errno != EAGAIN && errno != EINTR)
        reset();
}

void ProxiedConnection::fromClient(const QByteArray &bytes)
{
    if (m_record)
        m_proxy.m_recorded[*m_record] += bytes;
    const QList<FrontendMessage> messages = m_stream.take(bytes);
    for (const FrontendMessage &message : messages) {
        if (message.type == 0 && message.bytes.size() == 16 &&
            message.bytes.mid(4, 4).toHex().toUInt(nullptr, 16) == cancelCode)
            ++m_proxy.m_counters.cancels;
        if (!m_cut)
            m_cut = m_proxy.takeCut(*this, message);
        if (m_cut && m_cut->point == TcpProxy::CutPoint::BeforeSend) {
            reset();
            return m_proxy.countCut();
        }
        queue(Way::ToServer, message.bytes, m_cut && FrontendStream::endsRequest(message));
    }
}

void ProxiedConnection::fromServer(const QByteArray &bytes)
{
    if (!m_dropsAnswers)
        return queue(Way::ToClient, bytes);
    m_lastOfServer = (m_lastOfServer + bytes).right(readyForQuery.size() + 1);
    if (!m_lastOfServer.startsWith(readyForQuery))
        return;
    // It is done, and whoever asked does not learn of it.
    const TcpProxy::CutPoint point = m_cut->point;
    closeServer();
    if (point == TcpProxy::CutPoint::LoseAnswer)
        m_isAbandoned = true;
    else
        closeClient(true);
    if (point != TcpProxy::CutPoint::AfterSend)
        m_proxy.countCut();
}

void ProxiedConnection::queue(Way way, const QByteArray &bytes, bool endsCall)
{
    line(way).pieces.push_back({Clock::now() + m_proxy.m_delay[static_cast<size_t>(way)], bytes, endsCall});
}

void ProxiedConnection::flush()
{
    if (m_server < 0 && m_client >= 0 && !m_isAbandoned && Clock::now() >= m_connectAgain)
        connectServer();
    for (const Way way : {Way::ToServer, Way::ToClient}) {
        while (!isClosed() && isReady(way, Clock::now()) && send(way)) {
        }
    }
    if (line(Way::ToServer).isShut && line(Way::ToClient).isShut) {
        closeClient(false);
        closeServer();
    }
}

/// Sends the next piece of a line; false when it has to wait or has ended.
bool ProxiedConnection::send(Way way)
{
    const int to = way == Way::ToServer ? m_server : m_client;
    Line &on = line(way);
    if (to < 0 || (way == Way::ToServer && m_isConnecting))
        return false;
    if (on.pieces.empty()) {
        halfClose(way);
        return false;
    }
    Piece &piece = on.pieces.front();
    if (way == Way::ToClient && on.isShut) { // it was told that nothing more comes
        on.pieces.pop_front();
        return true;
    }
    const qint64 allowed = m_proxy.allowance(way, piece.bytes.size());
    const ssize_t sent =
        allowed > 0 ? ::send(to, piece.bytes.constData(), static_cast<size_t>(allowed), MSG_NOSIGNAL) : 0;
    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR)
            reset();
        return false;
    }
    (way == Way::ToServer ? m_proxy.m_counters.bytesToServer : m_proxy.m_counters.bytesToClient) += sent;
    if (auto &left = m_proxy.m_bytesLeft[static_cast<size_t>(way)]; left) {
        *left -= sent;
        if (*left == 0 && sent < piece.bytes.size()) {
            left.reset();
            reset();
            m_proxy.countCut();
            return false;
        }
    }
    if (sent < piece.bytes.size()) {
        piece.bytes.remove(0, sent);
        return true;
    }
    const bool endsCall = piece.endsCall;
    on.pieces.pop_front();
    if (endsCall)
        callSent();
    return true;
}

/// The server has the whole call that is to be cut.
void ProxiedConnection::callSent()
{
    m_dropsAnswers = true;
    line(Way::ToClient).pieces.clear();
    if (m_cut->point == TcpProxy::CutPoint::AfterSend) {
        closeClient(true);
        m_proxy.countCut();
    }
}

void ProxiedConnection::halfClose(Way way)
{
    Line &on = line(way);
    if (on.isShut)
        return;
    on.isShut = true;
    ::shutdown(way == Way::ToServer ? m_server : m_client, SHUT_WR);
    if (way == Way::ToClient)
        m_proxy.m_closed.insert(m_clientPort, Clock::now());
}

void ProxiedConnection::abandon()
{
    m_isAbandoned = true;
    closeServer();
}

void ProxiedConnection::reset()
{
    closeClient(true);
    closeServer();
}

void ProxiedConnection::closeClient(bool hard)
{
    if (m_client < 0)
        return;
    if (hard) {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(m_client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    ::close(m_client);
    m_client = -1;
    if (!line(Way::ToClient).isShut)
        m_proxy.m_closed.insert(m_clientPort, Clock::now());
}

void ProxiedConnection::closeServer()
{
    if (m_server >= 0)
        ::close(m_server);
    m_server = -1;
}

} // namespace Branchline
