// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/application.h"
#include "db/staff/staff.h"
#include "models/desk/scanjournal.h"
#include "models/roles.h"
#include "tests/support/preparedlibrary.h"
#include "ui/desk/reasonfield.h"
#include "ui/widgets/button.h"
#include "ui/widgets/scanbox.h"
#include "ui/widgets/theme.h"

#include <QAbstractItemView>
#include <QApplication>
#include <QCheckBox>
#include <QKeyEvent>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QTemporaryDir>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 15'000;
constexpr auto secret = "Gr33n-Lighthouse-1"_L1;

/// Keys as fast as a scanner's, or as slow as a person's.
void type(QWidget *field, const QString &text, quint64 &now, quint64 pause)
{
    for (const QChar letter : text) {
        const int key = letter == u'\r' ? int(Qt::Key_Return) : int(letter.toUpper().unicode());
        QKeyEvent press(QEvent::KeyPress, key, Qt::NoModifier, QString(letter));
        press.setTimestamp(now += pause);
        QApplication::sendEvent(field, &press);
    }
}

} // namespace

/// The window asks whether a copy beyond the limit is to be lent all the same; behind it is a real library.
class TestOverridePrompt final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanup();
    void overriding_lends_and_keeps_why();
    void not_lending_changes_nothing();
    void scans_wait_in_their_order();
    void slow_scans_wait_as_well();
    void tab_stays_inside();
    void without_the_right_it_stays_off();
    void scan_into_the_reason_is_a_scan();
    void override_is_kept_on_the_disk();

private:
    void open();
    void scan(const QString &text);
    void give(const QString &right);
    /// The prompt, when it asks about the copy.
    [[nodiscard]] OverridePrompt *promptFor(const QString &barcode) const;
    [[nodiscard]] bool isLent(const QString &barcode);
    [[nodiscard]] MainWindow *window() const;
    [[nodiscard]] bool shows(const QString &text) const;

    PreparedLibrary m_library;
    BranchEntry m_branch;
    QString m_shard;
    QString m_card;
    QList<StaffRight> m_given;
    std::unique_ptr<Application> m_application;
};

void TestOverridePrompt::initTestCase()
{
    QStandardPaths::setTestModeEnabled(true);
    for (const char *name : {"SHARDING_BRANCHES", "BRANCHLINE_DIR"})
        qunsetenv(name);
    Theme::install(*qApp);
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.addBranch();
    m_shard = m_branch.shard + "_shard"_L1;
    m_library.setRule(&m_branch, u"adult"_s, u"book"_s, u"21 days"_s, 1);
    const NewStaff clara{.login = u"clara"_s, .name = u"Clara"_s, .password = secret};
    QVERIFY(await(addStaff(m_library.cluster(), clara)).valueOrThrow().isComplete());
    const ConnectionUrl address = m_library.servers().url(u"main"_s, u"clara"_s).with(u"password"_s, secret);
    qputenv("DATABASE_URL", address.toUri().toUtf8());
}

void TestOverridePrompt::cleanup()
{
    m_application.reset();
    for (const StaffRight &right : std::exchange(m_given, {}))
        QVERIFY(await(revokeRight(m_library.cluster(), u"clara"_s, right)).isOk());
}

MainWindow *TestOverridePrompt::window() const
{
    const QWidgetList all = QApplication::topLevelWidgets();
    for (QWidget *widget : all) {
        if (auto *main = qobject_cast<MainWindow *>(widget))
            return main;
    }
    return nullptr;
}

void TestOverridePrompt::give(const QString &right)
{
    m_given.append({right, m_branch.id});
    QVERIFY(await(assignRight(m_library.cluster(), u"clara"_s, m_given.last())).isOk());
    m_library.settle();
}

/// The window with a patron at the desk who has as many loans as the rule allows.
void TestOverridePrompt::open()
{
    m_card = m_library.addPatron(m_branch);
    const QString first = m_library.addCopy(m_branch);
    m_library.settle();
    m_application = std::make_unique<Application>(StartOptions{.branchCode = m_branch.code, .card = m_card});
    m_application->start();
    QTRY_COMPARE_WITH_TIMEOUT(QUuid(window()->currentBranch()), m_branch.id, patience);
    QTRY_VERIFY_WITH_TIMEOUT(qobject_cast<ScanBox *>(QApplication::focusWidget()), patience);
    scan(first);
    QTRY_VERIFY_WITH_TIMEOUT(isLent(first), patience);
}

/// Wherever the focus is.
void TestOverridePrompt::scan(const QString &text)
{
    quint64 now = 100'000;
    type(QApplication::focusWidget(), text + u'\r', now, 5);
}

OverridePrompt *TestOverridePrompt::promptFor(const QString &barcode) const
{
    auto *prompt = window()->findChild<OverridePrompt *>();
    QString copy = prompt->question().subline;
    copy.remove(QRegularExpression(u"\\s|[\\x{2066}-\\x{2069}]"_s));
    const bool isAsking = prompt->isVisible() && copy.contains(barcode);
    return isAsking ? prompt : nullptr;
}

bool TestOverridePrompt::isLent(const QString &barcode)
{
    return m_library.value(
               m_shard,
               u"SELECT count(*) FROM book_lending l JOIN physical_exemplars e ON e.branch_id = l.branch_id "
               "AND e.id = l.exemplar_id WHERE l.returned_at IS NULL AND e.barcode = '%1'"_s.arg(barcode)) ==
           "1"_L1;
}

bool TestOverridePrompt::shows(const QString &text) const
{
    const auto all = window()->findChildren<QWidget *>();
    return std::any_of(all.begin(), all.end(), [&](const QWidget *widget) {
        return widget->isVisible() && widget->property("text").toString().contains(text);
    });
}

void TestOverridePrompt::overriding_lends_and_keeps_why()
{
    give(u"desk"_s);
    give(u"override:limit"_s);
    open();
    const QString barcode = m_library.addCopy(m_branch);
    m_library.settle();
    scan(barcode);
    OverridePrompt *prompt = nullptr;
    QTRY_VERIFY_WITH_TIMEOUT((prompt = promptFor(barcode)) != nullptr, patience);
    QTRY_COMPARE_WITH_TIMEOUT(prompt->whyNot(), u"Tick what you override."_s, patience);
    QCOMPARE(prompt->question().lines.size(), 1);
    QCOMPARE(prompt->question().lines.first().title, u"1 of 1 Book on loan"_s);
    QVERIFY(shows(u"cannot be lent to"_s) && shows(u"Rule "_s));
    QVERIFY(shows(u"1 to decide"_s) && !shows(u"1 refused"_s));
    // The safe answer has the focus, and Enter is none.
    QTRY_COMPARE(QApplication::focusWidget(), prompt->declineButton());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_O, Qt::AltModifier);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return, Qt::ControlModifier);
    QVERIFY(prompt->isVisible() && !prompt->overrideButton()->isEnabled());
    QVERIFY(shows(u"Done waits for your decision."_s));

    auto *tick = prompt->findChild<QCheckBox *>();
    QTest::keyClick(tick, Qt::Key_Space);
    QVERIFY(tick->isChecked());
    QCOMPARE(prompt->whyNot(), u"Write why, in three letters or more."_s);
    quint64 now = 200'000;
    type(prompt->reasonField(), u"  ex "_s, now, 120);
    QVERIFY(!prompt->overrideButton()->isEnabled());
    type(prompt->reasonField(), u"am week"_s, now, 120);
    QVERIFY(prompt->overrideButton()->isEnabled());
    QTest::keyClick(prompt->reasonField(), Qt::Key_O, Qt::AltModifier);
    QTRY_VERIFY_WITH_TIMEOUT(isLent(barcode), patience);
    QVERIFY(!prompt->isVisible());
    QVERIFY(qobject_cast<ScanBox *>(QApplication::focusWidget()));
    const QAbstractItemModel *visit = window()->findChild<QAbstractItemView *>(u"visit"_s)->model();
    QTRY_VERIFY_WITH_TIMEOUT(visit->index(0, 0)
                                 .data(Roles::StatusDetail)
                                 .toStringList()
                                 .join(u' ')
                                 .contains("lent above the limit"_L1),
                             patience);
    QCOMPARE(m_library.value(m_shard,
                             u"SELECT array_to_string(override_codes, ',') || ': ' || override_reason FROM "
                             "book_lending WHERE override_reason IS NOT NULL"_s),
             u"limit: ex am week"_s);
    QCOMPARE(m_library.value(m_shard,
                             u"SELECT count(*) FROM audit_log WHERE actor = 'clara' AND table_name = "
                             "'book_lending' AND new ->> 'override_reason' = 'ex am week'"_s),
             u"1"_s);
}

void TestOverridePrompt::not_lending_changes_nothing()
{
    give(u"desk"_s);
    give(u"override:limit"_s);
    open();
    const QString barcode = m_library.addCopy(m_branch);
    m_library.settle();
    scan(barcode);
    OverridePrompt *prompt = nullptr;
    QTRY_VERIFY_WITH_TIMEOUT((prompt = promptFor(barcode)) != nullptr, patience);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QVERIFY(!prompt->isVisible());
    QTRY_VERIFY_WITH_TIMEOUT(shows(u"All scans saved"_s), patience);
    QVERIFY(!isLent(barcode));
    QVERIFY(qobject_cast<ScanBox *>(QApplication::focusWidget()));
}

void TestOverridePrompt::scans_wait_in_their_order()
{
    give(u"desk"_s);
    give(u"override:limit"_s);
    open();
    const QString asked = m_library.addCopy(m_branch);
    const QString second = m_library.addCopy(m_branch);
    const QString third = m_library.addCopy(m_branch);
    m_library.settle();
    scan(asked);
    QTRY_VERIFY_WITH_TIMEOUT(promptFor(asked), patience);
    QTRY_COMPARE(QApplication::focusWidget(), promptFor(asked)->declineButton());
    scan(second); // with the focus on a button
    QVERIFY(shows(u"1 scan waits for this decision"_s));
    window()->findChild<ScanBox *>()->setFocus();
    scan(third);
    QVERIFY(shows(u"2 scans wait for this decision"_s));
    QVERIFY(promptFor(asked) && !isLent(second));
    for (const QString &next : {second, third}) {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
        QTRY_VERIFY_WITH_TIMEOUT(promptFor(next), patience);
    }
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QTRY_VERIFY_WITH_TIMEOUT(shows(u"All scans saved"_s), patience);
    QVERIFY(!isLent(asked) && !isLent(second) && !isLent(third));
}

void TestOverridePrompt::slow_scans_wait_as_well()
{
    give(u"desk"_s);
    give(u"override:limit"_s);
    open();
    QStringList copies;
    for (int i = 0; i < 4; ++i)
        copies << m_library.addCopy(m_branch);
    m_library.settle();
    scan(copies.first());
    OverridePrompt *prompt = nullptr;
    QTRY_VERIFY_WITH_TIMEOUT((prompt = promptFor(copies.first())) != nullptr, patience);
    QTRY_COMPARE_WITH_TIMEOUT(prompt->whyNot(), u"Tick what you override."_s, patience);
    QTRY_COMPARE(QApplication::focusWidget(), prompt->declineButton());
    auto *box = window()->findChild<ScanBox *>();
    quint64 now = 300'000;
    type(QApplication::focusWidget(), copies.at(1), now, 60); // a wireless scanner
    QCOMPARE(box->text(), copies.at(1));
    QCOMPARE(QApplication::focusWidget(), prompt->declineButton());
    type(QApplication::focusWidget(), u" \r"_s, now, 60); // the blank presses nothing in the middle of a scan
    QVERIFY(box->text().isEmpty() && prompt->isVisible());
    QVERIFY(shows(u"1 scan waits for this decision"_s));
    auto *tick = prompt->findChild<QCheckBox *>();
    tick->setFocus();
    type(tick, copies.at(2), now, 5); // a fast one that sends Enter late
    type(tick, u"\r"_s, now, 100);
    QVERIFY(shows(u"2 scans wait for this decision"_s) && !tick->isChecked());
    type(tick, u"9"_s + copies.at(3), now, 200); // by hand, with a slip
    for (int i = 0; i < copies.at(3).size() + 1; ++i)
        QTest::keyClick(tick, Qt::Key_Backspace);
    QVERIFY(box->text().isEmpty());
    type(tick, copies.at(3) + u'\r', now, 200);
    QVERIFY(shows(u"3 scans wait for this decision"_s));
    for (const QString &next : copies.mid(1)) {
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
        QTRY_VERIFY_WITH_TIMEOUT(promptFor(next), patience);
    }
}

void TestOverridePrompt::tab_stays_inside()
{
    give(u"desk"_s);
    give(u"override:limit"_s);
    open();
    const QString barcode = m_library.addCopy(m_branch);
    m_library.settle();
    scan(barcode);
    OverridePrompt *prompt = nullptr;
    QTRY_VERIFY_WITH_TIMEOUT((prompt = promptFor(barcode)) != nullptr, patience);
    QTRY_COMPARE_WITH_TIMEOUT(prompt->whyNot(), u"Tick what you override."_s, patience);
    QTRY_COMPARE(QApplication::focusWidget(), prompt->declineButton());
    const auto press = [](Qt::Key key) { QTest::keyClick(QApplication::focusWidget(), key); };
    press(Qt::Key_Tab);
    auto *tick = qobject_cast<QCheckBox *>(QApplication::focusWidget());
    QVERIFY(tick && prompt->isAncestorOf(tick));
    press(Qt::Key_Space);
    QVERIFY(tick->isChecked());
    press(Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget(), prompt->reasonField());
    press(Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget(), prompt->declineButton()); // overriding is off without a reason
    press(Qt::Key_Backtab);
    QCOMPARE(QApplication::focusWidget(), prompt->reasonField());
    quint64 now = 400'000;
    type(prompt->reasonField(), u"exam"_s, now, 120);
    press(Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget(), prompt->overrideButton());
    press(Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget(), prompt->declineButton());
    press(Qt::Key_Tab);
    QCOMPARE(QApplication::focusWidget(), tick);
    press(Qt::Key_Backtab);
    QCOMPARE(QApplication::focusWidget(), prompt->declineButton());
}

void TestOverridePrompt::without_the_right_it_stays_off()
{
    give(u"desk"_s);
    open();
    const QString barcode = m_library.addCopy(m_branch);
    m_library.settle();
    scan(barcode);
    OverridePrompt *prompt = nullptr;
    QTRY_VERIFY_WITH_TIMEOUT((prompt = promptFor(barcode)) != nullptr, patience);
    const QString why = u"You may not lend beyond the limit at %1. A colleague with that right can sign in "
                        u"(menu: Sign out) and "
                        "lend it."_s.arg(m_branch.name);
    QTRY_COMPARE_WITH_TIMEOUT(prompt->whyNot(), why, patience);
    QVERIFY(shows(why) && !prompt->overrideButton()->isEnabled() &&
            prompt->overrideButton()->toolTip() == why);
    QVERIFY(!prompt->findChild<QCheckBox *>()->isEnabled() && !prompt->reasonField()->isEnabled());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab); // to itself: nothing else can be used
    QCOMPARE(QApplication::focusWidget(), prompt->declineButton());
    // The right comes while it is asked: what is typed stays.
    static_cast<QLineEdit *>(prompt->reasonField())->setText(u"exam week"_s);
    give(u"override:limit"_s);
    QTRY_COMPARE_WITH_TIMEOUT(prompt->whyNot(), u"Tick what you override."_s, patience);
    QCOMPARE(static_cast<QLineEdit *>(prompt->reasonField())->text(), u"exam week"_s);
    QVERIFY(prompt->reasonField()->isEnabled());
    prompt->findChild<QCheckBox *>()->setChecked(true);
    QTest::mouseClick(prompt->overrideButton(), Qt::LeftButton);
    QTRY_VERIFY_WITH_TIMEOUT(isLent(barcode), patience);
}

void TestOverridePrompt::scan_into_the_reason_is_a_scan()
{
    ReasonField field;
    QSignalSpy scans(&field, &ReasonField::scanned);
    quint64 now = 1000;
    type(&field, u"exam "_s, now, 120);
    now += 500;
    type(&field, u"31000042\r"_s, now, 5);
    QCOMPARE(scans.count(), 1);
    QCOMPARE(scans.first().first().toString(), u"31000042"_s);
    QCOMPARE(field.text(), u"exam "_s);
    type(&field, u"31000059"_s, now, 5);
    type(&field, u"\r"_s, now, 100); // Enter comes late
    QCOMPARE(scans.count(), 2);
    QCOMPARE(field.text(), u"exam "_s);
    type(&field, u"week\r"_s, now, 120); // typed, and Enter does nothing
    QCOMPARE(scans.count(), 2);
    QCOMPARE(field.text(), u"exam week"_s);
}

void TestOverridePrompt::override_is_kept_on_the_disk()
{
    QTemporaryDir folder;
    const QUuid id = newUuid();
    const Scan scan{.requestId = id,
                    .deskBranch = newUuid(),
                    .barcode = u"31000042"_s,
                    .card = u"2041"_s,
                    .overrides = {u"limit"_s},
                    .overrideReason = u"exam week"_s};
    {
        ScanJournal journal(folder.path());
        QVERIFY(await(journal.open()).entries.empty());
        QVERIFY(await(journal.add({.id = id, .scan = scan, .undo = {}, .at = {}, .isSent = true})));
    }
    ScanJournal journal(folder.path());
    const KeptScans kept = await(journal.open());
    QCOMPARE(kept.entries.size(), 1U);
    QCOMPARE(kept.entries.front().scan.overrides, scan.overrides);
    QCOMPARE(kept.entries.front().scan.overrideReason, scan.overrideReason);
    QVERIFY(kept.entries.front().isSent);
}

QTEST_MAIN(TestOverridePrompt)
#include "tst_overrideprompt.moc"
