// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/firstrun.h"
#include "app/desktop/keptpassword.h"
#include "app/desktop/libraryopener.h"

#include <QTimer>

namespace Branchline {

class SignInView;

/// From the start of the program to a library that can be used: it reads the settings, starts the local
/// library or asks a server, and puts a page before the window only where a person has to decide: where the
/// library is, or name and password. What needs no question (a local library, ~/.pgpass, a keychain that is
/// open) opens without one. GUI thread only; nothing blocks.
class SignIn final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SignIn)

public:
    /// How a session begins, beside which library.
    struct Options
    {
        LibraryChoice library;
        bool mayAsk = true;   ///< false: no page, whatever comes (--render)
        bool mustAsk = false; ///< the sign-in page comes in any case (--sign-in)
    };

    /// The window outlives this object.
    SignIn(MainWindow &window, Options options, QObject *parent = nullptr);

    /// Begins, or tries again.
    void start();
    /// The password that the keychain holds; forget it, and the next start asks.
    [[nodiscard]] KeptPassword &keptPassword() { return m_kept; }

Q_SIGNALS:
    /// No page is shown any more. `found` is what the sign-in showed; its finding is Failed for a local
    /// library and for a server that does not answer now.
    void opened(const Branchline::Result<Branchline::ClusterConfig> &config,
                const Branchline::Diagnosis &found);
    /// The keychain does not keep the password of the session that was opened.
    void passwordNotKept();

private:
    /// Nobody sees a page meanwhile; a window without its server is better than none.
    static constexpr std::chrono::milliseconds silentDeadline{3000};

    void planned(const LibraryPlan &plan);
    void openAsBefore();
    void openUnasked(bool isMissing);
    void beginSession();
    void askPerson();
    void useKeychain();
    void usePasswordThatCame(const QString &key, const QString &password);
    void trySilently(const QString &password);
    void triedSilently(const ConnectionUrl &url, const Diagnosis &found);
    void openWithoutMain(const ConnectionUrl &url, const Diagnosis &found);
    void showPage();
    void showFinding(const ConnectionUrl &url, const Diagnosis &found);
    void askServerAgain();
    void askedAgain(const ConnectionUrl &url, const Diagnosis &found);
    [[nodiscard]] bool refusesToProve(const ConnectionUrl &url, const Diagnosis &found);
    void submit();
    void lookAgain(const ConnectionUrl &url);
    void test(const ConnectionUrl &url);
    void submitted(const ConnectionUrl &url, const Diagnosis &found);
    void chooseServer(const ConnectionUrl &url, const ConnectionSecurity &security);
    void succeed(const ConnectionUrl &url, const Diagnosis &found);
    void remember(const ConnectionUrl &url, const Diagnosis &found);
    void closePages();
    [[nodiscard]] QString keyOf(const ConnectionUrl &url) const;

    MainWindow &m_window;
    const Options m_options;
    KeptPassword m_kept;
    FirstRun m_firstRun;
    ClusterConfig m_config;
    QPointer<SignInView> m_view;
    std::optional<ConnectionUrl> m_chosen; ///< the server, when it was named in the window
    bool m_hasKeychain = true;             ///< until it has failed
    int m_attempt = 0;                     ///< the number of the latest test; answers to others are too late
    QTimer m_again;                        ///< a server that did not answer is asked again
};

} // namespace Branchline
