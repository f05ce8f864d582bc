// SPDX-License-Identifier: GPL-3.0-or-later
//
// The real window on servers that are stopped, killed, frozen, restarted and cut off while keys go through
// all its views: first without faults, then with them. Prints how late the event loop was in both:
//
//     QT_QPA_PLATFORM=offscreen branchline-window-faults [SECONDS]
//
// window_never_waits.sh runs it under strace and looks at what the GUI thread did between the two marks. All
// that the test itself does to servers happens in a thread of its own, so that the GUI thread's trace is the
// program's.
#include "app/desktop/application.h"
#include "app/desktop/windowsettings.h"
#include "tests/support/faultlibrary.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QTest>
#include <QTimer>

#include <atomic>
#include <cstdio>
#include <thread>

#include <unistd.h>

using namespace Branchline;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

double quantile(QList<double> values, double part)
{
    std::sort(values.begin(), values.end());
    return values.isEmpty()
               ? 0
               : values.at(static_cast<qsizetype>(part * static_cast<double>(values.size() - 1)));
}

/// Seen in a trace: a file that never exists.
void mark(const char *name)
{
    (void)::access(name, F_OK);
}

/// How late timers run: what a person feels as a window that hangs.
class StallMeter final
{
public:
    explicit StallMeter(QObject *context)
    {
        m_heart.setTimerType(Qt::PreciseTimer);
        m_heart.setInterval(2);
        QObject::connect(&m_heart, &QTimer::timeout, context, [this] {
            if (m_beat.isValid())
                m_late << static_cast<double>(m_beat.nsecsElapsed()) / 1e6 - 2;
            m_beat.restart();
        });
        m_heart.start();
    }

    /// Closes a phase and returns its p99 in milliseconds. Nothing is printed before the last mark.
    double report(const char *what)
    {
        const double p99 = quantile(m_late, 0.99);
        m_lines << QString::asprintf(
            "%-8s event loop late by: median %.1f ms  p99 %.1f ms  most %.1f ms  (%d beats)\n", what,
            quantile(m_late, 0.5), p99, quantile(m_late, 1), static_cast<int>(m_late.size()));
        m_late.clear();
        m_beat.invalidate();
        return p99;
    }
    [[nodiscard]] QString text() const { return m_lines.join(QString()); }

private:
    QStringList m_lines;
    QTimer m_heart;
    QElapsedTimer m_beat;
    QList<double> m_late;
};

/// Stops, freezes, kills and cuts off all servers, over and over. Runs in a thread of its own.
void breakServers(FaultLibrary &faults, std::atomic<bool> &stopping)
{
    const QStringList databases = faults.databases();
    const auto pause = [&stopping](std::chrono::milliseconds time) {
        for (auto waited = 0ms; waited < time && !stopping; waited += 50ms)
            std::this_thread::sleep_for(50ms);
    };
    while (!stopping) {
        for (const QString &database : databases)
            faults.stopServer(database);
        pause(1500ms);
        for (const QString &database : databases)
            faults.startServer(database);
        pause(1500ms);
        for (const QString &database : databases)
            (void)faults.servers().freeze(database);
        pause(2500ms);
        for (const QString &database : databases)
            (void)faults.servers().thaw(database);
        pause(1000ms);
        for (const QString &database : databases)
            faults.kill9(database);
        for (const QString &database : databases)
            faults.startServer(database);
        pause(1500ms);
        for (const QString &database : databases)
            faults.proxy(database).setBlackHole(true, true);
        pause(2500ms);
        for (const QString &database : databases)
            faults.proxy(database).heal();
        pause(1000ms);
        for (const QString &database : databases)
            faults.proxy(database).resetAll();
        pause(1000ms);
    }
    faults.heal();
}

/// Keys that go through all views, one per beat.
class Visitor final : public QObject
{
public:
    Visitor(QStringList barcodes, QString card)
        : m_barcodes(std::move(barcodes))
        , m_card(std::move(card))
    {
        connect(&m_timer, &QTimer::timeout, this, &Visitor::step);
        m_timer.start(150ms);
    }
    [[nodiscard]] int steps() const { return m_step; }

private:
    void step()
    {
        QWidget *window = QApplication::activeWindow();
        if (!window)
            return;
        const QString &barcode = m_barcodes.at(m_step % m_barcodes.size());
        switch (m_step++ % 14) {
        case 0:
            return press(window, Qt::Key_F1);
        case 1:
            return type(m_card);
        case 2:
            return type(barcode);
        case 3:
            return press(window, Qt::Key_F2);
        case 4:
            return type(barcode);
        case 5:
            return press(window, Qt::Key_F3);
        case 6:
            if (QWidget *field = QApplication::focusWidget())
                QTest::keyClicks(field, u"test"_s);
            return;
        case 7:
            return press(window, Qt::Key_F4);
        case 8:
            return press(window, Qt::Key_F6);
        case 9:
            return press(window, Qt::Key_F7);
        case 10:
            return press(window, Qt::Key_F5);
        case 11:
            return QTest::keyClick(window, Qt::Key_D, Qt::ControlModifier | Qt::ShiftModifier);
        case 12:
            return press(window, Qt::Key_Escape);
        default:
            return press(window, Qt::Key_Escape);
        }
    }

    static void press(QWidget *window, Qt::Key key)
    {
        QWidget *focus = QApplication::focusWidget();
        QTest::keyClick(focus ? focus : window, key);
    }

    static void type(const QString &text)
    {
        if (QWidget *field = QApplication::focusWidget()) {
            QTest::keyClicks(field, text);
            QTest::keyClick(field, Qt::Key_Return);
        }
    }

    const QStringList m_barcodes;
    const QString m_card;
    QTimer m_timer;
    int m_step = 0;
};

struct Content
{
    BranchEntry branch;
    QString card;
    QStringList barcodes;
};

Content fill(PreparedLibrary &library)
{
    Content content{.branch = library.addBranch(u"alpha"_s)};
    library.addBranch(u"beta"_s);
    content.card = library.addPatron(content.branch);
    for (int i = 0; i < 5; ++i)
        content.barcodes << library.addCopy(content.branch);
    library.setRule(&content.branch, {}, {}, u"7 days"_s);
    return content;
}

int visit(FaultLibrary &faults, const Content &content, std::chrono::seconds time)
{
    Application branchline({.library = {}, .branchCode = content.branch.code, .size = u"1366x768"_s});
    branchline.start();
    Visitor visitor(content.barcodes, content.card);
    StallMeter meter(&visitor);
    std::atomic<bool> stopping{false};
    std::thread breaker;
    double idle = 0;
    // Fonts, time zones and plugins are read when they are needed first: one round through everything before.
    QTimer::singleShot(5s, &visitor, [&] {
        meter.report("start");
        mark("/branchline-mark-begin");
    });
    QTimer::singleShot(5s + time / 3, &visitor, [&] {
        idle = meter.report("idle");
        breaker = std::thread([&] { breakServers(faults, stopping); });
    });
    QTimer::singleShot(5s + time / 3 + time, &visitor, [&] {
        mark("/branchline-mark-end");
        const double broken = meter.report("faults");
        std::fputs(qPrintable(meter.text()), stdout);
        std::printf("p99 with faults is %.1f ms above idle; %d keys\n", broken - idle, visitor.steps());
        QCoreApplication::exit(); // quit() would ask about the scans that wait
    });
    QApplication::exec();
    stopping = true;
    breaker.join();
    return visitor.steps() > 20 ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QTemporaryDir home;
    qputenv("XDG_CONFIG_HOME", home.filePath(u"config"_s).toLocal8Bit());
    qputenv("XDG_DATA_HOME", home.filePath(u"data"_s).toLocal8Bit());
    qputenv("XDG_STATE_HOME", home.filePath(u"state"_s).toLocal8Bit());
    FaultLibrary faults;
    if (!faults.start()) {
        std::fprintf(stderr, "%s\n", qPrintable(faults.errorText()));
        return 1;
    }
    const QMap<QString, QString> environment = faults.environment();
    for (auto it = environment.cbegin(); it != environment.cend(); ++it)
        qputenv(it.key().toLatin1().constData(), it.value().toLocal8Bit());
    const Content content = fill(faults.library());
    Theme::install(application);
    (void)windowSettings(); // read before the window opens, as main() does
    return visit(faults, content, std::chrono::seconds(argc > 1 ? atoi(argv[1]) : 24));
}
