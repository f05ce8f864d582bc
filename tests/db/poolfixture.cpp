// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/poolfixture.h"

#include <QTest>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement myPid{"my_pid"_L1, "SELECT pg_backend_pid() AS pid"_L1};
constexpr Statement snooze{"sleep"_L1, "SELECT pg_sleep(?::float8), pg_backend_pid() AS pid"_L1};
constexpr Statement holdRow{"hold_row"_L1, "SELECT pg_advisory_xact_lock(7701), pg_backend_pid() AS pid"_L1};

} // namespace

qint64 PoolFixture::pidOf(Session &session)
{
    return session.exec(myPid)->row(0).number("pid");
}

std::function<qint64(Session &)> PoolFixture::sleeping(double seconds)
{
    return [seconds](Session &session) { return session.exec(snooze, {seconds})->row(0).number("pid"); };
}

qint64 PoolFixture::held(Session &session)
{
    return session.exec(holdRow)->row(0).number("pid");
}

PoolSettings PoolFixture::ofSize(int size, int maxOverflow)
{
    PoolSettings settings;
    settings.size = size;
    settings.maxOverflow = maxOverflow;
    return settings;
}

std::unique_ptr<Database> PoolFixture::newDatabase(const PoolSettings &pool, const QString &user)
{
    return std::make_unique<Database>(SessionSettings{.database = shardName,
                                                      .url = m_library.servers().url(shardName, user),
                                                      .application = u"pool test"_s},
                                      m_watchdog, Database::Check(), pool);
}

int PoolFixture::sessions()
{
    return m_library
        .value(shardName, u"SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pool test%'"_s)
        .toInt();
}

std::unique_ptr<Session> PoolFixture::blockRow()
{
    auto blocker = m_library.newSession(shardName, LocalLibrary::superuserName());
    blocker->execText(u"block"_s, u"SELECT pg_advisory_lock(7701)"_s);
    return blocker;
}

void PoolFixture::open(Database &database, int count)
{
    QList<QFuture<Result<qint64>>> calls;
    for (int i = 0; i < count; ++i)
        calls << database.run(quick, sleeping(0.3));
    for (const auto &call : calls)
        QVERIFY(await(call).isOk());
    QCOMPARE(database.gauges().open, count);
}

} // namespace Branchline
