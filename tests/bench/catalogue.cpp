// SPDX-License-Identifier: GPL-3.0-or-later
//
// Types into the catalogue of a large library and scrolls to its end, in the real view on the offscreen
// platform, and prints how long people wait:
//
//     QT_QPA_PLATFORM=offscreen branchline-catalogue-bench LIBRARY [ROUNDS]
//
// LIBRARY is the folder of a local library or the address of a main database, which tests/bench/load_books.sh
// has filled. At least one branch is needed.
#include "app/desktop/cataloguepage.h"
#include "app/desktop/libraryopener.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QScrollBar>
#include <QTest>
#include <QTimer>

#include <cstdio>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

/// Kilobytes of resident memory.
int residentMemory()
{
    QFile status(u"/proc/self/status"_s);
    if (!status.open(QIODevice::ReadOnly))
        return 0;
    for (const QByteArray &line : status.readAll().split('\n')) {
        if (line.startsWith("VmRSS:"))
            return line.mid(6).trimmed().split(' ').first().toInt();
    }
    return 0;
}

double quantile(QList<double> values, double part)
{
    std::sort(values.begin(), values.end());
    return values.isEmpty()
               ? 0
               : values.at(static_cast<qsizetype>(part * static_cast<double>(values.size() - 1)));
}

void report(const char *what, const QList<double> &values)
{
    std::printf("%-28s median %6.1f ms   p95 %6.1f ms   most %6.1f ms   (%d)\n", what, quantile(values, 0.5),
                quantile(values, 0.95), quantile(values, 1), static_cast<int>(values.size()));
    std::fflush(stdout);
}

/// Turns of the event loop until something holds, up to 20 seconds; the milliseconds that took.
template <typename Condition>
double waitFor(Condition condition)
{
    QElapsedTimer timer;
    timer.start();
    while (!condition() && timer.elapsed() < 20000)
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

class Bench final : public QObject
{
public:
    explicit Bench(Cluster &cluster)
        : m_feed(cluster)
        , m_page(QString())
    {
        m_page.open(cluster, m_feed);
        m_view = qobject_cast<CatalogueView *>(m_page.view());
        m_view->resize(1270, 692);
        m_view->show();
        m_table = m_view->findChild<TableView *>();
        m_search = m_view->findChild<SearchField *>();
        m_page.setBranch(cluster.directory()->branches().front());
        m_page.setOnScreen(true);
        m_heart.setInterval(1);
        connect(&m_heart, &QTimer::timeout, this, [this] {
            if (m_beat.isValid())
                m_stalls << static_cast<double>(m_beat.nsecsElapsed()) / 1e6 - 1;
            m_beat.restart();
        });
        m_heart.start();
    }

    /// From a key to rows that are painted; the model is reset when the rows are there.
    double type(const std::function<void()> &press)
    {
        bool isThere = false;
        const auto connection =
            connect(m_table->model(), &QAbstractItemModel::modelReset, this, [&isThere] { isThere = true; });
        QElapsedTimer timer;
        timer.start();
        press();
        waitFor([&isThere] { return isThere; });
        m_table->viewport()->repaint();
        disconnect(connection);
        return static_cast<double>(timer.nsecsElapsed()) / 1e6;
    }

    void typeWords(const QString &words, int rounds)
    {
        QList<double> keys;
        QList<double> last;
        QList<double> cleared;
        for (int round = 0; round < rounds; ++round) {
            for (int i = 0; i < words.size(); ++i) {
                keys << type([&] { QTest::keyClick(m_search, words.at(i).toLatin1()); });
                QTest::qWait(60);
            }
            last << keys.last();
            QTest::qWait(500); // counts come
            cleared << type([&] { m_search->clear(); });
            QTest::qWait(300);
        }
        // All keys at once: only the last one's rows count.
        QList<double> burst;
        for (int round = 0; round < rounds; ++round) {
            burst << type([&] { QTest::keyClicks(m_search, words); });
            waitFor([this] { return m_page.isReady(); });
            type([&] { m_search->clear(); });
            QTest::qWait(300);
        }
        std::printf("%s\n", qPrintable(words));
        report("  each key to rows", keys);
        report("  last key to rows", last);
        report("  typed at once to rows", burst);
        report("  emptied to rows", cleared);
    }

    void scrollToTheEnd()
    {
        auto *model = qobject_cast<PagedModel *>(m_table->model());
        const double counted = waitFor([model] { return model->isCountKnown(); });
        std::printf("%d titles, counted after another %.0f ms, %d kB\n", model->rowCount(), counted,
                    residentMemory());
        QList<double> pages;
        QScrollBar *bar = m_table->verticalScrollBar();
        const int steps = 400;
        for (int step = 1; step <= steps; ++step) {
            QElapsedTimer timer;
            timer.start();
            bar->setValue(static_cast<int>(static_cast<qint64>(bar->maximum()) * step / steps));
            m_table->viewport()->repaint();
            const int row = m_table->rowAt(m_table->viewport()->height() / 2);
            waitFor([&] { return model->isLoaded(row < 0 ? model->rowCount() - 1 : row); });
            m_table->viewport()->repaint();
            pages << static_cast<double>(timer.nsecsElapsed()) / 1e6;
        }
        report("jump to rows", pages);
        std::printf("at the end: row %d of %d, %d kB, %d pages in memory\n",
                    m_table->rowAt(m_table->viewport()->height() / 2) + 1, model->rowCount(),
                    residentMemory(), model->pagesInMemory());
    }

    void run(int rounds)
    {
        waitFor([this] { return m_page.isReady(); });
        std::printf("open: %d kB\n", residentMemory());
        scrollToTheEnd();
        for (const QString &words : {u"the"_s, u"harry potter"_s, u"love story"_s, u"garcia"_s})
            typeWords(words, rounds);
        report("event loop late by", m_stalls);
        std::printf("in the end: %d kB\n", residentMemory());
    }

private:
    ChangeFeed m_feed;
    CataloguePage m_page;
    CatalogueView *m_view;
    TableView *m_table;
    SearchField *m_search;
    QTimer m_heart;
    QElapsedTimer m_beat;
    QList<double> m_stalls;
};

LibraryChoice choiceOf(const QString &library)
{
    if (library.contains("://"_L1))
        return {.databaseUrl = library};
    return {.directory = library, .onlyLocal = true};
}

} // namespace

int main(int argc, char **argv)
{
    QApplication app(argc, argv);
    Theme::install(app);
    if (argc < 2) {
        std::fprintf(stderr, "usage: branchline-catalogue-bench LIBRARY [ROUNDS]\n");
        return 2;
    }
    const auto config = await(openLibrary(choiceOf(QString::fromLocal8Bit(argv[1]))));
    if (!config) {
        std::fprintf(stderr, "%s\n", qPrintable(config.error().message));
        return 2;
    }
    Cluster cluster(*config, u"branchline bench"_s);
    if (const auto directory = await(cluster.refreshDirectory()); !directory) {
        std::fprintf(stderr, "%s\n", qPrintable(directory.error().message));
        return 3;
    }
    Bench(cluster).run(argc > 2 ? QByteArray(argv[2]).toInt() : 10);
    return 0;
}
