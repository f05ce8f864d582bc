// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QHash>
#include <QList>

namespace Branchline {

/// One message from a PostgreSQL client to its server, with its header.
struct FrontendMessage
{
    char type =
        0; ///< 'Q', 'P', 'B', 'E', 'S' …; 0 for what comes before sign-in and for what is not understood
    QByteArray bytes;

    [[nodiscard]] QByteArray body() const { return bytes.mid(5); }
};

/// Cuts the bytes of a PostgreSQL client into messages and remembers which prepared statement holds which
/// SQL, whether it was prepared by the protocol (Parse) or in SQL (PREPARE … AS). Anything that is not this
/// protocol (TLS, another one) passes as it is. Not thread-safe.
class FrontendStream final
{
public:
    /// Takes what was received and gives what is complete, in order.
    [[nodiscard]] QList<FrontendMessage> take(const QByteArray &bytes);

    /// Whether a message that take() just gave runs something with `text` in its SQL: a query, an SQL-level
    /// EXECUTE, or a Bind. Preparing alone is not running. Matches capitals exactly.
    [[nodiscard]] bool runs(const FrontendMessage &message, const QByteArray &text) const;

    /// Whether the server answers after this message without waiting for another one.
    [[nodiscard]] static bool endsRequest(const FrontendMessage &message)
    {
        return message.type == 'Q' || message.type == 'S';
    }

private:
    [[nodiscard]] qsizetype nextLength();
    void remember(const FrontendMessage &message);

    enum class State { BeforeSignIn, Messages, Opaque };
    State m_state = State::BeforeSignIn;
    QByteArray m_rest;
    QHash<QByteArray, QByteArray> m_statements; ///< SQL by the name of the prepared statement
};

} // namespace Branchline
