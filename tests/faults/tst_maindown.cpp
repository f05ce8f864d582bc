// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/application.h"
#include "tests/faults/faultdesk.h"
#include "tests/support/calm.h"
#include "tests/support/ctl.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QJsonArray>
#include <QStandardPaths>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

using Mode = FaultDesk::Mode;

} // namespace

/// CASES S7: main is down. Lending goes on from the shards, also in programs that start only now, with the
/// placement and the list of shards that an earlier run has kept on this workstation.
class TestMainDown final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup() { m_library.heal(); }
    void main_down_at_the_desk_data();
    void main_down_at_the_desk();
    void main_down_on_the_command_line();
    void main_down_when_the_window_opens();

private:
    [[nodiscard]] int openLoans(const QString &barcode)
    {
        return m_library.library().countOnShards(
            u"SELECT count(*) FROM book_lending l JOIN physical_exemplars e ON e.branch_id = l.branch_id "
            "AND e.id = l.exemplar_id WHERE l.returned_at IS NULL AND e.barcode = '%1'"_s.arg(barcode));
    }

    FaultLibrary m_library;
    BranchEntry m_branch;
    QString m_card;
};

void TestMainDown::initTestCase()
{
    QStandardPaths::setTestModeEnabled(true);
    Theme::install(*qApp);
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.library().addBranch(u"alpha"_s);
    m_card = m_library.library().addPatron(m_branch);
    m_library.library().settle();
}

void TestMainDown::main_down_at_the_desk_data()
{
    QTest::addColumn<bool>("isFrozen");
    QTest::newRow("stopped") << false;
    QTest::newRow("frozen") << true;
}

void TestMainDown::main_down_at_the_desk()
{
    QFETCH(bool, isFrozen);
    const QString barcode = m_library.library().addCopy(m_branch);
    m_library.library().settle();
    FaultDesk desk(m_library, m_branch);
    if (isFrozen)
        QVERIFY(m_library.servers().freeze(u"main"_s));
    else
        m_library.stopServer(u"main"_s);
    QVERIFY(desk.takeCard(m_card));
    for (const auto &[mode, end] : {std::pair{Mode::CheckOut, ScanState::Lent},
                                    {Mode::Renew, ScanState::Renewed},
                                    {Mode::CheckIn, ScanState::Returned}}) {
        desk.scan(mode, barcode);
        QVERIFY2(desk.waitFor(mode, barcode, end), desk.text(barcode).constData());
        QVERIFY2(desk.settledAfter(barcode) < withRoom(1500), desk.text(barcode).constData());
        qInfo() << "after" << desk.settledAfter(barcode) << "ms";
    }
}

/// With nothing but main's address in the environment: the shards are those of the kept list.
void TestMainDown::main_down_on_the_command_line()
{
    const QString barcode = m_library.library().addCopy(m_branch);
    Ctl ctl;
    ctl.set(u"DATABASE_URL"_s, m_library.servers().url(u"main"_s, u"librarian"_s).toUri());
    QVERIFY(ctl.json({u"branch"_s, u"list"_s}).status == 0); // an earlier run
    m_library.stopServer(u"main"_s);
    QElapsedTimer clock;
    clock.start();
    const auto run = [&](const QString &command, QStringList words) {
        words.prepend(command);
        words << u"--branch"_s << m_branch.code;
        const CtlRun done = ctl.json(words);
        const QJsonObject result = done.json.value("results"_L1).toArray().first().toObject();
        return std::pair{result.value("outcome"_L1).toString(), done.text()};
    };
    const auto lent = run(u"checkout"_s, {barcode, u"--patron"_s, m_card});
    QVERIFY2(lent.first == "lent"_L1, lent.second.constData());
    const auto renewed = run(u"renew"_s, {barcode});
    QVERIFY2(renewed.first == "renewed"_L1, renewed.second.constData());
    const auto returned = run(u"checkin"_s, {barcode});
    QVERIFY2(returned.first == "returned"_L1, returned.second.constData());
    qInfo() << "three commands in" << clock.elapsed() << "ms";
    // What cannot be done is said, with the next step.
    const CtlRun added = ctl.json({u"branch"_s, u"add"_s, u"late"_s, u"Late"_s});
    QVERIFY2(added.status == 3, added.text().constData());
    QVERIFY2(!added.json.value("error"_L1).toObject().value("hint"_L1).toString().isEmpty(),
             added.text().constData());
}

/// The whole window: it opens without main, knows its branch, takes a card and lends.
void TestMainDown::main_down_when_the_window_opens()
{
    const QString barcode = m_library.library().addCopy(m_branch);
    const QString address = m_library.servers().url(u"main"_s, u"librarian"_s).toUri();
    for (const char *name : {"DATABASE_URL", "SHARDING_BRANCHES", "BRANCHLINE_DIR"})
        qunsetenv(name);
    const auto options = [&](const QString &card) {
        return StartOptions{.library = {.databaseUrl = address}, .branchCode = m_branch.code, .card = card};
    };
    const auto window = [] {
        const QWidgetList all = QApplication::topLevelWidgets();
        for (QWidget *widget : all) {
            if (auto *main = qobject_cast<MainWindow *>(widget))
                return main;
        }
        return static_cast<MainWindow *>(nullptr);
    };
    const auto shows = [&](const QString &text) {
        const auto labels = window()->findChildren<QWidget *>();
        return std::any_of(labels.begin(), labels.end(), [&](const QWidget *widget) {
            return widget->isVisible() && (widget->accessibleName().contains(text) ||
                                           widget->property("text").toString().contains(text));
        });
    };
    {
        Application earlier(options({})); // keeps the directory
        earlier.start();
        QTRY_VERIFY_WITH_TIMEOUT(shows(m_branch.name), 15'000);
    }
    m_library.stopServer(u"main"_s);
    QElapsedTimer clock;
    clock.start();
    Application application(options(m_card));
    application.start();
    QTRY_VERIFY_WITH_TIMEOUT(shows(m_branch.name), 15'000);
    qInfo() << "the window knows its branch after" << clock.elapsed() << "ms";
    QWidget *field = nullptr;
    QTRY_VERIFY_WITH_TIMEOUT((field = QApplication::focusWidget()) != nullptr, 5'000);
    QTest::keyClicks(field, barcode);
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_COMPARE_WITH_TIMEOUT(openLoans(barcode), 1, 15'000);
    qInfo() << "and has lent after" << clock.elapsed() << "ms";
}

QTEST_MAIN(TestMainDown)
#include "tst_maindown.moc"
