// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/migrationlibrary.h"

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

size_t stepsOf(const QString &database)
{
    return migrations(MigrationLibrary::roleOf(database)).size();
}

} // namespace

/// `migrate up` on what one that was killed has left, and two of them at once.
class TestMigrateKilled final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void killed_after_each_step();
    void killed_at_any_time();
    void two_at_once();
    void index_that_was_cut_off();
    void two_at_once_with_an_index();

private:
    MigrationLibrary m_library;
};

void TestMigrateKilled::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
}

/// What a kill leaves between two steps is a beginning of the plan in one database, all before it complete
/// and all after it as they were: from each of them one more run ends at the same schema.
void TestMigrateKilled::killed_after_each_step()
{
    const QString right[] = {m_library.rightHash(DatabaseRole::Shard),
                             m_library.rightHash(DatabaseRole::Main)};
    for (qsizetype at = 0; at < databases.size(); ++at) {
        const size_t steps = stepsOf(databases.at(at));
        // The state before the first step of a database is the one after the last of that before.
        for (size_t done = at == 0 ? 0 : 1; done <= steps; ++done) {
            m_library.make(databases.at(at), done);
            for (qsizetype after = at + 1; after < databases.size(); ++after)
                m_library.make(databases.at(after), stepsOf(databases.at(after)) - 3);
            // Trying takes as long as doing, and tells nothing new each time.
            const auto report = migrateLibrary(m_library.addresses(), {.isDryRunWanted = done % 4 == 0});
            QVERIFY2(report.isOk(), qPrintable(report.isOk() ? QString() : report.error().message));
            QCOMPARE(report->obstacles, QStringList());
            for (const QString &database : databases)
                QCOMPARE(m_library.hash(database), right[database == "main"_L1 ? 1 : 0]);
        }
    }
    const CtlRun status = m_library.ctl().json({u"migrate"_s, u"status"_s});
    QVERIFY2(status.status == 0 && status.json.value("up_to_date"_L1).toBool(), status.text().constData());
}

void TestMigrateKilled::killed_at_any_time()
{
    m_library.make(0, 0);
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(m_library.ctl().run({u"migrate"_s, u"up"_s}).status, 0);
    const auto whole = static_cast<int>(timer.elapsed());
    int cutOff = 0;
    for (int i = 0; i < 8; ++i) {
        m_library.make(3, 0); // some are tried in a dry run, some are new
        QProcess process;
        process.setProcessEnvironment(m_library.ctl().environment());
        process.start(Ctl::program(), {u"migrate"_s, u"up"_s});
        QVERIFY(process.waitForStarted());
        if (!process.waitForFinished(QRandomGenerator::global()->bounded(whole))) {
            process.kill();
            QVERIFY(process.waitForFinished());
            ++cutOff;
        }
        const CtlRun again = m_library.ctl().json({u"migrate"_s, u"up"_s});
        QVERIFY2(again.status == 0, again.text().constData());
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
    m_library.make(99, 99);
    QVERIFY(migrateLibrary(m_library.addresses()).isOk());
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
    m_library.make(99, 99);
    QVERIFY(migrateLibrary(m_library.addresses()).isOk());
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
