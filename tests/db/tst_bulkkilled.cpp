// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/importedrows.h"
#include "tests/db/librarycsv.h"
#include "tests/support/ctl.h"
#include "tests/support/preparedlibrary.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QRandomGenerator>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// “import library” killed at random moments ends at the same rows as one that nobody disturbed.
class TestBulkKilled final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void program_killed();
    void server_killed();

private:
    [[nodiscard]] QStringList command(const PreparedLibrary &library) const;

    QTemporaryDir m_folder;
    QStringList m_content; ///< what an undisturbed import leaves
    qint64 m_duration = 0; ///< of it, in ms
};

QStringList TestBulkKilled::command(const PreparedLibrary &library) const
{
    return {u"--dir"_s, library.servers().directory(), u"import"_s, u"library"_s, m_folder.path()};
}

void TestBulkKilled::initTestCase()
{
    LibraryCsv csv(
        LibraryCsv::Size{.branches = 6, .users = 6000, .books = 6000, .copies = 16000, .loans = 40000});
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
    QElapsedTimer timer;
    timer.start();
    const CtlRun run = Ctl().json(command(library));
    m_duration = timer.elapsed();
    QVERIFY2(run.status == 0, run.text().constData());
    QCOMPARE(run.json.value("refused"_L1).toInt(), 100);
    m_content = importedContent(library);
    QCOMPARE(brokenRules(library), QStringList());
}

void TestBulkKilled::program_killed()
{
    PreparedLibrary library;
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    const Ctl ctl;
    int killed = 0;
    for (int i = 0; i < 3; ++i) {
        QProcess process;
        process.setProcessEnvironment(ctl.environment());
        process.start(Ctl::program(), command(library));
        const int wait = QRandomGenerator::global()->bounded(static_cast<int>(m_duration * 2 / 3));
        if (!process.waitForFinished(wait)) {
            process.kill();
            ++killed;
            QVERIFY(process.waitForFinished());
        }
    }
    const CtlRun run = ctl.json(command(library));
    QVERIFY2(run.status == 0, run.text().constData());
    QVERIFY(killed > 0);
    QCOMPARE(run.json.value("refused"_L1).toInt(), 100);
    QCOMPARE(importedContent(library), m_content);
    QCOMPARE(brokenRules(library), QStringList());
}

/// The import fails, and goes on when the server is up again.
void TestBulkKilled::server_killed()
{
    PreparedLibrary library;
    QVERIFY2(library.start(), qPrintable(library.errorText()));
    const Ctl ctl;
    QProcess process;
    process.setProcessEnvironment(ctl.environment());
    process.start(Ctl::program(), command(library));
    (void)process.waitForFinished(QRandomGenerator::global()->bounded(static_cast<int>(m_duration)));
    QVERIFY(library.servers().kill9(u"library"_s));
    QVERIFY(process.waitForFinished(60000));
    QVERIFY(library.servers().startServer(u"library"_s));
    const CtlRun run = ctl.json(command(library));
    QVERIFY2(run.status == 0, run.text().constData());
    QCOMPARE(importedContent(library), m_content);
    QCOMPARE(brokenRules(library), QStringList());
}

QTEST_GUILESS_MAIN(TestBulkKilled)
#include "tst_bulkkilled.moc"
