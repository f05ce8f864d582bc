// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/breaker.h"

#include <QRandomGenerator>

#include <algorithm>

namespace Branchline {

using std::chrono::milliseconds;

Breaker::Breaker(std::function<Clock::time_point()> now, std::function<double()> random)
    : m_now(std::move(now))
    , m_random(std::move(random))
{}

double Breaker::randomShare()
{
    // Not the shared generator: it may have the same seed on every desk of a test.
    return QRandomGenerator::system()->generateDouble();
}

bool Breaker::admit()
{
    if (m_state == State::Closed)
        return true;
    if (m_state == State::HalfOpen || m_now() < m_until)
        return false;
    m_state = State::HalfOpen;
    return true;
}

void Breaker::succeeded()
{
    m_state = State::Closed;
    m_failures = 0;
}

void Breaker::failed(DbError error)
{
    m_error = std::move(error);
    if (m_state == State::Open)
        return;
    m_state = State::Open;
    const milliseconds most = std::min(longestPause, firstPause * (1 << std::min(m_failures, 10)));
    ++m_failures;
    const milliseconds drawn(
        static_cast<qint64>(m_random() * static_cast<double>((most - shortestPause).count())));
    m_until = m_now() + shortestPause + drawn;
}

milliseconds Breaker::retryIn() const
{
    if (m_state != State::Open)
        return milliseconds(0);
    return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(m_until - m_now()));
}

} // namespace Branchline
