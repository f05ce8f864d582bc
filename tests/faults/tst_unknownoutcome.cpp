// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/faultdesk.h"
#include "tests/support/ctl.h"

#include <QElapsedTimer>
#include <QJsonArray>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

using Mode = FaultDesk::Mode;
using CutPoint = TcpProxy::CutPoint;

constexpr auto shard = "alpha_shard"_L1;

} // namespace

/// CASES S10: the connection is cut while a call is under way, again and again. Staff see “Being checked” and
/// then the true result; never “failed” for a loan that stands.
class TestUnknownOutcome final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void unknown_outcome_data();
    void unknown_outcome();
    void fenced_while_unknown();
    void refused_while_unknown();
    void unknown_outcome_of_undo();
    void unknown_outcome_on_the_command_line();

private:
    void sqlOnShard(const QString &text) { m_library.library().ddl(shard, text); }
    [[nodiscard]] int count(const QString &what)
    {
        return m_library.library().value(shard, u"SELECT count(*) FROM "_s + what).toInt();
    }

    FaultLibrary m_library{TestLibrary::Servers::Shared};
    BranchEntry m_branch;
    QString m_card;
};

void TestUnknownOutcome::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.library().addBranch(u"alpha"_s);
    m_card = m_library.library().addPatron(m_branch);
    m_library.library().settle();
}

void TestUnknownOutcome::unknown_outcome_data()
{
    QTest::addColumn<int>("mode");
    QTest::addColumn<QByteArray>("call");
    QTest::addColumn<int>("point");
    QTest::addColumn<int>("end");
    const std::tuple<const char *, Mode, QByteArray, ScanState> actions[] = {
        {"lend", Mode::CheckOut, "public.checkout(", ScanState::Lent},
        {"return", Mode::CheckIn, "public.checkin(", ScanState::Returned},
        {"renew", Mode::Renew, "public.renew(", ScanState::Renewed}};
    const std::pair<const char *, CutPoint> points[] = {{"before the send", CutPoint::BeforeSend},
                                                        {"after the send", CutPoint::AfterSend},
                                                        {"before the answer", CutPoint::BeforeAnswer}};
    for (const auto &[name, mode, call, end] : actions) {
        for (const auto &[place, point] : points)
            QTest::addRow("%s, cut %s", name, place)
                << static_cast<int>(mode) << call << static_cast<int>(point) << static_cast<int>(end);
    }
}

void TestUnknownOutcome::unknown_outcome()
{
    QFETCH(int, mode);
    QFETCH(QByteArray, call);
    QFETCH(int, point);
    QFETCH(int, end);
    const auto deskMode = static_cast<Mode>(mode);
    const QString barcode = m_library.library().addCopy(m_branch);
    if (deskMode != Mode::CheckOut)
        COMPARE_OUTCOME(m_library.library().lend(m_branch, barcode, m_card), Outcome::Lent);
    FaultDesk desk(m_library, m_branch);
    if (deskMode == Mode::CheckOut)
        QVERIFY(desk.takeCard(m_card));
    const int results = count(u"op_result"_s);
    const int loans = count(u"book_lending"_s);

    TcpProxy &proxy = m_library.proxy(shard);
    const qint64 cuts = proxy.counters().cuts;
    proxy.cutCall({.call = call, .point = static_cast<CutPoint>(point), .times = 1'000'000});
    desk.scan(deskMode, barcode);
    QVERIFY2(desk.waitFor(deskMode, barcode, ScanState::Unknown), desk.text(barcode).constData());
    QCOMPARE(desk.row(deskMode, barcode)->statusWord, u"Being checked"_s);
    // Asking again is cut as well, and it stays “being checked”.
    const qint64 sofar = proxy.counters().cuts;
    QVERIFY(sofar > cuts);
    QTRY_VERIFY_WITH_TIMEOUT(proxy.counters().cuts > sofar, 10'000);
    QCOMPARE(desk.row(deskMode, barcode)->state, ScanState::Unknown);

    proxy.heal();
    QVERIFY2(desk.waitFor(deskMode, barcode, static_cast<ScanState>(end)), desk.text(barcode).constData());
    for (const ScanState state : {ScanState::Failed, ScanState::Refused})
        QVERIFY2(!desk.states(barcode).contains(state), desk.text(barcode).constData());
    QCOMPARE(count(u"op_result"_s), results + 1);
    QCOMPARE(count(u"book_lending"_s), loans + (deskMode == Mode::CheckOut ? 1 : 0));
}

/// Ends every fault.
void TestUnknownOutcome::cleanup()
{
    m_library.heal();
    m_library.setMayCall(shard, u"checkout"_s, true);
}

/// The network is back, but the branch is fenced for a move: an answer is still owed.
void TestUnknownOutcome::fenced_while_unknown()
{
    const QString barcode = m_library.library().addCopy(m_branch);
    FaultDesk desk(m_library, m_branch);
    QVERIFY2(desk.lendUnknown(m_card, barcode, shard), desk.text(barcode).constData());
    const QString state = u"UPDATE branch_placement SET state = '%1' WHERE branch_id = '%2'"_s.arg(
        u"%1"_s, m_branch.id.toString(QUuid::WithoutBraces));
    sqlOnShard(state.arg(u"fenced"_s));
    m_library.proxy(shard).heal();
    QVERIFY2(desk.waitForWords(barcode, u"moved to another server"_s, 20'000) >= 0,
             desk.text(barcode).constData());
    QCOMPARE(desk.row(Mode::CheckOut, barcode)->state, ScanState::Unknown);
    sqlOnShard(state.arg(u"active"_s));
    QVERIFY2(desk.waitFor(Mode::CheckOut, barcode, ScanState::Lent), desk.text(barcode).constData());
    QVERIFY2(!desk.states(barcode).contains(ScanState::Failed), desk.text(barcode).constData());
}

/// The network is back, but the desk may no longer lend: an answer is still owed, and comes with the right.
void TestUnknownOutcome::refused_while_unknown()
{
    const QString barcode = m_library.library().addCopy(m_branch);
    FaultDesk desk(m_library, m_branch);
    QVERIFY2(desk.lendUnknown(m_card, barcode, shard), desk.text(barcode).constData());
    m_library.setMayCall(shard, u"checkout"_s, false);
    m_library.proxy(shard).heal();
    QVERIFY2(desk.waitForWords(barcode, u"Being checked: permission denied[^.]*\\. Ask an administrator"_s,
                               20'000) >= 0,
             desk.text(barcode).constData());
    QCOMPARE(desk.row(Mode::CheckOut, barcode)->state, ScanState::Unknown);
    m_library.setMayCall(shard, u"checkout"_s, true);
    QVERIFY2(desk.waitFor(Mode::CheckOut, barcode, ScanState::Lent), desk.text(barcode).constData());
    QVERIFY2(!desk.states(barcode).contains(ScanState::Failed), desk.text(barcode).constData());
    QVERIFY(!desk.row(Mode::CheckOut, barcode)->canEnd);
    QCOMPARE(desk.session().kept(), 0);
}

void TestUnknownOutcome::unknown_outcome_of_undo()
{
    const QString barcode = m_library.library().addCopy(m_branch);
    FaultDesk desk(m_library, m_branch);
    QVERIFY(desk.takeCard(m_card));
    desk.scan(Mode::CheckOut, barcode);
    QVERIFY(desk.waitFor(Mode::CheckOut, barcode, ScanState::Lent));
    m_library.proxy(shard).cutCall({.call = "public.undo(", .times = 1'000'000});
    QVERIFY(desk.session().undoLast(Mode::CheckOut));
    QVERIFY2(desk.waitFor(Mode::CheckOut, barcode, ScanState::Unknown), desk.text(barcode).constData());
    m_library.proxy(shard).heal();
    QVERIFY2(desk.waitFor(Mode::CheckOut, barcode, ScanState::Undone), desk.text(barcode).constData());
    QVERIFY(!desk.states(barcode).contains(ScanState::Failed));
    QCOMPARE(count(u"physical_exemplars WHERE barcode = '%1' AND available"_s.arg(barcode)), 1);
}

/// The command line cannot wait for ever: it says “unknown”, and the same request id gives the true result.
void TestUnknownOutcome::unknown_outcome_on_the_command_line()
{
    Ctl ctl;
    const QMap<QString, QString> environment = m_library.environment();
    for (auto it = environment.cbegin(); it != environment.cend(); ++it)
        ctl.set(it.key(), it.value());
    const QString barcode = m_library.library().addCopy(m_branch);
    const QString request = newUuid().toString(QUuid::WithoutBraces);
    const QStringList words{u"checkout"_s, u"--branch"_s, m_branch.code,     u"--patron"_s,
                            m_card,        barcode,       u"--request-id"_s, request};
    const auto result = [](const CtlRun &run) {
        return run.json.value("results"_L1).toArray().first().toObject().value("outcome"_L1).toString();
    };
    m_library.proxy(shard).cutCall({.call = "public.checkout(", .times = 1'000'000});
    const CtlRun cut = ctl.json(words);
    QVERIFY2(cut.status == 3 && result(cut) == "unknown"_L1, cut.text().constData());
    m_library.proxy(shard).heal();
    const CtlRun again = ctl.json(words);
    QVERIFY2(again.status == 0 && result(again) == "lent"_L1, again.text().constData());
    QCOMPARE(count(u"op_result WHERE request_id = '%1'"_s.arg(request)), 1);
}

QTEST_GUILESS_MAIN(TestUnknownOutcome)
#include "tst_unknownoutcome.moc"
