// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/windowlock.h"

#include "app/desktop/signinsettings.h"
#include "models/watch.h"
#include "ui/shell/mainwindow.h"
#include "ui/signin/signinview.h"
#include "ui/widgets/messagebar.h"

#include <QTime>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// What a test of the typed password says about whoever typed it.
enum class Verdict {
    Proven,  ///< the server took the password; whatever else is wrong, it is this person
    Refused, ///< the server does not want the person, or not with this password
    Open     ///< it was not asked: what the session was opened with decides
};

Verdict verdictOf(const Diagnosis &found)
{
    using Finding = Diagnosis::Finding;
    switch (found.finding) {
    case Finding::PasswordMissing:
    case Finding::PasswordRefused:
    case Finding::LoginNotAllowed:
    case Finding::DatabaseNotAllowed:
    case Finding::NotStaff:
        return Verdict::Refused;
    default:
        return found.usedPassword && !found.login.isEmpty() ? Verdict::Proven : Verdict::Open;
    }
}

/// Takes the same time wherever the first difference is.
bool isSame(const QString &one, const QString &other)
{
    const QByteArray left = one.toUtf8();
    const QByteArray right = other.toUtf8();
    auto difference = static_cast<unsigned>(left.size() != right.size());
    for (qsizetype i = 0; i < left.size(); ++i)
        difference |=
            static_cast<unsigned>(left.at(i) ^ (right.isEmpty() ? ' ' : right.at(i % right.size())));
    return difference == 0 && !left.isEmpty();
}

} // namespace

WindowLock::WindowLock(MainWindow &window, QObject *parent)
    : QObject(parent)
    , m_window(window)
{
    connect(&m_idle, &IdleTimer::idle, this, &WindowLock::lock);
    connect(&m_window, &MainWindow::lockRequested, this, &WindowLock::lock);
}

void WindowLock::arm(const ClusterConfig &config, const Diagnosis &found)
{
    m_url = config.main;
    m_found = found;
    m_mostMinutes = config.policy.lockMinutes;
    // A window that opened while the server was away has been opened with the password at hand.
    m_mayLock = found.isReady() ? found.usedPassword : config.main.hasPassword();
    m_window.setMayLock(m_mayLock);
    m_window.setMostLockMinutes(m_mostMinutes);
    setMinutes(m_minutes);
}

void WindowLock::setMinutes(int minutes)
{
    m_minutes = minutes;
    if (m_mostMinutes)
        minutes = minutes > 0 ? std::min(minutes, *m_mostMinutes) : *m_mostMinutes;
    m_idle.setLimit(std::chrono::minutes(m_mayLock ? std::max(minutes, 0) : 0));
}

void WindowLock::lock()
{
    if (!m_mayLock || isLocked() || m_window.isCovered())
        return;
    m_view = new SignInView(SignInView::Kind::Lock);
    m_view->setPerson(m_found.login.isEmpty() ? m_url.user() : m_found.login);
    m_view->setServer(m_url.host().startsWith(u'/') ? tr("this computer") : m_url.host());
    if (m_found.isReady())
        m_view->setProtection(m_found.tls.words(), m_found.tls.isSafe());
    m_view->setLocked(QTime::currentTime(), m_branch);
    m_view->setRemark(m_remark);
    connect(m_view, &SignInView::signInRequested, this, &WindowLock::check);
    connect(m_view, &SignInView::otherRequested, this, &WindowLock::signOutRequested);
    m_window.cover(m_view);
    SignInSettings::setLocked(m_url);
}

MessageBar *WindowLock::messages() const
{
    return m_view ? m_view->messages() : nullptr;
}

void WindowLock::setRemark(const QString &text)
{
    m_remark = text;
    if (m_view)
        m_view->setRemark(text);
}

void WindowLock::check()
{
    // Without one, libpq would take what lies in ~/.pgpass.
    if (!m_view || m_view->isBusy() || m_view->password().isEmpty())
        return;
    m_view->messages()->clear();
    m_view->setBusy(true);
    const QString password = m_view->password();
    watch(diagnose(m_url.with(u"password"_s, password)), this,
          [this, password, check = ++m_check](const Diagnosis &found) {
              if (m_view && check == m_check)
                  checked(found, password);
          });
}

void WindowLock::checked(const Diagnosis &found, const QString &password)
{
    m_view->setBusy(false);
    m_view->clearPassword();
    const Verdict verdict = verdictOf(found);
    if (verdict == Verdict::Proven ||
        (verdict == Verdict::Open && isSame(m_url.value(u"password"_s), password))) {
        unlock();
        if (!isSame(m_url.value(u"password"_s), password) && m_url.hasPassword())
            Q_EMIT passwordChanged();
        return;
    }
    if (found.isReady()) // it lets everybody in, so it has not looked at the password
        m_view->messages()->showMessage(MessageBar::Kind::Error,
                                        tr("This is not the password of this session."),
                                        tr("The server asks for none now, so only that one counts here."));
    else if (verdict == Verdict::Open)
        m_view->messages()->showMessage(MessageBar::Kind::Offline, tr("The password cannot be checked now."),
                                        found.message + u' ' +
                                            tr("Your work is kept. Try again when the server is back."));
    else
        m_view->messages()->showMessage(MessageBar::Kind::Error, found.message, found.hint);
}

void WindowLock::unlock()
{
    SignInView *view = m_view;
    m_view.clear();
    m_window.uncover(view);
    SignInSettings::setUnlocked();
    setMinutes(m_minutes);
}

} // namespace Branchline
