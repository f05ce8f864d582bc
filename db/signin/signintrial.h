// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/connectionurl.h"

#include <QDeadlineTimer>

#include <memory>

struct pg_conn;

namespace Branchline::Internal {

struct CloseConnection
{
    void operator()(pg_conn *connection) const;
};

/// How one attempt to sign in went, told by states and codes: the server's and libpq's sentences come in the
/// language of their machines, so nothing is read out of them.
struct SignInTrial
{
    std::unique_ptr<pg_conn, CloseConnection> connection; ///< null when it failed
    QString sqlState;                                     ///< what the server refused with; empty: it did not
    QString place;              ///< function of the server that refused; tells refusals with one code apart
    bool needsPassword = false; ///< the server asked for a password and there was none
    bool usedPassword = false;  ///< the server asked for the password and got it
    bool isLocal = false;       ///< signed in through a socket of this computer
    QString protocol;           ///< of TLS, "TLSv1.3"; empty: it never was up
    bool sawServer = false;     ///< a server took the start of a session
    bool isOutOfTime = false;
    QString text; ///< libpq's words, for the screen only

    [[nodiscard]] bool isOk() const { return connection != nullptr; }
    /// A server has spoken. That a session was begun does not show it.
    [[nodiscard]] bool hasAnswered() const { return isOk() || needsPassword || !sqlState.isEmpty(); }
};

/// Waits until a socket can be read or written; false when the time is up.
[[nodiscard]] bool awaitSocket(int socket, bool toRead, const QDeadlineTimer &deadline);

/// Connects with libpq as the programs do. Blocks up to the deadline, and longer while the system looks up a
/// name; not for the GUI thread.
[[nodiscard]] SignInTrial trySignIn(const ConnectionUrl &url, const QDeadlineTimer &deadline);

} // namespace Branchline::Internal
