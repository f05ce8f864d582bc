// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/staffpage.h"
#include "models/staff/rightswatch.h"
#include "tests/support/calm.h"
#include "tests/support/preparedlibrary.h"
#include "ui/staff/rightsgrid.h"
#include "ui/staff/stafflistview.h"
#include "ui/staff/staffrecordview.h"
#include "ui/widgets/button.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QLineEdit>
#include <QListView>
#include <QTest>

#include <optional>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 20'000;
constexpr auto firstSecret = "Gr33n-Lighthouse-1"_L1;
constexpr auto secondSecret = "Blu3-Lighthouse-2"_L1;

/// How long the thread of the window did not come round. To be read before the test itself waits in it.
class Stillness final
{
public:
    Stillness()
    {
        m_clock.start();
        m_timer.setInterval(5);
        QObject::connect(&m_timer, &QTimer::timeout, &m_timer,
                         [this] { m_longest = std::max(m_longest, m_clock.restart()); });
        m_timer.start();
    }
    [[nodiscard]] qint64 longest() const { return m_longest; }

private:
    QElapsedTimer m_clock;
    QTimer m_timer;
    qint64 m_longest = 0;
};

/// The page as it stands in a window, with its library.
struct Open
{
    Cluster &cluster;
    ChangeFeed feed;
    StaffPage page;
    std::unique_ptr<QWidget> view;
    std::unique_ptr<RightsWatch> watch;

    Open(Cluster &openCluster, const BranchEntry &branch)
        : cluster(openCluster)
        , feed(openCluster)
        , view(page.view())
    {
        view->resize(1270, 690);
        view->show();
        view->activateWindow();
        static_cast<void>(QTest::qWaitForWindowActive(view.get()));
        page.open(cluster, feed);
        watch = std::make_unique<RightsWatch>(cluster, feed);
        QObject::connect(watch.get(), &RightsWatch::changed, &page,
                         [this] { page.setPermissions(Permissions(watch->rights())); });
        page.setBranch(branch);
        page.setOnScreen(true);
        view->setFocus();
    }
    [[nodiscard]] StaffView *staff() const { return page.staffView(); }
    void press(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) const
    {
        QTest::keyClick(QApplication::focusWidget() ? QApplication::focusWidget() : view.get(), key,
                        modifiers);
    }
    void type(const QString &text) const { QTest::keyClicks(QApplication::focusWidget(), text); }
    [[nodiscard]] const StaffFacts &shown() const { return staff()->record()->facts(); }
    [[nodiscard]] QString told() const { return staff()->messages()->message(); }
    /// Chooses somebody by the keyboard.
    void choose(const QString &login) const
    {
        press(Qt::Key_F, Qt::ControlModifier);
        press(Qt::Key_A, Qt::ControlModifier);
        type(login);
        press(Qt::Key_Down);
        press(Qt::Key_Return);
    }
    [[nodiscard]] bool mayClose()
    {
        return page.mayClose([] {});
    }
    void clickButton(const QString &text) const
    {
        for (auto *button : view->findChildren<QAbstractButton *>()) {
            if (button->isVisible() && button->isEnabled() && button->text() == text)
                return button->click();
        }
        qFatal("There is no button “%s”.", qPrintable(text));
    }
};

} // namespace

/// The page of the staff on a library with a server for each database: somebody is added, given a right,
/// loses it, is disabled while a shard is down, and the rest is finished when it is back.
class TestStaffPage final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void somebodyIsAdded();
    void rightsAreGivenAndTaken();
    void passwordAndGroupAreSet();
    void disabledWhileAShardIsDown();
    void whatIsLeftIsFinishedAfterARestart();
    void letInAgain();
    void ownPasswordNeedsEveryServer();
    void branchManagersSeeTheirBranch();
    void othersSeeNothing();
    void noServerWroteAPasswordDown();

private:
    [[nodiscard]] Result<std::shared_ptr<Session>> signIn(const QString &database, const QString &login,
                                                          QLatin1StringView secret);
    [[nodiscard]] std::unique_ptr<Cluster> clusterOf(const QString &login, QLatin1StringView secret);

    const QStringList m_databases{u"main"_s, u"main_shard"_s, u"secondary_shard"_s};
    PreparedLibrary m_library{TestLibrary::Servers::Separate, {u"main"_s, u"secondary"_s}};
    BranchEntry m_here;
    BranchEntry m_there;
    std::unique_ptr<Open> m_open;
};

void TestStaffPage::initTestCase()
{
    Theme::install(*qApp);
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_here = m_library.addBranch(u"secondary"_s);
    m_there = m_library.addBranch(u"main"_s);
    for (const QString &database : m_databases) {
        for (const auto *setting : {"log_statement = 'all'", "log_parameter_max_length = -1",
                                    "log_min_messages = 'debug2'", "log_parameter_max_length_on_error = -1",
                                    "log_min_error_statement = 'error'", "log_error_verbosity = 'verbose'"})
            m_library.ddl(database, "ALTER SYSTEM SET "_L1 + QLatin1StringView(setting));
        m_library.ddl(database, u"SELECT pg_reload_conf()"_s);
    }
    m_open = std::make_unique<Open>(m_library.cluster(), m_here);
    QTRY_VERIFY_WITH_TIMEOUT(m_open->page.isReady(), patience);
}

void TestStaffPage::cleanupTestCase()
{
    m_open.reset();
}

Result<std::shared_ptr<Session>> TestStaffPage::signIn(const QString &database, const QString &login,
                                                       QLatin1StringView secret)
{
    const ConnectionUrl url = m_library.servers().url(database, login).with(u"password"_s, secret);
    auto session = std::make_shared<Session>(
        SessionSettings{.database = database, .url = url, .application = u"test"_s});
    try {
        session->open();
    } catch (const DbException &e) {
        return e.error();
    }
    return session;
}

std::unique_ptr<Cluster> TestStaffPage::clusterOf(const QString &login, QLatin1StringView secret)
{
    ClusterConfig config;
    config.main = m_library.servers().url(u"main"_s, login).with(u"password"_s, secret);
    auto cluster = std::make_unique<Cluster>(config, u"test desk"_s);
    const auto read = await(cluster->refreshDirectory());
    if (!read)
        qFatal("%s", qPrintable(read.error().message));
    return cluster;
}

void TestStaffPage::somebodyIsAdded()
{
    m_open->press(Qt::Key_N, Qt::ControlModifier);
    QVERIFY(m_open->staff()->isSheetOpen());
    m_open->type(u"Clara Oswald"_s);
    m_open->press(Qt::Key_Return);
    m_open->type(u"clara"_s);
    m_open->press(Qt::Key_Return);
    m_open->press(Qt::Key_Return); // the group stays
    m_open->type(firstSecret);
    m_open->press(Qt::Key_Return);
    m_open->type(firstSecret);
    const Stillness stillness;
    m_open->press(Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY_WITH_TIMEOUT(!m_open->staff()->isSheetOpen(), patience);
    QVERIFY2(m_open->told().startsWith(u"Clara Oswald may sign in."_s), qPrintable(m_open->told()));
    QTRY_COMPARE_WITH_TIMEOUT(m_open->shown().login, u"clara"_s, patience);
    QTRY_COMPARE_WITH_TIMEOUT(m_open->shown().servers.size(), 3, patience);
    QVERIFY2(stillness.longest() < withRoom(500), qPrintable(QString::number(stillness.longest())));
    for (const QString &database : m_databases)
        QVERIFY(signIn(database, u"clara"_s, firstSecret).isOk());
}

void TestStaffPage::rightsAreGivenAndTaken()
{
    const auto cluster = clusterOf(u"clara"_s, firstSecret);
    RightsGrid *grid = m_open->staff()->record()->grid();
    grid->setFocus();
    const auto column = [grid](const QString &name) {
        for (int i = 0; i < grid->model()->columnCount(); ++i) {
            if (grid->model()->headerData(i, Qt::Horizontal, Qt::DisplayRole) == name)
                return i;
        }
        return -1;
    };
    const auto cell = [grid](int row, int at) {
        return grid->model()->index(row, at).data(RightsModel::CellRole).toInt();
    };
    const int here = column(m_here.name);
    QVERIFY(here > 0);
    grid->setCurrentIndex(grid->model()->index(0, here));
    m_open->press(Qt::Key_Space);
    QCOMPARE(cell(0, here), int(RightsModel::Waiting));
    QTRY_COMPARE_WITH_TIMEOUT(cell(0, here), int(RightsModel::Held), patience);
    Rights rights = await(readRights(*cluster)).valueOrThrow();
    QVERIFY(rights.may("desk"_L1, m_here.id) && !rights.may("desk"_L1, m_there.id));
    // On the shard too, where desks ask.
    m_library.settle();
    const QString ask =
        u"SELECT count(*) FROM staff_assignments WHERE login = 'clara' AND right_code = 'desk' "
        "AND branch_id = '%1' AND revoked_at IS NULL"_s.arg(m_here.id.toString(QUuid::WithoutBraces));
    QCOMPARE(m_library.value(u"secondary_shard"_s, ask), u"1"_s);

    m_open->press(Qt::Key_Space);
    QTRY_COMPARE_WITH_TIMEOUT(cell(0, here), int(RightsModel::NotHeld), patience);
    rights = await(readRights(*cluster)).valueOrThrow();
    QVERIFY(!rights.mayAnywhere("desk"_L1));
    m_library.settle();
    QCOMPARE(m_library.value(u"secondary_shard"_s, ask), u"0"_s);

    // What another administrator gives is seen here by itself.
    QVERIFY(await(assignRight(m_library.cluster(), u"clara"_s, {u"desk"_s, {}})).isOk());
    QTRY_COMPARE_WITH_TIMEOUT(cell(0, 0), int(RightsModel::Held), patience);
    QCOMPARE(cell(0, here), int(RightsModel::Implied));
}

void TestStaffPage::passwordAndGroupAreSet()
{
    m_open->press(Qt::Key_E, Qt::ControlModifier);
    QVERIFY(m_open->staff()->isSheetOpen());
    m_open->type(secondSecret);
    m_open->press(Qt::Key_Return);
    m_open->type(secondSecret);
    m_open->press(Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY_WITH_TIMEOUT(!m_open->staff()->isSheetOpen(), patience);
    for (const QString &database : m_databases) {
        QVERIFY(!signIn(database, u"clara"_s, firstSecret).isOk());
        QVERIFY(signIn(database, u"clara"_s, secondSecret).isOk());
    }
}

void TestStaffPage::disabledWhileAShardIsDown()
{
    const auto working = signIn(u"main_shard"_s, u"clara"_s, secondSecret).valueOrThrow();
    QVERIFY(m_library.servers().stopServer(u"secondary_shard"_s));
    std::optional<Stillness> stillness(std::in_place);
    m_open->press(Qt::Key_D, Qt::AltModifier);
    QVERIFY(m_open->staff()->record()->isAsking());
    m_open->press(Qt::Key_E, Qt::AltModifier);
    QVERIFY(!m_open->mayClose()); // half of it would be done
    QTRY_VERIFY_WITH_TIMEOUT(m_open->told().contains(u"but not on secondary_shard."_s), patience);
    QVERIFY2(m_open->told().startsWith(u"Clara Oswald is disabled on main"_s), qPrintable(m_open->told()));
    QVERIFY(m_open->mayClose());
    QVERIFY2(stillness->longest() < withRoom(1000), qPrintable(QString::number(stillness->longest())));
    QVERIFY(!signIn(u"main"_s, u"clara"_s, secondSecret).isOk());
    QVERIFY_THROWS_EXCEPTION(DbException, (void)working->exec({"alive"_L1, "SELECT 1 AS one"_L1}));
    QTRY_VERIFY_WITH_TIMEOUT(!m_open->shown().isActive, patience);
    QCOMPARE(m_open->shown().rights, 0);

    QVERIFY(m_library.servers().startServer(u"secondary_shard"_s));
    m_library.settle();
    QVERIFY(signIn(u"secondary_shard"_s, u"clara"_s, secondSecret).isOk()); // what is still open
    stillness.emplace();
    const auto finish = [this] {
        if (m_open->told().contains(u"There are no rights"_s))
            return true;
        if (m_open->page.waiting().isEmpty()) // no act is running
            m_open->press(Qt::Key_R, Qt::AltModifier);
        return false;
    };
    QTRY_VERIFY_WITH_TIMEOUT(finish(), patience);
    QTRY_VERIFY_WITH_TIMEOUT(m_open->shown().open.isEmpty(), patience);
    QVERIFY2(stillness->longest() < withRoom(1000), qPrintable(QString::number(stillness->longest())));
    QVERIFY2(m_open->told().startsWith(u"Clara Oswald is disabled. "_s), qPrintable(m_open->told()));
    for (const QString &database : m_databases)
        QVERIFY(!signIn(database, u"clara"_s, secondSecret).isOk());
}

/// A window that knows nothing of the act finishes it all the same: what servers have tells.
void TestStaffPage::whatIsLeftIsFinishedAfterARestart()
{
    m_library.ddl(u"secondary_shard"_s, u"ALTER ROLE clara LOGIN"_s);
    {
        Open open(m_library.cluster(), m_here);
        QTRY_VERIFY_WITH_TIMEOUT(open.page.isReady(), patience);
        open.choose(u"clara"_s);
        QTRY_VERIFY_WITH_TIMEOUT(open.shown().login == "clara"_L1 && open.shown().isHalfDisabled(), patience);
        open.clickButton(u"Disable once more"_s);
        QTRY_VERIFY_WITH_TIMEOUT(open.told().startsWith(u"Clara Oswald is disabled. "_s), patience);
        QTRY_VERIFY_WITH_TIMEOUT(!open.shown().isHalfDisabled(), patience);
    }
    m_open->view->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(m_open->view.get()));
    m_open->view->setFocus();
    QCOMPARE(m_library.value(u"secondary_shard"_s,
                             u"SELECT rolcanlogin::int FROM pg_roles WHERE rolname = 'clara'"_s),
             u"0"_s);
}

void TestStaffPage::letInAgain()
{
    m_open->press(Qt::Key_I, Qt::AltModifier);
    QVERIFY(m_open->staff()->isSheetOpen());
    m_open->type(firstSecret);
    m_open->press(Qt::Key_Return);
    m_open->type(firstSecret);
    m_open->press(Qt::Key_S, Qt::ControlModifier);
    QTRY_VERIFY_WITH_TIMEOUT(!m_open->staff()->isSheetOpen(), patience);
    QTRY_VERIFY_WITH_TIMEOUT(m_open->shown().isActive, patience);
    QVERIFY2(m_open->told().startsWith(u"Clara Oswald may sign in again."_s), qPrintable(m_open->told()));
    for (const QString &database : m_databases) {
        const auto session = signIn(database, u"clara"_s, firstSecret);
        QVERIFY2(session.isOk(), qPrintable(session.isOk() ? QString() : session.error().message));
    }
    QCOMPARE(await(readRights(*clusterOf(u"clara"_s, firstSecret))).valueOrThrow(), Rights());
}

void TestStaffPage::ownPasswordNeedsEveryServer()
{
    m_open->choose(u"librarian"_s);
    QTRY_COMPARE_WITH_TIMEOUT(m_open->shown().login, u"librarian"_s, patience);
    QTRY_VERIFY_WITH_TIMEOUT(m_open->shown().isMe, patience);
    QVERIFY(m_library.servers().stopServer(u"secondary_shard"_s));
    m_open->press(Qt::Key_E, Qt::ControlModifier);
    QVERIFY(m_open->staff()->isSheetOpen());
    m_open->type(firstSecret);
    m_open->press(Qt::Key_Return);
    m_open->type(firstSecret);
    m_open->press(Qt::Key_S, Qt::ControlModifier);
    MessageBar *bar = m_open->staff()->sheet()->messages();
    QTRY_VERIFY_WITH_TIMEOUT(bar->message().contains(u"The password is as it was"_s), patience);
    QVERIFY(m_open->staff()->isSheetOpen()); // with what was typed
    QVERIFY(m_open->staff()->sheet()->isTouched());
    QVERIFY(m_library.servers().startServer(u"secondary_shard"_s));
    m_library.settle();
    m_library.reach();
    m_open->staff()->closeSheet();
    QVERIFY(!m_open->staff()->sheet()->isTouched());
}

void TestStaffPage::branchManagersSeeTheirBranch()
{
    const NewStaff dora{
        .login = u"dora"_s, .name = u"Dora"_s, .group = u"branchline_admin"_s, .password = firstSecret};
    QVERIFY(await(addStaff(m_library.cluster(), dora)).valueOrThrow().isComplete());
    QVERIFY(await(assignRight(m_library.cluster(), u"dora"_s, {u"library"_s, m_here.id})).isOk());
    const auto cluster = clusterOf(u"dora"_s, firstSecret);
    Open open(*cluster, m_here);
    QTRY_VERIFY_WITH_TIMEOUT(open.page.isReady(), patience);
    open.choose(u"clara"_s);
    QTRY_COMPARE_WITH_TIMEOUT(open.shown().login, u"clara"_s, patience);
    QVERIFY(!open.shown().mayManage);
    QVERIFY(open.shown().whyNot.startsWith(u"You may not change logins."_s));
    open.press(Qt::Key_N, Qt::ControlModifier);
    open.press(Qt::Key_D, Qt::AltModifier);
    QVERIFY(!open.staff()->isSheetOpen() && !open.staff()->record()->isAsking());
    QAbstractItemModel *model = open.staff()->record()->grid()->model();
    for (int column = 0; column < model->columnCount(); ++column) {
        const QString name = model->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
        const QModelIndex index = model->index(0, column);
        QCOMPARE(index.data(RightsModel::CanChangeRole).toBool(), name == m_here.name);
        if (name == m_here.name)
            QVERIFY(model->setData(index, Qt::Checked, Qt::CheckStateRole));
    }
    const auto held = [this] {
        const StaffList list = await(listStaff(m_library.cluster(), false)).valueOrThrow();
        for (const StaffMember &member : list.members) {
            if (member.login == "clara"_L1)
                return member.rights;
        }
        return std::vector<StaffRight>();
    };
    const std::vector<StaffRight> expected{{u"desk"_s, m_here.id}};
    QTRY_COMPARE_WITH_TIMEOUT(held(), expected, patience);
}

void TestStaffPage::othersSeeNothing()
{
    const auto cluster = clusterOf(u"clara"_s, firstSecret);
    Open open(*cluster, m_here);
    QTRY_VERIFY_WITH_TIMEOUT(open.page.isReady(), patience);
    QVERIFY(!open.staff()->record()->hasPerson());
    QVERIFY(!open.staff()->list()->isVisible());
    open.press(Qt::Key_N, Qt::ControlModifier);
    QVERIFY(!open.staff()->isSheetOpen());
    QCOMPARE(open.staff()->list()->rows()->model()->rowCount(), 0);
}

void TestStaffPage::noServerWroteAPasswordDown()
{
    QString text;
    QDirIterator files(m_library.servers().directory(), {u"*.log"_s}, QDir::Files,
                       QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        if (file.open(QIODevice::ReadOnly))
            text += QString::fromUtf8(file.readAll());
    }
    QVERIFY(text.contains("make_staff_login"_L1));
    QVERIFY(text.contains("SCRAM-SHA-256$"_L1)); // values are there
    QVERIFY(!text.contains(firstSecret) && !text.contains(secondSecret));
}

QTEST_MAIN(TestStaffPage)
#include "tst_staffpage.moc"
