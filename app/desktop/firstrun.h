// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/librarymaker.h"
#include "db/signin/diagnosis.h"

#include <QPointer>

namespace Branchline {

class FirstRunView;
class MainWindow;

/// The page of a window without a library: it makes the demo library or a new one on this computer, or tests
/// a server and hands it on to be signed in to.
class FirstRun final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(FirstRun)

public:
    /// What the page begins with.
    struct Start
    {
        ClusterConfig config;  ///< of the settings
        QString directory;     ///< where a library on this computer would be; empty: the usual folder
        bool mayGoBack = true; ///< there is something below the page: a sign-in page, or a library
        LocalMaking unfinished = LocalMaking::Nothing; ///< making one on this computer was cut off
    };

    /// The window outlives this object.
    explicit FirstRun(MainWindow &window, QObject *parent = nullptr);
    ~FirstRun() override;

    /// Shows the page.
    void open(const Start &start);
    void close();
    [[nodiscard]] bool isOpen() const { return !m_view.isNull(); }

Q_SIGNALS:
    /// A library on this computer is ready.
    void libraryReady(const Branchline::ClusterConfig &config);
    /// A server was chosen; its address holds no password. The page stays until close().
    void serverChosen(const Branchline::ConnectionUrl &url, const Branchline::ConnectionSecurity &security);
    void backRequested();

private:
    void joinView();
    void showUnfinished();
    void removeUnfinished();
    void go(int choice);
    void makeLibrary(bool withDemo);
    void made(const Result<ClusterConfig> &config);
    void test();
    void tested(const Diagnosis &found, bool isNamed);
    [[nodiscard]] std::optional<ConnectionUrl> address();

    MainWindow &m_window;
    Start m_start;
    QPointer<FirstRunView> m_view;
    std::shared_ptr<std::atomic<bool>> m_isCanceled; ///< while a library is being made or removed
    int m_test = 0; ///< number of the latest test; the answer of another one comes too late
};

} // namespace Branchline
