// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/tcpproxy.h"

#include "tests/support/proxiedconnection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

namespace Branchline {

namespace {

constexpr int backlog = 256;

/// A socket bound to 127.0.0.1, or -1. The same port may be bound several times, as long as one listens.
int boundSocket(int port)
{
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<quint16>(port));
    if (::bind(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0)
        return fd;
    ::close(fd);
    return -1;
}

int portOf(int fd)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(fd, reinterpret_cast<sockaddr *>(&address), &size);
    return ntohs(address.sin_port);
}

} // namespace

TcpProxy::TcpProxy(ProxyTarget target)
    : m_target(std::move(target))
{}

TcpProxy::~TcpProxy()
{
    m_thread.request_stop();
    wake();
    if (m_thread.joinable())
        m_thread.join();
    m_connections.clear();
    for (const int fd : {m_listener, m_reserved, m_wake}) {
        if (fd >= 0)
            ::close(fd);
    }
}

bool TcpProxy::start()
{
    m_reserved = boundSocket(0);
    m_wake = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (m_reserved >= 0)
        m_port = portOf(m_reserved);
    if (m_reserved < 0 || m_wake < 0 || !listenAgain()) {
        m_errorText = QString::fromLocal8Bit(std::strerror(errno));
        return false;
    }
    m_thread = std::jthread([this](const std::stop_token &stop) { run(stop); });
    return true;
}

bool TcpProxy::listenAgain()
{
    m_listener = boundSocket(m_port);
    return m_listener >= 0 && ::listen(m_listener, backlog) == 0;
}

void TcpProxy::wake() const
{
    const quint64 one = 1;
    if (m_wake >= 0 && ::write(m_wake, &one, sizeof one) < 0) {
        // It is awake already.
    }
}

void TcpProxy::run(const std::stop_token &stop)
{
    std::unique_lock lock(m_mutex);
    while (!stop.stop_requested()) {
        const auto now = Clock::now();
        std::optional<Clock::time_point> due;
        std::vector<pollfd> fds{{m_wake, POLLIN, 0}, {m_listener, POLLIN, 0}};
        std::vector<std::pair<ProxiedConnection *, bool>> owners{{}, {}}; // true: the client's socket
        for (const auto &connection : m_connections) {
            const auto add = [&](int fd, short events, bool isClient) {
                if (fd < 0 || events == 0)
                    return;
                fds.push_back({fd, events, 0});
                owners.emplace_back(connection.get(), isClient);
            };
            add(connection->client(), connection->clientEvents(now), true);
            add(connection->server(), connection->serverEvents(now), false);
            if (const auto at = connection->dueAt())
                due = due ? std::min(*due, *at) : *at;
        }
        timespec left{};
        if (due) {
            const auto wait = std::max(Clock::duration::zero(), *due - now);
            left.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(wait).count();
            left.tv_nsec = (wait % std::chrono::seconds(1)).count();
        }
        lock.unlock();
        ::ppoll(fds.data(), fds.size(), due ? &left : nullptr, nullptr);
        lock.lock();

        quint64 ignored = 0;
        while (::read(m_wake, &ignored, sizeof ignored) > 0) {
        }
        // Sockets may have been closed meanwhile, but connections are removed by this thread only.
        for (size_t i = 2; i < fds.size(); ++i) {
            const auto &[connection, isClient] = owners[i];
            if (isClient && connection->client() == fds[i].fd)
                connection->onClient(fds[i].revents);
            else if (!isClient && connection->server() == fds[i].fd)
                connection->onServer(fds[i].revents);
        }
        for (const auto &connection : m_connections)
            connection->flush();
        std::erase_if(m_connections, [](const auto &connection) { return connection->isClosed(); });
        accept();
    }
}

void TcpProxy::accept()
{
    while (m_listener >= 0) {
        const int client = ::accept4(m_listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0)
            return;
        ++m_counters.connections;
        m_connections.push_back(std::make_unique<ProxiedConnection>(*this, client));
    }
}

std::optional<TcpProxy::Cut> TcpProxy::takeCut(const ProxiedConnection &connection,
                                               const FrontendMessage &message)
{
    for (auto cut = m_cuts.begin(); cut != m_cuts.end(); ++cut) {
        if (!connection.stream().runs(message, cut->call) || cut->skip-- > 0)
            continue;
        Cut taken = *cut;
        if (--cut->times <= 0)
            m_cuts.erase(cut);
        return taken;
    }
    return {};
}

void TcpProxy::countCut()
{
    ++m_counters.cuts;
    m_changed.notify_all();
}

qint64 TcpProxy::allowance(Way way, qint64 wanted)
{
    const auto &left = m_bytesLeft[static_cast<size_t>(way)];
    return left ? std::min(*left, wanted) : wanted;
}

void TcpProxy::setTarget(const ProxyTarget &target)
{
    const std::lock_guard lock(m_mutex);
    m_target = target;
}

void TcpProxy::setDelay(std::chrono::milliseconds toServer, std::chrono::milliseconds toClient)
{
    const std::lock_guard lock(m_mutex);
    m_delay = {toServer, toClient};
}

void TcpProxy::setBlackHole(bool toServer, bool toClient)
{
    const std::lock_guard lock(m_mutex);
    m_blackHole = {toServer, toClient};
    wake();
}

void TcpProxy::setRefusing(bool refusing)
{
    const std::lock_guard lock(m_mutex);
    if (refusing && m_listener >= 0) {
        ::close(m_listener);
        m_listener = -1;
    } else if (!refusing && m_listener < 0 && !listenAgain()) {
        qFatal("The proxy's port %d is gone.", m_port);
    }
    wake();
}

void TcpProxy::resetAll()
{
    const std::lock_guard lock(m_mutex);
    for (const auto &connection : m_connections)
        connection->reset();
    wake();
}

void TcpProxy::halfClose(Way way)
{
    const std::lock_guard lock(m_mutex);
    for (const auto &connection : m_connections)
        connection->halfClose(way);
    wake();
}

void TcpProxy::abandonAll()
{
    const std::lock_guard lock(m_mutex);
    for (const auto &connection : m_connections)
        connection->abandon();
    wake();
}

void TcpProxy::cutAfter(Way way, qint64 bytes)
{
    const std::lock_guard lock(m_mutex);
    m_bytesLeft[static_cast<size_t>(way)] = bytes;
}

void TcpProxy::cutCall(const Cut &cut)
{
    const std::lock_guard lock(m_mutex);
    m_cuts.push_back(cut);
}

void TcpProxy::heal()
{
    setRefusing(false);
    const std::lock_guard lock(m_mutex);
    m_delay = {};
    m_blackHole = {};
    m_bytesLeft = {};
    m_cuts.clear();
    wake();
}

void TcpProxy::recordClients()
{
    const std::lock_guard lock(m_mutex);
    m_isRecording = true;
}

std::vector<QByteArray> TcpProxy::recorded() const
{
    const std::lock_guard lock(m_mutex);
    return m_recorded;
}

TcpProxy::Counters TcpProxy::counters() const
{
    const std::lock_guard lock(m_mutex);
    Counters counters = m_counters;
    counters.open = std::count_if(m_connections.begin(), m_connections.end(),
                                  [](const auto &connection) { return connection->client() >= 0; });
    return counters;
}

bool TcpProxy::waitForCuts(qint64 cuts, std::chrono::milliseconds timeout) const
{
    std::unique_lock lock(m_mutex);
    return m_changed.wait_for(lock, timeout, [&] { return m_counters.cuts >= cuts; });
}

std::optional<TcpProxy::Clock::time_point> TcpProxy::closedAt(int clientPort) const
{
    const std::lock_guard lock(m_mutex);
    const auto at = m_closed.constFind(clientPort);
    return at == m_closed.cend() ? std::nullopt : std::optional(*at);
}

} // namespace Branchline
