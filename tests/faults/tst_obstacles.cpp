// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/desk/scanjournal.h"
#include "tests/faults/faultdesk.h"

#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

using Mode = FaultDesk::Mode;

constexpr auto shard = "alpha_shard"_L1;
constexpr auto otherShard = "beta_shard"_L1;
const auto checkout = u"checkout"_s;

const auto newerSchema =
    u"INSERT INTO schema_history (id, name, sha256, applied_at, milliseconds, applied_by, app_version) "
    "SELECT max(id) + 1, 'future', repeat('0', 64), now(), 1, 'test', '9.9' FROM schema_history"_s;
const auto rightSchema = u"DELETE FROM schema_history WHERE name = 'future'"_s;

} // namespace

/// Scans that are met by an error which does not go away by itself: a right that is missing, a schema that
/// does not fit. What may have been done is owed an answer, also after the program was started again, and
/// nothing holds up the desk.
class TestObstacles final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void refused_when_never_sent();
    void restarted_while_unknown_data();
    void restarted_while_unknown();
    void restarted_while_undoing();
    void schema_newer_when_never_sent();
    void others_pass_what_waits_for_a_person();
    void others_pass_what_another_database_holds_up_data();
    void others_pass_what_another_database_holds_up();
    void ended_by_hand();

private:
    [[nodiscard]] int count(const QString &what)
    {
        return m_library.library().value(shard, u"SELECT count(*) FROM "_s + what).toInt();
    }

    FaultLibrary m_library{TestLibrary::Servers::Shared};
    BranchEntry m_branch;
    BranchEntry m_other; ///< on the other shard
    QString m_card;
};

void TestObstacles::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.library().addBranch(u"alpha"_s);
    m_other = m_library.library().addBranch(u"beta"_s);
    m_card = m_library.library().addPatron(m_branch);
    m_library.library().settle();
}

/// Ends every fault.
void TestObstacles::cleanup()
{
    m_library.heal();
    m_library.library().ddl(shard, rightSchema);
    m_library.setMayCall(shard, checkout, true);
    m_library.setMayCall(shard, u"undo"_s, true);
    m_library.setMayCall(otherShard, checkout, true);
}

/// Asked for the first time, a right that is missing is an answer: nothing was done.
void TestObstacles::refused_when_never_sent()
{
    const QString barcode = m_library.library().addCopy(m_branch);
    QTemporaryDir folder;
    ScanJournal journal(folder.path());
    FaultDesk desk(m_library, m_branch, {}, &journal);
    QVERIFY(desk.takeCard(m_card));
    m_library.setMayCall(shard, checkout, false);
    desk.scan(Mode::CheckOut, barcode);
    QVERIFY2(desk.waitFor(Mode::CheckOut, barcode, ScanState::Failed), desk.text(barcode).constData());
    QCOMPARE(desk.row(Mode::CheckOut, barcode)->statusWord, u"Not done"_s);
    QCOMPARE(desk.session().kept(), 0);
}

/// The answer is lost, the program ends, and the next one is first met by an error. Its row never says that
/// nothing was done, and the loan that stands comes out.
void TestObstacles::restarted_while_unknown_data()
{
    QTest::addColumn<bool>("isSchema");
    QTest::addColumn<bool>("isBehind");
    for (const bool isBehind : {false, true}) {
        const char *when = isBehind ? "behind another scan" : "sent at once";
        QTest::addRow("right withdrawn, %s", when) << false << isBehind;
        QTest::addRow("schema newer, %s", when) << true << isBehind;
    }
}

void TestObstacles::restarted_while_unknown()
{
    QFETCH(bool, isSchema);
    QFETCH(bool, isBehind);
    const QString barcode = m_library.library().addCopy(m_branch);
    const auto results = u"op_result WHERE function = 'checkout'"_s;
    const int before = count(results);
    QTemporaryDir folder;
    {
        ScanJournal journal(folder.path());
        FaultDesk desk(m_library, m_branch, {}, &journal);
        QVERIFY(desk.takeCard(m_card));
        if (isBehind)
            desk.scan(Mode::CheckIn, u"no such label"_s);
        QVERIFY2(desk.lendUnknown({}, barcode, shard), desk.text(barcode).constData());
    }
    if (isSchema)
        m_library.library().ddl(shard, newerSchema);
    else
        m_library.setMayCall(shard, checkout, false);
    m_library.proxy(shard).heal();

    ScanJournal journal(folder.path());
    FaultDesk desk(m_library, m_branch, {}, &journal);
    const QRegularExpression obstacle(isSchema ? u"Being checked: .*schema version"_s
                                               : u"Being checked: permission denied"_s);
    QTRY_VERIFY2_WITH_TIMEOUT(!desk.said(barcode).filter(obstacle).isEmpty(), desk.text(barcode).constData(),
                              20'000);
    QVERIFY2(desk.said(barcode).constFirst().startsWith("Being checked"_L1), desk.text(barcode).constData());
    QVERIFY(desk.session().kept() > 0);
    cleanup();
    QVERIFY2(desk.waitFor(Mode::CheckOut, barcode, ScanState::Lent), desk.text(barcode).constData());
    QVERIFY2(!desk.states(barcode).contains(ScanState::Failed), desk.text(barcode).constData());
    QTRY_COMPARE(desk.session().kept(), 0);
    QCOMPARE(count(results), before + 1);
}

/// The same with an undo.
void TestObstacles::restarted_while_undoing()
{
    const QString barcode = m_library.library().addCopy(m_branch);
    QTemporaryDir folder;
    {
        ScanJournal journal(folder.path());
        FaultDesk desk(m_library, m_branch, {}, &journal);
        QVERIFY(desk.takeCard(m_card));
        desk.scan(Mode::CheckOut, barcode);
        QVERIFY2(desk.waitFor(Mode::CheckOut, barcode, ScanState::Lent), desk.text(barcode).constData());
        m_library.proxy(shard).cutCall({.call = "public.undo(", .times = 1'000'000});
        QVERIFY(desk.session().undoLast(Mode::CheckOut));
        QVERIFY2(desk.waitFor(Mode::CheckOut, barcode, ScanState::Unknown), desk.text(barcode).constData());
    }
    m_library.setMayCall(shard, u"undo"_s, false);
    m_library.proxy(shard).heal();
    ScanJournal journal(folder.path());
    FaultDesk desk(m_library, m_branch, {}, &journal);
    const QRegularExpression obstacle(u"Being checked: permission denied"_s);
    QTRY_VERIFY2_WITH_TIMEOUT(!desk.said(barcode).filter(obstacle).isEmpty(), desk.text(barcode).constData(),
                              20'000);
    cleanup();
    QVERIFY2(desk.waitFor(Mode::CheckOut, barcode, ScanState::Undone), desk.text(barcode).constData());
    for (const ScanState state : {ScanState::Failed, ScanState::Refused})
        QVERIFY2(!desk.states(barcode).contains(state), desk.text(barcode).constData());
    QTRY_COMPARE(desk.session().kept(), 0);
    QCOMPARE(count(u"physical_exemplars WHERE barcode = '%1' AND available"_s.arg(barcode)), 1);
}

/// A shard is migrated during the day: scans that were never sent wait for the schema to fit.
void TestObstacles::schema_newer_when_never_sent()
{
    const QString barcode = m_library.library().addCopy(m_branch);
    m_library.library().ddl(shard, newerSchema); // open connections would go on
    FaultDesk desk(m_library, m_branch);
    QVERIFY(desk.takeCard(m_card)); // the other shard knows it as well
    desk.scan(Mode::CheckOut, barcode);
    QVERIFY2(desk.waitForWords(barcode, u"Waiting: .*schema version.*Install the newer.*rying again"_s,
                               20'000) >= 0,
             desk.text(barcode).constData());
    QCOMPARE(desk.row(Mode::CheckOut, barcode)->state, ScanState::Pending);
    QVERIFY(desk.row(Mode::CheckOut, barcode)->canEnd);
    cleanup();
    QVERIFY2(desk.waitFor(Mode::CheckOut, barcode, ScanState::Lent), desk.text(barcode).constData());
    for (const ScanState state : {ScanState::Failed, ScanState::Unknown})
        QVERIFY2(!desk.states(barcode).contains(state), desk.text(barcode).constData());
}

/// One scan waits for a right at another branch: the others pass it, except those of the same copy, which
/// keep their order and their patron.
void TestObstacles::others_pass_what_waits_for_a_person()
{
    const QString away = m_library.library().addCopy(m_other);
    const QString home = m_library.library().addCopy(m_branch);
    QTemporaryDir folder;
    ScanJournal journal(folder.path());
    FaultDesk desk(m_library, m_branch, {}, &journal);
    QVERIFY2(desk.lendUnknown(m_card, away, otherShard), desk.text(away).constData());
    m_library.setMayCall(otherShard, checkout, false);
    m_library.proxy(otherShard).heal();
    desk.scan(Mode::CheckOut, home);
    QVERIFY2(desk.waitFor(Mode::CheckOut, home, ScanState::Lent), desk.text(home).constData());
    QCOMPARE(desk.row(Mode::CheckOut, away)->state, ScanState::Unknown);
    // Brought back before the loan is known: that must not be sent first.
    const QUuid request = desk.row(Mode::CheckOut, away)->scan.requestId;
    desk.session().scan(Mode::CheckIn, away);
    QTRY_COMPARE(desk.row(Mode::CheckIn, away)->statusDetail,
                 QStringList{u"Waits for the scan of this copy before it."_s});
    // The patron goes, and another one is served.
    desk.session().closePatron();
    QTRY_VERIFY(!desk.session().patron());
    const QString card = m_library.library().addPatron(m_branch);
    m_library.library().settle();
    QVERIFY(desk.takeCard(card));
    QCOMPARE(desk.row(Mode::CheckIn, away)->state, ScanState::Pending);
    m_library.setMayCall(otherShard, checkout, true);
    QVERIFY2(desk.waitFor(Mode::CheckIn, away, ScanState::Returned), desk.text(away).constData());
    QCOMPARE(desk.session().scans(Mode::CheckOut)->find(request)->state, ScanState::Lent);
    QTRY_COMPARE(desk.session().kept(), 0);
}

void TestObstacles::others_pass_what_another_database_holds_up_data()
{
    QTest::addColumn<QString>("database");
    QTest::newRow("main") << u"main"_s;
    QTest::newRow("the other shard") << QString(otherShard);
}

/// A copy of another branch needs main and that branch's shard. While one of them is away its scan waits, the
/// copies of this branch pass it, and so does the card of the next patron.
void TestObstacles::others_pass_what_another_database_holds_up()
{
    QFETCH(QString, database);
    const QString away = m_library.library().addCopy(m_other);
    const QString home = m_library.library().addCopy(m_branch);
    const QString next = m_library.library().addPatron(m_branch);
    m_library.library().settle();
    FaultDesk desk(m_library, m_branch);
    QVERIFY(desk.takeCard(m_card));
    m_library.proxy(database).setRefusing(true);
    m_library.proxy(database).resetAll();
    desk.scan(Mode::CheckOut, away);
    desk.scan(Mode::CheckOut, home);
    QVERIFY2(desk.waitFor(Mode::CheckOut, home, ScanState::Lent), desk.text(home).constData());
    QVERIFY2(desk.waitForWords(away, u"does not answer"_s, 15'000) >= 0, desk.text(away).constData());
    QVERIFY(desk.takeCard(next));
    QCOMPARE(desk.row(Mode::CheckOut, away)->state, ScanState::Pending);
    m_library.heal();
    QVERIFY2(desk.waitFor(Mode::CheckOut, away, ScanState::Lent), desk.text(away).constData());
    QCOMPARE(desk.row(Mode::CheckOut, away)->scan.card, m_card); // whose scan it was
}

/// Staff end a scan that waits for a person: it says what is known, and nothing is sent for it any more.
void TestObstacles::ended_by_hand()
{
    const QString barcode = m_library.library().addCopy(m_branch);
    QTemporaryDir folder;
    ScanJournal journal(folder.path());
    FaultDesk desk(m_library, m_branch, {}, &journal);
    QVERIFY2(desk.lendUnknown(m_card, barcode, shard), desk.text(barcode).constData());
    const QUuid request = desk.row(Mode::CheckOut, barcode)->scan.requestId;
    desk.session().end(request); // while the network is the obstacle there is nothing to end
    QCOMPARE(desk.session().kept(), 1);
    m_library.setMayCall(shard, checkout, false);
    m_library.proxy(shard).heal();
    QTRY_VERIFY_WITH_TIMEOUT(desk.row(Mode::CheckOut, barcode)->canEnd, 20'000);
    desk.session().end(request);
    QVERIFY2(desk.waitFor(Mode::CheckOut, barcode, ScanState::Failed), desk.text(barcode).constData());
    QCOMPARE(desk.row(Mode::CheckOut, barcode)->statusWord, u"Not certain"_s);
    QVERIFY2(desk.text(barcode).contains("It may have been done"), desk.text(barcode).constData());
    QVERIFY(!desk.row(Mode::CheckOut, barcode)->canEnd);
    QCOMPARE(desk.session().kept(), 0);
    desk.session().finish(Mode::CheckOut);
    QCOMPARE(desk.session().scans(Mode::CheckOut)->rowCount(), 0);
}

QTEST_GUILESS_MAIN(TestObstacles)
#include "tst_obstacles.moc"
