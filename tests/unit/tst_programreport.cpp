// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/monitor/reportreader.h"
#include "db/monitor/reportserver.h"
#include "tests/support/freezing.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QJsonDocument>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <atomic>
#include <csignal>
#include <cstring>
#include <memory>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int endOfWait = 10'000;

ProgramReport sample()
{
    ProgramReport report{.pid = QCoreApplication::applicationPid(),
                         .program = u"branchline"_s,
                         .version = u"1.2"_s,
                         .desk = u"branchline desk-3"_s,
                         .startedAt = QDateTime::fromString(u"2024-02-03T04:05:06.007Z"_s, Qt::ISODateWithMs),
                         .asOf = QDateTime::fromString(u"2024-02-03T04:06:06.007Z"_s, Qt::ISODateWithMs),
                         .slowAfter = 200ms,
                         .slowCount = 101};
    PoolGauges pool{.database = u"north_shard"_s, .size = 2, .maxOverflow = 3, .open = 4, .busy = 5};
    pool.breaker = PoolGauges::Breaker::Open;
    pool.retryIn = 1500ms;
    pool.holders = {{u"checkout"_s, u"lend"_s, 250ms}};
    pool.leaks = 7;
    pool.waited = 1234567us;
    report.databases = {{pool, u"north_shard does not answer."_s}};
    StatementTotals totals{.database = u"main"_s, .statement = u"find"_s, .calls = 9, .failures = 1};
    totals.total = 90ms;
    totals.longest = 50ms;
    totals.histogram[3] = 9;
    report.statements = {totals};
    report.slow = {{report.asOf, u"main"_s, report.desk, u"search"_s, u"find"_s, 300ms, u"timeout"_s}};
    return report;
}

/// A plain client, which may do what ours does not.
class Client final
{
public:
    explicit Client(const QString &path)
        : m_socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const QByteArray bytes = path.toLocal8Bit();
        std::memcpy(address.sun_path, bytes.constData(), static_cast<size_t>(bytes.size()));
        m_isConnected =
            ::connect(m_socket, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0;
        const timeval limit{.tv_sec = endOfWait / 1000, .tv_usec = 0};
        ::setsockopt(m_socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
    ~Client() { ::close(m_socket); }
    Q_DISABLE_COPY_MOVE(Client)

    [[nodiscard]] bool isConnected() const { return m_isConnected; }
    void send(const QByteArray &bytes) const
    {
        [[maybe_unused]] const ssize_t sent =
            ::send(m_socket, bytes.constData(), static_cast<size_t>(bytes.size()), MSG_NOSIGNAL);
    }
    void endInput() const { ::shutdown(m_socket, SHUT_WR); }
    /// All until the end; "(no end)" when there is none in time.
    [[nodiscard]] QByteArray answer() const
    {
        QByteArray all;
        char bytes[4096];
        for (;;) {
            const ssize_t got = ::recv(m_socket, bytes, sizeof bytes, 0);
            if (got > 0)
                all.append(bytes, got);
            else
                return got < 0 && errno == EAGAIN ? QByteArray("(no end)") : all;
        }
    }

private:
    int m_socket;
    bool m_isConnected = false;
};

const ProgramAnswer *answerOf(const ProgramReports &reports, qint64 pid)
{
    for (const ProgramAnswer &answer : reports.programs) {
        if (answer.pid == pid)
            return &answer;
    }
    return nullptr;
}

/// This test program again, publishing until it is ended.
class OtherProgram final
{
public:
    OtherProgram()
    {
        m_process.start(QCoreApplication::applicationFilePath(), {u"--publish"_s});
        // It says where as soon as it listens.
        if (m_process.waitForStarted(endOfWait) && m_process.waitForReadyRead(endOfWait))
            m_path = QString::fromLocal8Bit(m_process.readLine()).trimmed();
    }
    ~OtherProgram()
    {
        if (m_process.state() == QProcess::NotRunning)
            return;
        signal(SIGCONT);
        m_process.kill();
        m_process.waitForFinished(endOfWait);
    }
    Q_DISABLE_COPY_MOVE(OtherProgram)

    [[nodiscard]] QString path() const { return m_path; }
    [[nodiscard]] qint64 pid() const { return m_process.processId(); }
    void signal(int number) const { ::kill(static_cast<pid_t>(m_process.processId()), number); }
    void killAndWait()
    {
        m_process.kill();
        m_process.waitForFinished(endOfWait);
    }

private:
    QProcess m_process;
    QString m_path;
};

} // namespace

class TestProgramReport final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();
    void throughJsonAndBack();
    void whatIsNoReport_data();
    void whatIsNoReport();
    void isPublishedAndRead();
    void onlyTheOwnerCanOpenIt();
    void leavesNothing();
    void garbageIsRefusedWithASentence_data();
    void garbageIsRefusedWithASentence();
    void silentClientsHoldNobodyUp();
    void anAnswerThatNobodyTakesHoldsNobodyUp();
    void frozenProgramDoesNotAnswer();
    void killedProgramIsTidiedAway();
    void otherAnswersAreNamed();
    void foldersOfOthersAreRefused_data();
    void foldersOfOthersAreRefused();
    void socketsOfOthersAreRefused_data();
    void socketsOfOthersAreRefused();
    void pathsThatAreTooLongAreLeftOut();
    void costOfPublishing();

private:
    [[nodiscard]] QString folder() const { return m_runtime->path() + "/branchline"_L1; }
    [[nodiscard]] QStringList sockets() const
    {
        return QDir(folder()).entryList(QDir::System | QDir::Files | QDir::Hidden);
    }

    std::unique_ptr<QTemporaryDir> m_runtime; ///< $XDG_RUNTIME_DIR, 0700
};

void TestProgramReport::init()
{
    m_runtime = std::make_unique<QTemporaryDir>();
    QVERIFY(m_runtime->isValid());
    qputenv("XDG_RUNTIME_DIR", m_runtime->path().toLocal8Bit());
}

void TestProgramReport::cleanup()
{
    m_runtime.reset();
}

void TestProgramReport::throughJsonAndBack()
{
    const ProgramReport report = sample();
    const QJsonObject object = report.toJson();
    const auto read =
        ProgramReport::fromJson(QJsonDocument::fromJson(QJsonDocument(object).toJson()).object());
    QVERIFY(read);
    QCOMPARE(read->toJson(), object);
    QCOMPARE(read->startedAt, report.startedAt);
    QCOMPARE(read->databases.at(0).pool.breaker, PoolGauges::Breaker::Open);
    QCOMPARE(read->databases.at(0).pool.retryIn.count(), 1500);
    QCOMPARE(read->databases.at(0).pool.waited.count(), 1234567);
    QCOMPARE(read->databases.at(0).pool.holders.at(0).age.count(), 250);
    QCOMPARE(read->databases.at(0).problem, u"north_shard does not answer."_s);
    QCOMPARE(read->statements.at(0).histogram[3], quint64(9));
    QCOMPARE(read->slow.at(0).ended, u"timeout"_s);
}

void TestProgramReport::whatIsNoReport_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QJsonValue>("value");
    QTest::newRow("no process") << u"pid"_s << QJsonValue(0);
    QTest::newRow("no program") << u"program"_s << QJsonValue();
    QTest::newRow("no time") << u"started_at"_s << QJsonValue(u"yesterday"_s);
    QTest::newRow("databases are no list") << u"databases"_s << QJsonValue(3);
    QTest::newRow("statements are no list") << u"statements"_s << QJsonValue(u"x"_s);
    QTest::newRow("slow is no list") << u"slow"_s << QJsonValue(QJsonObject());
}

void TestProgramReport::whatIsNoReport()
{
    QFETCH(QString, key);
    QFETCH(QJsonValue, value);
    QJsonObject object = sample().toJson();
    QVERIFY(ProgramReport::fromJson(object));
    object.insert(key, value);
    QVERIFY(!ProgramReport::fromJson(object));
}

void TestProgramReport::isPublishedAndRead()
{
    std::atomic<int> asked = 0;
    const ReportServer server([&asked] {
        ++asked;
        return sample();
    });
    QTRY_VERIFY_WITH_TIMEOUT(!server.path().isEmpty(), endOfWait);
    QVERIFY(server.path().startsWith(folder()));
    const OtherProgram other;
    QVERIFY(other.path().startsWith(folder()));

    const ProgramReports reports = readReports(5s);
    const ProgramAnswer *own = answerOf(reports, QCoreApplication::applicationPid());
    QVERIFY(own && own->report);
    QVERIFY(own->isThisProgram);
    QCOMPARE(own->report->toJson(), sample().toJson());
    const ProgramAnswer *another = answerOf(reports, other.pid());
    QVERIFY(another && another->report);
    QVERIFY(!another->isThisProgram);
    QCOMPARE(another->report->pid, other.pid());
    QCOMPARE(asked.load(), 1);
    QVERIFY(reports.problems.isEmpty());
}

void TestProgramReport::onlyTheOwnerCanOpenIt()
{
    const ReportServer server(sample);
    QTRY_VERIFY_WITH_TIMEOUT(!server.path().isEmpty(), endOfWait);
    struct stat info
    {};
    QCOMPARE(::stat(server.path().toLocal8Bit().constData(), &info), 0);
    QCOMPARE(info.st_mode & 07777, mode_t(0600));
    QCOMPARE(::stat(folder().toLocal8Bit().constData(), &info), 0);
    QCOMPARE(info.st_mode & 07777, mode_t(0700));
    QVERIFY(server.path().size() <= 107);
}

void TestProgramReport::leavesNothing()
{
    {
        const ReportServer server(sample);
        QTRY_VERIFY_WITH_TIMEOUT(!server.path().isEmpty(), endOfWait);
        QCOMPARE(sockets().size(), 1);
    }
    QCOMPARE(sockets(), QStringList());
    const ReportServer endedAtOnce(sample); // its destructor may come before it listens
}

void TestProgramReport::garbageIsRefusedWithASentence_data()
{
    QTest::addColumn<QByteArray>("request");
    QTest::newRow("a web browser") << QByteArray("GET / HTTP/1.1\r\n\r\n");
    QTest::newRow("a line") << QByteArray("report 2\n");
    QTest::newRow("too long") << QByteArray(100'000, 'x');
    QTest::newRow("bytes") << QByteArray("\0\xff\0\n", 4);
    QTest::newRow("nothing") << QByteArray();
    QTest::newRow("cut off") << QByteArray("rep");
}

void TestProgramReport::garbageIsRefusedWithASentence()
{
    QFETCH(QByteArray, request);
    const ReportServer server(sample);
    QTRY_VERIFY_WITH_TIMEOUT(!server.path().isEmpty(), endOfWait);
    const Client client(server.path());
    QVERIFY(client.isConnected());
    client.send(request);
    client.endInput();
    const QJsonObject answer = QJsonDocument::fromJson(client.answer()).object();
    QCOMPARE(answer.keys(), QStringList{u"error"_s});
    QVERIFY(answer["error"_L1].toString().endsWith(u'.'));
    const ProgramReports reports = readReports(5s);
    QVERIFY(answerOf(reports, QCoreApplication::applicationPid())->report); // and it serves on
}

void TestProgramReport::silentClientsHoldNobodyUp()
{
    const ReportServer server(sample);
    QTRY_VERIFY_WITH_TIMEOUT(!server.path().isEmpty(), endOfWait);
    std::vector<std::unique_ptr<Client>> silent;
    for (int i = 0; i < 50; ++i) {
        silent.push_back(std::make_unique<Client>(server.path()));
        silent.back()->send("rep");
    }
    const ProgramReports reports = readReports(5s);
    QVERIFY(answerOf(reports, QCoreApplication::applicationPid())->report);
    // All are let go, those that were pushed out and those that took their time.
    for (const auto &client : silent)
        QVERIFY(client->answer() != "(no end)");
}

void TestProgramReport::anAnswerThatNobodyTakesHoldsNobodyUp()
{
    const ReportServer server([] {
        ProgramReport large = sample();
        large.slow.resize(20'000, large.slow.at(0)); // more than a socket holds
        return large;
    });
    QTRY_VERIFY_WITH_TIMEOUT(!server.path().isEmpty(), endOfWait);
    const Client stuck(server.path());
    stuck.send("report 1\n");
    const ProgramReports reports = readReports(5s);
    const ProgramAnswer *own = answerOf(reports, QCoreApplication::applicationPid());
    QVERIFY(own && own->report);
    QCOMPARE(own->report->slow.size(), size_t(20'000));
}

void TestProgramReport::frozenProgramDoesNotAnswer()
{
    const ReportServer server(sample);
    QTRY_VERIFY_WITH_TIMEOUT(!server.path().isEmpty(), endOfWait);
    const OtherProgram frozen;
    QVERIFY(!frozen.path().isEmpty());
    QVERIFY(freezeProcess(frozen.pid()));
    // Again and again: those who gave up fill the queue before the frozen program.
    for (int i = 0; i < 20; ++i) {
        QElapsedTimer taken;
        taken.start();
        const ProgramReports reports = readReports(100ms);
        QVERIFY2(taken.elapsed() < 1000, qPrintable(QString::number(taken.elapsed())));
        const ProgramAnswer *answer = answerOf(reports, frozen.pid());
        QVERIFY(answer);
        QVERIFY(!answer->report);
        QVERIFY2(answer->problem.contains("does not answer"_L1), qPrintable(answer->problem));
    }
    frozen.signal(SIGCONT);
    QTRY_VERIFY_WITH_TIMEOUT(answerOf(readReports(1s), frozen.pid())->report, endOfWait);
}

void TestProgramReport::killedProgramIsTidiedAway()
{
    OtherProgram killed;
    QVERIFY(!killed.path().isEmpty());
    const qint64 pid = killed.pid();
    killed.killAndWait();
    QCOMPARE(sockets().size(), 1);
    const ProgramReports reports = readReports(1s);
    QVERIFY(!answerOf(reports, pid));
    QVERIFY(reports.problems.isEmpty());
    QCOMPARE(sockets(), QStringList());
}

void TestProgramReport::otherAnswersAreNamed()
{
    const ReportServer server([] {
        ProgramReport nonsense = sample();
        nonsense.program.clear();
        return nonsense;
    });
    QTRY_VERIFY_WITH_TIMEOUT(!server.path().isEmpty(), endOfWait);
    const ProgramReports reports = readReports(5s);
    const ProgramAnswer *own = answerOf(reports, QCoreApplication::applicationPid());
    QVERIFY(own && !own->report);
    QVERIFY2(own->problem.contains("something else"_L1), qPrintable(own->problem));
}

void TestProgramReport::foldersOfOthersAreRefused_data()
{
    QTest::addColumn<QString>("what");
    for (const char *what : {"open to others", "of another account", "a link", "a file"})
        QTest::newRow(what) << QString::fromLatin1(what);
}

void TestProgramReport::foldersOfOthersAreRefused()
{
    QFETCH(QString, what);
    const QByteArray path = folder().toLocal8Bit();
    const QByteArray aside = (m_runtime->path() + "/aside"_L1).toLocal8Bit();
    QCOMPARE(::mkdir(aside.constData(), 0700), 0);
    if (what == "a link"_L1) {
        QCOMPARE(::symlink(aside.constData(), path.constData()), 0);
    } else if (what == "a file"_L1) {
        QFile file(folder());
        QVERIFY(file.open(QIODevice::WriteOnly));
    } else {
        QCOMPARE(::mkdir(path.constData(), 0700), 0);
        if (what == "open to others"_L1)
            QCOMPARE(::chmod(path.constData(), 0750), 0);
        else if (::geteuid() != 0)
            QSKIP("Only root can give a folder away.");
        else
            QCOMPARE(::chown(path.constData(), 65534, 65534), 0);
    }
    const ReportServer server(sample);
    QTRY_VERIFY_WITH_TIMEOUT(!server.path().isEmpty() || !server.problem().isEmpty(), endOfWait);
    QVERIFY2(!server.path().startsWith(m_runtime->path()), qPrintable(server.path()));
    QCOMPARE(QDir(QString::fromLocal8Bit(aside)).entryList(QDir::System | QDir::NoDotAndDotDot),
             QStringList());
    const ProgramReports reports = readReports(1s);
    QVERIFY2(!reports.problems.isEmpty() && reports.problems.first().contains(folder()),
             qPrintable(reports.problems.join(u'\n')));
}

void TestProgramReport::socketsOfOthersAreRefused_data()
{
    QTest::addColumn<QString>("what");
    for (const char *what : {"open to others", "of another account", "a link", "a file"})
        QTest::newRow(what) << QString::fromLatin1(what);
}

void TestProgramReport::socketsOfOthersAreRefused()
{
    QFETCH(QString, what);
    const OtherProgram other;
    QVERIFY(!other.path().isEmpty());
    const QByteArray path = other.path().toLocal8Bit();
    if (what == "open to others"_L1) {
        QCOMPARE(::chmod(path.constData(), 0666), 0);
    } else if (what == "of another account"_L1) {
        if (::geteuid() != 0)
            QSKIP("Only root can give a socket away.");
        QCOMPARE(::chown(path.constData(), 65534, 65534), 0);
    } else {
        const QByteArray aside = (m_runtime->path() + "/aside"_L1).toLocal8Bit();
        QCOMPARE(::rename(path.constData(), aside.constData()), 0);
        if (what == "a link"_L1) {
            QCOMPARE(::symlink(aside.constData(), path.constData()), 0);
        } else {
            QFile file(other.path());
            QVERIFY(file.open(QIODevice::WriteOnly));
        }
    }
    const ProgramReports reports = readReports(1s);
    QVERIFY(!answerOf(reports, other.pid()));
    QVERIFY2(reports.problems.size() == 1 && reports.problems.first().contains(other.path()),
             qPrintable(reports.problems.join(u'\n')));
    QVERIFY(sockets().size() == 1 || what == "a link"_L1); // nor is it removed
}

void TestProgramReport::pathsThatAreTooLongAreLeftOut()
{
    const QString longPath = m_runtime->path() + u'/' + QString(80, u'x');
    QCOMPARE(::mkdir(longPath.toLocal8Bit().constData(), 0700), 0);
    qputenv("XDG_RUNTIME_DIR", longPath.toLocal8Bit());
    const ReportServer server(sample);
    QTRY_VERIFY_WITH_TIMEOUT(!server.path().isEmpty() || !server.problem().isEmpty(), endOfWait);
    QVERIFY(!server.path().startsWith(longPath));
    QVERIFY(!QFileInfo::exists(longPath + "/branchline"_L1));
}

void TestProgramReport::costOfPublishing()
{
    // What a short command pays.
    QBENCHMARK
    {
        const ReportServer server(sample);
    }
    QCOMPARE(sockets(), QStringList());
}

int main(int argc, char *argv[])
{
    QCoreApplication application(argc, argv);
    if (argc > 1 && std::strcmp(argv[1], "--publish") == 0) {
        const ReportServer server(sample);
        while (server.path().isEmpty() && server.problem().isEmpty())
            ::usleep(1000);
        std::printf("%s\n", qPrintable(server.path()));
        std::fflush(stdout);
        char byte = 0;
        [[maybe_unused]] const ssize_t got = ::read(STDIN_FILENO, &byte, 1); // until the test ends
        return 0;
    }
    TestProgramReport test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_programreport.moc"
