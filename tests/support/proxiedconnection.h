// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/frontendstream.h"
#include "tests/support/tcpproxy.h"

#include <deque>
#include <optional>

namespace Branchline {

/// One connection through a TcpProxy: two sockets and what is under way between them. Everything happens
/// under the proxy's mutex; nothing blocks.
class ProxiedConnection final
{
public:
    using Clock = TcpProxy::Clock;
    using Way = TcpProxy::Way;

    /// Takes over the client's socket and connects to the server.
    ProxiedConnection(TcpProxy &proxy, int client);
    ~ProxiedConnection();
    ProxiedConnection(const ProxiedConnection &) = delete;
    ProxiedConnection &operator=(const ProxiedConnection &) = delete;

    [[nodiscard]] bool isClosed() const { return m_client < 0 && m_server < 0; }
    [[nodiscard]] int client() const { return m_client; }
    [[nodiscard]] int server() const { return m_server; }
    [[nodiscard]] const FrontendStream &stream() const { return m_stream; }
    /// What poll(2) waits for; 0: nothing, and the socket is left out.
    [[nodiscard]] short clientEvents(Clock::time_point now) const;
    [[nodiscard]] short serverEvents(Clock::time_point now) const;
    /// When there is something to do without an event.
    [[nodiscard]] std::optional<Clock::time_point> dueAt() const;

    void onClient(short events);
    void onServer(short events);
    /// Sends what is due.
    void flush();
    void reset();
    void halfClose(Way way);
    void abandon();

private:
    struct Piece
    {
        Clock::time_point due;
        QByteArray bytes;
        bool endsCall = false; ///< the server has the whole call that is cut
    };
    struct Line
    {
        std::deque<Piece> pieces;
        bool atEnd = false;  ///< the sender sends nothing more
        bool isShut = false; ///< the receiver knows
    };

    void connectServer();
    void fromClient(const QByteArray &bytes);
    void fromServer(const QByteArray &bytes);
    void queue(Way way, const QByteArray &bytes, bool endsCall = false);
    [[nodiscard]] bool isReady(Way way, Clock::time_point now) const;
    [[nodiscard]] bool send(Way way);
    void callSent();
    void closeClient(bool hard);
    void closeServer();
    [[nodiscard]] Line &line(Way way) { return m_lines[static_cast<size_t>(way)]; }
    [[nodiscard]] const Line &line(Way way) const { return m_lines[static_cast<size_t>(way)]; }

    TcpProxy &m_proxy;
    int m_client;
    int m_clientPort = 0;
    int m_server = -1;
    std::optional<size_t> m_record; ///< where what the client sends is kept
    bool m_isConnecting = false;
    bool m_isAbandoned = false;
    bool m_dropsAnswers = false; ///< a cut call is under way: what the server says goes nowhere
    std::optional<TcpProxy::Cut> m_cut;
    QByteArray m_lastOfServer; ///< the end of what the server has said
    Clock::time_point m_connectAgain{};
    std::array<Line, 2> m_lines;
    FrontendStream m_stream;
};

} // namespace Branchline
