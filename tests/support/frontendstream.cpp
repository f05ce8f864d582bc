// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/frontendstream.h"

#include <QtEndian>

namespace Branchline {

namespace {

constexpr quint32 protocolVersion = 3u << 16;
constexpr quint32 firstRequestCode = 1234u << 16; ///< cancel, TLS and GSS requests share these upper bits
constexpr qsizetype longestStartup = 10'000;      ///< the server's own limit

quint32 numberAt(const QByteArray &bytes, qsizetype position)
{
    return qFromBigEndian<quint32>(bytes.constData() + position);
}

QByteArray textAt(const QByteArray &body, qsizetype position)
{
    const qsizetype end = body.indexOf('\0', position);
    return end < 0 ? QByteArray() : body.mid(position, end - position);
}

/// The word after `keyword` when `sql` begins with it.
QByteArray wordAfter(const QByteArray &sql, const QByteArray &keyword)
{
    if (!sql.startsWith(keyword))
        return {};
    const QByteArray rest = sql.mid(keyword.size()).trimmed();
    qsizetype end = 0;
    while (end < rest.size() && rest[end] != ' ' && rest[end] != '(' && rest[end] != ';')
        ++end;
    return rest.left(end);
}

} // namespace

QList<FrontendMessage> FrontendStream::take(const QByteArray &bytes)
{
    m_rest += bytes;
    QList<FrontendMessage> messages;
    while (const qsizetype length = nextLength()) {
        const char type = m_state == State::Messages ? m_rest.front() : '\0';
        FrontendMessage message{type, m_rest.left(length)};
        m_rest.remove(0, length);
        if (m_state == State::BeforeSignIn && numberAt(message.bytes, 4) == protocolVersion)
            m_state = State::Messages;
        remember(message);
        messages << message;
    }
    return messages;
}

/// How long the next message is when all of it is there, or 0.
qsizetype FrontendStream::nextLength()
{
    if (m_state == State::BeforeSignIn) {
        if (m_rest.size() < 8)
            return 0;
        const auto length = static_cast<qsizetype>(numberAt(m_rest, 0));
        const quint32 code = numberAt(m_rest, 4);
        const bool isKnown = code == protocolVersion || (code & 0xffff0000u) == firstRequestCode;
        if (isKnown && length >= 8 && length <= longestStartup)
            return m_rest.size() >= length ? length : 0;
        m_state = State::Opaque;
    }
    if (m_state == State::Opaque)
        return m_rest.size();
    if (m_rest.size() < 5)
        return 0;
    const qsizetype length = 1 + static_cast<qsizetype>(numberAt(m_rest, 1));
    return m_rest.size() >= length ? length : 0;
}

void FrontendStream::remember(const FrontendMessage &message)
{
    if (message.type == 'P') {
        const QByteArray body = message.body();
        const QByteArray name = textAt(body, 0);
        m_statements[name] = textAt(body, name.size() + 1);
    } else if (message.type == 'Q') {
        const QByteArray sql = textAt(message.body(), 0).trimmed();
        if (const QByteArray name = wordAfter(sql, "PREPARE "); !name.isEmpty())
            m_statements[name] = sql;
        else if (const QByteArray gone = wordAfter(sql, "DEALLOCATE "); !gone.isEmpty())
            m_statements.remove(gone);
    }
}

bool FrontendStream::runs(const FrontendMessage &message, const QByteArray &text) const
{
    const QByteArray body = message.body();
    if (message.type == 'B') {
        const qsizetype portal = textAt(body, 0).size() + 1;
        return m_statements.value(textAt(body, portal)).contains(text);
    }
    if (message.type != 'Q')
        return false;
    const QByteArray sql = textAt(body, 0).trimmed();
    if (sql.startsWith("PREPARE ") || sql.startsWith("DEALLOCATE "))
        return false;
    const QByteArray name = wordAfter(sql, "EXECUTE ");
    return sql.contains(text) || (!name.isEmpty() && m_statements.value(name).contains(text));
}

} // namespace Branchline
