// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/shell/palettesearch.h"
#include "models/statistics/statisticssession.h"
#include "tests/support/preparedlibrary.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

/// Waiting for a real server on a busy machine.
constexpr int patience = 20000;

using State = StatisticsFigures::State;

} // namespace

/// The statistics page's session and the command palette's answers, against a library with a server per
/// database.
class TestStatistics final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void cleanup() { m_session.reset(); }
    void sumsAreThoseOfAllShards();
    void oneBranchAndItsDays();
    void loansOfOthersAppear();
    void pastIsRolledUp();
    void silentShardIsNotCounted();
    void frozenShardDelaysNoOther();
    void paletteFindsCopiesBooksAndPatrons();
    void nothingAnswersAndAllRecovers(); // last: stops everything

private:
    [[nodiscard]] const StatisticsFigures &figures() const { return m_session->figures(); }
    void event(const BranchEntry &branch, int daysAgo, const QString &kind = u"lent"_s);

    PreparedLibrary m_library{TestLibrary::Servers::Separate};
    std::unique_ptr<ChangeFeed> m_feed;
    std::unique_ptr<StatisticsSession> m_session;
    BranchEntry m_north; ///< on main
    BranchEntry m_south; ///< on secondary
    BranchEntry m_west;  ///< on tertiary
    QString m_card;
};

void TestStatistics::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_feed = std::make_unique<ChangeFeed>(m_library.cluster());
    m_north = m_library.addBranch(u"main"_s);
    m_south = m_library.addBranch(u"secondary"_s);
    m_west = m_library.addBranch(u"tertiary"_s);
    m_library.setRule(nullptr, {}, {}, u"21 days"_s);
    m_card = m_library.addPatron(m_north);
    for (const BranchEntry &branch : {m_north, m_south, m_west}) {
        m_library.addCopy(branch);
        m_library.addCopy(branch);
        event(branch, 3);
        event(branch, 3);
        event(branch, 2, u"returned"_s);
        event(branch, 40);
    }
    event(m_north, 3);
    QVERIFY(await(m_library.cluster().refreshDirectory()).isOk());
}

void TestStatistics::init()
{
    m_session = std::make_unique<StatisticsSession>(m_library.cluster(), *m_feed);
}

void TestStatistics::event(const BranchEntry &branch, int daysAgo, const QString &kind)
{
    m_library.sql(branch.shard + "_shard"_L1,
                  u"INSERT INTO desk_event (branch_id, at, kind, exemplar_id, desk_branch_id) "
                  "SELECT '%1', now() - interval '%2 days', '%3', e.id, '%1' "
                  "FROM physical_exemplars AS e WHERE e.branch_id = '%1' LIMIT 1"_s.arg(
                      branch.id.toString(QUuid::WithoutBraces), QString::number(daysAgo), kind));
}

void TestStatistics::sumsAreThoseOfAllShards()
{
    const QAbstractItemModelTester branches(m_session->branches(),
                                            QAbstractItemModelTester::FailureReportingMode::QtTest);
    const QAbstractItemModelTester activity(m_session->activity(),
                                            QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(figures().state, State::Loading);
    m_session->setOnScreen(true);
    QTRY_COMPARE_WITH_TIMEOUT(figures().answered, 3, patience);
    QCOMPARE(figures().state, State::Ready);
    QCOMPARE(figures().total, 3);
    QCOMPARE(figures().sums.copies, 6);
    QCOMPARE(figures().sums.lent, 0);
    QCOMPARE(figures().periods.size(), 30U);
    QCOMPARE(figures().span.loans, 7);
    QCOMPARE(figures().span.returns, 3);
    QCOMPARE(figures().before.loans, 3);
    QCOMPARE(m_session->branches()->rowCount(), 3);
    QVERIFY(figures().asOf.secsTo(QDateTime::currentDateTime()) < 30);
}

void TestStatistics::oneBranchAndItsDays()
{
    m_session->setOnScreen(true);
    m_session->setBranch(m_north.id);
    m_session->setRange(FiguresRange::Weeks12);
    // An answer to what was asked before may come first.
    QTRY_VERIFY_WITH_TIMEOUT(figures().answered == 3 && figures().span.loans == 4, patience);
    QCOMPARE(figures().branchName, m_north.name);
    QCOMPARE(figures().sums.copies, 2);
    QCOMPARE(figures().periods.size(), 12U);
    QCOMPARE(figures().periods.back().loans, 3);
    QCOMPARE(m_session->branches()->rowCount(), 3); // the others are there to be compared with
    m_session->setBranch({});
    QTRY_COMPARE_WITH_TIMEOUT(figures().span.loans, 10, patience);
}

/// What another desk does is seen without asking for it.
void TestStatistics::loansOfOthersAppear()
{
    m_session->setOnScreen(true);
    QTRY_COMPARE_WITH_TIMEOUT(figures().answered, 3, patience);
    const qint64 before = figures().sums.lent;
    const qint64 today = figures().loansToday;
    const QString barcode = m_library.addCopy(m_south);
    COMPARE_OUTCOME(m_library.lend(m_south, barcode, m_card), Outcome::Lent);
    QTRY_COMPARE_WITH_TIMEOUT(figures().sums.lent, before + 1, patience);
    QCOMPARE(figures().loansToday, today + 1);
    COMPARE_OUTCOME(m_library.takeBack(m_south, barcode), Outcome::Returned);
    QTRY_COMPARE_WITH_TIMEOUT(figures().sums.lent, before, patience);
}

void TestStatistics::pastIsRolledUp()
{
    m_session->setOnScreen(true);
    const QString days = u"SELECT count(*) FROM branch_statistics"_s;
    QTRY_VERIFY_WITH_TIMEOUT(m_library.countOnShards(days) >= 3 * 38, patience);
    m_session->refresh();
    QTRY_COMPARE_WITH_TIMEOUT(figures().answered, 3, patience);
    QCOMPARE(figures().before.loans, 3);
}

void TestStatistics::silentShardIsNotCounted()
{
    m_session->setOnScreen(true);
    QTRY_COMPARE_WITH_TIMEOUT(figures().answered, 3, patience);
    const qint64 all = figures().sums.copies;
    const qint64 loans = figures().span.loans;
    QVERIFY(m_library.servers().stopServer(u"tertiary_shard"_s));
    QTRY_COMPARE_WITH_TIMEOUT(figures().state, State::Partial, patience);
    QCOMPARE(figures().missing, QStringList{u"tertiary"_s});
    QCOMPARE(figures().notCounted, QStringList{m_west.name});
    QVERIFY(!figures().problem.isEmpty());
    QCOMPARE(figures().sums.copies, all - 2);
    QCOMPARE(figures().span.loans, loans - 2);
    QVERIFY(figures().lastKnown.isValid());
    const BranchFiguresModel *branches = m_session->branches();
    QCOMPARE(branches->countedRows(), 2);
    QCOMPARE(branches->index(2, BranchFiguresModel::Branch).data().toString(), m_west.name);

    m_session->useLastKnown();
    QVERIFY(figures().usesLastKnown);
    QCOMPARE(figures().state, State::Partial);
    QCOMPARE(figures().sums.copies, all);
    QCOMPARE(figures().span.loans, loans);
    QCOMPARE(branches->countedRows(), 3);

    QVERIFY(m_library.servers().startServer(u"tertiary_shard"_s));
    QTRY_COMPARE_WITH_TIMEOUT(figures().state, State::Ready, patience);
    QVERIFY(!figures().usesLastKnown);
    // Who used older figures once is asked again the next time.
    QVERIFY(m_library.servers().stopServer(u"tertiary_shard"_s));
    QTRY_COMPARE_WITH_TIMEOUT(figures().state, State::Partial, patience);
    QVERIFY(!figures().usesLastKnown);
    QVERIFY(m_library.servers().startServer(u"tertiary_shard"_s));
    QTRY_COMPARE_WITH_TIMEOUT(figures().state, State::Ready, patience);
}

/// What the others say is shown while one does not answer at all.
void TestStatistics::frozenShardDelaysNoOther()
{
    QVERIFY(m_library.servers().freeze(u"tertiary_shard"_s));
    m_session->setOnScreen(true);
    QTRY_VERIFY_WITH_TIMEOUT(figures().answered == 2, patience);
    QCOMPARE(figures().sums.copies, 5); // one more since the loan of another desk
    QVERIFY(figures().waiting == QStringList{u"tertiary"_s} ||
            figures().missing == QStringList{u"tertiary"_s});
    QVERIFY(m_library.servers().thaw(u"tertiary_shard"_s));
    QTRY_COMPARE_WITH_TIMEOUT(figures().answered, 3, patience);
    QCOMPARE(figures().state, State::Ready);
}

void TestStatistics::paletteFindsCopiesBooksAndPatrons()
{
    PaletteModel model;
    PaletteSearch search(m_library.cluster(), model);
    QSignalSpy answered(&search, &PaletteSearch::answered);
    const QString barcode = m_library.addCopy(m_south);
    const auto kinds = [&model] {
        QString text;
        for (int row = 0; row < model.rowCount(); ++row)
            text += QString::number(static_cast<int>(model.entry(row).kind));
        return text;
    };
    model.setQuery(u"#"_s + barcode);
    QVERIFY(model.isPending());
    QTRY_COMPARE_WITH_TIMEOUT(answered.count(), 1, patience);
    QVERIFY(!model.isPending());
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.entry(1).kind, PaletteEntry::Kind::Copy);
    QVERIFY2(model.entry(1).detail.contains(m_south.name), qPrintable(model.entry(1).detail));
    const QString book = model.entry(1).id;
    const QString title = model.entry(1).title;

    // Of several queries the newest is answered.
    for (const QString &words : {u"No"_s, u"Book"_s, title})
        model.setQuery(words);
    QTRY_VERIFY_WITH_TIMEOUT(!model.isPending(), patience);
    QCOMPARE(model.words(), title);
    bool found = false;
    for (int row = 0; row < model.rowCount(); ++row)
        found = found || (model.entry(row).kind == PaletteEntry::Kind::Book && model.entry(row).id == book);
    QVERIFY2(found, qPrintable(kinds()));

    model.setQuery(u"@"_s + m_card);
    QTRY_VERIFY_WITH_TIMEOUT(model.rowCount() == 2, patience);
    QCOMPARE(model.entry(1).kind, PaletteEntry::Kind::Patron);
    QVERIFY2(model.entry(1).detail.contains(m_card), qPrintable(model.entry(1).detail));

    // Who may neither work at a desk nor look after patrons anywhere sees none of them.
    search.setPermissions(Permissions{Rights()});
    QCOMPARE(model.rowCount(), 0);
    model.setQuery(u"@"_s + m_card.chopped(1));
    QVERIFY(!model.isPending() && model.problem().startsWith(u"You may not look patrons up."_s));
    model.setQuery(title);
    QVERIFY(model.isPending() && model.problem().isEmpty());
    QTRY_VERIFY_WITH_TIMEOUT(!model.isPending(), patience);
    Rights rights;
    rights.add(u"patrons"_s, m_south.id);
    search.setPermissions(Permissions(rights));
    model.setQuery(u"@"_s + m_card);
    QTRY_VERIFY_WITH_TIMEOUT(model.rowCount() == 2, patience);

    model.setQuery(u"#no such barcode"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!model.isPending(), patience);
    QCOMPARE(model.rowCount(), 0);
    QVERIFY(looksLikeCode(u"978-0-15-144647-6"_s));
    QVERIFY(!looksLikeCode(u"1984 a novel"_s));
}

void TestStatistics::nothingAnswersAndAllRecovers()
{
    m_session->setOnScreen(true);
    QTRY_COMPARE_WITH_TIMEOUT(figures().answered, 3, patience);
    const qint64 copies = figures().sums.copies;
    const QStringList servers{u"main_shard"_s, u"secondary_shard"_s, u"tertiary_shard"_s};
    for (const QString &server : servers)
        QVERIFY(m_library.servers().stopServer(server));
    QTRY_COMPARE_WITH_TIMEOUT(figures().state, State::Stale, patience);
    QCOMPARE(figures().sums.copies, copies);
    QCOMPARE(figures().missing.size(), 3);

    StatisticsSession late(m_library.cluster(), *m_feed);
    late.setOnScreen(true);
    QTRY_COMPARE_WITH_TIMEOUT(late.figures().state, State::Failed, patience);
    for (const QString &server : servers)
        QVERIFY(m_library.servers().startServer(server));
    QTRY_COMPARE_WITH_TIMEOUT(late.figures().state, State::Ready, patience);
    QCOMPARE(late.figures().sums.copies, copies);
    QTRY_COMPARE_WITH_TIMEOUT(figures().state, State::Ready, patience);
}

QTEST_GUILESS_MAIN(TestStatistics)
#include "tst_statistics.moc"
