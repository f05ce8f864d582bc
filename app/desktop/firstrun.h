// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/libraryopener.h"
#include "db/signin/diagnosis.h"

#include <QPointer>

#include <atomic>
#include <memory>

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
    /// The window outlives this object. `remembered` are the server settings of last time, if any.
    explicit FirstRun(MainWindow &window, QObject *parent = nullptr);
    ~FirstRun() override;

    /// Shows the page. With \a mayGoBack there is a sign-in page below it.
    void open(const ClusterConfig &config, bool mayGoBack);
    void close();
    [[nodiscard]] bool isOpen() const { return !m_view.isNull(); }

Q_SIGNALS:
    /// A library on this computer is ready.
    void libraryReady(const Branchline::ClusterConfig &config);
    /// A server was chosen; its address holds no password. The page stays until close().
    void serverChosen(const Branchline::ConnectionUrl &url, const Branchline::ConnectionSecurity &security);
    void backRequested();

private:
    void go(int choice);
    void makeLibrary(bool withDemo);
    void made(const Result<ClusterConfig> &config);
    void test();
    void tested(const Diagnosis &found, bool isNamed);
    [[nodiscard]] std::optional<ConnectionUrl> address();

    MainWindow &m_window;
    ClusterConfig m_config; ///< of the settings, without a server
    QPointer<FirstRunView> m_view;
    std::shared_ptr<std::atomic<bool>> m_isCanceled;
};

} // namespace Branchline
