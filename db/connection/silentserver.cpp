// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/silentserver.h"

#include <memory>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int patienceMs = 300;

} // namespace

bool takesConnections(const ConnectionUrl &url)
{
    QString address = url.value(u"hostaddr"_s).isEmpty() ? url.host() : url.value(u"hostaddr"_s);
    if (url.hasSeveralHosts() || address.isEmpty())
        return false;
    // A local connection is taken or refused at once; only the server can have kept silent.
    if (address.startsWith(u'/') || address.startsWith(u'@'))
        return true;
    if (address == "localhost"_L1)
        address = u"127.0.0.1"_s;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo *found = nullptr;
    const QString port = url.value(u"port"_s).isEmpty() ? u"5432"_s : url.value(u"port"_s);
    if (::getaddrinfo(address.toLatin1().constData(), port.toLatin1().constData(), &hints, &found) != 0)
        return false;
    const std::unique_ptr<addrinfo, void (*)(addrinfo *)> place(found, ::freeaddrinfo);
    const int socket = ::socket(place->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0)
        return false;
    (void)::connect(socket, place->ai_addr, place->ai_addrlen);
    pollfd waiting{.fd = socket, .events = POLLOUT, .revents = 0};
    int error = -1;
    socklen_t size = sizeof error;
    const bool isTaken = ::poll(&waiting, 1, patienceMs) == 1 &&
                         ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
    ::close(socket);
    return isTaken;
}

} // namespace Branchline
