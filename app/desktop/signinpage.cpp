// SPDX-License-Identifier: GPL-3.0-or-later
//
// The page of SignIn: what it shows, and what is done with what was typed.
#include "app/desktop/signin.h"

#include "app/desktop/signinsettings.h"
#include "db/signin/privatememory.h"
#include "models/watch.h"
#include "ui/shell/mainwindow.h"
#include "ui/signin/signinview.h"
#include "ui/widgets/messagebar.h"

#include <QAction>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// How long after a server did not answer it is asked again while the page is there.
constexpr std::chrono::seconds againAfter{5};

QString serverWords(const ConnectionUrl &url)
{
    const QString host =
        url.host().isEmpty() || url.host().startsWith(u'/') ? SignIn::tr("this computer") : url.host();
    return SignIn::tr("%1, database %2").arg(host, url.database());
}

} // namespace

void SignIn::showPage()
{
    closeMemoryToOthers(); // a password will be typed
    if (!m_view) {
        m_view = new SignInView(SignInView::Kind::SignIn);
        connect(m_view, &SignInView::signInRequested, this, &SignIn::submit);
        connect(m_view, &SignInView::otherRequested, this,
                [this] { m_firstRun.open({.config = m_config, .directory = m_options.library.directory}); });
        m_view->setPerson(m_config.main.user());
        m_window.cover(m_view);
    }
    m_view->setServer(serverWords(m_config.main));
    const bool mayKeep = m_config.policy.mayKeepPasswords && m_hasKeychain;
    m_view->setKeychain(
        mayKeep, m_kept.isFor(keyOf(m_config.main)),
        !m_config.policy.mayKeepPasswords
            ? tr("The administrator of this computer does not allow it (%1).").arg(m_config.policy.file)
        : mayKeep ? QString()
                  : tr("No keychain answers on this computer."));
}

void SignIn::showFinding(const ConnectionUrl &url, const Diagnosis &found)
{
    m_view->setProtection(found.hasAnswered ? found.tls.words() : QString(), found.tls.isSafe());
    if (found.finding == Diagnosis::Finding::PasswordMissing)
        return; // that is what the page is for
    QList<QAction *> actions;
    const bool isUsual = !url.user().isEmpty() && SignInSettings::personAt(url) == url.user();
    if (found.isUnreachable() && isUsual && url.hasPassword() && !SignInSettings::isLocked()) {
        auto *without = new QAction(tr("Work without the main database"), m_view);
        connect(without, &QAction::triggered, this, [this, url, found] { openWithoutMain(url, found); });
        actions << without;
    }
    if (found.finding == Diagnosis::Finding::NotStaff) {
        auto *again = new QAction(tr("Look again"), m_view);
        connect(again, &QAction::triggered, this, [this, url] { lookAgain(url); });
        actions << again;
    }
    m_view->messages()->showMessage(found.isUnreachable() ? MessageBar::Kind::Offline
                                                          : MessageBar::Kind::Error,
                                    found.message, found.hint, actions);
    if (found.isUnreachable())
        m_again.start(againAfter);
}

/// Without a password: it is only about whether the server is back.
void SignIn::askServerAgain()
{
    if (!m_view || m_view->isBusy())
        return;
    const ConnectionUrl url = m_config.main.with(u"user"_s, m_view->person()).with(u"password"_s, {});
    watch(diagnose(url, silentDeadline), this, [this, url, attempt = ++m_attempt](const Diagnosis &found) {
        if (m_view && attempt == m_attempt)
            askedAgain(url, found);
    });
}

void SignIn::askedAgain(const ConnectionUrl &url, const Diagnosis &found)
{
    if (found.isUnreachable()) {
        m_again.start(againAfter);
        return;
    }
    const bool maySucceed = !m_options.mustAsk && !SignInSettings::isLocked() && !m_firstRun.isOpen();
    if (found.isReady() && maySucceed && m_view->password().isEmpty()) {
        succeed(url, found);
        return;
    }
    m_view->messages()->showMessage(MessageBar::Kind::Info, tr("The server answers again."), {}, {}, true);
    if (!found.isReady())
        showFinding(url, found);
}

void SignIn::submit()
{
    if (m_view->isBusy())
        return;
    if (SignInSettings::isLocked() && m_view->password().isEmpty()) {
        m_view->messages()->showMessage(MessageBar::Kind::Warning,
                                        tr("The window was locked, so nobody gets in without a password."),
                                        tr("Type your password to go on."));
        m_view->askAgain();
        return;
    }
    test(m_config.main.with(u"user"_s, m_view->person()).with(u"password"_s, m_view->password()));
}

/// Somebody may have been given a right meanwhile. Who it is has been shown, so nothing is typed again.
void SignIn::lookAgain(const ConnectionUrl &url)
{
    if (m_view->isBusy())
        return;
    if (m_view->person() != url.user() || !m_view->password().isEmpty()) {
        submit();
        return;
    }
    test(url);
}

void SignIn::test(const ConnectionUrl &url)
{
    m_again.stop();
    m_view->messages()->clear();
    m_view->setBusy(true);
    watch(diagnose(url), this, [this, url, attempt = ++m_attempt](const Diagnosis &found) {
        if (m_view && attempt == m_attempt)
            submitted(url, found);
    });
}

void SignIn::submitted(const ConnectionUrl &url, const Diagnosis &found)
{
    m_view->setBusy(false);
    if (refusesToProve(url, found))
        return;
    if (found.isReady()) {
        succeed(url, found);
        return;
    }
    if (found.concernsPerson())
        m_view->clearPassword();
    showFinding(url, found);
    if (found.finding == Diagnosis::Finding::PasswordMissing)
        m_view->messages()->showMessage(MessageBar::Kind::Warning, tr("The server asks for a password."),
                                        tr("Type your password and sign in again."));
}

/// A window that was locked opens for a password only. A server that asks for none cannot tell who it is.
bool SignIn::refusesToProve(const ConnectionUrl &url, const Diagnosis &found)
{
    if (!found.isReady() || found.usedPassword || !SignInSettings::isLockedAt(url))
        return false;
    m_view->messages()->showMessage(
        MessageBar::Kind::Error,
        tr("The window was locked, and the server asked for no password, so nothing shows who you are."),
        tr("Sign in with another name, or ask an administrator to let the server ask for passwords again."));
    return true;
}

void SignIn::closePages()
{
    ++m_attempt; // whatever is still under way comes too late
    m_again.stop();
    m_firstRun.close();
    SignInView *view = m_view;
    m_view.clear();
    if (view) {
        view->clearPassword();
        m_window.uncover(view);
    }
}

} // namespace Branchline
