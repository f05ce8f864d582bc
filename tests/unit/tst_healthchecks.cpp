// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/healthchecks.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

ServerState goodState()
{
    ServerState state;
    state.version = u"15.8"_s;
    state.versionNumber = 150008;
    state.settings = {{u"fsync"_s, u"on"_s},
                      {u"full_page_writes"_s, u"on"_s},
                      {u"synchronous_commit"_s, u"on"_s},
                      {u"synchronous_standby_names"_s, QString()},
                      {u"wal_level"_s, u"logical"_s},
                      {u"max_connections"_s, u"100"_s},
                      {u"superuser_reserved_connections"_s, u"3"_s},
                      {u"max_replication_slots"_s, u"10"_s},
                      {u"max_wal_senders"_s, u"10"_s},
                      {u"max_slot_wal_keep_size"_s, u"8192"_s}};
    state.connectionsOnServer = 12;
    state.auditMonthsAhead = 36;
    return state;
}

Verdict verdictOf(const ServerState &state)
{
    Verdict verdict;
    checkServer({.name = u"main"_s, .isMain = true, .state = state, .shards = 2, .shardsOnServer = 0}, {},
                verdict);
    return verdict;
}

} // namespace

/// The rules of health for states that a test cannot bring a server into, or only with much ado; those that
/// it can are in tests/db/tst_health.cpp.
class TestHealthChecks final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void good();
    void problems_data();
    void problems();
    void standbyNames_data();
    void standbyNames();
    void unboundedLog();
    void connections();
    void lag();
    void auditMonths();
    void purges();
    void texts();
};

void TestHealthChecks::good()
{
    const Verdict verdict = verdictOf(goodState());
    QCOMPARE(verdict.problems, QStringList());
    QCOMPARE(verdict.warnings, QStringList());
}

void TestHealthChecks::problems_data()
{
    QTest::addColumn<QString>("setting");
    QTest::addColumn<QString>("value");
    QTest::addColumn<bool>("isProblem");
    QTest::addRow("wal_level") << u"wal_level"_s << u"replica"_s << true;
    QTest::addRow("senders") << u"max_wal_senders"_s << u"9"_s << true;
    QTest::addRow("slots") << u"max_replication_slots"_s << u"9"_s << true;
    QTest::addRow("read-only") << u"default_transaction_read_only"_s << u"on"_s << true;
    QTest::addRow("local without a standby") << u"synchronous_commit"_s << u"local"_s << false;
    QTest::addRow("remote_write") << u"synchronous_commit"_s << u"remote_write"_s << false;
}

void TestHealthChecks::problems()
{
    QFETCH(const QString, setting);
    QFETCH(const QString, value);
    QFETCH(const bool, isProblem);
    ServerState state = goodState();
    state.settings.insert(setting, value);
    const Verdict verdict = verdictOf(state);
    QCOMPARE(verdict.problems.size(), isProblem ? 1 : 0);
    QVERIFY(!isProblem || verdict.problems.first().contains(setting));

    state = goodState();
    state.isInRecovery = true;
    QVERIFY(verdictOf(state).problems.value(0).contains("standby server"_L1));
    state = goodState();
    state.versionNumber = 140012;
    QVERIFY(verdictOf(state).problems.value(0).contains("15 or newer"_L1));
}

void TestHealthChecks::standbyNames_data()
{
    QTest::addColumn<QString>("names");
    QTest::addColumn<int>("present");
    QTest::addColumn<bool>("isEnough");
    QTest::addRow("none") << QString() << 0 << true;
    QTest::addRow("list") << u"east, west"_s << 0 << false;
    QTest::addRow("list, one there") << u"east, west"_s << 1 << true;
    QTest::addRow("first") << u"FIRST 2 (east, west, south)"_s << 1 << false;
    QTest::addRow("any") << u"any 2 (east, west, south)"_s << 2 << true;
    QTest::addRow("number") << u"2(east, west)"_s << 1 << false;
    QTest::addRow("everybody") << u"*"_s << 1 << true;
}

void TestHealthChecks::standbyNames()
{
    QFETCH(const QString, names);
    QFETCH(const int, present);
    QFETCH(const bool, isEnough);
    ServerState state = goodState();
    state.settings.insert(u"synchronous_standby_names"_s, names);
    for (int i = 0; i < present; ++i)
        state.standbys.push_back(
            {.name = u"east"_s, .state = u"streaming"_s, .syncState = u"sync"_s, .lagS = 0});
    state.standbys.push_back(
        {.name = u"far"_s, .state = u"streaming"_s, .syncState = u"async"_s, .lagS = 40});
    const Verdict verdict = verdictOf(state);
    QCOMPARE(verdict.problems.isEmpty(), isEnough);
    QCOMPARE(verdict.warnings.size(), 1);
    QVERIFY(verdict.warnings.first().contains("far"_L1) && verdict.warnings.first().contains("40 s"_L1));
    if (!names.isEmpty()) {
        state.settings.insert(u"synchronous_commit"_s, u"local"_s);
        QVERIFY(verdictOf(state).problems.value(0).contains(u"“local”"_s));
    }
}

/// Log that is kept for a shard without a limit fills main's disk.
void TestHealthChecks::unboundedLog()
{
    ServerState state = goodState();
    state.settings[u"max_slot_wal_keep_size"_s] = u"-1"_s;
    const Verdict verdict = verdictOf(state);
    QCOMPARE(verdict.problems, QStringList());
    QCOMPARE(verdict.warnings.size(), 1);
    QVERIFY(verdict.warnings.first().contains("max_slot_wal_keep_size"_L1));
}

void TestHealthChecks::connections()
{
    ServerState state = goodState();
    state.connectionsOnServer = 87;
    QCOMPARE(verdictOf(state).warnings.size(), 0);
    state.connectionsOnServer = 88;
    QCOMPARE(verdictOf(state).warnings.size(), 1);
    state.connectionsOnServer = 97;
    QVERIFY(verdictOf(state).problems.value(0).contains("97 of the 97"_L1));
    state = goodState();
    state.connectionLimit = 10;
    state.connectionsHere = 10;
    QVERIFY(verdictOf(state).problems.value(0).contains("limit of the database"_L1));
}

/// Behind by seconds is a warning and later a problem of the shard; behind by bytes a warning.
void TestHealthChecks::auditMonths()
{
    ServerState state = goodState();
    state.auditMonthsAhead = 3;
    QCOMPARE(verdictOf(state).warnings, QStringList());
    state.auditMonthsAhead = 2;
    QCOMPARE(verdictOf(state).warnings.size(), 1);
    QVERIFY(verdictOf(state).warnings.at(0).contains("next three months"_L1));
    state.hasStrayAuditRows = true;
    QCOMPARE(verdictOf(state).warnings.size(), 2);
    QCOMPARE(verdictOf(state).problems, QStringList());
    state.isInRecovery = true; // nothing can be made there
    QCOMPARE(verdictOf(state).warnings, QStringList());
}

/// Who has blocked or blanked a patron may believe that the rest was done.
void TestHealthChecks::purges()
{
    ServerState state = goodState();
    state.blockedPurges = 1;
    QCOMPARE(verdictOf(state).warnings.size(), 1);
    QVERIFY(verdictOf(state).warnings.at(0).contains("lend nothing"_L1));
    state.blankedPurges = 2;
    QCOMPARE(verdictOf(state).warnings.size(), 2);
    QVERIFY(verdictOf(state).warnings.at(0).contains("--unfinished"_L1));
    QCOMPARE(verdictOf(state).problems, QStringList());
}

void TestHealthChecks::lag()
{
    ServerState main = goodState();
    ServerState shard;
    shard.subscriptions.push_back({.name = u"branchline_desk"_s, .slotName = u"one"_s});
    main.replicationSlots.push_back({.name = u"one"_s, .isLogical = true, .isActive = true});
    ReplicationSlot &slot = main.replicationSlots.front();
    const auto judge = [&] {
        Verdict ofMain;
        Verdict ofShard;
        std::vector<Subscriber> subscribers{{u"north_shard"_s, shard, ofShard}};
        checkSlots(main, true, subscribers, {}, ofMain);
        return ofShard;
    };
    slot.lagS = 5;
    QVERIFY(judge().problems.isEmpty() && judge().warnings.isEmpty());
    slot.lagS = 20;
    QVERIFY(judge().problems.isEmpty() && judge().warnings.value(0).contains("20 s behind main"_L1));
    slot.lagS = 500;
    QVERIFY(judge().problems.value(0).contains("8 min behind main"_L1));
    slot.lagS.reset();
    slot.behind = 300LL << 20;
    QVERIFY(judge().problems.isEmpty() && judge().warnings.value(0).contains("300 MB"_L1));
    slot.walStatus = u"unreserved"_s;
    QVERIFY(judge().problems.value(0).contains("about to drop"_L1));
}

void TestHealthChecks::texts()
{
    QCOMPARE(bytesText(1000), u"1000 bytes"_s);
    QCOMPARE(bytesText(1536), u"1.5 kB"_s);
    QCOMPARE(bytesText(40LL << 30), u"40 GB"_s);
    QCOMPARE(durationText(2.34), u"2.3 s"_s);
    QCOMPARE(durationText(60), u"60 s"_s);
    QCOMPARE(durationText(1500), u"25 min"_s);
    QCOMPARE(durationText(14400), u"4 h"_s);
}

QTEST_GUILESS_MAIN(TestHealthChecks)
#include "tst_healthchecks.moc"
