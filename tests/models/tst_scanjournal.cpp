// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/copies.h"
#include "db/circulation/loans.h"
#include "db/cluster/branches.h"
#include "db/cluster/locallibrarysetup.h"
#include "models/desk/desksession.h"
#include "models/desk/scanjournal.h"
#include "tests/support/testlibrary.h"

#include <QDir>
#include <QProcess>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTest>

#include <csignal>
#include <cstdio>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 20000;
constexpr auto childOption = "--desk-that-dies";

JournalEntry scanOf(const QString &barcode, const QString &card = {}, DeskMode mode = DeskMode::CheckOut)
{
    const QUuid id = newUuid();
    return {.mode = mode,
            .id = id,
            .scan = {.requestId = id, .deskBranch = newUuid(), .barcode = barcode, .card = card},
            .undo = {},
            .at = QDateTime::currentDateTimeUtc()};
}

QStringList barcodesOf(const KeptScans &kept)
{
    QStringList barcodes;
    for (const JournalEntry &entry : kept.entries)
        barcodes << entry.scan.barcode;
    return barcodes;
}

std::unique_ptr<Cluster> clusterOf(const QString &directory)
{
    const LocalLibrary library({.directory = directory, .separateServers = true});
    auto cluster =
        std::make_unique<Cluster>(withLocalLibrary({}, *library.status()), u"branchline test desk"_s);
    return await(cluster->refreshDirectory()).isOk() ? std::move(cluster) : nullptr;
}

/// A desk in a process of its own: it scans the words and says on stdout what it has saved and settled,
/// until somebody kills it.
int runDesk(QCoreApplication &application)
{
    const QStringList words = application.arguments().mid(2);
    const auto cluster = clusterOf(words.at(0));
    if (!cluster)
        return 1;
    ScanJournal journal(words.at(1));
    ChangeFeed feed(*cluster);
    DeskSession desk(*cluster, feed, &journal);
    desk.setBranch(*cluster->directory()->branchByCode(words.at(2)));
    desk.restore();
    const auto tell = [&desk] {
        const ScanCounts counts = desk.scans(DeskMode::CheckOut)->counts();
        int saved = 0;
        for (const ScanRow &row : desk.scans(DeskMode::CheckOut)->rows())
            saved += row.statusDetail.join(u' ').contains("aved on this desk"_L1) ? 1 : 0;
        std::printf("patron %d lent %d saved %d\n", desk.patron() ? 1 : 0, counts.lent, saved);
        std::fflush(stdout);
    };
    QObject::connect(&desk, &DeskSession::patronChanged, &application, tell);
    QObject::connect(&desk, &DeskSession::countsChanged, &application, tell);
    QObject::connect(&desk, &DeskSession::keptChanged, &application, tell);
    // Further words come from the test, line by line.
    QThread *reader = QThread::create([&desk] {
        char line[200];
        while (std::fgets(line, sizeof line, stdin)) {
            const QString barcode = QString::fromLatin1(line).trimmed();
            QMetaObject::invokeMethod(
                &desk, [&desk, barcode] { desk.scan(DeskMode::CheckOut, barcode); }, Qt::QueuedConnection);
        }
    });
    reader->start();
    return QCoreApplication::exec();
}

} // namespace

/// The journal of a desk: what is kept, what is removed, and who takes it over.
class TestScanJournal final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void keepsWhatWaitsInOrder();
    void answeredScansLeaveNoTrace();
    void cutOffLineIsIgnored();
    void runningProgramsKeepTheirScans();
    void patronAndCardsComeBack();
    void whatMayHaveBeenSentIsRemembered();
    void desksKeepTheirPatrons();
    void onlyTheOwnerMayRead();
    void scansGoOnWhereNothingCanBeWritten();
    void killedDeskLendsOnce();
    void killedWhileSendingLendsOnce();

private:
    QStringList files() const { return QDir(m_folder).entryList({u"*.journal"_s}, QDir::Files); }
    QByteArray content() const
    {
        QByteArray all;
        for (const QString &name : files()) {
            QFile file(QDir(m_folder).filePath(name));
            if (file.open(QIODevice::ReadOnly))
                all += file.readAll();
        }
        return all;
    }
    /// Leaves the journal as a program leaves it that is killed: without its lock, with its file.
    void abandon(const std::vector<JournalEntry> &entries, const QByteArray &more = {})
    {
        ScanJournal journal(m_folder);
        QVERIFY(await(journal.open()).entries.empty());
        for (const JournalEntry &entry : entries)
            QVERIFY(await(journal.add(entry)));
        QFile file(QDir(m_folder).filePath(files().constFirst()));
        QVERIFY(file.open(QIODevice::Append));
        file.write(more);
    }
    void prepareLibrary();
    std::unique_ptr<QProcess> startDesk();
    int countOf(const QString &barcode, const QString &kind);

    QTemporaryDir m_home;
    QString m_folder;
    std::unique_ptr<TestLibrary> m_library;
    BranchEntry m_branch;
    QUuid m_book;
};

void TestScanJournal::initTestCase()
{
    QStandardPaths::setTestModeEnabled(true);
}

void TestScanJournal::init()
{
    m_folder = m_home.filePath(QString::fromLatin1(QTest::currentTestFunction()));
}

void TestScanJournal::keepsWhatWaitsInOrder()
{
    const JournalEntry one = scanOf(u"1"_s, u"card"_s);
    const JournalEntry two = scanOf(u"2"_s, {}, DeskMode::CheckIn);
    const JournalEntry three = scanOf(u"3"_s, {}, DeskMode::Renew);
    const JournalEntry undo{.kind = JournalEntry::Kind::Undo,
                            .mode = DeskMode::CheckIn,
                            .id = newUuid(),
                            .scan = {},
                            .undo = {.deskBranch = newUuid(),
                                     .copyBranch = newUuid(),
                                     .undoneRequestId = newUuid(),
                                     .barcode = u"4"_s},
                            .at = QDateTime::currentDateTimeUtc()};
    abandon({one, two, three, undo});
    ScanJournal next(m_folder);
    const KeptScans kept = await(next.open());
    QCOMPARE(barcodesOf(kept), (QStringList{u"1"_s, u"2"_s, u"3"_s, {}}));
    QCOMPARE(kept.entries[0].id, one.id);
    QCOMPARE(kept.entries[0].scan.requestId, one.id);
    QCOMPARE(kept.entries[0].scan.deskBranch, one.scan.deskBranch);
    QCOMPARE(kept.entries[0].scan.card, u"card"_s);
    QCOMPARE(kept.entries[1].mode, DeskMode::CheckIn);
    QCOMPARE(kept.entries[2].mode, DeskMode::Renew);
    QCOMPARE(kept.entries[3].kind, JournalEntry::Kind::Undo);
    QCOMPARE(kept.entries[3].undo.requestId, undo.id);
    QCOMPARE(kept.entries[3].undo.undoneRequestId, undo.undo.undoneRequestId);
    QCOMPARE(kept.entries[3].undo.copyBranch, undo.undo.copyBranch);
    QCOMPARE(files().size(), 1); // taken over, not copied
}

void TestScanJournal::answeredScansLeaveNoTrace()
{
    const JournalEntry one = scanOf(u"1"_s, u"2041"_s);
    const JournalEntry two = scanOf(u"2"_s, u"2041"_s);
    {
        ScanJournal journal(m_folder);
        QVERIFY(await(journal.open()).entries.empty());
        QVERIFY(await(journal.add(one)));
        QVERIFY(content().contains("2041"));
        QVERIFY(await(journal.add(two)));
        journal.remove(one.id);
        journal.remove(two.id);
        QTRY_VERIFY(!content().contains("2041"));
    }
    QVERIFY(QDir(m_folder).isEmpty());
    abandon({one});
    ScanJournal next(m_folder);
    QCOMPARE(await(next.open()).entries.size(), 1U);
    next.remove(one.id);
    QTRY_VERIFY(content().isEmpty());
}

/// A crash in the middle of a line loses what that line was for and nothing else; it was never sent.
void TestScanJournal::cutOffLineIsIgnored()
{
    for (const QByteArray &torn : {QByteArray("{\"op\":\"scan\",\"id\":\"0192f0c4-0001-70"), QByteArray("{"),
                                   QByteArray("\0\0\0\0", 4), QByteArray("\xff\xfe{}")}) {
        abandon({scanOf(u"1"_s), scanOf(u"2"_s)}, torn);
        {
            ScanJournal next(m_folder);
            const KeptScans kept = await(next.open());
            QCOMPARE(barcodesOf(kept), (QStringList{u"1"_s, u"2"_s}));
            for (const JournalEntry &entry : kept.entries)
                next.remove(entry.id);
        }
        QVERIFY(files().isEmpty());
    }
}

/// Two windows of one person: each keeps its own, and neither sends what the other one has.
void TestScanJournal::runningProgramsKeepTheirScans()
{
    abandon({scanOf(u"left"_s)});
    ScanJournal one(m_folder);
    ScanJournal two(m_folder);
    QCOMPARE(barcodesOf(await(one.open())), QStringList{u"left"_s});
    QVERIFY(await(two.open()).entries.empty());
    QVERIFY(await(two.add(scanOf(u"mine"_s))));
    ScanJournal three(m_folder);
    QVERIFY(await(three.open()).entries.empty());
}

void TestScanJournal::patronAndCardsComeBack()
{
    const JournalEntry card = scanOf(u"2041"_s);
    const JournalEntry copy = scanOf(u"1"_s);
    const JournalEntry later = scanOf(u"2"_s);
    {
        ScanJournal journal(m_folder);
        QVERIFY(await(journal.open()).entries.empty());
        for (const JournalEntry &entry : {card, copy, later})
            QVERIFY(await(journal.add(entry)));
        journal.setPatron(u"2041"_s);
        journal.remove(card.id);
        QVERIFY(await(journal.setCard(copy.id, u"2041"_s)));
    }
    {
        ScanJournal next(m_folder);
        const KeptScans kept = await(next.open());
        QCOMPARE(barcodesOf(kept), (QStringList{u"1"_s, u"2"_s}));
        QCOMPARE(kept.entries[0].scan.card, u"2041"_s);
        QVERIFY(kept.entries[1].scan.card.isEmpty());
        QCOMPARE(kept.patronCard, u"2041"_s);
    }
    // Kept again, by the next one that did nothing with it.
    ScanJournal last(m_folder);
    QCOMPARE(await(last.open()).patronCard, u"2041"_s);
}

/// Also by the next program, and by the one after it.
void TestScanJournal::whatMayHaveBeenSentIsRemembered()
{
    const JournalEntry waiting = scanOf(u"1"_s);
    JournalEntry atOnce = scanOf(u"2"_s, u"2041"_s);
    atOnce.isSent = true;
    const JournalEntry later = scanOf(u"3"_s);
    const JournalEntry inTurn = scanOf(u"4"_s, u"2042"_s, DeskMode::CheckIn);
    {
        ScanJournal journal(m_folder);
        QVERIFY(await(journal.open()).entries.empty());
        for (const JournalEntry &entry : {waiting, atOnce, later, inTurn})
            QVERIFY(await(journal.add(entry)));
        QVERIFY(await(journal.setCard(waiting.id, u"2041"_s)));
        QVERIFY(await(journal.setSent(later.id, u"2041"_s)));
        QVERIFY(await(journal.setSent(inTurn.id)));
    }
    for (int run = 0; run < 2; ++run) {
        ScanJournal next(m_folder);
        const KeptScans kept = await(next.open());
        QCOMPARE(kept.entries.size(), 4U);
        for (size_t i = 0; i < 4; ++i) {
            QCOMPARE(kept.entries[i].isSent, i > 0);
            QCOMPARE(kept.entries[i].scan.card, i < 3 ? u"2041"_s : u"2042"_s);
        }
    }
}

/// Two windows are gone at once: nobody's copies are lent to the patron of the other one.
void TestScanJournal::desksKeepTheirPatrons()
{
    const JournalEntry first = scanOf(u"1"_s);
    JournalEntry other = scanOf(u"2"_s);
    JournalEntry second = scanOf(u"3"_s);
    other.at = first.at.addMSecs(10);
    second.at = first.at.addMSecs(20);
    {
        ScanJournal one(m_folder);
        ScanJournal two(m_folder);
        QVERIFY(await(one.open()).entries.empty() && await(two.open()).entries.empty());
        one.setPatron(u"2041"_s);
        two.setPatron(u"2042"_s);
        QVERIFY(await(one.add(first)));
        QVERIFY(await(two.add(other)));
        QVERIFY(await(one.add(second)));
    }
    const auto check = [this] {
        ScanJournal next(m_folder);
        const KeptScans kept = await(next.open());
        QCOMPARE(kept.patronCard, u"2041"_s);
        QCOMPARE(barcodesOf(kept), (QStringList{u"1"_s, u"3"_s, QString(), u"2042"_s, u"2"_s}));
        QCOMPARE(kept.entries[2].kind, JournalEntry::Kind::ClosePatron);
        QCOMPARE(files().size(), 1);
    };
    check();
    check(); // and again after the next crash, from one file
}

void TestScanJournal::onlyTheOwnerMayRead()
{
    ScanJournal journal(m_folder);
    QVERIFY(await(journal.open()).entries.empty());
    QVERIFY(await(journal.add(scanOf(u"1"_s))));
    constexpr auto others = QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup | QFile::ReadOther |
                            QFile::WriteOther | QFile::ExeOther;
    QVERIFY(!(QFile::permissions(QDir(m_folder).filePath(files().constFirst())) & others));
    QVERIFY(!(QFile::permissions(m_folder) & others));
}

/// A disk that cannot be written is said, and nothing more.
void TestScanJournal::scansGoOnWhereNothingCanBeWritten()
{
    QFile file(m_folder); // a file where the folder should be
    QVERIFY(file.open(QIODevice::WriteOnly));
    ScanJournal journal(m_folder);
    QVERIFY(await(journal.open()).entries.empty());
    QVERIFY(!await(journal.add(scanOf(u"1"_s))));
}

void TestScanJournal::prepareLibrary()
{
    if (m_library)
        return;
    m_library = std::make_unique<TestLibrary>();
    QVERIFY2(m_library->start(), qPrintable(m_library->errorText()));
    const auto status = prepareLocalLibrary(m_library->library(), false, {});
    QVERIFY2(status.isOk(), status.isOk() ? "" : qPrintable(status.error().message));
    Cluster cluster(withLocalLibrary({}, *status), u"setup"_s);
    QVERIFY(await(cluster.refreshDirectory()).isOk());
    m_branch = *addBranch(cluster, {.code = u"north"_s, .name = u"North"_s, .shard = u"main"_s});
    QVERIFY(!m_branch.id.isNull());
    m_book = await(addBook(cluster, {.title = u"Middlemarch"_s, .authors = {u"George Eliot"_s}}))->id;
    const auto patron = await(addPatron(cluster, {.card = u"2041"_s,
                                                  .familyName = u"Reader"_s,
                                                  .givenName = u"Rosa"_s,
                                                  .typeCode = u"adult"_s,
                                                  .homeBranch = m_branch.id}));
    QVERIFY(patron.isOk());
    QTRY_VERIFY_WITH_TIMEOUT(
        [&] {
            const auto answers = await(patronAtDesk(cluster, u"2041"_s));
            return std::all_of(answers.shards.begin(), answers.shards.end(),
                               [](const auto &answer) { return answer.result.isOk() && *answer.result; });
        }(),
        patience);
    for (const auto *barcode : {"31001", "31002", "31003", "31004"}) {
        const auto added = await(addCopy(cluster, {.branch = m_branch.id,
                                                   .book = m_book,
                                                   .barcode = QString::fromLatin1(barcode),
                                                   .material = u"book"_s}));
        QVERIFY2(added.isOk(), added.isOk() ? "" : qPrintable(added.error().message));
    }
}

std::unique_ptr<QProcess> TestScanJournal::startDesk()
{
    auto desk = std::make_unique<QProcess>();
    desk->setProcessChannelMode(QProcess::ForwardedErrorChannel);
    desk->start(QCoreApplication::applicationFilePath(),
                {QString::fromLatin1(childOption), m_library->directory(), m_folder, u"north"_s});
    return desk;
}

int TestScanJournal::countOf(const QString &barcode, const QString &kind)
{
    Session session({.database = u"main_shard"_s, .url = m_library->url(u"main_shard"_s), .application = {}});
    session.open();
    constexpr Statement count{"count"_L1, "SELECT count(*) AS n FROM desk_event d JOIN physical_exemplars e "
                                          "ON e.id = d.exemplar_id WHERE e.barcode = ? AND d.kind = ?"_L1};
    return static_cast<int>(session.exec(count, {barcode, kind})->row(0).number("n"));
}

/// The desk is killed while three scans wait for a shard that is down; the next one lends each once.
void TestScanJournal::killedDeskLendsOnce()
{
    prepareLibrary();
    auto desk = startDesk();
    QByteArray said;
    const auto says = [&](const QByteArray &words) {
        said += desk->readAllStandardOutput();
        return said.contains(words);
    };
    desk->write("2041\n");
    QTRY_VERIFY_WITH_TIMEOUT(says("patron 1"), patience);
    QVERIFY2(m_library->stopServer(u"main_shard"_s), qPrintable(m_library->errorText()));
    desk->write("31001\n31002\n31003\n");
    QTRY_VERIFY2_WITH_TIMEOUT(says("saved 3"), said.constData(), patience);
    ::kill(static_cast<pid_t>(desk->processId()), SIGKILL);
    QVERIFY(desk->waitForFinished(patience));
    QVERIFY(content().contains("31003"));

    const auto cluster = clusterOf(m_library->directory());
    QVERIFY(cluster);
    ScanJournal journal(m_folder);
    ChangeFeed feed(*cluster);
    DeskSession next(*cluster, feed, &journal);
    next.setBranch(m_branch);
    QSignalSpy restored(&next, &DeskSession::restored);
    next.restore();
    next.scan(DeskMode::CheckOut, u"31004"_s); // nobody's: the patron of yesterday has gone
    QTRY_COMPARE_WITH_TIMEOUT(restored.size(), 1, patience);
    QCOMPARE(restored.first().first().toInt(), 3);
    QVERIFY(next.kept() >= 4); // the three copies and the new scan; the card is found on other shards
    QVERIFY2(m_library->startServer(u"main_shard"_s), qPrintable(m_library->errorText()));
    QTRY_COMPARE_WITH_TIMEOUT(next.kept(), 0, patience);
    QCOMPARE(next.scans(DeskMode::CheckOut)->counts().lent, 3);
    QVERIFY(!next.patron());
    for (const QString &barcode : {u"31001"_s, u"31002"_s, u"31003"_s})
        QCOMPARE(countOf(barcode, u"lent"_s), 1);
    QCOMPARE(countOf(u"31004"_s, u"lent"_s), 0);
    const auto loans = await(loansOfPatron(*cluster, u"2041"_s, true));
    size_t open = 0;
    for (const auto &shard : loans.shards)
        open += shard.result->size();
    QCOMPARE(open, 3U);
    QTRY_VERIFY_WITH_TIMEOUT(content().isEmpty(), patience);
}

/// Killed again and again at any moment: every scan that was saved is lent, and none twice.
void TestScanJournal::killedWhileSendingLendsOnce()
{
    prepareLibrary();
    const auto cluster = clusterOf(m_library->directory());
    QVERIFY(cluster);
    for (int round = 0; round < 8; ++round) {
        const QString barcode = u"4100%1"_s.arg(round);
        const auto added = await(addCopy(
            *cluster, {.branch = m_branch.id, .book = m_book, .barcode = barcode, .material = u"book"_s}));
        QVERIFY(added.isOk());
        auto desk = startDesk();
        desk->write("2041\n");
        QByteArray said;
        QTRY_VERIFY_WITH_TIMEOUT((said += desk->readAllStandardOutput()).contains("patron 1"), patience);
        said.clear(); // what was said of the card
        desk->write(barcode.toLatin1() + '\n');
        // Each round a little later; the kill comes somewhere between the scan and its answer, or after.
        QByteArray mark = round % 2 == 0 ? QByteArray("saved 1") : QByteArray("lent 1");
        const auto reached = [&] {
            said += desk->readAllStandardOutput();
            return said.contains(mark) || said.contains("lent 1");
        };
        while (!reached())
            QVERIFY(desk->waitForReadyRead(patience));
        ::kill(static_cast<pid_t>(desk->processId()), SIGKILL);
        QVERIFY(desk->waitForFinished(patience));

        ScanJournal journal(m_folder);
        ChangeFeed feed(*cluster);
        DeskSession next(*cluster, feed, &journal);
        next.setBranch(m_branch);
        QSignalSpy restored(&next, &DeskSession::restored);
        next.restore();
        QTRY_COMPARE_WITH_TIMEOUT(restored.size(), 1, patience);
        QTRY_COMPARE_WITH_TIMEOUT(next.kept(), 0, patience);
        QCOMPARE(countOf(barcode, u"lent"_s), 1);
        QCOMPARE(countOf(barcode, u"renewed"_s), 0);
    }
}

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    if (argc > 1 && qstrcmp(argv[1], childOption) == 0) {
        QStandardPaths::setTestModeEnabled(true);
        return runDesk(application);
    }
    TestScanJournal test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_scanjournal.moc"
