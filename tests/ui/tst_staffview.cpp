// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/roles.h"
#include "models/staff/rightsmodel.h"
#include "models/staff/staffmodel.h"
#include "models/staff/staffwords.h"
#include "ui/staff/rightsgrid.h"
#include "ui/staff/stafflistview.h"
#include "ui/staff/staffrecordview.h"
#include "ui/staff/staffview.h"
#include "ui/widgets/button.h"
#include "ui/widgets/fieldrow.h"
#include "ui/widgets/theme.h"

#include <QAbstractItemModelTester>
#include <QComboBox>
#include <QLineEdit>
#include <QListView>
#include <QSignalSpy>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

const QUuid hillside = QUuid(u"00000000-0000-7000-8000-000000000001"_s);
const QUuid harbour = QUuid(u"00000000-0000-7000-8000-000000000002"_s);

DirectoryPtr directory()
{
    BranchEntry a;
    a.id = harbour;
    a.code = u"harbour"_s;
    a.name = u"Harbour"_s;
    BranchEntry b;
    b.id = hillside;
    b.code = u"hillside"_s;
    b.name = u"Hillside"_s;
    return std::make_shared<const Directory>(std::vector{a, b}, std::vector<ShardEntry>());
}

StaffMember clara()
{
    return {.login = u"clara"_s,
            .name = u"Clara Oswald"_s,
            .isActive = true,
            .rights = {{u"catalogue"_s, {}}, {u"desk"_s, hillside}}};
}

StaffList staff()
{
    const ServerLogin open{
        .isPresent = true, .maySignIn = true, .hasPassword = true, .group = u"branchline_staff"_s};
    ServerLogin closed = open;
    closed.maySignIn = false;
    return {.members = {clara(),
                        {.login = u"anton"_s, .name = u"Anton"_s, .isActive = false, .rights = {}},
                        {.login = u"boris"_s, .name = u"Boris"_s, .isActive = true, .rights = {}}},
            .servers = {{.id = u"1"_s,
                         .databases = {u"main"_s},
                         .logins = {{u"clara"_s, open}, {u"anton"_s, closed}, {u"boris"_s, open}},
                         .error = {}},
                        {.id = u"2"_s,
                         .databases = {u"south_shard"_s},
                         .logins = {{u"clara"_s, open}, {u"anton"_s, open}, {u"boris"_s, open}},
                         .error = {}}}};
}

StaffFacts factsOfClara()
{
    return {.login = u"clara"_s,
            .name = u"Clara Oswald"_s,
            .initials = u"CO"_s,
            .state = u"Active"_s,
            .stateKind = Roles::Available,
            .group = u"branchline_staff"_s,
            .groupName = u"Staff"_s,
            .line = u"Login clara"_s,
            .mayManage = true,
            .rights = 2,
            .sessions = 3,
            .servers = {{StatusLight::State::Ok, u"main"_s, u"may sign in"_s}}};
}

/// Everything is allowed.
Rights all()
{
    Rights rights;
    rights.addAll();
    return rights;
}

struct Shown
{
    StaffModel list;
    RightsModel rights;
    StaffView view;

    explicit Shown(QSize size = {1270, 690})
    {
        list.setStaff(staff(), directory());
        const StaffMember member = clara();
        rights.setMember(&member, directory(), all(), harbour);
        view.setListModel(&list);
        view.setRightsModel(&rights);
        view.sheet()->setGroups({{u"branchline_staff"_s, u"Staff"_s, u"Desks."_s},
                                 {u"branchline_admin"_s, u"Administration"_s, u"All."_s}});
        view.resize(size);
        view.show();
        view.activateWindow();
        view.setFocus();
        static_cast<void>(QTest::qWaitForWindowActive(&view));
        view.setListState(StaffListState::Ready, {.words = {}, .count = 3, .total = 3, .asOf = u"10:42"_s});
        view.setFacts(factsOfClara());
    }
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = {})
    {
        QTest::keyClick(QApplication::focusWidget(), key, modifiers);
    }
    QLineEdit *field(const QString &name)
    {
        for (QLineEdit *one : view.sheet()->findChildren<QLineEdit *>()) {
            if (one->accessibleName() == name)
                return one;
        }
        qFatal("There is no field “%s”.", qPrintable(name));
    }
    Button *button(const QString &text)
    {
        for (Button *one : view.findChildren<Button *>()) {
            if (one->isVisible() && one->text() == text)
                return one;
        }
        return nullptr;
    }
    void fill(const QString &name, const QString &login, const QString &password, const QString &again)
    {
        field(u"Name"_s)->setText(name);
        field(u"Login"_s)->setText(login);
        field(u"Password"_s)->setText(password);
        field(u"The same password once more"_s)->setText(again);
    }
};

} // namespace

/// The staff as people look after them, without a library.
class TestStaffView final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { Theme::install(*qApp); }
    void listIsByNameAndFiltered();
    void boxesAskAndShowWhatIsHeld();
    void branchRightsBindToTheBranch();
    void keysTickRights();
    void branchesAreFound();
    void disablingIsAskedSafely();
    void halfDisabledIsFinished();
    void leavingTheFormIsAsked();
    void formSaysWhatIsWrong();
    void formHandsThePasswordOverOnce();
    void unchangedPasswordStays();
    void statesSayWhatTheyMean();
    void onlyOneOfBothInASmallWindow();
    void outcomesAreToldInWords();
    void everyControlHasAName();
};

void TestStaffView::listIsByNameAndFiltered()
{
    StaffModel model;
    const QAbstractItemModelTester tester(&model);
    model.setStaff(staff(), directory());
    const auto login = [&model](int row) { return model.index(row, StaffModel::Login).data().toString(); };
    QCOMPARE(login(0), u"boris"_s);
    QCOMPARE(login(1), u"clara"_s);
    QCOMPARE(login(2), u"anton"_s); // disabled: last
    const auto cell = [&model](int column) { return model.index(1, column).data().toString(); };
    QCOMPARE(cell(StaffModel::Summary), u"2 rights, some at every branch"_s);
    QCOMPARE(cell(StaffModel::Group), u"Staff"_s);
    // A server that still lets a disabled login in is not passed over.
    QCOMPARE(model.index(2, StaffModel::State).data().toString(), u"Not yet disabled everywhere"_s);
    QCOMPARE(model.index(2, StaffModel::State).data(Roles::StatusKind).toInt(), int(Roles::Overdue));
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    StaffList changed = staff();
    changed.members.front().rights.clear();
    model.setStaff(changed, directory());
    QCOMPARE(reset.size(), 0); // the same people: who is selected stays so
    QCOMPARE(cell(StaffModel::Summary), u"no rights"_s);
    model.setFilter(u"OSW"_s);
    QCOMPARE(model.rowCount(), 1);
    QCOMPARE(login(0), u"clara"_s);
    QVERIFY(model.member(u"anton"_s) != nullptr);
    QCOMPARE(model.rowOf(u"anton"_s), -1);
}

void TestStaffView::boxesAskAndShowWhatIsHeld()
{
    RightsModel model;
    const QAbstractItemModelTester tester(&model);
    const StaffMember member = clara();
    model.setMember(&member, directory(), all(), harbour);
    const auto title = [&model](int column) {
        return model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
    };
    QCOMPARE(title(0), u"Every branch"_s);
    QCOMPARE(title(1), u"Hillside"_s); // something is held there
    QCOMPARE(title(2), u"Harbour"_s);
    const int desk = 0;
    const auto books = static_cast<int>(rightCodes().indexOf(u"catalogue"_s));
    const auto cell = [&model](int row, int column) {
        return model.index(row, column).data(RightsModel::CellRole).toInt();
    };
    QCOMPARE(cell(desk, 0), int(RightsModel::NotHeld));
    QCOMPARE(cell(desk, 1), int(RightsModel::Held));
    QCOMPARE(cell(books, 0), int(RightsModel::Held));
    QCOMPARE(cell(books, 2), int(RightsModel::Implied));
    QSignalSpy asked(&model, &RightsModel::changeRequested);
    QVERIFY(model.setData(model.index(desk, 2), Qt::Checked, Qt::CheckStateRole));
    QCOMPARE(asked.size(), 1);
    QCOMPARE(asked.first().at(0).value<StaffRight>(), (StaffRight{u"desk"_s, harbour}));
    QCOMPARE(asked.first().at(1).toBool(), true);
    QCOMPARE(cell(desk, 2), int(RightsModel::NotHeld)); // nothing is claimed before main has it
    model.setWaiting({u"desk"_s, harbour}, true);
    QCOMPARE(cell(desk, 2), int(RightsModel::Waiting));
    QVERIFY(!model.setData(model.index(desk, 2), Qt::Checked, Qt::CheckStateRole)); // not twice
    QVERIFY(!model.setData(model.index(books, 2), Qt::Unchecked, Qt::CheckStateRole));
    QCOMPARE(asked.size(), 1);
    // Ticking does not move the branches about.
    StaffMember more = clara();
    more.rights.push_back({u"desk"_s, harbour});
    model.setMember(&more, directory(), all(), harbour);
    QCOMPARE(title(2), u"Harbour"_s);
    StaffMember disabled = clara();
    disabled.isActive = false;
    model.setMember(&disabled, directory(), all(), harbour);
    QVERIFY(!model.setData(model.index(desk, 1), Qt::Unchecked, Qt::CheckStateRole));
}

void TestStaffView::branchRightsBindToTheBranch()
{
    RightsModel model;
    Rights mine;
    mine.add(u"library"_s, harbour);
    const StaffMember member = clara();
    model.setMember(&member, directory(), mine, harbour);
    const auto may = [&model](int column) {
        return model.index(0, column).data(RightsModel::CanChangeRole).toBool();
    };
    QVERIFY(!may(0)); // every branch
    QVERIFY(!may(1)); // Hillside
    QVERIFY(may(2));  // Harbour
    QVERIFY(model.index(0, 1)
                .data(Qt::ToolTipRole)
                .toString()
                .contains(u"You may not change rights at Hillside."_s));
}

void TestStaffView::keysTickRights()
{
    Shown shown;
    QSignalSpy asked(&shown.rights, &RightsModel::changeRequested);
    shown.press(Qt::Key_Down); // out of the field into the rows
    QCOMPARE(QApplication::focusWidget(), shown.view.list()->rows());
    QSignalSpy selected(&shown.view, &StaffView::rowSelected);
    shown.press(Qt::Key_Down);
    QCOMPARE(selected.size(), 1);
    shown.press(Qt::Key_Return);
    RightsGrid *grid = shown.view.record()->grid();
    QCOMPARE(QApplication::focusWidget(), grid);
    QVERIFY(grid->currentWords().contains(u"Lend and take back, Hillside: may. Space takes"_s));
    shown.press(Qt::Key_Space);
    QCOMPARE(asked.size(), 1);
    QCOMPARE(asked.last().at(1).toBool(), false);
    shown.press(Qt::Key_Right);
    shown.press(Qt::Key_Space);
    QCOMPARE(asked.size(), 2);
    QCOMPARE(asked.last().at(0).value<StaffRight>(), (StaffRight{u"desk"_s, harbour}));
    QCOMPARE(asked.last().at(1).toBool(), true);
    QTest::mouseClick(grid->viewport(), Qt::LeftButton, {},
                      grid->visualRect(shown.rights.index(3, 1)).center());
    QCOMPARE(asked.size(), 3);
    QCOMPARE(asked.last().at(0).value<StaffRight>(), (StaffRight{u"patrons"_s, hillside}));
    shown.press(Qt::Key_Escape);
    QCOMPARE(QApplication::focusWidget(), shown.view.list()->rows());
}

void TestStaffView::branchesAreFound()
{
    Shown shown;
    shown.rights.setBranchFilter(u"harb"_s);
    QCOMPARE(shown.rights.columnCount(), 2); // with “every branch”
    QCOMPARE(shown.rights.branchCount(), 1);
    QCOMPARE(shown.rights.right(shown.rights.index(0, 1)).branch, harbour);
    shown.rights.setBranchFilter({});
    QCOMPARE(shown.rights.branchCount(), 2);
}

void TestStaffView::disablingIsAskedSafely()
{
    Shown shown;
    QSignalSpy disabled(&shown.view, &StaffView::disableRequested);
    shown.press(Qt::Key_D, Qt::AltModifier);
    QVERIFY(shown.view.record()->isAsking());
    auto *focus = qobject_cast<Button *>(QApplication::focusWidget());
    QVERIFY(focus != nullptr);
    QCOMPARE(focus->text(), u"Keep the login"_s);
    QVERIFY(focus->accessibleDescription().contains(u"All 2 rights are taken away."_s));
    QVERIFY(focus->accessibleDescription().contains(u"The 3 open sessions end on every server"_s));
    shown.press(Qt::Key_Return); // of a scanner
    shown.press(Qt::Key_D, Qt::AltModifier);
    QCOMPARE(disabled.size(), 0);
    shown.press(Qt::Key_Escape);
    QVERIFY(!shown.view.record()->isAsking());
    shown.press(Qt::Key_E, Qt::AltModifier); // no question, no answer
    QCOMPARE(disabled.size(), 0);
    shown.press(Qt::Key_D, Qt::AltModifier);
    shown.press(Qt::Key_E, Qt::AltModifier);
    QCOMPARE(disabled.size(), 1);
    QVERIFY(!shown.view.record()->isAsking());

    StaffFacts me = factsOfClara();
    me.isMe = true;
    shown.view.setFacts(me);
    QVERIFY(shown.button(u"Disable"_s) == nullptr);
    shown.press(Qt::Key_D, Qt::AltModifier);
    QVERIFY(!shown.view.record()->isAsking());
}

void TestStaffView::halfDisabledIsFinished()
{
    Shown shown;
    QSignalSpy disabled(&shown.view, &StaffView::disableRequested);
    StaffFacts half = factsOfClara();
    half.isActive = false;
    shown.view.setFacts(half);
    QVERIFY(!shown.button(u"Disable"_s) && !shown.button(u"Disable once more"_s)); // all is done
    shown.press(Qt::Key_D, Qt::AltModifier);
    QCOMPARE(disabled.size(), 0);
    half.open = {u"clara may still sign in to the server of south_shard."_s};
    shown.view.setFacts(half);
    QVERIFY(shown.button(u"Disable once more"_s));
    QVERIFY(shown.button(u"Disable once more"_s)->toolTip().startsWith(half.open.first()));
    QVERIFY(shown.button(u"Let in again"_s));
    shown.button(u"Disable once more"_s)->click();
    QCOMPARE(disabled.size(), 1); // it was asked when it was decided
    QVERIFY(!shown.view.record()->isAsking());
    shown.press(Qt::Key_D, Qt::AltModifier);
    QCOMPARE(disabled.size(), 2);
    shown.view.setBusy(true);
    shown.press(Qt::Key_D, Qt::AltModifier);
    QVERIFY(!shown.button(u"Disable once more"_s)->isEnabled());
    QCOMPARE(disabled.size(), 2);
    shown.view.setBusy(false);
    half.mayManage = false;
    shown.view.setFacts(half);
    shown.press(Qt::Key_D, Qt::AltModifier);
    QCOMPARE(disabled.size(), 2);
}

void TestStaffView::leavingTheFormIsAsked()
{
    Shown shown;
    shown.press(Qt::Key_N, Qt::ControlModifier);
    shown.press(Qt::Key_Escape); // nothing was typed
    QVERIFY(!shown.view.isSheetOpen());
    shown.press(Qt::Key_N, Qt::ControlModifier);
    QTest::keyClicks(QApplication::focusWidget(), u"Ottoline"_s);
    shown.press(Qt::Key_Escape);
    QVERIFY(shown.view.isSheetOpen());
    QVERIFY(shown.view.sheet()->messages()->message().contains(u"It is lost when you leave."_s));
    auto *focus = qobject_cast<Button *>(QApplication::focusWidget());
    QVERIFY(focus && focus->text() == u"Go on editing"_s); // the safe answer
    shown.press(Qt::Key_Escape);                           // is Esc as well
    QVERIFY(shown.view.isSheetOpen() && shown.view.sheet()->messages()->message().isEmpty());
    QCOMPARE(shown.field(u"Name"_s)->text(), u"Ottoline"_s);
    shown.button(u"Cancel"_s)->click();
    QVERIFY(shown.view.isSheetOpen());
    QVERIFY(shown.button(u"Discard"_s));
    shown.button(u"Discard"_s)->click();
    QVERIFY(!shown.view.isSheetOpen());

    // The window that closes waits for the answer, and nothing is sent meanwhile.
    shown.press(Qt::Key_N, Qt::ControlModifier);
    QVERIFY(shown.field(u"Name"_s)->text().isEmpty());
    int closed = 0;
    QTest::keyClicks(QApplication::focusWidget(), u"Ottoline"_s);
    QVERIFY(shown.view.hasUnsent());
    shown.view.leaveSheet([&closed] { ++closed; });
    QCOMPARE(closed, 0);
    QTest::keyClick(shown.view.sheet(), Qt::Key_S, Qt::ControlModifier); // sending it is an answer, too
    QVERIFY(shown.view.isSheetOpen() && !shown.button(u"Discard"_s));
    shown.view.leaveSheet([&closed] { ++closed; });
    shown.button(u"Discard"_s)->click();
    QVERIFY(!shown.view.isSheetOpen() && !shown.view.hasUnsent());
    QCOMPARE(closed, 1);
}

void TestStaffView::formSaysWhatIsWrong()
{
    Shown shown;
    QSignalSpy submitted(&shown.view, &StaffView::submitted);
    shown.press(Qt::Key_N, Qt::ControlModifier);
    QVERIFY(shown.view.isSheetOpen());
    QCOMPARE(QApplication::focusWidget(), shown.field(u"Name"_s));
    shown.press(Qt::Key_S, Qt::ControlModifier);
    QCOMPARE(submitted.size(), 0);
    const auto problem = [&shown](const QString &name) { return shown.field(name)->accessibleDescription(); };
    QVERIFY(problem(u"Name"_s).contains(u"A name is needed"_s));
    QVERIFY(problem(u"Login"_s).contains(u"A login is needed"_s));
    QVERIFY(problem(u"Password"_s).contains(u"A password is needed"_s));
    shown.fill(u"Ottoline"_s, u"Ottoline"_s, u"short"_s, u"other"_s);
    shown.press(Qt::Key_S, Qt::ControlModifier);
    QCOMPARE(submitted.size(), 0);
    QVERIFY(problem(u"Name"_s).isEmpty());
    QVERIFY(problem(u"Login"_s).contains(u"small letters"_s));
    QVERIFY(problem(u"Password"_s).contains(u"At least 8 characters: there are 5."_s));
    QVERIFY(problem(u"The same password once more"_s).contains(u"differ"_s));
    shown.fill(u"Ottoline"_s, u"pg_monitor"_s, u"Gr33n-Light"_s, u"Gr33n-Light"_s);
    shown.press(Qt::Key_S, Qt::ControlModifier);
    QCOMPARE(submitted.size(), 0);
    QCOMPARE(QApplication::focusWidget(), shown.field(u"Login"_s));
}

void TestStaffView::formHandsThePasswordOverOnce()
{
    Shown shown;
    QSignalSpy submitted(&shown.view, &StaffView::submitted);
    shown.press(Qt::Key_N, Qt::ControlModifier);
    shown.fill(u"Ottoline  Gray "_s, u"otto"_s, u"Gr33n-Light"_s, u"Gr33n-Light"_s);
    QCOMPARE(shown.field(u"Password"_s)->echoMode(), QLineEdit::Password);
    QCOMPARE(shown.field(u"The same password once more"_s)->echoMode(), QLineEdit::Password);
    shown.field(u"The same password once more"_s)->setFocus();
    shown.press(Qt::Key_Return); // goes on, and does not send
    QCOMPARE(submitted.size(), 0);
    shown.press(Qt::Key_S, Qt::ControlModifier);
    QCOMPARE(submitted.size(), 1);
    const auto form = submitted.first().at(1).value<StaffForm>();
    QCOMPARE(form.login, u"otto"_s);
    QCOMPARE(form.name, u"Ottoline Gray"_s);
    QCOMPARE(form.password, u"Gr33n-Light"_s);
    QCOMPARE(form.group, u"branchline_staff"_s);
    shown.view.setBusy(true);
    QTest::keyClick(shown.view.sheet(), Qt::Key_S, Qt::ControlModifier);
    QTest::keyClick(shown.view.sheet(), Qt::Key_Escape);
    QCOMPARE(submitted.size(), 1); // one act at a time
    QVERIFY(shown.view.isSheetOpen());
    shown.view.setBusy(false);
    shown.view.closeSheet();
    QVERIFY(shown.field(u"Password"_s)->text().isEmpty());
    QVERIFY(shown.field(u"The same password once more"_s)->text().isEmpty());
}

void TestStaffView::unchangedPasswordStays()
{
    Shown shown;
    QSignalSpy submitted(&shown.view, &StaffView::submitted);
    shown.press(Qt::Key_E, Qt::ControlModifier);
    QVERIFY(shown.view.isSheetOpen());
    auto *group = shown.view.sheet()->findChild<QComboBox *>();
    group->setCurrentIndex(group->findData(u"branchline_admin"_s));
    QTest::keyClick(shown.view.sheet(), Qt::Key_S, Qt::ControlModifier);
    QCOMPARE(submitted.size(), 1);
    QCOMPARE(submitted.first().at(0).value<StaffSheetMode>(), StaffSheetMode::Login);
    const auto form = submitted.first().at(1).value<StaffForm>();
    QVERIFY(form.password.isEmpty());
    QCOMPARE(form.login, u"clara"_s);
    QCOMPARE(form.group, u"branchline_admin"_s);
    shown.view.closeSheet();
    // Where a server lacks the login, a password has to make it.
    StaffFacts open = factsOfClara();
    open.open = {u"The server of south_shard has no login clara."_s};
    shown.view.setFacts(open);
    shown.press(Qt::Key_E, Qt::ControlModifier);
    QTest::keyClick(shown.view.sheet(), Qt::Key_S, Qt::ControlModifier);
    QCOMPARE(submitted.size(), 1);
}

void TestStaffView::statesSayWhatTheyMean()
{
    Shown shown;
    StaffListView *list = shown.view.list();
    QVERIFY(list->emptyTitle().isEmpty());
    shown.view.setListState(StaffListState::Ready, {.words = u"zzz"_s, .total = 3});
    QCOMPARE(list->emptyTitle(), u"Nobody matches “zzz”"_s);
    shown.view.setListState(StaffListState::Ready, {});
    QCOMPARE(list->emptyTitle(), u"No staff yet"_s);
    shown.view.setListState(StaffListState::Failed, {.error = u"main does not answer."_s});
    QCOMPARE(list->emptyTitle(), u"The staff could not be read."_s);
    shown.view.setListState(StaffListState::Stale, {.count = 3, .total = 3, .asOf = u"10:38"_s});
    QVERIFY(list->emptyTitle().isEmpty());
    QVERIFY(shown.view.messages()->message().contains(u"Shown as of 10:38."_s));
    shown.view.setListState(StaffListState::Ready, {.count = 3, .total = 3});
    QVERIFY(shown.view.messages()->message().isEmpty());
    shown.view.setListState(StaffListState::NotAllowed, {.mayManage = false});
    shown.view.clearFacts();
    QVERIFY(!list->isVisible());
    QVERIFY(!shown.button(u"Add staff"_s)->isEnabled());
    QVERIFY(!shown.view.record()->hasPerson());
}

void TestStaffView::onlyOneOfBothInASmallWindow()
{
    Shown shown(QSize(800, 420));
    QVERIFY(shown.view.list()->isVisible() && !shown.view.record()->isVisible());
    shown.press(Qt::Key_Down);
    shown.press(Qt::Key_Return);
    QVERIFY(!shown.view.list()->isVisible() && shown.view.record()->isVisible());
    QCOMPARE(QApplication::focusWidget(), shown.view.record()->grid());
    shown.press(Qt::Key_Escape);
    QVERIFY(shown.view.list()->isVisible() && !shown.view.record()->isVisible());
}

void TestStaffView::outcomesAreToldInWords()
{
    StaffReport report{.login = u"clara"_s,
                       .servers = {{.databases = {u"main"_s, u"north_shard"_s}, .sessionsEnded = 1},
                                   {.databases = {u"south_shard"_s}}}};
    const StaffAct act{.kind = StaffAct::Kind::Disable,
                       .staff = {.login = u"clara"_s, .name = u"Clara Oswald"_s}};
    OutcomeWords words = outcomeWords({act, report});
    QCOMPARE(words.first, u"Clara Oswald is disabled."_s);
    QVERIFY(words.rest.contains(u"1 open session was ended"_s));
    report.servers.back().error =
        DbError{.kind = DbErrorKind::Unreachable, .message = u"south_shard does not answer."_s};
    words = outcomeWords({act, report});
    QCOMPARE(words.first, u"Clara Oswald is disabled on main and north_shard, but not on south_shard."_s);
    QVERIFY(words.rest.startsWith(u"south_shard does not answer. The rights are gone everywhere"_s));
    words =
        outcomeWords({act, DbError{.kind = DbErrorKind::NotAllowed, .message = u"No."_s, .hint = u"Ask."_s}});
    QCOMPARE(words.first, u"No."_s);
    QCOMPARE(words.rest, u"Ask."_s);
}

void TestStaffView::everyControlHasAName()
{
    Shown shown;
    shown.view.record()->disable();
    const auto widgets = shown.view.findChildren<QWidget *>();
    for (const QWidget *widget : widgets) {
        if (widget->focusPolicy() == Qt::NoFocus || widget->focusProxy() != nullptr || widget->isHidden() ||
            widget->inherits("QScrollBar") || widget->inherits("QComboBoxListView"))
            continue;
        const auto *button = qobject_cast<const QAbstractButton *>(widget);
        QVERIFY2(!widget->accessibleName().isEmpty() || (button != nullptr && !button->text().isEmpty()),
                 widget->metaObject()->className());
    }
    const RightsGrid *grid = shown.view.record()->grid();
    for (int row = 0; row < grid->model()->rowCount(); ++row) {
        QVERIFY(
            !grid->model()->headerData(row, Qt::Vertical, RightsModel::ExplanationRole).toString().isEmpty());
        for (int column = 0; column < grid->model()->columnCount(); ++column)
            QVERIFY(!grid->model()->index(row, column).data(Qt::AccessibleTextRole).toString().isEmpty());
    }
}

QTEST_MAIN(TestStaffView)
#include "tst_staffview.moc"
