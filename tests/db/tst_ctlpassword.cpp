// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/ctl.h"
#include "tests/support/tlslibrary.h"

#include <QTest>

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

struct TerminalRun
{
    int status = -1;
    QByteArray shown; ///< everything that stood on the terminal
};

/// branchlinectl at a terminal of its own, where `typed` is typed when it asks for a password.
TerminalRun atTerminal(const Ctl &ctl, const QStringList &words, const QByteArray &typed)
{
    std::vector<QByteArray> texts{Ctl::program().toLocal8Bit()};
    for (const QString &word : words)
        texts.push_back(word.toLocal8Bit());
    std::vector<QByteArray> settings;
    const QStringList environment = ctl.environment().toStringList();
    for (const QString &setting : environment)
        settings.push_back(setting.toLocal8Bit());
    std::vector<char *> arguments;
    std::vector<char *> variables;
    for (QByteArray &text : texts)
        arguments.push_back(text.data());
    for (QByteArray &setting : settings)
        variables.push_back(setting.data());
    arguments.push_back(nullptr);
    variables.push_back(nullptr);

    int terminal = -1;
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (child == 0) {
        ::execve(arguments[0], arguments.data(), variables.data());
        ::_exit(127);
    }
    TerminalRun run;
    bool isAsked = false;
    char bytes[4096];
    for (ssize_t length = 0; (length = ::read(terminal, bytes, sizeof bytes)) > 0;) {
        run.shown.append(bytes, static_cast<qsizetype>(length));
        if (!isAsked && run.shown.contains("Password of") && run.shown.endsWith(": ")) {
            isAsked = true;
            (void)!::write(terminal, typed.constData(), static_cast<size_t>(typed.size()));
        }
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ::close(terminal);
    run.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return run;
}

} // namespace

/// The command line before a server that wants a password: a person is asked, a program is not.
class TestCtlPassword final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void personIsAsked_data();
    void personIsAsked();
    void nobodyIsAskedInVain();
    void programIsRefused();

private:
    TlsLibrary m_tls;
    Ctl m_ctl;
};

void TestCtlPassword::initTestCase()
{
    QVERIFY2(m_tls.start(), qPrintable(m_tls.errorText()));
    (void)m_tls.library().addBranch();
    m_tls.library().settle();
    m_ctl.set(u"DATABASE_URL"_s, m_tls.url().display());
    m_ctl.set(u"SHARDING_BRANCHES"_s, u"alpha"_s);
    m_ctl.set(u"DATABASE_URL_ALPHA"_s,
              m_tls.shardUrl(u"alpha"_s).with(u"password"_s, {}).with(u"user"_s, {}).display());
    m_ctl.set(u"HOME"_s, u"/nonexistent"_s);
}

void TestCtlPassword::personIsAsked_data()
{
    QTest::addColumn<QByteArray>("typed");
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("words");
    QTest::newRow("right") << TlsLibrary::password().toUtf8() + '\n' << 0 << QByteArray("branch");
    QTest::newRow("wrong") << QByteArray("wrong-secret\n") << 3 << QByteArray("refused the sign-in");
    QTest::newRow("given up") << QByteArray("\x03") << 2 << QByteArray("No password was given");
}

/// Nothing of what is typed is shown, right or wrong.
void TestCtlPassword::personIsAsked()
{
    QFETCH(const QByteArray, typed);
    QFETCH(const int, status);
    QFETCH(const QByteArray, words);
    const QTemporaryDir cache; // no list of branches from an earlier run
    m_ctl.set(u"XDG_CACHE_HOME"_s, cache.path());
    const TerminalRun run = atTerminal(m_ctl, {u"branch"_s, u"list"_s}, typed);
    QVERIFY2(run.status == status, run.shown.constData());
    QVERIFY2(run.shown.contains("Password of “anna” for library.test, database book_service"),
             run.shown.constData());
    QVERIFY2(run.shown.toLower().contains(words.toLower()), run.shown.constData());
    QVERIFY2(!run.shown.contains(typed.trimmed()) || typed == "\x03", run.shown.constData());
}

/// Help and commands without a library ask nobody.
void TestCtlPassword::nobodyIsAskedInVain()
{
    QVERIFY(!atTerminal(m_ctl, {u"--help"_s}, {}).shown.contains("Password of"));
    QVERIFY(!atTerminal(m_ctl, {u"health"_s, u"--help"_s}, {}).shown.contains("Password of"));
}

void TestCtlPassword::programIsRefused()
{
    const QTemporaryDir cache;
    m_ctl.set(u"XDG_CACHE_HOME"_s, cache.path());
    const CtlRun run = m_ctl.json({u"branch"_s, u"list"_s}, TlsLibrary::password().toUtf8() + '\n');
    QVERIFY2(run.status == 3, run.text().constData());
    QVERIFY(run.text().contains("refused the sign-in"));
    QVERIFY(!run.text().contains("Password of"));
}

QTEST_GUILESS_MAIN(TestCtlPassword)
#include "tst_ctlpassword.moc"
