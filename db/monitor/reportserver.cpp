// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/monitor/reportserver.h"

#include "db/monitor/reportfolder.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonDocument>
#include <QRandomGenerator>

#include <cstring>
#include <list>
#include <optional>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

using Clock = std::chrono::steady_clock;

/// A reader has its answer in microseconds; one that does not take it is dropped after this.
constexpr auto clientTime = 2s;
/// Further readers push out the one that has been there for longest.
constexpr size_t mostClients = 8;
constexpr qsizetype longestRequest = 64;
constexpr int pauseMilliseconds = 200;
constexpr int queueLength = 16;

QString tr(const char *text)
{
    return QCoreApplication::translate("Reports", text);
}

/// One connected reader: first it sends, then it is sent the answer.
struct Client
{
    int socket;
    Clock::time_point ends;
    QByteArray request = {};
    QByteArray answer = {};
    qsizetype sent = 0;
};

/// The readers that are connected. Nothing here waits, and all of it is bounded.
class Clients final
{
public:
    explicit Clients(const std::function<ProgramReport()> &report)
        : m_report(report)
    {}
    ~Clients()
    {
        for (const Client &client : m_clients)
            ::close(client.socket);
    }
    Q_DISABLE_COPY_MOVE(Clients)

    /// False when the system has no descriptor to spare.
    bool accept(int listener)
    {
        const int socket = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (socket < 0)
            return errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS;
        qint64 pid = 0;
        if (!Internal::isOwnPeer(socket, &pid)) {
            ::close(socket);
            return true;
        }
        if (m_clients.size() >= mostClients)
            drop(m_clients.begin());
        m_clients.push_back({.socket = socket, .ends = Clock::now() + clientTime});
        return true;
    }

    void addTo(std::vector<pollfd> &waits) const
    {
        for (const Client &client : m_clients)
            waits.push_back({client.socket, short(client.answer.isEmpty() ? POLLIN : POLLOUT), 0});
    }

    /// Milliseconds until the first reader has used up its time, for poll(); -1 without readers.
    [[nodiscard]] int wait() const
    {
        if (m_clients.empty())
            return -1;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(m_clients.front().ends - Clock::now());
        return static_cast<int>(std::max<qint64>(0, left.count()));
    }

    void serve()
    {
        for (auto client = m_clients.begin(); client != m_clients.end();) {
            const auto next = std::next(client);
            if (client->ends <= Clock::now() || !advance(*client))
                drop(client);
            client = next;
        }
    }

private:
    void drop(std::list<Client>::iterator client)
    {
        ::close(client->socket);
        m_clients.erase(client);
    }

    /// False when the connection is at its end.
    bool advance(Client &client)
    {
        if (client.answer.isEmpty() && !receive(client))
            return false;
        while (client.sent < client.answer.size()) {
            const ssize_t sent =
                ::send(client.socket, client.answer.constData() + client.sent,
                       static_cast<size_t>(client.answer.size() - client.sent), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0)
                return errno == EAGAIN || errno == EINTR;
            client.sent += sent;
        }
        return client.answer.isEmpty(); // sent: the end of the connection is the end of the answer
    }

    bool receive(Client &client)
    {
        char bytes[longestRequest];
        const ssize_t got = ::recv(client.socket, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got < 0)
            return errno == EAGAIN || errno == EINTR;
        client.request.append(bytes, got);
        const bool isWhole = client.request.contains('\n') || client.request.size() >= longestRequest;
        if (got > 0 && !isWhole)
            return true;
        if (client.request == Internal::reportRequest)
            client.answer = QJsonDocument(m_report().toJson()).toJson(QJsonDocument::Compact);
        else
            client.answer =
                QJsonDocument(QJsonObject{{u"error"_s, tr("This socket of Branchline understands only the "
                                                          "request “report 1”. Use branchlinectl health.")}})
                    .toJson(QJsonDocument::Compact);
        return true;
    }

    const std::function<ProgramReport()> &m_report;
    std::list<Client> m_clients; ///< oldest first
};

std::optional<sockaddr_un> addressOf(const QByteArray &path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= qsizetype(sizeof address.sun_path))
        return std::nullopt;
    std::memcpy(address.sun_path, path.constData(), static_cast<size_t>(path.size()));
    return address;
}

/// A listening socket at `path`, or -1. Until it listens it has another name: who finds a socket on which
/// nobody listens removes it.
int listenAt(const QByteArray &unfinished, const QByteArray &path)
{
    const auto address = addressOf(unfinished);
    const int listener = address ? ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;
    if (listener < 0)
        return -1;
    if (::bind(listener, reinterpret_cast<const sockaddr *>(&*address), sizeof *address) == 0 &&
        ::chmod(unfinished.constData(), S_IRUSR | S_IWUSR) == 0 && ::listen(listener, queueLength) == 0 &&
        ::rename(unfinished.constData(), path.constData()) == 0)
        return listener;
    const int reason = errno;
    ::unlink(unfinished.constData());
    ::close(listener);
    errno = reason;
    return -1;
}

} // namespace

ReportServer::ReportServer(std::function<ProgramReport()> report)
    : m_report(std::move(report))
    , m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
    if (m_wake >= 0)
        m_thread = std::thread(&ReportServer::run, this);
}

ReportServer::~ReportServer()
{
    if (!m_thread.joinable())
        return;
    ::eventfd_write(m_wake, 1);
    m_thread.join();
    ::close(m_wake);
}

QString ReportServer::path() const
{
    const std::lock_guard lock(m_mutex);
    return QFile::decodeName(m_path);
}

QString ReportServer::problem() const
{
    const std::lock_guard lock(m_mutex);
    return m_problem;
}

int ReportServer::listenSomewhere()
{
    const QByteArray name =
        QByteArray::number(::getpid()) + '-' +
        QByteArray::number(QRandomGenerator::system()->generate(), 16).rightJustified(8, '0');
    QString problem = tr("There is no folder in which this program could publish its report.");
    for (const QByteArray &folder : Internal::reportFolders()) {
        if (Internal::makeFolder(folder, &problem) != Internal::FolderState::Private)
            continue;
        const QByteArray path = folder + '/' + Internal::socketPrefix + name;
        const int listener = listenAt(folder + '/' + Internal::unfinishedPrefix + name, path);
        if (listener >= 0) {
            const std::lock_guard lock(m_mutex);
            m_path = path;
            return listener;
        }
        problem = tr("No socket can be made in the folder %1: %2.")
                      .arg(QFile::decodeName(folder), QString::fromLocal8Bit(::strerror(errno)));
    }
    const std::lock_guard lock(m_mutex);
    m_problem = problem;
    return -1;
}

void ReportServer::run()
{
    const int listener = listenSomewhere();
    if (listener < 0)
        return;
    Clients clients(m_report);
    for (;;) {
        std::vector<pollfd> waits{{m_wake, POLLIN, 0}, {listener, POLLIN, 0}};
        clients.addTo(waits);
        if (::poll(waits.data(), waits.size(), clients.wait()) < 0 && errno != EINTR)
            break;
        if (waits[0].revents != 0)
            break;
        if (waits[1].revents != 0 && !clients.accept(listener)) {
            pollfd end{m_wake, POLLIN, 0}; // the listener stays readable: do not spin
            ::poll(&end, 1, pauseMilliseconds);
        }
        clients.serve();
    }
    ::unlink(m_path.constData()); // only this thread writes the path
    ::close(listener);
}

} // namespace Branchline
