// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/idletimer.h"
#include "db/config/clusterconfig.h"
#include "db/signin/diagnosis.h"

#include <QPointer>

namespace Branchline {

class MainWindow;
class MessageBar;
class SignInView;

/// Locks the window when nobody works at it, or when somebody asks for it. What is covered goes on: rows
/// stay, scans that wait are sent. Whoever is signed in returns by the password, which the server checks: a
/// login that was closed meanwhile does not return. Where the server cannot say, because it does not answer
/// or its certificate has expired over night, the password that this session was opened with is what counts:
/// the session below is alive. Ending the program and starting it again leads nowhere else, see
/// SignInSettings.
///
/// Only a session that was opened with a password can be locked. Where the account of the computer is the
/// sign-in (the local library), a lock without a password would keep nobody out, and the computer's own lock
/// does it better.
class WindowLock final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(WindowLock)

public:
    static constexpr int usualMinutes = 10;

    /// The window outlives this object.
    explicit WindowLock(MainWindow &window, QObject *parent = nullptr);

    /// A session is open; `found` is what its test said. May be called again.
    void arm(const ClusterConfig &config, const Diagnosis &found);
    /// 0: never by itself; the policy's limit holds all the same.
    void setMinutes(int minutes);
    /// For tests, which do not wait for minutes.
    void setLimit(std::chrono::milliseconds limit) { m_idle.setLimit(limit); }
    [[nodiscard]] std::chrono::milliseconds limit() const { return m_idle.limit(); }
    [[nodiscard]] bool mayLock() const { return m_mayLock; }
    [[nodiscard]] bool isLocked() const { return !m_view.isNull(); }
    void lock();
    /// The name of the branch that is worked at, which the next lock tells.
    void setBranch(const QString &name) { m_branch = name; }
    /// What the lock says below: what waits behind it.
    void setRemark(const QString &text);
    /// The bar of the page that locks; null while nothing is locked.
    [[nodiscard]] MessageBar *messages() const;

Q_SIGNALS:
    /// Somebody else wants to sign in: the window is to close, if it may.
    void signOutRequested();
    /// Whoever returned has another password since the session was opened, which still uses the old one.
    void passwordChanged();

private:
    void check();
    void checked(const Diagnosis &found, const QString &password);
    void unlock();

    MainWindow &m_window;
    IdleTimer m_idle;
    ConnectionUrl m_url; ///< of main, as the session uses it
    Diagnosis m_found;
    std::optional<int> m_mostMinutes;
    int m_minutes = usualMinutes;
    bool m_mayLock = false;
    int m_check = 0; ///< the number of the latest; answers to others are too late
    QString m_branch;
    QString m_remark;
    QPointer<SignInView> m_view; ///< while it is locked
};

} // namespace Branchline
