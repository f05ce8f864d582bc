// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHash>
#include <QString>

#include <array>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace Branchline {

class ProxiedConnection;
struct FrontendMessage;

/// Where a proxy forwards to: the socket of a server in a folder, or a host.
struct ProxyTarget
{
    QString host; ///< an absolute path: the folder of `.s.PGSQL.<port>`; else a numeric address or a name
    int port = 5432;
};

/// Stands between a program and a PostgreSQL server and breaks what is between them: a listening port on
/// 127.0.0.1 with one thread of its own that forwards every connection. Faults are switched on and off while
/// it runs; each function takes effect before it returns. All functions are thread-safe.
class TcpProxy final
{
public:
    using Clock = std::chrono::steady_clock;

    enum class Way { ToServer, ToClient };

    /// Where a call is cut.
    enum class CutPoint {
        BeforeSend,   ///< the server never sees it
        AfterSend,    ///< the server has it and goes on by itself; the client's connection is reset at once
        BeforeAnswer, ///< the server has answered, so it is done; the answer is dropped, the connection reset
        LoseAnswer    ///< the same, but the connection stays open and is silent for ever
    };

    /// Which calls are cut. `call` is a piece of their SQL, such as "public.checkout(" or "COMMIT"; empty:
    /// whatever is run. The first `skip` are let through, the next `times` are cut.
    struct Cut
    {
        QByteArray call;
        CutPoint point = CutPoint::BeforeAnswer;
        int skip = 0;
        int times = 1;
    };

    /// Since the proxy was started.
    struct Counters
    {
        qint64 connections = 0; ///< accepted, those for cancelling included
        qint64 open = 0;        ///< now
        qint64 cancels = 0;     ///< connections that asked the server to cancel something
        qint64 unreached = 0;   ///< connections for which there was no server
        qint64 bytesToServer = 0;
        qint64 bytesToClient = 0;
        qint64 cuts = 0; ///< by cutCall() and cutAfter(), not by resetAll()
    };

    explicit TcpProxy(ProxyTarget target);
    ~TcpProxy();
    TcpProxy(const TcpProxy &) = delete;
    TcpProxy &operator=(const TcpProxy &) = delete;

    /// Listens and forwards. False with errorText() when there is no port.
    [[nodiscard]] bool start();
    [[nodiscard]] QString errorText() const { return m_errorText; }
    /// On 127.0.0.1; the same as long as the proxy lives.
    [[nodiscard]] int port() const { return m_port; }

    /// Connections made from now on go there.
    void setTarget(const ProxyTarget &target);
    /// Holds every piece back for so long.
    void setDelay(std::chrono::milliseconds toServer, std::chrono::milliseconds toClient);
    /// Nothing passes this way, in connections old and new, and nobody is told. What is sent meanwhile passes
    /// when it ends.
    void setBlackHole(bool toServer, bool toClient);
    /// New connections are refused by the system, as by a machine without a server. Old ones stay.
    void setRefusing(bool refusing);
    /// Resets (RST) every connection.
    void resetAll();
    /// Tells one side of every connection that nothing more comes; the other way goes on.
    void halfClose(Way way);
    /// Leaves every connection half-open: the server's side is closed, the client hears nothing, ever.
    void abandonAll();
    /// Resets the connection that carries the byte after the next `bytes` this way.
    void cutAfter(Way way, qint64 bytes);
    /// Adds a cut; several may wait at a time.
    void cutCall(const Cut &cut);
    /// Ends every fault that is switched on, and forgets cuts that have not happened. Connections that were
    /// abandoned or silenced stay so.
    void heal();

    /// Keeps every byte that clients send in connections made from now on.
    void recordClients();
    /// What they have sent, one entry for each connection, in the order in which they began.
    [[nodiscard]] std::vector<QByteArray> recorded() const;
    [[nodiscard]] Counters counters() const;
    /// Waits until there were so many cuts in all.
    [[nodiscard]] bool waitForCuts(qint64 cuts, std::chrono::milliseconds timeout) const;
    /// When the newest connection from this port of the client was closed or reset towards it: the client's
    /// system knew it then. Nothing while it is open, or when there was none.
    [[nodiscard]] std::optional<Clock::time_point> closedAt(int clientPort) const;

private:
    friend class ProxiedConnection;

    void run(const std::stop_token &stop);
    [[nodiscard]] bool listenAgain();
    void accept();
    void wake() const;
    [[nodiscard]] std::optional<Cut> takeCut(const ProxiedConnection &connection,
                                             const FrontendMessage &message);
    void countCut();
    /// How many of `wanted` bytes may pass before the connection is reset.
    [[nodiscard]] qint64 allowance(Way way, qint64 wanted);

    QString m_errorText;
    int m_port = 0;
    int m_reserved = -1; ///< bound and never listening: keeps the port while connections are refused
    int m_wake = -1;

    mutable std::mutex m_mutex; ///< for all below; the thread gives it up only while it waits
    mutable std::condition_variable m_changed;
    ProxyTarget m_target;
    int m_listener = -1;
    std::array<std::chrono::milliseconds, 2> m_delay{};
    std::array<bool, 2> m_blackHole{};
    std::array<std::optional<qint64>, 2> m_bytesLeft{};
    std::vector<Cut> m_cuts;
    Counters m_counters;
    QHash<int, Clock::time_point> m_closed;
    bool m_isRecording = false;
    std::vector<QByteArray> m_recorded;
    std::vector<std::unique_ptr<ProxiedConnection>> m_connections;

    std::jthread m_thread; ///< last: it ends before the rest goes
};

} // namespace Branchline
