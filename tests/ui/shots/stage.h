// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/application.h"
#include "tests/support/preparedlibrary.h"

#include <QDir>

namespace Branchline {

/// The whole program before a camera: the window that people get, with the demo library on servers of its
/// own, each of which can be stopped and frozen. Every failure ends the program: half a set of pictures is of
/// no use.
class Stage final
{
public:
    /// Makes the library. Pictures go into `folder`, their names end in the scale of the screen.
    explicit Stage(const QString &folder);
    Q_DISABLE_COPY_MOVE(Stage)

    /// Opens the window anew, at Hillside unless the options say otherwise.
    void open(StartOptions options = {});
    [[nodiscard]] MainWindow &window() const;
    void show(MainWindow::Page page);

    /// Typed and pressed where the focus is.
    void type(const QString &text);
    void scan(const QString &code);
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
    void pause(int milliseconds);
    /// Waits until the window has not changed for a while; its status bar does not count.
    void settle(int mostMilliseconds = 8000);
    /// A picture in light and one in dark.
    void take(const QString &name);

    void stop(const QString &server);
    void start(const QString &server);
    void freeze(const QString &server);
    void thaw(const QString &server);

    /// Another program's view of the same library.
    [[nodiscard]] Cluster &cluster() { return m_library.cluster(); }
    /// Clicks the visible button with this text.
    void click(const QString &button);

    /// The first column of the first row, as a superuser sees it.
    [[nodiscard]] QString ask(const QString &database, const QString &sql);
    /// A copy of Hillside's with this status; one of the title, if there is one.
    [[nodiscard]] QString barcode(const QString &title, const QString &status);

private:
    [[nodiscard]] QImage picture() const;

    PreparedLibrary m_library;
    QDir m_folder;
    QTemporaryDir m_home;
    std::unique_ptr<Application> m_application;
};

// One function per page; each leaves every server running.
void takeDesk(Stage &stage);
void takeCatalogue(Stage &stage);
void takePatrons(Stage &stage);
void takeBranch(Stage &stage);
void takeStaff(Stage &stage);
void takeStatistics(Stage &stage);
void takeEditor(Stage &stage);
void takeImport(Stage &stage);
void takeShell(Stage &stage);
void takeSignIn(Stage &stage);

} // namespace Branchline
