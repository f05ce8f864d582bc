// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/sessionguard.h"

#include <QCoreApplication>

#include <libpq-fe.h>

#include <algorithm>

#include <sys/socket.h>

using namespace std::chrono_literals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("SessionGuard", text);
}

} // namespace

SessionGuard::SessionGuard(pg_conn *connection, const QString &database, Patience patience)
    : m_database(database)
    , m_patience(std::move(patience))
    , m_socket(PQsocket(connection))
    , m_host(PQhost(connection))
    , m_port(PQport(connection))
    , m_dbname(PQdb(connection))
    , m_thread([this](const std::stop_token &stop) { run(stop); })
{}

SessionGuard::~SessionGuard() = default;

void SessionGuard::begin(const QString &statement)
{
    const std::lock_guard lock(m_mutex);
    ++m_number;
    m_statement = statement;
    m_since = Clock::now();
    m_lookAt = m_since + m_patience.limit;
}

void SessionGuard::end()
{
    const std::lock_guard lock(m_mutex);
    m_statement.clear();
}

bool SessionGuard::hasCut() const
{
    const std::lock_guard lock(m_mutex);
    return m_hasCut;
}

/// It is not woken by statements: most are over long before they are of interest.
void SessionGuard::run(const std::stop_token &stop)
{
    std::unique_lock lock(m_mutex);
    while (!stop.stop_requested()) {
        m_ended.wait_for(lock, stop, m_patience.limit / 8, [] { return false; });
        if (!stop.stop_requested() && !m_statement.isEmpty() && m_lookAt <= Clock::now() && !m_hasCut)
            look(lock);
    }
}

void SessionGuard::look(std::unique_lock<std::mutex> &lock)
{
    const quint64 number = m_number;
    lock.unlock();
    const bool lives = serverAnswers();
    lock.lock();
    if (m_number != number || m_statement.isEmpty())
        return; // answered meanwhile
    if (!lives) {
        m_hasCut = true;
        ::shutdown(m_socket, SHUT_RDWR);
        return;
    }
    const auto now = Clock::now();
    m_lookAt = now + m_patience.limit;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - m_since).count();
    const QString line = tr("%1 has been working on “%2” for %3 s. Its server answers, so this goes on …")
                             .arg(m_database, m_statement)
                             .arg(seconds);
    if (!m_patience.tell)
        return;
    lock.unlock();
    m_patience.tell(line);
    lock.lock();
}

/// Whether another connection gets any answer at all, if only that there are too many of them.
bool SessionGuard::serverAnswers() const
{
    const auto longest = std::clamp(std::chrono::ceil<std::chrono::seconds>(m_patience.limit),
                                    std::chrono::seconds(2), std::chrono::seconds(10));
    const QByteArray timeout = QByteArray::number(static_cast<qint64>(longest.count()));
    const char *const keywords[] = {"host", "port", "dbname", "connect_timeout", nullptr};
    const char *const values[] = {m_host.constData(), m_port.constData(), m_dbname.constData(),
                                  timeout.constData(), nullptr};
    return PQpingParams(keywords, values, 0) != PQPING_NO_RESPONSE;
}

} // namespace Branchline
