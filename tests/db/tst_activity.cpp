// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/statistics.h"
#include "tests/support/preparedlibrary.h"

#include <QTest>
#include <QTimeZone>

#include <thread>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

/// Loans, returns and renewals of a day.
using Sums = std::array<qint64, 3>;
using Days = std::map<QDate, Sums>;

Days daysOf(const std::vector<ActivityDay> &days)
{
    Days map;
    for (const ActivityDay &day : days)
        map[day.day] = {day.loans, day.returns, day.renewals};
    return map;
}

QString sqlTime(const QDateTime &time)
{
    return time.toUTC().toString(u"yyyy-MM-dd HH:mm:ss.zzz'Z'"_s);
}

} // namespace

/// What happened on which day of a branch, counted and rolled up.
class TestActivity final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void daysBeginAtTheBranchsMidnight();
    void clockChanges_data();
    void clockChanges();
    void deskActionsCount();
    void undoCountsOnTheDayOfWhatItUndid();
    void undosAreNested();
    void rollingUpChangesNothing();
    void changedPastIsCountedAgain();
    void pastBeingChangedIsLeft();
    void anotherZoneMovesTheDays();
    void staffReadOnly();
    void silentShardIsNamed();

private:
    struct Place
    {
        BranchEntry branch;
        QString copy; ///< id
    };
    Place place(const QString &zone, const QString &shard = u"main"_s);
    [[nodiscard]] QString database(const Place &place) const { return place.branch.shard + "_shard"_L1; }
    [[nodiscard]] QString insertion(const Place &place, const QDateTime &at, const QString &kind) const;
    void event(const Place &place, const QDateTime &at, const QString &kind = u"lent"_s)
    {
        m_library.sql(database(place), insertion(place, at, kind));
    }
    [[nodiscard]] Days activity(const Place &place, int days = 60);
    int rollUp(const Place &place, int days = 31)
    {
        return m_library.value(database(place), u"SELECT roll_up_activity(%1)"_s.arg(days)).toInt();
    }
    [[nodiscard]] int rolledUp(const Place &place);

    PreparedLibrary m_library{TestLibrary::Servers::Separate};
};

void TestActivity::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

TestActivity::Place TestActivity::place(const QString &zone, const QString &shard)
{
    Place place{.branch = m_library.addBranch(shard, zone), .copy = {}};
    m_library.settle();
    const QString barcode = m_library.addCopy(place.branch);
    place.copy = m_library.value(
        database(place), u"SELECT id::text FROM physical_exemplars WHERE barcode = '%1'"_s.arg(barcode));
    return place;
}

QString TestActivity::insertion(const Place &place, const QDateTime &at, const QString &kind) const
{
    return u"INSERT INTO desk_event (branch_id, at, kind, exemplar_id, desk_branch_id) "
           "VALUES ('%1', '%2', '%3', '%4', '%1')"_s.arg(place.branch.id.toString(QUuid::WithoutBraces),
                                                         sqlTime(at), kind, place.copy);
}

Days TestActivity::activity(const Place &place, int days)
{
    return daysOf(await(shardFigures(m_library.cluster(), place.branch.shard, days, place.branch.id))
                      .valueOrThrow()
                      .days);
}

int TestActivity::rolledUp(const Place &place)
{
    return m_library
        .value(database(place), u"SELECT count(*) FROM branch_statistics WHERE branch_id = '%1'"_s.arg(
                                    place.branch.id.toString(QUuid::WithoutBraces)))
        .toInt();
}

/// The same moment is another day elsewhere, also on one shard.
void TestActivity::daysBeginAtTheBranchsMidnight()
{
    for (const QString &zone : {u"Europe/Dublin"_s, u"America/New_York"_s, u"Pacific/Auckland"_s}) {
        const Place here = place(zone);
        const QTimeZone there(zone.toLatin1());
        const QDate day = QDateTime::currentDateTimeUtc().toTimeZone(there).date().addDays(-5);
        event(here, QDateTime(day, QTime(0, 0), there).addMSecs(-1));
        event(here, QDateTime(day, QTime(0, 0), there));
        event(here, QDateTime(day, QTime(23, 59, 59, 999), there));
        event(here, QDateTime(day.addDays(1), QTime(0, 0), there));
        event(here, QDateTime(day.addDays(-10), QTime(12, 0), there)); // before the days asked for
        const Days expected{{day.addDays(-1), {1, 0, 0}}, {day, {2, 0, 0}}, {day.addDays(1), {1, 0, 0}}};
        QCOMPARE(activity(here, 10), expected);
        QVERIFY(rollUp(here) > 0);
        QCOMPARE(activity(here, 10), expected);
    }
}

void TestActivity::clockChanges_data()
{
    QTest::addColumn<QString>("zone");
    QTest::newRow("at night") << u"Europe/Dublin"_s;
    QTest::newRow("southern") << u"Pacific/Auckland"_s;
    // Clocks go back from 1:00 to 0:00: the day begins twice. They go forward from 0:00: it has no midnight.
    QTest::newRow("at midnight") << u"America/Havana"_s;
}

/// Days of 23 and of 25 hours: a loan every half hour, each of them on the day that the clock showed.
void TestActivity::clockChanges()
{
    QFETCH(const QString, zone);
    const QTimeZone there(zone.toLatin1());
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const auto changes = there.transitions(now.addDays(-390), now.addDays(-2));
    QVERIFY(changes.size() >= 2);
    const Place here = place(zone);
    Days expected;
    for (const auto &change : changes) {
        for (int half = -72; half <= 72; ++half) {
            const QDateTime at = change.atUtc.toUTC().addSecs(half * 1800);
            event(here, at);
            ++expected[at.toTimeZone(there).date()][0];
        }
    }
    QCOMPARE(activity(here, 400), expected);
    while (rollUp(here) > 0) {
    }
    QVERIFY(rolledUp(here) > 100);
    QCOMPARE(activity(here, 400), expected);
}

/// What desks do counts at once, at the branch of the copy.
void TestActivity::deskActionsCount()
{
    const Place here = place(u"UTC"_s);
    const BranchEntry elsewhere = m_library.addBranch(u"main"_s);
    m_library.setRule(nullptr, {}, {}, u"21 days"_s);
    const QString card = m_library.addPatron(here.branch);
    const QString barcode = m_library.addCopy(here.branch);
    COMPARE_OUTCOME(m_library.lend(elsewhere, barcode, card), Outcome::Lent);
    COMPARE_OUTCOME(m_library.takeBack(elsewhere, barcode), Outcome::Returned);
    const QDate today = QDateTime::currentDateTimeUtc().date();
    QCOMPARE(activity(here, 2), Days({{today, {1, 1, 0}}}));
    QCOMPARE(activity({.branch = elsewhere, .copy = {}}, 2), Days());

    const QUuid request = newUuid();
    COMPARE_OUTCOME(m_library.lend(elsewhere, barcode, card, request), Outcome::Lent);
    QCOMPARE(activity(here, 2), Days({{today, {2, 1, 0}}}));
    COMPARE_OUTCOME(
        await(undo(m_library.cluster(),
                   {.deskBranch = elsewhere.id, .copyBranch = here.branch.id, .undoneRequestId = request})),
        Outcome::Undone);
    QCOMPARE(activity(here, 2), Days({{today, {1, 1, 0}}}));
}

void TestActivity::undoCountsOnTheDayOfWhatItUndid()
{
    const Place here = place(u"UTC"_s);
    const QDate today = QDateTime::currentDateTimeUtc().date();
    const auto at = [&](int daysAgo, int hour) {
        return QDateTime(today.addDays(-daysAgo), QTime(hour, 0), Qt::UTC);
    };
    event(here, at(9, 9));
    event(here, at(8, 9), u"returned"_s);
    event(here, at(6, 23));
    while (rollUp(here) > 0) {
    }
    event(here, at(5, 1), u"lend_undone"_s);
    const Days undone{{today.addDays(-9), {1, 0, 0}}, {today.addDays(-8), {0, 1, 0}}};
    QCOMPARE(activity(here), undone);
    // The undo is asked for even when only its own day is, or only days before it.
    QCOMPARE(activity(here, 6), Days());
    while (rollUp(here) > 0) {
    }
    QCOMPARE(activity(here), undone);

    event(here, at(4, 9));
    event(here, at(3, 9), u"renewed"_s);
    event(here, at(2, 9), u"renewed"_s);
    event(here, at(2, 10), u"renewal_undone"_s);
    event(here, at(1, 9), u"returned"_s);
    event(here, at(1, 10), u"return_undone"_s);
    Days both = undone;
    both[today.addDays(-4)] = {1, 0, 0};
    both[today.addDays(-3)] = {0, 0, 1};
    QCOMPARE(activity(here), both);
    while (rollUp(here) > 0) {
    }
    QCOMPARE(activity(here), both);
}

/// From the last to the first, across midnight.
void TestActivity::undosAreNested()
{
    const Place here = place(u"UTC"_s);
    const QDateTime noon(QDateTime::currentDateTimeUtc().date().addDays(-9), QTime(12, 0), Qt::UTC);
    const auto day = [&](int days) { return noon.addDays(days).date(); };
    event(here, noon, u"renewed"_s);
    event(here, noon.addDays(1), u"renewed"_s);
    event(here, noon.addDays(2), u"renewed"_s);
    event(here, noon.addDays(3), u"renewal_undone"_s);
    event(here, noon.addDays(3).addSecs(1), u"renewal_undone"_s);
    QCOMPARE(activity(here), Days({{day(0), {0, 0, 1}}}));
    event(here, noon.addDays(3).addSecs(2), u"renewed"_s);
    event(here, noon.addDays(4), u"renewal_undone"_s);
    event(here, noon.addDays(4).addSecs(1), u"renewal_undone"_s);
    QCOMPARE(activity(here), Days());
}

/// In slices, again, and from several places at once.
void TestActivity::rollingUpChangesNothing()
{
    const Place here = place(u"Europe/Dublin"_s);
    const QDateTime now = QDateTime::currentDateTimeUtc();
    const QStringList kinds{u"lent"_s, u"returned"_s, u"renewed"_s};
    for (int i = 0; i < 300; ++i)
        event(here, now.addSecs(-i * qint64(9000)), kinds.at(i % 7 % 3));
    const Days counted = activity(here);
    QCOMPARE(rolledUp(here), 0);
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([this] {
            const auto session = m_library.newSession(u"main_shard"_s);
            for (int slice = 0; slice < 12; ++slice)
                session->exec({"roll"_L1, "SELECT roll_up_activity(3)"_L1});
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(activity(here), counted);
    while (rollUp(here) > 0) {
    }
    QCOMPARE(rollUp(here), 0);
    // All days but today, and perhaps a yesterday that is just over.
    QVERIFY(rolledUp(here) >= 30 && rolledUp(here) <= 32);
    QCOMPARE(activity(here), counted);
}

/// Rows that somebody brings in for days that were rolled up already.
void TestActivity::changedPastIsCountedAgain()
{
    const Place here = place(u"UTC"_s);
    const QDateTime now = QDateTime::currentDateTimeUtc();
    for (int day = 1; day <= 20; ++day)
        event(here, now.addDays(-day));
    while (rollUp(here) > 0) {
    }
    const int before = rolledUp(here);
    Days expected = activity(here);
    event(here, now.addDays(-12), u"returned"_s);
    ++expected[now.addDays(-12).date()][1];
    QVERIFY(rolledUp(here) < before);
    QCOMPARE(activity(here), expected);
    while (rollUp(here) > 0) {
    }
    QCOMPARE(rolledUp(here), before);
    QCOMPARE(activity(here), expected);
}

/// A transaction that has written for the past and is not over yet.
void TestActivity::pastBeingChangedIsLeft()
{
    const Place here = place(u"UTC"_s);
    const QDateTime now = QDateTime::currentDateTimeUtc();
    event(here, now.addDays(-9));
    const auto other = m_library.newSession(u"main_shard"_s, LocalLibrary::superuserName());
    Transaction transaction(*other);
    other->execText(u"insertion"_s, insertion(here, now.addDays(-8), u"lent"_s));
    while (rollUp(here) > 0) {
    }
    QCOMPARE(rolledUp(here), 0);
    transaction.commit();
    while (rollUp(here) > 0) {
    }
    QVERIFY(rolledUp(here) > 0);
    const Days expected{{now.addDays(-9).date(), {1, 0, 0}}, {now.addDays(-8).date(), {1, 0, 0}}};
    QCOMPARE(activity(here), expected);
}

void TestActivity::anotherZoneMovesTheDays()
{
    const Place here = place(u"UTC"_s);
    const QDate day = QDateTime::currentDateTimeUtc().date().addDays(-5);
    event(here, QDateTime(day, QTime(0, 30), Qt::UTC));
    while (rollUp(here) > 0) {
    }
    QCOMPARE(activity(here), Days({{day, {1, 0, 0}}}));
    m_library.sql(u"main"_s, u"UPDATE branches SET timezone = 'America/New_York' WHERE id = '%1'"_s.arg(
                                 here.branch.id.toString(QUuid::WithoutBraces)));
    m_library.settle();
    QCOMPARE(activity(here), Days({{day.addDays(-1), {1, 0, 0}}}));
}

void TestActivity::staffReadOnly()
{
    const auto session = m_library.newSession(u"main_shard"_s);
    for (const auto &text : {"DELETE FROM branch_statistics"_L1, "SELECT rolled_up_to(uuid_v7())"_L1,
                             "INSERT INTO branch_statistics (branch_id, day) VALUES (uuid_v7(), now())"_L1}) {
        try {
            session->exec({text, text});
            QFAIL(text.data());
        } catch (const DbException &e) {
            QCOMPARE(e.error().kind, DbErrorKind::NotAllowed);
        }
    }
}

/// All branches of a shard together, and each shard for itself.
void TestActivity::silentShardIsNamed()
{
    const Place here = place(u"UTC"_s, u"secondary"_s);
    const Place beside = place(u"UTC"_s, u"secondary"_s);
    const QDateTime lately = QDateTime::currentDateTimeUtc().addDays(-2);
    for (const Place &one : {here, beside})
        event(one, lately);
    QVERIFY(m_library.servers().stopServer(u"tertiary_shard"_s));
    Cluster &cluster = m_library.cluster();
    const auto silent = await(shardFigures(cluster, u"tertiary"_s, 30));
    QVERIFY(!silent.isOk());
    QCOMPARE(silent.error().database, u"tertiary_shard"_s);
    QCOMPARE(await(shardFigures(cluster, u"nowhere"_s, 30)).error().kind, DbErrorKind::NotConfigured);
    const auto figures = await(shardFigures(cluster, u"secondary"_s, 30));
    QCOMPARE(daysOf(figures.valueOrThrow().days), Days({{lately.date(), {2, 0, 0}}}));
    QCOMPARE(figures->branches.size(), 2U);
    while (await(rollUpActivity(cluster, u"secondary"_s)).valueOrThrow() > 0) {
    }
    QVERIFY(rolledUp(beside) > 0);
}

QTEST_GUILESS_MAIN(TestActivity)
#include "tst_activity.moc"
