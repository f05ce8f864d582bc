// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/shots/stage.h"

#include "db/cluster/demolibrary.h"
#include "ui/widgets/theme.h"

#include <QAbstractButton>
#include <QApplication>
#include <QElapsedTimer>
#include <QScreen>
#include <QTest>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int statusBarHeight = 28;
constexpr int quietPictures = 5; ///< as many equal ones in a row, 100 ms apart

void require(bool fulfilled, const QString &what)
{
    if (!fulfilled)
        qFatal("%s", qPrintable(what));
}

QWidget *target()
{
    QWidget *focus = QApplication::focusWidget();
    return focus ? focus : QApplication::activeWindow();
}

} // namespace

Stage::Stage(const QString &folder)
    : m_library(TestLibrary::Servers::Separate)
    , m_folder(folder)
{
    require(m_folder.mkpath(u"."_s) && m_home.isValid(), u"The folder for the pictures cannot be made."_s);
    for (const char *variable : {"XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"})
        qputenv(variable, m_home.path().toUtf8());
    require(m_library.start(), m_library.errorText());
    const auto loaded = loadDemoLibrary(m_library.adminAddresses(), {});
    require(loaded.isOk(), loaded.isOk() ? QString() : loaded.error().message);
}

void Stage::open(StartOptions options)
{
    m_application.reset();
    options.library = {.databaseUrl = {}, .directory = m_library.servers().directory(), .onlyLocal = true};
    if (options.branchCode.isEmpty())
        options.branchCode = u"hillside"_s;
    // The same screen at every scale, of which a larger scale shows less.
    const qreal scale = QApplication::primaryScreen()->devicePixelRatio();
    options.size = u"%1x%2"_s.arg(qRound(1366 / scale)).arg(qRound(768 / scale));
    m_application = std::make_unique<Application>(options);
    m_application->start();
    window().activateWindow();
    pause(1500); // until the library is open and every light has been asked for
    settle();
}

MainWindow &Stage::window() const
{
    for (QWidget *widget : QApplication::topLevelWidgets()) {
        if (auto *window = qobject_cast<MainWindow *>(widget))
            return *window;
    }
    qFatal("No window is open.");
}

void Stage::show(MainWindow::Page page)
{
    window().showPage(page);
    settle();
}

void Stage::type(const QString &text)
{
    require(target() != nullptr, u"Nothing has the focus."_s);
    QTest::keyClicks(target(), text);
}

void Stage::scan(const QString &code)
{
    require(!code.isEmpty(), u"There is nothing to scan."_s);
    type(code);
    press(Qt::Key_Return);
    pause(250);
}

void Stage::press(Qt::Key key, Qt::KeyboardModifiers modifiers)
{
    require(target() != nullptr, u"Nothing has the focus."_s);
    QTest::keyClick(target(), key, modifiers);
}

void Stage::pause(int milliseconds)
{
    QTest::qWait(milliseconds);
}

QImage Stage::picture() const
{
    return window().grab().toImage();
}

void Stage::settle(int mostMilliseconds)
{
    QElapsedTimer timer;
    timer.start();
    QImage last;
    for (int quiet = 0; quiet < quietPictures && timer.elapsed() < mostMilliseconds;) {
        pause(100);
        QImage now = picture();
        now = now.copy(0, 0, now.width(), now.height() - qRound(statusBarHeight * now.devicePixelRatio()));
        quiet = now == last ? quiet + 1 : 0;
        last = now;
    }
}

void Stage::take(const QString &name)
{
    const int percent = qRound(100 * QApplication::primaryScreen()->devicePixelRatio());
    for (const auto &[mode, word] : {std::pair{Theme::Mode::Light, "light"}, {Theme::Mode::Dark, "dark"}}) {
        Theme::instance()->setMode(mode);
        pause(60);
        const QString file = u"%1-%2-%3.png"_s.arg(name, QLatin1StringView(word)).arg(percent);
        require(window().grab().save(m_folder.filePath(file)), u"A picture cannot be written: "_s + file);
    }
    Theme::instance()->setMode(Theme::Mode::Light);
}

void Stage::stop(const QString &server)
{
    require(m_library.servers().stopServer(server), m_library.servers().errorText());
}

void Stage::start(const QString &server)
{
    require(m_library.servers().startServer(server), m_library.servers().errorText());
}

void Stage::freeze(const QString &server)
{
    require(m_library.servers().freeze(server), u"A server cannot be frozen: "_s + server);
}

void Stage::thaw(const QString &server)
{
    require(m_library.servers().thaw(server), u"A server cannot be thawed: "_s + server);
}

void Stage::click(const QString &button)
{
    for (auto *candidate : window().findChildren<QAbstractButton *>()) {
        if (candidate->isVisible() && candidate->text() == button) {
            candidate->click();
            settle();
            return;
        }
    }
    require(false, u"There is no button "_s + button);
}

QString Stage::ask(const QString &database, const QString &sql)
{
    return m_library.value(database, sql);
}

QString Stage::barcode(const QString &title, const QString &status)
{
    return ask(u"secondary_shard"_s,
               u"SELECT c.barcode FROM copy_list AS c WHERE c.branch_code = 'hillside' AND c.status = '%1' "
               "AND c.material_code = 'book' ORDER BY c.title = '%2' DESC, c.barcode LIMIT 1"_s.arg(
                   status, QString(title).replace(u'\'', u"''"_s)));
}

} // namespace Branchline
