// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/signinstage.h"

#include "app/desktop/windowsettings.h"
#include "tests/ui/typing.h"
#include "ui/widgets/theme.h"

#include <QAbstractButton>
#include <QApplication>
#include <QDir>
#include <QLabel>
#include <QLineEdit>
#include <QTest>

using namespace Qt::StringLiterals;

namespace Branchline {

SignInStage::SignInStage()
{
    for (const auto &[name, folder] : {std::pair("HOME", QString()),
                                       {"XDG_CONFIG_HOME", u"/config"_s},
                                       {"XDG_DATA_HOME", u"/data"_s},
                                       {"XDG_STATE_HOME", u"/state"_s}})
        qputenv(name, (m_home.path() + folder).toLocal8Bit());
    // Nobody's keychain is asked, unless a test brings one.
    qputenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
}

SignInStage::~SignInStage() = default;

bool SignInStage::start()
{
    Theme::install(*qApp);
    if (!m_tls.start())
        return false;
    (void)m_tls.library().addBranch();
    m_tls.library().settle();
    return true;
}

void SignInStage::forgetEverything()
{
    for (const char *key :
         {"server/address", "server/sslmode", "server/channel_binding", "server/sslrootcert", "signin/server",
          "signin/person", "signin/kept", "signin/toForget", "signin/asked", "signin/locked", "signin/others",
          "lock/minutes"})
        windowSettings().setValue(QString::fromLatin1(key), QVariant());
    QDir(homeFile(u"data"_s)).removeRecursively(); // with the scans that were kept
    for (const char *name : {"DATABASE_URL", "DATABASE_URL_ALPHA", "PGPASSFILE"})
        qunsetenv(name);
}

void SignInStage::useServer(const ConnectionUrl &url)
{
    qputenv("DATABASE_URL", url.with(u"password"_s, {}).display().toUtf8());
    qputenv(
        "DATABASE_URL_ALPHA",
        m_tls.shardUrl(u"alpha"_s).with(u"password"_s, {}).with(u"user"_s, url.user()).display().toUtf8());
}

void SignInStage::keepInPgpass(bool keep)
{
    QFile passwords(homeFile(u"pgpass"_s));
    if (!keep) {
        passwords.remove();
        return;
    }
    if (!passwords.open(QIODevice::WriteOnly))
        qFatal("The password file cannot be written.");
    passwords.write("*:*:*:anna:" + TlsLibrary::password().toUtf8() + '\n');
    passwords.close();
    passwords.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    qputenv("PGPASSFILE", passwords.fileName().toUtf8());
}

void SignInStage::open(StartOptions options)
{
    m_application = std::make_unique<Application>(std::move(options));
    m_application->start();
    activate();
}

void SignInStage::close()
{
    m_application.reset();
}

MainWindow *SignInStage::window() const
{
    const auto all = QApplication::topLevelWidgets();
    for (QWidget *one : all) {
        if (auto *found = qobject_cast<MainWindow *>(one))
            return found;
    }
    qFatal("There is no window.");
}

void SignInStage::activate() const
{
    // The news that the window of the program before is gone may come after this one became the active one.
    const auto isActive = [this] {
        window()->activateWindow();
        return QTest::qWaitForWindowActive(window(), 200);
    };
    for (int tries = 0; tries < 50; ++tries) {
        if (isActive())
            return;
    }
    qFatal("The window does not become the active one.");
}

SignInView *SignInStage::waitForPage() const
{
    const auto isThere = [this] { return page<SignInView>() && !page<SignInView>()->isBusy(); };
    if (!QTest::qWaitFor(isThere, longWait))
        qFatal("The page that asks for name and password does not come.");
    return page<SignInView>();
}

bool SignInStage::waitForWork() const
{
    return QTest::qWaitFor([this] { return !window()->isCovered() && !window()->currentBranch().isEmpty(); },
                           longWait);
}

QLineEdit *SignInStage::field(QWidget *parent, const QString &name)
{
    const auto all = parent->findChildren<QLineEdit *>();
    for (QLineEdit *one : all) {
        if (one->accessibleName() == name)
            return one;
    }
    qFatal("There is no field “%s”.", qPrintable(name));
}

void SignInStage::typePassword(const QString &password) const
{
    SignInView *view = waitForPage();
    activate(); // keys of a window that is not the active one press nothing
    QLineEdit *box = field(view, u"Password"_s);
    box->setFocus();
    typeByHand(box, password);
    QTest::keyClick(box, Qt::Key_Return);
}

void SignInStage::signIn()
{
    useServer(m_tls.url());
    open();
    typePassword();
    if (!waitForWork())
        qFatal("Anna cannot sign in.");
}

void SignInStage::press(const QString &words) const
{
    QTest::qWait(1); // the buttons of the message before go
    const auto all = window()->findChildren<QAbstractButton *>();
    for (QAbstractButton *one : all) {
        if (one->isVisible() && one->text() == words) {
            one->click();
            return;
        }
    }
    qFatal("There is no button “%s”.", qPrintable(words));
}

bool SignInStage::says(const QString &start) const
{
    const auto all = window()->findChildren<QLabel *>();
    return std::any_of(all.begin(), all.end(),
                       [&](const QLabel *one) { return one->isVisible() && one->text().contains(start); });
}

} // namespace Branchline
