// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/desk/desksession.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

#include <QJsonArray>
#include <QProcess>
#include <QRegularExpression>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// No free connection: who waits is told in time who holds them, and a program never opens more than it may.
class TestExhaustion final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void commandLineNamesTheHolder();
    void deskNamesTheHolder();
    void deskSaysItAndGoesOn();
    void neverMoreThanSizeAndOverflow();

private:
    /// Copies of the branch; the card may lend them.
    [[nodiscard]] QStringList addCopies(int count);
    /// Locks the rows of all copies of the branch, as somebody in psql would, until it is destroyed.
    [[nodiscard]] std::unique_ptr<Session> lockCopies();
    [[nodiscard]] std::unique_ptr<Cluster> smallPool(const QString &application);

    PreparedLibrary m_library;
    Ctl m_ctl;
    BranchEntry m_branch;
    QString m_card;
};

void TestExhaustion::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.addBranch(u"main"_s);
    m_card = m_library.addPatron(m_branch);
    m_library.setRule(&m_branch, {}, {}, u"7 days"_s);
    m_ctl.set(u"DATABASE_URL"_s, m_library.servers().desk().main.toUri());
}

QStringList TestExhaustion::addCopies(int count)
{
    QStringList barcodes;
    for (int i = 0; i < count; ++i)
        barcodes << m_library.addCopy(m_branch);
    return barcodes;
}

std::unique_ptr<Session> TestExhaustion::lockCopies()
{
    auto session = m_library.newSession(u"main_shard"_s, LocalLibrary::superuserName());
    session->execText(
        u"lock"_s, u"BEGIN; SELECT id FROM public.physical_exemplars WHERE branch_id = '%1' FOR UPDATE"_s.arg(
                       m_branch.id.toString(QUuid::WithoutBraces)));
    return session;
}

std::unique_ptr<Cluster> TestExhaustion::smallPool(const QString &application)
{
    ClusterConfig config;
    config.main = m_library.servers().desk().main;
    config.pool = PoolSettings::ofDesk();
    config.pool.size = 1;
    config.pool.maxOverflow = 0;
    config.pool.acquireTimeout = 1s;
    auto cluster = std::make_unique<Cluster>(config, application);
    [&] { QVERIFY(await(cluster->refreshDirectory()).isOk()); }();
    return cluster;
}

void TestExhaustion::commandLineNamesTheHolder()
{
    const QStringList barcodes = addCopies(3);
    m_ctl.set(u"DATABASE_POOL_SIZE"_s, u"1"_s);
    m_ctl.set(u"DATABASE_MAX_OVERFLOW"_s, u"0"_s);
    m_ctl.set(u"DATABASE_POOL_TIMEOUT"_s, u"1"_s);
    const auto lock = lockCopies();
    const CtlRun run = m_ctl.json(
        QStringList{u"checkout"_s, u"--branch"_s, m_branch.code, u"--patron"_s, m_card, u"--jobs"_s, u"3"_s} +
        barcodes);
    QCOMPARE(run.status, 3);
    const QJsonArray results = run.json.value("results"_L1).toArray();
    QCOMPARE(results.size(), 3);
    int exhausted = 0;
    for (const QJsonValue &result : results) {
        const QJsonObject error = result["error"_L1].toObject();
        if (error.value("kind"_L1) != "no_free_connection"_L1)
            continue;
        ++exhausted;
        QCOMPARE(result["outcome"_L1].toString(), u"failed"_s);
        const QString message = error.value("message"_L1).toString();
        QVERIFY2(message.contains("checkout"_L1), qPrintable(message));
        // "… for 1.0 s": the age of the call that holds the connection.
        static const QRegularExpression age(u"\\b[12]\\.\\d s"_s);
        QVERIFY2(message.contains(age), qPrintable(message));
        const int taken = result["taken_ms"_L1].toInt();
        QVERIFY2(taken >= 1000 && taken < 2000, qPrintable(QString::number(taken)));
    }
    QCOMPARE(exhausted, 2);
}

void TestExhaustion::deskNamesTheHolder()
{
    const QStringList barcodes = addCopies(3);
    const auto cluster = smallPool(u"branchline small-desk"_s);
    auto lock = lockCopies();
    std::vector<QFuture<CirculationAnswer>> answers;
    for (const QString &barcode : barcodes)
        answers.push_back(
            checkOut(*cluster, {.deskBranch = m_branch.id, .barcode = barcode, .card = m_card}));
    for (size_t i = 1; i < answers.size(); ++i) {
        const CirculationAnswer answer = await(answers[i]);
        QCOMPARE(answer.outcome, Outcome::Failed);
        QCOMPARE(answer.error->kind, DbErrorKind::PoolExhausted);
        QVERIFY2(answer.error->message.contains("checkout"_L1), qPrintable(answer.error->message));
    }
    QVERIFY(!answers[0].isFinished());
    lock.reset();
    COMPARE_OUTCOME(await(answers[0]), Outcome::Lent);
}

/// A scan at the desk is kept while other work has the connection, says so, and is lent when it is over.
void TestExhaustion::deskSaysItAndGoesOn()
{
    const QStringList barcodes = addCopies(2);
    const auto cluster = smallPool(u"branchline busy-desk"_s);
    ChangeFeed feed(*cluster);
    DeskSession desk(*cluster, feed);
    desk.setBranch(m_branch);
    desk.scan(DeskMode::CheckOut, m_card);
    QTRY_VERIFY_WITH_TIMEOUT(desk.patron().has_value(), 10000);

    auto lock = lockCopies();
    const auto other =
        checkOut(*cluster, {.deskBranch = m_branch.id, .barcode = barcodes.at(0), .card = m_card});
    desk.scan(DeskMode::CheckOut, barcodes.at(1));
    const auto detail = [&desk] {
        const auto &rows = desk.scans(DeskMode::CheckOut)->rows();
        return rows.empty() ? QString() : rows.front().statusDetail.join(u' ');
    };
    QTRY_VERIFY_WITH_TIMEOUT(detail().contains("checkout"_L1), 5000);
    lock.reset();
    COMPARE_OUTCOME(await(other), Outcome::Lent);
    QTRY_COMPARE_WITH_TIMEOUT(
        m_library.countOnShards(u"SELECT count(*) FROM book_lending AS l "
                                "JOIN physical_exemplars AS e ON e.id = l.exemplar_id "
                                "WHERE l.returned_at IS NULL AND e.barcode = '%1'"_s.arg(barcodes.at(1))),
        1, 10000);
}

void TestExhaustion::neverMoreThanSizeAndOverflow()
{
    const QStringList barcodes = addCopies(12);
    m_ctl.set(u"DATABASE_POOL_SIZE"_s, u"3"_s);
    m_ctl.set(u"DATABASE_MAX_OVERFLOW"_s, u"2"_s);
    m_ctl.set(u"DATABASE_POOL_TIMEOUT"_s, u"20"_s);
    auto lock = lockCopies();
    QProcess process;
    process.setProcessEnvironment(m_ctl.environment());
    process.start(Ctl::program(), QStringList{u"checkout"_s, u"--json"_s, u"--branch"_s, m_branch.code,
                                              u"--patron"_s, m_card, u"--jobs"_s, u"12"_s} +
                                      barcodes);
    const auto sessions = [this] {
        return m_library
            .value(u"main_shard"_s,
                   u"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                   "AND application_name LIKE 'branchlinectl%'"_s)
            .toInt();
    };
    QTRY_COMPARE_WITH_TIMEOUT(sessions(), 5, 10000);
    lock.reset();
    int most = 0;
    while (!process.waitForFinished(20))
        most = std::max(most, sessions());
    QVERIFY2(most <= 5, QByteArray::number(most).constData());
    QCOMPARE(process.exitCode(), 0);
}

QTEST_GUILESS_MAIN(TestExhaustion)
#include "tst_exhaustion.moc"
