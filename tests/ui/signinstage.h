// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/application.h"
#include "tests/support/tlslibrary.h"
#include "ui/signin/signinview.h"

#include <QTemporaryDir>

class QLineEdit;

namespace Branchline {

/// The whole window before a real server with TLS, as somebody called anna sees it on a computer of her own:
/// home folder, settings and passwords are this test's. Functions end the test program where a test that goes
/// on would say nothing.
class SignInStage final
{
public:
    /// Everything that a test can wait for here is done in this time on a busy machine.
    static constexpr int longWait = 15'000;

    SignInStage();
    ~SignInStage();
    Q_DISABLE_COPY_MOVE(SignInStage)

    /// False with errorText() when the server does not come about.
    [[nodiscard]] bool start();
    [[nodiscard]] QString errorText() const { return m_tls.errorText(); }
    [[nodiscard]] TlsLibrary &tls() { return m_tls; }
    [[nodiscard]] QString homeFile(const QString &name) const { return m_home.filePath(name); }

    /// A computer on which nobody has signed in yet.
    void forgetEverything();
    /// DATABASE_URL and that of the shard lead to this server.
    void useServer(const ConnectionUrl &url);
    /// ~/.pgpass lets anna in, or does not any more.
    void keepInPgpass(bool keep);
    /// Starts the program anew.
    void open(StartOptions options = {});
    void close();
    [[nodiscard]] Application *application() const { return m_application.get(); }
    [[nodiscard]] MainWindow *window() const;
    /// The page of this kind that is on the screen, or null.
    template <typename View>
    [[nodiscard]] View *page() const
    {
        const auto all = window()->findChildren<View *>();
        for (View *one : all) {
            if (one->isVisible())
                return one;
        }
        return nullptr;
    }
    /// The page that asks for name and password, as soon as it can be typed into.
    [[nodiscard]] SignInView *waitForPage() const;
    [[nodiscard]] bool waitForWork() const;
    void typePassword(const QString &password = TlsLibrary::password()) const;
    /// Types it and works.
    void signIn();
    /// The window is the active one, as the keys of a person need it.
    void activate() const;
    [[nodiscard]] static QLineEdit *field(QWidget *parent, const QString &name);
    /// Presses the button with these words that is on the screen.
    void press(const QString &words) const;
    /// Whether some words on the screen begin so.
    [[nodiscard]] bool says(const QString &start) const;

private:
    TlsLibrary m_tls;
    QTemporaryDir m_home;
    std::unique_ptr<Application> m_application;
};

} // namespace Branchline
