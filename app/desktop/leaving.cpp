// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/leaving.h"

#include "app/desktop/keptpassword.h"
#include "app/desktop/signinsettings.h"
#include "app/desktop/windowlock.h"
#include "app/desktop/windowsettings.h"
#include "ui/shell/mainwindow.h"
#include "ui/widgets/messagebar.h"

#include <QAction>
#include <QCoreApplication>
#include <QPointer>
#include <QProcess>

#include <utility>

using namespace Qt::StringLiterals;

namespace Branchline {

Leaving::Leaving(MainWindow &window, WindowLock &lock, KeptPassword &kept, Work work, QObject *parent)
    : QObject(parent)
    , m_window(window)
    , m_lock(lock)
    , m_kept(kept)
    , m_work(std::move(work))
    , m_start([](const QStringList &arguments) {
        return QProcess::startDetached(QCoreApplication::applicationFilePath(), arguments);
    })
{
    m_window.setCloseGuard([this] { return mayLeave([this] { m_window.close(); }); });
    connect(&m_lock, &WindowLock::signOutRequested, this, &Leaving::signOut);
    connect(&m_window, &MainWindow::signOutRequested, this, &Leaving::signOut);
    connect(&m_window, &MainWindow::otherLibraryRequested, this, &Leaving::chooseLibrary);
}

MessageBar *Leaving::messages() const
{
    return m_lock.isLocked() ? m_lock.messages() : m_work.messages();
}

bool Leaving::mayLeave(const std::function<void()> &then)
{
    if (m_hasLeft)
        return true;
    if (!m_lock.isLocked())
        return m_work.mayClose(then);
    const QString waiting = m_work.waiting();
    if (waiting.isEmpty() || std::exchange(m_isAgreed, false))
        return true;
    // Nobody sees what a page below the lock asks.
    auto *close = new QAction(tr("Close all the same"), m_lock.messages());
    connect(close, &QAction::triggered, this, [this, then] {
        m_isAgreed = true;
        then();
    });
    m_lock.messages()->showMessage(MessageBar::Kind::Warning, tr("Work waits behind the lock."), waiting,
                                   {close});
    return false;
}

void Leaving::signOut()
{
    if (m_isLeaving || !mayLeave([this] { signOut(); }))
        return;
    m_isLeaving = true;
    m_kept.forget([self = QPointer(this)](bool isGone) {
        if (self)
            self->passwordForgotten(isGone);
    });
}

void Leaving::passwordForgotten(bool isGone)
{
    m_isLeaving = false;
    if (isGone) {
        startNext(false);
        return;
    }
    auto *go = new QAction(tr("Sign out all the same"), messages());
    connect(go, &QAction::triggered, this, [this] { startNext(false); });
    messages()->showMessage(MessageBar::Kind::Warning,
                            tr("The keychain of this computer has not let go of your password yet."),
                            tr("Branchline does not use it any more, and asks the keychain again at each "
                               "start. Unlock the keychain "
                               "or remove the entry “branchline” there, if others use this account."),
                            {go});
}

void Leaving::chooseLibrary()
{
    if (!m_isLeaving && mayLeave([this] { chooseLibrary(); }))
        startNext(true);
}

void Leaving::startNext(bool otherLibrary)
{
    // The next program reads it as soon as it starts.
    SignInSettings::setLeftToOthers(m_lock.isLocked());
    windowSettings().flush();
    if (m_start(argumentsForNext(QCoreApplication::arguments().mid(1), otherLibrary))) {
        m_hasLeft = true;
        Q_EMIT left();
        return;
    }
    SignInSettings::setLeftToOthers(false);
    messages()->showMessage(
        MessageBar::Kind::Error, tr("The next window could not be started."),
        tr("Close this one, and start Branchline again: it asks who works here if you start "
           "it with “branchline --sign-in”."));
}

QStringList Leaving::argumentsForNext(const QStringList &arguments, bool otherLibrary)
{
    QStringList kept{u"--theme"_s, u"--size"_s};
    if (!otherLibrary)
        kept += QStringList{u"--database-url"_s, u"--dir"_s, u"--branch"_s};
    QStringList next;
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        if (kept.contains(arguments.at(i).section(u'=', 0, 0))) {
            next << arguments.at(i);
            if (!arguments.at(i).contains(u'=') && i + 1 < arguments.size())
                next << arguments.at(++i);
        }
    }
    return next << u"--sign-in"_s;
}

} // namespace Branchline
