// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/replication.h"
#include "tests/db/migrationlibrary.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QProcess>
#include <QRandomGenerator>
#include <QTest>

#include <future>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

const QStringList databases{u"alpha_shard"_s, u"beta_shard"_s, u"main"_s};

constexpr auto addIndex =
    "-- transaction: no\n"
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS loans_by_test ON public.book_lending (lent_at);\n"_L1;

/// Whether a migrator waits for a lock in this database.
const QString isMigratorWaiting =
    u"SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND application_name LIKE 'branchline % migrate%' AND wait_event_type = 'Lock'"_s;

} // namespace

/// `migrate up` on what one that was killed has left, and two of them at once.
class TestMigrateKilled final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void killed_after_each_step();
    void killed_while_replication_is_brought_up();
    void killed_at_any_time();
    void two_at_once();
    void index_that_was_cut_off();
    void two_at_once_with_an_index();

private:
    void killWhileWaiting(const Ctl &ctl, const std::function<bool()> &isWaiting);
    [[nodiscard]] static bool isTried(const Migration &step, const MigrationPlan &plan);

    MigrationLibrary m_library;
    int m_kills = 0;
};

void TestMigrateKilled::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

/// `branchlinectl migrate up`, killed as soon as `isWaiting`: it waits for what the test holds.
void TestMigrateKilled::killWhileWaiting(const Ctl &ctl, const std::function<bool()> &isWaiting)
{
    QProcess process;
    process.setProcessEnvironment(ctl.environment());
    process.start(Ctl::program(), {u"migrate"_s, u"up"_s, u"--no-dry-run"_s});
    QVERIFY(process.waitForStarted());
    QDeadlineTimer deadline(30'000);
    while (!isWaiting()) {
        QVERIFY2(!deadline.hasExpired(), process.readAllStandardError().constData());
        QVERIFY2(!process.waitForFinished(10), process.readAllStandardError().constData());
    }
    process.kill();
    QVERIFY(process.waitForFinished());
    QCOMPARE(process.exitStatus(), QProcess::CrashExit);
}

/// The first and the last step of each database and some between; with BRANCHLINE_EVERY_STEP all of them.
bool TestMigrateKilled::isTried(const Migration &step, const MigrationPlan &plan)
{
    return qEnvironmentVariableIsSet("BRANCHLINE_EVERY_STEP") || step.id % 7 == 1 ||
           step.id == schemaVersion(plan);
}

/// A real kill -9 in each step of each database, when its work is done and its row of the history is being
/// written: all before it stands. The next run goes on from there into the next kill, and the last one ends
/// at the same schema everywhere.
void TestMigrateKilled::killed_after_each_step()
{
    m_library.make(0, 0);
    for (const QString &database : databases) {
        const auto session = m_library.session(database);
        session->execText(u"the history"_s,
                          u"SET ROLE branchline_owner; %1; RESET ROLE"_s.arg(Internal::historyTableSql()));
        const MigrationPlan &plan = migrations(MigrationLibrary::roleOf(database));
        for (const Migration &step : plan) {
            if (!isTried(step, plan))
                continue;
            session->execText(u"hold"_s, u"BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; "
                                         "INSERT INTO schema_history (id, name, sha256, milliseconds, "
                                         "app_version) VALUES (%1, 'held', '', 0, '')"_s.arg(step.id));
            killWhileWaiting(m_library.ctl(),
                             [&] { return m_library.value(database, isMigratorWaiting) == "1"_L1; });
            if (QTest::currentTestFailed())
                return;
            session->execText(u"release"_s, u"ROLLBACK"_s);
            const int stood =
                m_library.value(database, u"SELECT coalesce(max(id), 0) FROM schema_history"_s).toInt();
            QVERIFY2(stood < step.id, qPrintable(step.fullName()));
            ++m_kills;
            // It was killed in a step before that needed a lock of what the test holds.
            if (stood < step.id - 1) {
                qInfo("%s: killed after %d steps", qPrintable(step.fullName()), stood);
                (void)migrateUp(*session, MigrationLibrary::beginning(MigrationLibrary::roleOf(database),
                                                                      static_cast<size_t>(step.id)));
            }
        }
    }
    qInfo("%d kills", m_kills);
    const CtlRun last = m_library.ctl().json({u"migrate"_s, u"up"_s});
    QVERIFY2(last.status == 0, last.text().constData());
    for (const QString &database : databases)
        QCOMPARE(m_library.hash(database), m_library.rightHash(MigrationLibrary::roleOf(database)));
    const CtlRun status = m_library.ctl().json({u"migrate"_s, u"status"_s});
    QVERIFY2(status.status == 0 && status.json.value("up_to_date"_L1).toBool(), status.text().constData());
}

/// What comes after the steps is killed in the middle of publishing, and between that and subscribing.
void TestMigrateKilled::killed_while_replication_is_brought_up()
{
    PreparedLibrary &library = m_library.prepared();
    const ReferenceStream &desk = referenceStreams().front();
    const QStringList lacking{u"user_blocks"_s};
    library.ddl(u"main"_s, u"ALTER PUBLICATION branchline_desk DROP TABLE user_blocks"_s);
    library.ddl(u"alpha_shard"_s, u"ALTER SUBSCRIPTION branchline_desk REFRESH PUBLICATION"_s);
    Ctl ctl;
    ctl.set(u"BRANCHLINE_DIR"_s, library.servers().directory());
    const auto main = library.newSession(u"main"_s, LocalLibrary::superuserName());
    const auto alpha = library.newSession(u"alpha_shard"_s, LocalLibrary::superuserName());
    const auto killWhileHeld = [&](Session &session, const QString &hold) {
        session.execText(u"hold"_s, u"BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0; "_s + hold);
        killWhileWaiting(ctl, [&] { return library.value(session.database(), isMigratorWaiting) == "1"_L1; });
    };

    killWhileHeld(*main, u"LOCK TABLE user_blocks IN SHARE UPDATE EXCLUSIVE MODE"_s);
    if (QTest::currentTestFailed())
        return;
    main->execText(u"release"_s, u"ROLLBACK"_s);
    QCOMPARE(unpublishedTables(*main, desk), lacking);

    killWhileHeld(*alpha, u"COMMENT ON SUBSCRIPTION branchline_desk IS 'held'"_s);
    if (QTest::currentTestFailed())
        return;
    QCOMPARE(unpublishedTables(*main, desk), QStringList());
    QCOMPARE(unsubscribedTables(*alpha, desk), lacking);
    alpha->execText(u"release"_s, u"ROLLBACK"_s);

    const CtlRun last = ctl.json({u"migrate"_s, u"up"_s});
    QVERIFY2(last.status == 0, last.text().constData());
    const CtlRun status = ctl.json({u"migrate"_s, u"status"_s});
    QVERIFY2(status.status == 0, status.text().constData());
    QCOMPARE(unsubscribedTables(*alpha, desk), QStringList());
}

/// At random moments, in the dry run or a step.
void TestMigrateKilled::killed_at_any_time()
{
    m_library.make(3, 0);
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(m_library.ctl().run({u"migrate"_s, u"up"_s}).status, 0);
    const auto whole = static_cast<int>(timer.elapsed());
    const int rounds = qEnvironmentVariableIsSet("BRANCHLINE_EVERY_STEP") ? 10 : 3;
    int cutOff = 0;
    for (int i = 0; i < rounds; ++i) {
        m_library.make(3, 0); // some are tried in a dry run, some are new
        QProcess process;
        process.setProcessEnvironment(m_library.ctl().environment());
        process.start(Ctl::program(), {u"migrate"_s, u"up"_s});
        QVERIFY(process.waitForStarted());
        // Each in a part of its own of the time that a whole run takes.
        const int moment = (i * whole + QRandomGenerator::global()->bounded(whole)) / rounds;
        if (!process.waitForFinished(moment)) {
            process.kill();
            QVERIFY(process.waitForFinished());
            ++cutOff;
        }
        const CtlRun again = m_library.ctl().json({u"migrate"_s, u"up"_s});
        QVERIFY2(again.status == 0,
                 (again.text() + " after " + QByteArray::number(moment) + " ms").constData());
        for (const QString &database : databases)
            QCOMPARE(m_library.hash(database), m_library.rightHash(MigrationLibrary::roleOf(database)));
    }
    QVERIFY(cutOff > 0);
}

void TestMigrateKilled::two_at_once()
{
    m_library.make(0, 0);
    const auto run = [this] { return m_library.ctl().json({u"migrate"_s, u"up"_s}); };
    auto other = std::async(std::launch::async, run);
    const CtlRun runs[] = {run(), other.get()};
    QVERIFY2(runs[0].status == 0 && runs[1].status == 0, (runs[0].text() + runs[1].text()).constData());
    QVERIFY(runs[0].json.value("changed"_L1).toBool() != runs[1].json.value("changed"_L1).toBool());
    for (const QString &database : databases)
        QCOMPARE(m_library.hash(database), m_library.rightHash(MigrationLibrary::roleOf(database)));
}

/// A step outside a transaction, cut off while it waits for somebody: it leaves an index that is not valid.
void TestMigrateKilled::index_that_was_cut_off()
{
    m_library.makeComplete();
    MigrationOptions options;
    options.shard = withStep(migrations(DatabaseRole::Shard), u"index"_s, addIndex);
    QCOMPARE(planFaults(options.shard), QStringList());

    const auto writer = m_library.session(u"beta_shard"_s);
    writer->execText(u"BEGIN"_s, u"BEGIN; LOCK TABLE book_lending IN ROW EXCLUSIVE MODE"_s);
    auto run = std::async(std::launch::async, [&] { return migrateLibrary(m_library.addresses(), options); });
    const auto isWaiting = [&] {
        return m_library.value(u"beta_shard"_s,
                               u"SELECT count(*) FROM pg_stat_activity WHERE query LIKE "
                               "'%CREATE INDEX CONCURRENTLY IF%' AND wait_event_type = 'Lock' AND "
                               "datname = current_database()"_s) == "1"_L1;
    };
    QTRY_VERIFY_WITH_TIMEOUT(isWaiting(), 20'000);
    (void)m_library.value(u"beta_shard"_s,
                          u"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query "
                          "LIKE '%CREATE INDEX CONCURRENTLY IF%' AND wait_event_type = 'Lock'"_s);
    QVERIFY(!run.get().isOk());
    QCOMPARE(m_library.value(u"beta_shard"_s, u"SELECT indisvalid::text FROM pg_index WHERE indexrelid = "
                                              "'loans_by_test'::regclass"_s),
             u"false"_s);
    QCOMPARE(m_library.value(u"beta_shard"_s, u"SELECT state FROM schema_history ORDER BY id DESC LIMIT 1"_s),
             u"started"_s);
    for (const DatabaseSchema &schema : lookAtSchemas(m_library.addresses(), options))
        QVERIFY2(!schema.hasDrift(), qPrintable(schema.database));

    writer->execText(u"ROLLBACK"_s, u"ROLLBACK"_s);
    const auto again = migrateLibrary(m_library.addresses(), options);
    QVERIFY2(again.isOk() && again->obstacles.isEmpty(),
             qPrintable(again.isOk() ? QString() : again.error().message));
    QCOMPARE(m_library.value(u"beta_shard"_s, u"SELECT indisvalid::text FROM pg_index WHERE indexrelid = "
                                              "'loans_by_test'::regclass"_s),
             u"true"_s);
    QCOMPARE(m_library.hash(u"alpha_shard"_s), m_library.hash(u"beta_shard"_s));
}

/// CREATE INDEX CONCURRENTLY waits for whoever looks at the database: so does not the one who waits for its
/// turn.
void TestMigrateKilled::two_at_once_with_an_index()
{
    m_library.makeComplete();
    MigrationOptions options;
    options.main = withStep(migrations(DatabaseRole::Main), u"index"_s,
                            QString(addIndex).replace("book_lending (lent_at)"_L1, "books (created_at)"_L1));
    QCOMPARE(planFaults(options.main), QStringList());
    const auto run = [&] { return migrateLibrary(m_library.addresses(), options); };
    auto other = std::async(std::launch::async, run);
    auto third = std::async(std::launch::async, run);
    for (const auto &report : {run(), other.get(), third.get()}) {
        QVERIFY2(report.isOk(), qPrintable(report.isOk() ? QString() : report.error().message));
        QCOMPARE(report->obstacles, QStringList());
    }
}

QTEST_GUILESS_MAIN(TestMigrateKilled)
#include "tst_migratekilled.moc"
