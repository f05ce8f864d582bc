// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/demolibrary.h"
#include "db/schema/migrator.h"
#include "tests/support/preparedlibrary.h"

#include <QTest>

#include <atomic>
#include <future>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// Setting up, migrating and loading on servers that hang: no command waits for ever, and none gives up what
/// merely takes long.
class TestSetupFaults final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void longStatementIsToldAndWaitedFor();
    void frozenServerEndsAStatement_data();
    void frozenServerEndsAStatement();
    void frozenShardEndsInit();
    void frozenMainEndsTheDemoLibrary();

private:
    [[nodiscard]] std::unique_ptr<Session> open(const QString &database, const Patience &patience);

    PreparedLibrary m_library{TestLibrary::Servers::Separate, {u"alpha"_s}};
};

namespace {

constexpr auto limit = 1000ms;
/// The limit, a look at the server of at most two seconds, and what a busy machine adds.
constexpr auto mostWait = 12s;

constexpr Statement sleepFor{"sleep_for"_L1, "SELECT pg_catalog.pg_sleep(?::float8)"_L1};

/// Waits for something that must not hang; a test that hangs anyway ends the program.
template <typename T>
T resultOf(std::future<T> &future)
{
    if (future.wait_for(60s) != std::future_status::ready)
        qFatal("It hangs.");
    return future.get();
}

} // namespace

void TestSetupFaults::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

void TestSetupFaults::cleanup()
{
    for (const QString &name : {u"main"_s, u"alpha_shard"_s})
        QVERIFY2(m_library.servers().thaw(name), qPrintable(m_library.servers().errorText()));
}

std::unique_ptr<Session> TestSetupFaults::open(const QString &database, const Patience &patience)
{
    auto session = std::make_unique<Session>(SessionSettings{.database = database,
                                                             .url = m_library.servers().url(database),
                                                             .application = u"set-up"_s,
                                                             .statementTimeout = 0ms,
                                                             .lockTimeout = 0ms,
                                                             .patience = patience});
    session->open();
    return session;
}

void TestSetupFaults::longStatementIsToldAndWaitedFor()
{
    std::mutex mutex;
    QStringList told;
    const auto session = open(u"main"_s, {200ms, [&](const QString &line) {
                                              const std::lock_guard lock(mutex);
                                              told << line;
                                          }});
    session->exec(sleepFor, {0.01});
    QVERIFY(told.isEmpty());
    QCOMPARE(session->exec(sleepFor, {1.5})->rowCount(), 1);
    session->execText(u"long work"_s, u"SELECT pg_sleep(1)"_s);
    const std::lock_guard lock(mutex);
    QVERIFY(told.size() >= 3);
    QVERIFY2(told.first().contains("sleep_for"_L1), qPrintable(told.first()));
    QVERIFY2(told.last().contains("long work"_L1), qPrintable(told.last()));
    QVERIFY(session->isUsable());
}

void TestSetupFaults::frozenServerEndsAStatement_data()
{
    QTest::addColumn<bool>("asText");
    QTest::newRow("prepared") << false;
    QTest::newRow("text") << true;
}

void TestSetupFaults::frozenServerEndsAStatement()
{
    QFETCH(const bool, asText);
    const auto session = open(u"main"_s, {limit, {}});
    session->exec(sleepFor, {0.0});
    QVERIFY(m_library.servers().freeze(u"main"_s));
    const auto start = std::chrono::steady_clock::now();
    std::optional<DbError> error;
    try {
        const Transaction transaction(*session);
        if (asText)
            session->execText(u"migration 1"_s, u"SELECT 1"_s);
        else
            session->exec(sleepFor, {0.0});
    } catch (const DbException &e) {
        error = e.error();
    }
    const auto taken = std::chrono::steady_clock::now() - start;
    QVERIFY(error.has_value());
    QCOMPARE(error->kind, DbErrorKind::Timeout);
    QVERIFY(error->isUnavailable());
    QVERIFY(error->outcomeUnknown);
    QVERIFY2(error->message.contains("main"_L1), qPrintable(error->message));
    QVERIFY(!error->hint.isEmpty());
    QVERIFY(taken >= limit && taken < mostWait);
}

/// init on a shard that freezes once all databases have been reached, and again when it lives.
void TestSetupFaults::frozenShardEndsInit()
{
    std::atomic<int> steps = 0;
    InitOptions options{.localStaffLogin = u"librarian"_s, .patience = limit};
    options.progress = [&](const QString &) {
        if (++steps == 2 && !m_library.servers().freeze(u"alpha_shard"_s))
            qFatal("The server cannot be frozen.");
    };
    auto running =
        std::async(std::launch::async, [&] { return initialise(m_library.adminAddresses(), options); });
    const auto ended = resultOf(running);
    QVERIFY(!ended.isOk());
    QCOMPARE(ended.error().kind, DbErrorKind::Timeout);
    QCOMPARE(ended.error().database, u"alpha_shard"_s);

    QVERIFY(m_library.servers().thaw(u"alpha_shard"_s));
    options.progress = {};
    const auto again = initialise(m_library.adminAddresses(), options);
    QVERIFY2(again.isOk(), again.isOk() ? "" : qPrintable(again.error().message));
}

void TestSetupFaults::frozenMainEndsTheDemoLibrary()
{
    std::atomic<int> steps = 0;
    DemoOptions options{.day = {}, .patience = limit};
    options.progress = [&](const QString &) {
        if (++steps == 1 && !m_library.servers().freeze(u"main"_s))
            qFatal("The server cannot be frozen.");
    };
    auto running =
        std::async(std::launch::async, [&] { return loadDemoLibrary(m_library.adminAddresses(), options); });
    const auto ended = resultOf(running);
    QVERIFY(!ended.isOk());
    QCOMPARE(ended.error().kind, DbErrorKind::Timeout);
    QCOMPARE(ended.error().database, u"main"_s);
}

QTEST_GUILESS_MAIN(TestSetupFaults)
#include "tst_setupfaults.moc"
