// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/keychain.h"
#include "tests/support/freezing.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QProcess>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

/// The real keychain of a desktop on a message bus of its own: kept, read, removed, frozen, gone.
class TestKeychain final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void keepsAndForgets();
    void frozenKeychainIsLate();
    void nothingIsKeptInTheClear();
    void noKeychain();

private:
    std::pair<Keychain::Outcome, QString> read(Keychain &keychain, const QString &key);
    Keychain::Outcome write(Keychain &keychain, const QString &key, const QString &password);

    QTemporaryDir m_home;
    QProcess m_bus;
    QProcess m_daemon;
};

void TestKeychain::initTestCase()
{
    const QString bus = QStandardPaths::findExecutable(u"dbus-daemon"_s);
    const QString daemon = QStandardPaths::findExecutable(u"gnome-keyring-daemon"_s);
    if (bus.isEmpty() || daemon.isEmpty())
        QSKIP("This needs dbus-daemon and gnome-keyring.");
    QDir(m_home.path()).mkdir(u"run"_s);
    for (const auto &[name, folder] : {std::pair("HOME", QString()),
                                       {"XDG_DATA_HOME", u"/data"_s},
                                       {"XDG_CONFIG_HOME", u"/config"_s},
                                       {"XDG_RUNTIME_DIR", u"/run"_s}})
        qputenv(name, (m_home.path() + folder).toLocal8Bit());
    QFile::setPermissions(m_home.filePath(u"run"_s), QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    // Without service files nothing is started by itself, such as the keychain of whoever runs the test.
    QFile config(m_home.filePath(u"bus.conf"_s));
    QVERIFY(config.open(QIODevice::WriteOnly));
    config.write("<busconfig><type>session</type><listen>unix:dir=" + m_home.path().toUtf8() +
                 "</listen><auth>EXTERNAL</auth><policy context=\"default\"><allow send_destination=\"*\" "
                 "eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>");
    config.close();
    m_bus.start(bus, {"--config-file="_L1 + config.fileName(), u"--nofork"_s, u"--print-address"_s});
    QVERIFY(m_bus.waitForReadyRead(10'000));
    qputenv("DBUS_SESSION_BUS_ADDRESS", m_bus.readLine().trimmed());
    m_daemon.setProcessChannelMode(QProcess::ForwardedErrorChannel);
    m_daemon.start(daemon, {u"--unlock"_s, u"--foreground"_s, u"--components=secrets"_s});
    QVERIFY(m_daemon.waitForStarted());
    m_daemon.write("keyring password\n");
    m_daemon.closeWriteChannel();
    Keychain keychain(10s);
    QTRY_COMPARE_WITH_TIMEOUT(write(keychain, u"first"_s, u"x"_s), Keychain::Outcome::Ok, 20'000);
}

void TestKeychain::cleanupTestCase()
{
    for (QProcess *process : {&m_daemon, &m_bus}) {
        if (process->state() == QProcess::NotRunning)
            continue;
        ::kill(static_cast<pid_t>(process->processId()), SIGCONT);
        process->kill();
        process->waitForFinished();
    }
}

std::pair<Keychain::Outcome, QString> TestKeychain::read(Keychain &keychain, const QString &key)
{
    std::optional<std::pair<Keychain::Outcome, QString>> answer;
    keychain.read(key, [&answer](Keychain::Outcome outcome, const QString &password) {
        answer = {outcome, password};
    });
    if (!QTest::qWaitFor([&answer] { return answer.has_value(); }, 30'000))
        qFatal("The keychain's deadline does not hold.");
    return *answer;
}

Keychain::Outcome TestKeychain::write(Keychain &keychain, const QString &key, const QString &password)
{
    std::optional<Keychain::Outcome> answer;
    keychain.write(key, password, [&answer](Keychain::Outcome outcome) { answer = outcome; });
    if (!QTest::qWaitFor([&answer] { return answer.has_value(); }, 30'000))
        qFatal("The keychain's deadline does not hold.");
    return *answer;
}

void TestKeychain::keepsAndForgets()
{
    Keychain keychain(10s);
    const QString key = u"anna@library.test:5432/books"_s;
    QCOMPARE(read(keychain, key).first, Keychain::Outcome::Absent);
    QCOMPARE(write(keychain, key, u"pässword“"_s), Keychain::Outcome::Ok);
    QVERIFY(read(keychain, key) == std::pair(Keychain::Outcome::Ok, u"pässword“"_s));
    QCOMPARE(read(keychain, u"eve@library.test:5432/books"_s).first, Keychain::Outcome::Absent);
    bool isGone = false;
    keychain.remove(key, [&isGone](Keychain::Outcome outcome) { isGone = outcome == Keychain::Outcome::Ok; });
    QTRY_VERIFY_WITH_TIMEOUT(isGone, 10'000);
    QCOMPARE(read(keychain, key).first, Keychain::Outcome::Absent);
}

/// What waits for a person, or hangs, holds nobody up; when it answers after all, that is told.
void TestKeychain::frozenKeychainIsLate()
{
    Keychain patient(10s);
    QCOMPARE(write(patient, u"late"_s, u"after all"_s), Keychain::Outcome::Ok);
    const auto pid = static_cast<pid_t>(m_daemon.processId());
    QVERIFY(freezeProcess(pid));
    Keychain keychain(300ms);
    QSignalSpy late(&keychain, &Keychain::arrivedLate);
    QCOMPARE(read(keychain, u"late"_s).first, Keychain::Outcome::Late);
    QCOMPARE(late.size(), 0);
    QCOMPARE(::kill(pid, SIGCONT), 0);
    QTRY_COMPARE_WITH_TIMEOUT(late.size(), 1, 10'000);
    QCOMPARE(late.first().at(0).toString(), u"late"_s);
    QCOMPARE(late.first().at(1).toString(), u"after all"_s);
}

void TestKeychain::nothingIsKeptInTheClear()
{
    Keychain keychain(10s);
    QCOMPARE(write(keychain, u"hidden"_s, u"Visible-N0where!"_s), Keychain::Outcome::Ok);
    QDirIterator files(m_home.path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    int looked = 0;
    while (files.hasNext()) {
        QFile file(files.next());
        if (!file.open(QIODevice::ReadOnly))
            continue;
        QVERIFY2(!file.readAll().contains("Visible-N0where!"), qPrintable(file.fileName()));
        ++looked;
    }
    QVERIFY(looked > 1);
}

void TestKeychain::noKeychain()
{
    m_daemon.kill();
    QVERIFY(m_daemon.waitForFinished());
    Keychain keychain(3s);
    const auto outcome = read(keychain, u"anything"_s).first;
    QVERIFY(outcome == Keychain::Outcome::Failed || outcome == Keychain::Outcome::Absent);
    QVERIFY(write(keychain, u"anything"_s, u"x"_s) != Keychain::Outcome::Ok);
}

QTEST_MAIN(TestKeychain)
#include "tst_keychain.moc"
