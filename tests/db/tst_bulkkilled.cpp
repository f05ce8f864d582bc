// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/importedrows.h"
#include "tests/db/librarycsv.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

#include <QProcess>
#include <QRandomGenerator>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// “import library” killed in all its parts ends at the same rows as one that nobody disturbed.
class TestBulkKilled final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void killed_three_times();

private:
    [[nodiscard]] QStringList command(const PreparedLibrary &library) const;
    [[nodiscard]] static bool isUnderWay(PreparedLibrary &library, const QString &database,
                                         const QString &task);
    void startUntil(QProcess &process, PreparedLibrary &library, const QStringList &databases,
                    const QString &task);

    QTemporaryDir m_folder;
    QStringList m_content; ///< what an undisturbed import leaves
};

QStringList TestBulkKilled::command(const PreparedLibrary &library) const
{
    return {u"--dir"_s, library.servers().directory(), u"import"_s, u"library"_s, m_folder.path()};
}

void TestBulkKilled::initTestCase()
{
    LibraryCsv csv(
        LibraryCsv::Size{.branches = 6, .users = 2000, .books = 2000, .copies = 6000, .loans = 30000});
    // Some that are refused, in main and on the shards.
    for (int i = 0; i < 50; ++i) {
        csv.add(u"books"_s, {csv.idText(u"book"_s, i), {}, {}, u"twice"_s, {}, {}, {}, {}, {}, {}});
        csv.add(u"lendings"_s, {csv.idText(u"more"_s, i),
                                csv.idText(u"copy"_s, 0),
                                csv.idText(u"book"_s, 0),
                                csv.idText(u"branch"_s, 0),
                                csv.idText(u"nobody"_s, i),
                                u"2024-05-05T10:00:00Z"_s,
                                u"2024-06-05T10:00:00Z"_s,
                                {},
                                {},
                                {},
                                {}});
    }
    csv.write(m_folder.path());
    PreparedLibrary library;
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    const CtlRun run = Ctl().json(command(library));
    QVERIFY2(run.status == 0, run.text().constData());
    QCOMPARE(run.json.value("refused"_L1).toInt(), 100);
    m_content = importedContent(library);
    QCOMPARE(brokenRules(library), QStringList());
}

/// Whether a database has some of a file's rows, and not all.
bool TestBulkKilled::isUnderWay(PreparedLibrary &library, const QString &database, const QString &task)
{
    return library.value(database, u"SELECT to_regclass('import_staging.progress') IS NOT NULL"_s) ==
               "true"_L1 &&
           library.value(database, u"SELECT EXISTS (SELECT FROM import_staging.progress "
                                   "WHERE task = '%1' AND line > 0)"_s.arg(task)) == "true"_L1;
}

/// Starts an import, and lets it go on for a moment when any of the databases has come to the task.
void TestBulkKilled::startUntil(QProcess &process, PreparedLibrary &library, const QStringList &databases,
                                const QString &task)
{
    process.setProcessEnvironment(Ctl().environment());
    process.start(Ctl::program(), command(library));
    QTRY_VERIFY_WITH_TIMEOUT(
        std::any_of(databases.begin(), databases.end(),
                    [&](const QString &database) { return isUnderWay(library, database, task); }),
        120'000);
    (void)process.waitForFinished(QRandomGenerator::global()->bounded(100));
    QCOMPARE(process.state(), QProcess::Running);
}

/// The program is killed while it fills main and while it fills the shards, then the server, with which the
/// import fails.
void TestBulkKilled::killed_three_times()
{
    PreparedLibrary library;
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    QStringList shards;
    for (const QString &shard : library.shards())
        shards << shard + "_shard"_L1;
    for (const auto &[databases, task] :
         {std::pair(QStringList(u"main"_s), u"books"_s), std::pair(shards, u"exemplars"_s)}) {
        QProcess process;
        startUntil(process, library, databases, task);
        process.kill();
        QVERIFY(process.waitForFinished());
    }
    QProcess process;
    startUntil(process, library, shards, u"lendings"_s);
    QVERIFY(library.servers().kill9(u"library"_s));
    QVERIFY(process.waitForFinished(60000));
    QVERIFY(library.servers().startServer(u"library"_s));

    const CtlRun run = Ctl().json(command(library));
    QVERIFY2(run.status == 0, run.text().constData());
    QVERIFY(!run.json.value("was_there"_L1).toBool());
    QCOMPARE(run.json.value("refused"_L1).toInt(), 100);
    QCOMPARE(importedContent(library), m_content);
    QCOMPARE(brokenRules(library), QStringList());
}

QTEST_GUILESS_MAIN(TestBulkKilled)
#include "tst_bulkkilled.moc"
