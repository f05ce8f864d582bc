// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QStringList>

#include <functional>

namespace Branchline {

class KeptPassword;
class MainWindow;
class MessageBar;
class WindowLock;

/// How a person leaves the window: by closing it, by signing out, or for another library. Work that waits is
/// asked about first, where it can be seen: in the page that it is on or, while the window is locked, on the
/// page that locks. Whoever comes next gets a program of their own, with no connection and no memory of this
/// one. GUI thread only.
class Leaving final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Leaving)

public:
    /// The window's work, as the pages and forms know it.
    struct Work
    {
        /// Whether the window may close; asks otherwise in the window, and calls `then` when it may.
        std::function<bool(const std::function<void()> &then)> mayClose;
        /// Sentences: what would wait or be lost. Empty: nothing.
        std::function<QString()> waiting;
        /// The bar of the page on the screen.
        std::function<MessageBar *()> messages;
    };

    /// Window, lock and kept password outlive this object.
    Leaving(MainWindow &window, WindowLock &lock, KeptPassword &kept, Work work, QObject *parent = nullptr);

    /// The password in the keychain is forgotten, and a new program asks who works here.
    void signOut();
    /// A new program asks which library to open.
    void chooseLibrary();

    /// What the new program is started with: of this one's arguments those that say which library, which
    /// branch and how the window looks, never whose card was open. For another library not even that library.
    [[nodiscard]] static QStringList argumentsForNext(const QStringList &arguments, bool otherLibrary);
    /// For tests, which start no programs.
    using Start = std::function<bool(const QStringList &arguments)>;
    void setStart(Start start) { m_start = std::move(start); }

Q_SIGNALS:
    /// The next program has been started; this one is to end.
    void left();

private:
    [[nodiscard]] bool mayLeave(const std::function<void()> &then);
    void passwordForgotten(bool isGone);
    void startNext(bool otherLibrary);
    [[nodiscard]] MessageBar *messages() const;

    MainWindow &m_window;
    WindowLock &m_lock;
    KeptPassword &m_kept;
    Work m_work;
    Start m_start;
    bool m_isAgreed = false;  ///< what waits behind the lock may be left
    bool m_isLeaving = false; ///< the keychain is being asked
    bool m_hasLeft = false;
};

} // namespace Branchline
