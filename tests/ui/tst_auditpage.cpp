// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/auditpage.h"
#include "models/roles.h"
#include "tests/rights/rightslibrary.h"
#include "ui/history/auditfilterbar.h"
#include "ui/history/entrypane.h"
#include "ui/widgets/button.h"
#include "ui/widgets/listpane.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QDir>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

/// The page as the window has it, with the rights that the library has given.
struct Shown
{
    AuditPage page;
    std::unique_ptr<AuditView> view;
    ChangeFeed feed;

    Shown(Cluster &cluster, const BranchEntry &branch)
        : view(static_cast<AuditView *>(page.view()))
        , feed(cluster)
    {
        page.open(cluster, feed);
        page.setBranch(branch);
        page.setPermissions(Permissions(await(readRights(cluster)).valueOrThrow()));
        view->resize(1270, 690);
        view->show();
        view->activateWindow();
        static_cast<void>(QTest::qWaitForWindowActive(view.get()));
        page.setOnScreen(true);
    }
    [[nodiscard]] bool isDone() const { return page.isReady(); }
    [[nodiscard]] QAbstractItemModel *model() const { return view->list()->table()->model(); }
    [[nodiscard]] QStringList column(int column) const
    {
        QStringList texts;
        for (int row = 0; row < model()->rowCount(); ++row)
            texts << model()->index(row, column).data().toString();
        return texts;
    }
    [[nodiscard]] FilterChip *chip(const QString &name) const
    {
        for (FilterChip *one : view->findChildren<FilterChip *>()) {
            if (one->text() == name || one->text().startsWith(name + u':'))
                return one;
        }
        qFatal("There is no such filter.");
        return nullptr;
    }
    /// As if chosen in the chip's menu.
    void choose(const QString &name, const QString &value) const
    {
        FilterChip *one = chip(name);
        one->setValues({value});
        Q_EMIT one->changed(one->values());
    }
};

} // namespace

#define TRY_DONE(shown) QTRY_VERIFY_WITH_TIMEOUT((shown).isDone(), 10000)

/// The audit page with a library behind it.
class TestAuditPage final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init() { m_rights.setRights({u"library"_s}, nullptr); }
    void an_entry_is_shown_whole();
    void filters_narrow_the_list();
    void days_are_typed();
    void older_entries_come_by_scrolling();
    void a_rare_entry_is_looked_for_further_back();
    void without_a_right_it_says_so();
    void of_a_branch_one_sees_that_branch();
    void whose_loan_it_was_is_not_shown();
    void a_silent_database_is_named();
    void a_file_has_what_the_filters_leave();
    void a_narrow_window_opens_the_entry_as_a_page();
    void every_control_has_a_name();

private:
    /// A refusal, the newest entry there is, and the barcode of its copy.
    QString refuse(const Place &place)
    {
        m_rights.setRights({u"desk"_s}, &place.branch);
        const QString barcode = place.free.last();
        [&] { COMPARE_OUTCOME(m_rights.library().takeBack(place.branch, barcode), Outcome::Refused); }();
        m_rights.setRights({u"library"_s}, nullptr);
        return barcode;
    }
    [[nodiscard]] Cluster &cluster() { return m_rights.library().cluster(); }

    RightsLibrary m_rights;
    Place m_here;
    Place m_there;
};

void TestAuditPage::initTestCase()
{
    Theme::install(*static_cast<QApplication *>(QCoreApplication::instance()))->setMode(Theme::Mode::Light);
    QLocale::setDefault(QLocale::c());
    QVERIFY2(m_rights.start(), qPrintable(m_rights.errorText()));
    m_here = m_rights.furnish(m_rights.here());
    m_there = m_rights.furnish(m_rights.there());
}

void TestAuditPage::an_entry_is_shown_whole()
{
    const QString barcode = refuse(m_here);
    Shown shown(cluster(), m_here.branch);
    TRY_DONE(shown);
    QVERIFY(shown.model()->rowCount() > 20);
    const auto row = shown.column(AuditModel::What).indexOf(u"Return refused"_s);
    QVERIFY(row >= 0 && row < 5); // giving and taking rights has left entries too
    QCOMPARE(shown.column(AuditModel::Record).at(row), u"Copy %1"_s.arg(barcode));
    QCOMPARE(shown.column(AuditModel::Branch).at(row), m_here.branch.name);
    QCOMPARE(shown.column(AuditModel::Desk).at(row), u"desk"_s);
    // Without being asked, the newest entry stands in the pane.
    QVERIFY(shown.view->list()->table()->currentIndex().row() == 0);
    QVERIFY(shown.view->pane()->words().contains(shown.column(AuditModel::Record).first()));

    TableView *table = shown.view->list()->table();
    table->setFocus();
    table->setCurrentIndex(shown.model()->index(static_cast<int>(row), 0));
    const QString words = shown.view->pane()->words();
    QVERIFY2(words.startsWith(u"Return refused\nCopy "_s + barcode), qPrintable(words));
    QVERIFY2(words.contains(u"(librarian)"_s) && words.contains(m_here.branch.name), qPrintable(words));
    const QAbstractItemModel *fields = shown.view->pane()->fields()->model();
    QCOMPARE(fields->index(0, 0).data().toString(), u"Reason"_s);
    // Only who lends there may know.
    QCOMPARE(fields->index(0, 2).data().toString(), u"not shown to you"_s);

    QTest::keyClick(table, Qt::Key_Return);
    QVERIFY(shown.view->pane()->fields()->hasFocus());
    QTest::keyClick(shown.view->pane()->fields(), Qt::Key_Escape);
    QVERIFY(table->hasFocus());
    QSignalSpy opened(&shown.page, &AuditPage::copyOpened);
    QTest::mouseClick(shown.view->pane()->openButton(), Qt::LeftButton);
    QCOMPARE(opened.size(), 1);
    QCOMPARE(QUuid(opened.first().first().toString()), m_here.branch.id);
    if (const QString folder = qEnvironmentVariable("BRANCHLINE_SHOTS"); !folder.isEmpty())
        QVERIFY(shown.view->grab().save(QDir(folder).filePath(u"audit.png"_s)));
}

void TestAuditPage::filters_narrow_the_list()
{
    const QString barcode = refuse(m_here);
    Shown shown(cluster(), m_here.branch);
    TRY_DONE(shown);
    shown.choose(u"What"_s, u"refused"_s);
    TRY_DONE(shown);
    for (const QString &what : shown.column(AuditModel::What))
        QVERIFY2(what.endsWith(u"refused"_s), qPrintable(what));
    QVERIFY(shown.column(AuditModel::Record).contains(u"Copy %1"_s.arg(barcode)));
    const int refused = shown.model()->rowCount();

    shown.choose(u"Branch"_s, m_there.branch.id.toString(QUuid::WithoutBraces));
    TRY_DONE(shown);
    QVERIFY(shown.model()->rowCount() < refused);
    QVERIFY(!shown.column(AuditModel::Branch).contains(m_here.branch.name));

    QTest::keyClick(shown.view->list()->table(), Qt::Key_F, Qt::ControlModifier);
    QVERIFY(shown.view->filters()->field()->hasFocus());
    QTest::keyClick(shown.view->filters()->field(), Qt::Key_Backspace);
    TRY_DONE(shown);
    QVERIFY(!shown.chip(u"What"_s)->isOn());
    QTest::keyClick(shown.view->filters()->field(), Qt::Key_Escape);
    TRY_DONE(shown);
    QVERIFY(!shown.view->filters()->isFiltering());

    shown.choose(u"Record"_s, u"staff,staff_assignments"_s);
    TRY_DONE(shown);
    QVERIFY(shown.model()->rowCount() > 0);
    for (const QString &record : shown.column(AuditModel::Record))
        QVERIFY2(record.startsWith(u"Rights"_s) || record.startsWith(u"Staff member"_s), qPrintable(record));
    QTRY_VERIFY(shown.chip(u"Who"_s)->isVisible());
    shown.choose(u"Who"_s, u"librarian"_s);
    TRY_DONE(shown);
    QVERIFY(!shown.column(AuditModel::Who).contains(u"branchline_superuser"_s));

    shown.view->filters()->clearAll();
    TRY_DONE(shown);
    QTest::keyClicks(shown.view->filters()->field(), u"no such desk"_s);
    QTRY_VERIFY_WITH_TIMEOUT(shown.isDone() && shown.view->list()->isEmpty(), 10000);
    QCOMPARE(shown.view->list()->words(), u"No entry has what the filters ask for."_s);
    QVERIFY(shown.view->pane()->words().isEmpty());
}

void TestAuditPage::days_are_typed()
{
    Shown shown(cluster(), m_here.branch);
    TRY_DONE(shown);
    AuditFilterBar *filters = shown.view->filters();
    shown.choose(u"When"_s, u"6"_s);
    TRY_DONE(shown);
    QCOMPARE(filters->filter().from, QDate::currentDate().addDays(-6).startOfDay());
    QVERIFY(shown.model()->rowCount() > 0);
    shown.choose(u"When"_s, u"between"_s);
    QWidget *from = QApplication::focusWidget();
    QVERIFY(from && from->accessibleName() == u"From"_s);
    QTest::keyClicks(from, u"2020-01-0"_s);
    QVERIFY(!filters->filter().from.isValid()); // no day yet
    QTest::keyClicks(from, u"1"_s);
    QCOMPARE(filters->filter().from, QDate(2020, 1, 1).startOfDay());
    QTest::keyClick(from, Qt::Key_Tab);
    QTest::keyClicks(QApplication::focusWidget(), u"2020-01-31"_s);
    QCOMPARE(filters->filter().to, QDate(2020, 2, 1).startOfDay());
    QTRY_VERIFY_WITH_TIMEOUT(shown.isDone() && shown.view->list()->isEmpty(), 10000);
}

void TestAuditPage::older_entries_come_by_scrolling()
{
    const QString copy = m_here.keptCopy.toString(QUuid::WithoutBraces);
    for (int i = 0; i < 250; ++i) {
        m_rights.library().sql(m_here.database,
                               u"UPDATE physical_exemplars SET room = %1 WHERE id = '%2'"_s.arg(i).arg(copy));
    }
    Shown shown(cluster(), m_here.branch);
    TRY_DONE(shown);
    shown.choose(u"Record"_s, u"physical_exemplars,exemplar_barcodes"_s);
    TRY_DONE(shown);
    QCOMPARE(shown.model()->rowCount(), 100);
    QVERIFY2(shown.view->summary().contains(u"newest 100"_s), qPrintable(shown.view->summary()));
    QScrollBar *bar = shown.view->list()->table()->verticalScrollBar();
    bar->setValue(bar->maximum());
    QTRY_COMPARE_WITH_TIMEOUT(shown.model()->rowCount(), 200, 10000);
    QTest::qWait(0);
    QCOMPARE(shown.model()->rowCount(), 200); // and no more until somebody scrolls on
    bar->setValue(bar->maximum());
    QTRY_VERIFY_WITH_TIMEOUT(shown.model()->rowCount() > 250, 10000);
}

void TestAuditPage::a_rare_entry_is_looked_for_further_back()
{
    const QString barcode = refuse(m_there);
    m_rights.library().sql(m_there.database,
                           u"INSERT INTO audit_log (txid, actor, application, op, table_name, row_id) "
                           "SELECT 1, 'nobody', 'test desk', 'update', 'branch_placement', uuid_v7() "
                           "FROM generate_series(1, 60000)"_s);
    const HistoryFilter refusals{.operations = {u"refused"_s}, .branch = {}};
    const HistoryPage first = await(auditPage(cluster(), refusals)).valueOrThrow();
    QVERIFY(first.hasMore);
    for (const HistoryEntry &entry : first.entries)
        QVERIFY(entry.subject != barcode); // it is behind what one call looks at
    Shown shown(cluster(), m_there.branch);
    TRY_DONE(shown);
    shown.choose(u"What"_s, u"refused"_s);
    QTRY_VERIFY_WITH_TIMEOUT(
        shown.isDone() && shown.column(AuditModel::Record).contains(u"Copy %1"_s.arg(barcode)), 20000);
    // Nothing twice, and newest first.
    QStringList ids;
    for (int row = 0; row < shown.model()->rowCount(); ++row)
        ids << shown.model()->index(row, 0).data(Roles::Id).toString();
    QCOMPARE(QSet<QString>(ids.begin(), ids.end()).size(), ids.size());
}

void TestAuditPage::without_a_right_it_says_so()
{
    m_rights.setRights({u"reports"_s}, nullptr);
    Shown shown(cluster(), m_here.branch);
    TRY_DONE(shown);
    QVERIFY(shown.view->list()->isEmpty());
    QVERIFY2(shown.view->list()->words().startsWith(u"You may not read the history"_s),
             qPrintable(shown.view->list()->words()));
    QCOMPARE(shown.model()->rowCount(), 0);
}

void TestAuditPage::of_a_branch_one_sees_that_branch()
{
    static_cast<void>(refuse(m_there));
    static_cast<void>(refuse(m_here));
    m_rights.setRights({u"branch"_s}, &m_here.branch);
    Shown shown(cluster(), m_here.branch);
    TRY_DONE(shown);
    QCOMPARE(shown.view->filters()->filter().branch, m_here.branch.id);
    QVERIFY(shown.model()->rowCount() > 0);
    shown.choose(u"Branch"_s, {});
    TRY_DONE(shown);
    QVERIFY(shown.model()->rowCount() > 0);
    for (const QString &branch : shown.column(AuditModel::Branch))
        QCOMPARE(branch, m_here.branch.name);
    // The other branch is not even offered.
    shown.choose(u"Branch"_s, m_there.branch.id.toString(QUuid::WithoutBraces));
    QVERIFY(!shown.chip(u"Branch"_s)->isOn());
}

void TestAuditPage::whose_loan_it_was_is_not_shown()
{
    Shown shown(cluster(), m_here.branch);
    TRY_DONE(shown);
    shown.choose(u"Record"_s, u"book_lending,op_result,charges,payments"_s);
    TRY_DONE(shown);
    const QString name =
        m_rights.library().value(u"main"_s, u"SELECT display_name FROM users_ref WHERE id = '%1'"_s.arg(
                                                m_here.patron.toString(QUuid::WithoutBraces)));
    QVERIFY(!name.isEmpty());
    bool isHidden = false;
    for (int row = 0; row < shown.model()->rowCount(); ++row) {
        shown.view->list()->table()->setCurrentIndex(shown.model()->index(row, 0));
        const QAbstractItemModel *fields = shown.view->pane()->fields()->model();
        for (int field = 0; field < fields->rowCount(); ++field) {
            const QString after = fields->index(field, 2).data().toString();
            QVERIFY2(!after.contains(name), qPrintable(after));
            isHidden = isHidden || after == u"not shown to you"_s;
        }
    }
    QVERIFY(isHidden);
}

void TestAuditPage::a_silent_database_is_named()
{
    PreparedLibrary &library = m_rights.library();
    const QString name = library.value(m_there.database, u"SELECT current_database()"_s);
    library.ddl(u"main"_s, u"ALTER DATABASE %1 CONNECTION LIMIT 0"_s.arg(name));
    const auto other = library.newCluster();
    Shown shown(*other, m_here.branch);
    QTRY_VERIFY_WITH_TIMEOUT(shown.isDone(), 20000);
    const QString said = shown.view->messages()->message();
    library.ddl(u"main"_s, u"ALTER DATABASE %1 CONNECTION LIMIT -1"_s.arg(name));
    QVERIFY(shown.model()->rowCount() > 0);
    QVERIFY2(said.contains(u"databases answered, missing: %1"_s.arg(m_there.branch.shard)), qPrintable(said));
    const auto isWhole = [&shown] {
        if (shown.isDone() && shown.view->messages()->isVisible())
            shown.page.recovered();
        return shown.isDone() && !shown.view->messages()->isVisible();
    };
    QTRY_VERIFY_WITH_TIMEOUT(isWhole(), 30000);
}

void TestAuditPage::a_file_has_what_the_filters_leave()
{
    const QString barcode = refuse(m_here);
    QTemporaryDir folder;
    const QString file = folder.filePath(u"audit.csv"_s);
    AuditExport writer(cluster(), {.operations = {u"refused"_s}, .branch = m_here.branch.id}, file);
    std::optional<Result<AuditExport::Report>> report;
    connect(&writer, &AuditExport::finished, this,
            [&report](const Result<AuditExport::Report> &done) { report = done; });
    writer.start();
    QTRY_VERIFY_WITH_TIMEOUT(report, 20000);
    QVERIFY(report->isOk());
    QVERIFY((*report)->entries > 0 && (*report)->missing.isEmpty() && !(*report)->isCut);
    QFile written(file);
    QVERIFY(written.open(QIODevice::ReadOnly));
    const QString text = QString::fromUtf8(written.readAll());
    QVERIFY2(text.startsWith(u"When (UTC),What,Record,"_s), qPrintable(text.left(200)));
    QVERIFY2(text.contains(u"Return refused,Copy %1,"_s.arg(barcode)), qPrintable(text));
    QVERIFY(!text.contains(u",Changed,"_s));

    AuditExport nowhere(cluster(), {.operations = {u"refused"_s}}, u"/nonexistent/audit.csv"_s);
    report.reset();
    connect(&nowhere, &AuditExport::finished, this,
            [&report](const Result<AuditExport::Report> &done) { report = done; });
    nowhere.start();
    QTRY_VERIFY_WITH_TIMEOUT(report, 20000);
    QVERIFY(!report->isOk() && !report->error().hint.isEmpty());
}

void TestAuditPage::a_narrow_window_opens_the_entry_as_a_page()
{
    Shown shown(cluster(), m_here.branch);
    TRY_DONE(shown);
    QVERIFY(shown.view->pane()->isVisible());
    shown.view->resize(900, 480);
    QTRY_VERIFY(!shown.view->pane()->isVisible());
    QVERIFY2(shown.view->minimumSizeHint().width() <= 840,
             qPrintable(QString::number(shown.view->minimumSizeHint().width())));
    TableView *table = shown.view->list()->table();
    table->setFocus();
    QTest::keyClick(table, Qt::Key_Return);
    QVERIFY(shown.view->pane()->isVisible() && !table->isVisible());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QVERIFY(table->isVisible() && table->hasFocus());
}

void TestAuditPage::every_control_has_a_name()
{
    Shown shown(cluster(), m_here.branch);
    TRY_DONE(shown);
    for (const QWidget *widget : shown.view->findChildren<QWidget *>()) {
        if (widget->focusPolicy() == Qt::NoFocus || !widget->isVisible())
            continue;
        const auto *button = qobject_cast<const QAbstractButton *>(widget);
        QVERIFY2(!widget->accessibleName().isEmpty() || (button && !button->text().isEmpty()) ||
                     qobject_cast<const QScrollBar *>(widget),
                 widget->metaObject()->className());
    }
}

QTEST_MAIN(TestAuditPage)
#include "tst_auditpage.moc"
