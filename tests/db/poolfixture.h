// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/database.h"
#include "tests/support/preparedlibrary.h"

namespace Branchline {

/// What the tests of a pool share: a library with one shard on a server of its own, and calls that keep
/// connections busy.
struct PoolFixture
{
    static constexpr QLatin1StringView shardName{"alpha_shard"};
    static inline const Call quick{QLatin1StringView("ask"), std::chrono::milliseconds(4000)};

    /// The server process of the session.
    static qint64 pidOf(Session &session);
    /// A task that lasts so long, with the result of pidOf().
    static std::function<qint64(Session &)> sleeping(double seconds);
    /// A task that waits while blockRow() holds its lock.
    static qint64 held(Session &session);

    static PoolSettings ofSize(int size, int maxOverflow = 0);
    std::unique_ptr<Database> newDatabase(const PoolSettings &pool,
                                          const QString &user = QStringLiteral("librarian"));
    /// Sessions of these pools that the server knows of.
    int sessions();
    /// Waits for the lock that keeps held() waiting, until it goes.
    std::unique_ptr<Session> blockRow();
    /// Opens so many connections, by calls at the same time.
    void open(Database &database, int count);

    PreparedLibrary m_library{TestLibrary::Servers::Separate, {QStringLiteral("alpha")}};
    Watchdog m_watchdog;
};

} // namespace Branchline
