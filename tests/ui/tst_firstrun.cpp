// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/librarymaker.h"
#include "db/local/locallayout.h"
#include "db/routing/cluster.h"
#include "tests/support/testlibrary.h"

#include <QFutureWatcher>
#include <QTest>

#include <unistd.h>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Libraries that the first page makes on this computer: whole, or not there at all.
class TestFirstRun final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cancelledOneLeavesNothing();
    void secondTryMakesOne();
    void cancelRemovesNothingThatWasThere();
    void demoGoesIntoNobodysLibrary();
    void folderThatMayNotBeWritten();
    void cleanupTestCase();

private:
    /// Cancels when a step begins with these words; empty: never.
    [[nodiscard]] Result<ClusterConfig> make(bool withDemo, const QString &cancelAt = {});
    [[nodiscard]] LocalLibrary library() const { return LocalLibrary(m_place); }
    [[nodiscard]] LocalStatus::State state() const { return library().status().valueOrThrow().state; }
    [[nodiscard]] static qint64 branches(const ClusterConfig &config);

    QTemporaryDir m_folder{TestLibrary::folderPattern()};
    LocalOptions m_place;
    QStringList m_steps;
};

void TestFirstRun::initTestCase()
{
    // Root lends the work to another account, which has to get there.
    QVERIFY(QFile::setPermissions(m_folder.path(), QFile::Permissions(0x7755)));
    m_place.directory = m_folder.filePath(u"library"_s);
    if (::geteuid() == 0) {
        const auto account = Internal::ServerAccount::unprivileged();
        QCOMPARE(::chown(QFile::encodeName(m_folder.path()).constData(), account.uid, account.gid), 0);
    }
}

Result<ClusterConfig> TestFirstRun::make(bool withDemo, const QString &cancelAt)
{
    auto isCanceled = std::make_shared<std::atomic<bool>>(false);
    m_steps.clear();
    QFutureWatcher<Result<ClusterConfig>> watcher;
    connect(&watcher, &QFutureWatcherBase::progressTextChanged, this, [&](const QString &step) {
        m_steps << step;
        if (!cancelAt.isEmpty() && step.startsWith(cancelAt))
            *isCanceled = true;
    });
    const auto future = makeLibrary({.config = {}, .place = m_place, .withDemo = withDemo}, isCanceled);
    watcher.setFuture(future);
    if (!QTest::qWaitFor([&] { return watcher.isFinished(); }, 120'000))
        qFatal("The library is not made in time.");
    return future.result();
}

qint64 TestFirstRun::branches(const ClusterConfig &config)
{
    Cluster cluster(config, u"test"_s);
    return static_cast<qint64>(await(cluster.refreshDirectory()).valueOrThrow()->branches().size());
}

void TestFirstRun::cancelledOneLeavesNothing()
{
    const auto made = make(false, u"Making tables"_s);
    QVERIFY2(!made, qPrintable(m_steps.join(u'|')));
    QCOMPARE(made.error().kind, DbErrorKind::Canceled);
    QCOMPARE(state(), LocalStatus::State::Absent);
    QVERIFY(!QFileInfo::exists(m_place.directory));

    // In the middle of the rows of the demo library.
    const auto demo = make(true, u"Loading"_s);
    QVERIFY2(!demo, qPrintable(m_steps.join(u'|')));
    QCOMPARE(demo.error().kind, DbErrorKind::Canceled);
    QVERIFY(!QFileInfo::exists(m_place.directory));
}

void TestFirstRun::secondTryMakesOne()
{
    const auto made = make(false);
    QVERIFY2(made, made ? "" : qPrintable(made.error().message + made.error().hint));
    QCOMPARE(state(), LocalStatus::State::Running);
    QCOMPARE(branches(*made), 0);
    QVERIFY(m_steps.size() > 2);
}

void TestFirstRun::cancelRemovesNothingThatWasThere()
{
    const auto made = make(false, m_steps.first());
    QVERIFY(made || made.error().kind == DbErrorKind::Canceled);
    QCOMPARE(state(), LocalStatus::State::Running);
}

/// An empty library takes it; one with branches of its own does not, and stays as it is.
void TestFirstRun::demoGoesIntoNobodysLibrary()
{
    const auto demo = make(true);
    QVERIFY2(demo, demo ? "" : qPrintable(demo.error().message + demo.error().hint));
    const qint64 before = branches(*demo);
    QVERIFY(before > 0);
    const auto again = make(true);
    QVERIFY2(again, again ? "" : qPrintable(again.error().message));
    QCOMPARE(branches(*again), before);

    QVERIFY(library().destroy());
    const auto own = make(false);
    QVERIFY(own);
    Session main({.database = u"main"_s,
                  .url = library().status().valueOrThrow().superuser().main,
                  .application = u"test"_s});
    main.open();
    main.execText(u"branch"_s, u"SELECT public.add_branch(gen_random_uuid(), 'own', 'Own', 'UTC')"_s);
    const auto refused = make(true);
    if (!refused)
        QVERIFY(!refused.error().message.isEmpty() && !refused.error().hint.isEmpty());
    QCOMPARE(state(), LocalStatus::State::Running);
    QCOMPARE(branches(*own), 1);
}

void TestFirstRun::folderThatMayNotBeWritten()
{
    const QString closed = m_folder.filePath(u"closed"_s);
    QVERIFY(QDir().mkpath(closed));
    QVERIFY(QFile::setPermissions(closed, QFile::ReadOwner | QFile::ExeOwner));
    m_place.directory = closed + "/library"_L1;
    const auto made = make(false);
    QFile::setPermissions(closed, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    QVERIFY(!made);
    QVERIFY2(made.error().message.contains(closed), qPrintable(made.error().message));
    QVERIFY(!made.error().hint.isEmpty());
    QVERIFY(!QFileInfo::exists(m_place.directory));
    m_place.directory = m_folder.filePath(u"library"_s);
}

void TestFirstRun::cleanupTestCase()
{
    const auto gone = library().destroy();
    QVERIFY(gone || gone.error().kind == DbErrorKind::NotFound);
}

QTEST_GUILESS_MAIN(TestFirstRun)
#include "tst_firstrun.moc"
