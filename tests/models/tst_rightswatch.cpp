// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/staff/staff.h"
#include "models/staff/rightswatch.h"
#include "models/staff/staffmodel.h"
#include "tests/support/preparedlibrary.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 15000;
constexpr auto secret = "Gr33n-Lighthouse-1"_L1;

} // namespace

/// What the window knows of the rights of the person at it, while an administrator changes them elsewhere.
class TestRightsWatch final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void rights_follow_the_administrator();
    void read_that_failed_is_repeated();
    void words_name_action_and_branch();
    void list_says_what_is_open();

private:
    PreparedLibrary m_library;
    BranchEntry m_here;
    BranchEntry m_there;
};

void TestRightsWatch::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_here = m_library.addBranch();
    m_there = m_library.addBranch();
    const NewStaff clara{.login = u"clara"_s, .name = u"Clara"_s, .password = secret};
    QVERIFY(await(addStaff(m_library.cluster(), clara)).valueOrThrow().isComplete());
    QVERIFY(await(assignRight(m_library.cluster(), u"clara"_s, {u"desk"_s, m_here.id})).isOk());
}

void TestRightsWatch::rights_follow_the_administrator()
{
    ClusterConfig config;
    config.main = m_library.servers().url(u"main"_s, u"clara"_s).with(u"password"_s, secret);
    Cluster desk(config, u"test desk"_s);
    ChangeFeed feed(desk);
    RightsWatch watch(desk, feed);
    QSignalSpy changed(&watch, &RightsWatch::changed);
    QVERIFY(!watch.isKnown() && !watch.rights().mayAnywhere("desk"_L1));
    QTRY_VERIFY_WITH_TIMEOUT(watch.isKnown(), patience);
    QVERIFY(watch.rights().may("desk"_L1, m_here.id) && !watch.rights().may("desk"_L1, m_there.id));
    QCOMPARE(changed.count(), 1);

    QVERIFY(await(assignRight(m_library.cluster(), u"clara"_s, {u"desk"_s, m_there.id})).isOk());
    QTRY_VERIFY_WITH_TIMEOUT(watch.rights().may("desk"_L1, m_there.id), patience);
    QVERIFY(await(revokeRight(m_library.cluster(), u"clara"_s, {u"desk"_s, m_here.id})).isOk());
    QTRY_VERIFY_WITH_TIMEOUT(!watch.rights().may("desk"_L1, m_here.id), patience);
    QVERIFY(watch.rights().may("desk"_L1, m_there.id));
    QCOMPARE(changed.count(), 3);

    // Somebody else's rights are nobody's business here; hers come after them, so they have been heard.
    QVERIFY(await(assignRight(m_library.cluster(), u"librarian"_s, {u"reports"_s, m_here.id})).isOk());
    QVERIFY(await(assignRight(m_library.cluster(), u"clara"_s, {u"patrons"_s, {}})).isOk());
    QTRY_VERIFY_WITH_TIMEOUT(watch.rights().mayEverywhere("patrons"_L1), patience);
    QCOMPARE(changed.count(), 4);
}

/// A right is revoked while the rights cannot be read: it does not stay until the next change.
void TestRightsWatch::read_that_failed_is_repeated()
{
    ClusterConfig config;
    config.main = m_library.servers().url(u"main"_s, u"clara"_s).with(u"password"_s, secret);
    Cluster desk(config, u"test desk"_s);
    ChangeFeed feed(desk);
    RightsWatch watch(desk, feed);
    QVERIFY(await(assignRight(m_library.cluster(), u"clara"_s, {u"reports"_s, m_here.id})).isOk());
    QTRY_VERIFY_WITH_TIMEOUT(watch.rights().may("reports"_L1, m_here.id), patience);
    ChangeWatch other(feed);
    QSignalSpy heard(&other, &ChangeWatch::heard);
    other.setInterest({.main = true});
    QTRY_VERIFY_WITH_TIMEOUT(!heard.isEmpty(), patience);
    heard.clear();
    m_library.ddl(u"main"_s, u"REVOKE EXECUTE ON FUNCTION my_rights() FROM branchline_staff"_s);
    QVERIFY(await(revokeRight(m_library.cluster(), u"clara"_s, {u"reports"_s, m_here.id})).isOk());
    const auto isHeard = [&heard] {
        return std::any_of(heard.begin(), heard.end(), [](const QList<QVariant> &one) {
            return one.at(1).value<Changes>().has(ChangeKind::Settings);
        });
    };
    QTRY_VERIFY_WITH_TIMEOUT(isHeard(), patience);
    QVERIFY(!await(readRights(desk)).isOk()); // as the one before it, which the change caused
    QVERIFY(watch.rights().may("reports"_L1, m_here.id));
    m_library.ddl(u"main"_s, u"GRANT EXECUTE ON FUNCTION my_rights() TO branchline_staff"_s);
    QTRY_VERIFY_WITH_TIMEOUT(!watch.rights().may("reports"_L1, m_here.id), patience);
    // Answered once, it is not asked for at every question to main.
    QVERIFY(watch.isKnown());
}

void TestRightsWatch::words_name_action_and_branch()
{
    QCOMPARE(noRightText(u"lend books"_s, u"Hillside Library"_s),
             u"You may not lend books at Hillside Library. A colleague with that right can sign in here."_s);
}

void TestRightsWatch::list_says_what_is_open()
{
    StaffModel model;
    const QAbstractItemModelTester tester(&model);
    StaffList staff = await(listStaff(m_library.cluster())).valueOrThrow();
    model.setStaff(staff, m_library.cluster().directory());
    const auto cell = [&model](int column, int role = Qt::DisplayRole) {
        const int row = model.match(model.index(0, 0), Qt::DisplayRole, u"clara"_s).value(0).row();
        return model.index(row, column).data(role).toString();
    };
    QCOMPARE(cell(StaffModel::Name), u"Clara"_s);
    QCOMPARE(cell(StaffModel::State), u"Active"_s);
    QCOMPARE(cell(StaffModel::RightsHeld),
             u"Lend and take back at %1, Patrons at every branch"_s.arg(m_there.name));
    QVERIFY(cell(StaffModel::State, Qt::ToolTipRole).isEmpty());
    staff.servers.front().logins.remove(u"clara"_s);
    model.setStaff(staff, m_library.cluster().directory());
    QCOMPARE(cell(StaffModel::State), u"Not on every server"_s);
    QVERIFY(cell(StaffModel::State, Qt::ToolTipRole).contains("has no login clara"_L1));
}

QTEST_GUILESS_MAIN(TestRightsWatch)
#include "tst_rightswatch.moc"
