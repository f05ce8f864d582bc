// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/database.h"

namespace Branchline {

Database::Database(SessionSettings settings, Watchdog &watchdog, Check check, const PoolSettings &pool)
    : m_pool(std::make_shared<Pool>(
          PoolOptions{.session = std::move(settings), .pool = pool, .check = std::move(check)}, watchdog))
{}

Database::~Database()
{
    stop(usualGrace);
}

void Database::requestStop()
{
    m_pool->requestStop();
}

void Database::stop(std::chrono::milliseconds grace)
{
    m_pool->stop(grace);
}

Reachability Database::reachability() const
{
    return m_pool->reachability();
}

PoolGauges Database::gauges() const
{
    return m_pool->gauges();
}

} // namespace Branchline
