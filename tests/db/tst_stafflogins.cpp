// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/staff/rightsarrival.h"
#include "tests/support/preparedlibrary.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr auto secret = "Gr33n-Lighthouse-1"_L1;

} // namespace

/// Logins of the staff against those who would keep theirs, and against roles of others on the same server.
class TestStaffLogins final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void a_login_that_changes_itself_is_ended();
    void roles_of_others_are_left_alone();
    void what_became_of_a_login_is_in_the_history();
    void a_reserved_login_is_refused_before_it_is_written();
    void a_login_belongs_to_one_person();
    void revoking_says_what_was_not_revoked();
    void the_last_administrator_stays();
    void an_open_loan_does_not_keep_rights();

private:
    void add(const QString &login);
    [[nodiscard]] std::unique_ptr<Session> signIn(const QString &login);
    /// The SQLSTATE of what an administrator types, or "" when it is done.
    [[nodiscard]] QString state(const QString &sql);

    PreparedLibrary m_library{TestLibrary::Servers::Shared, {u"main"_s}};
    BranchEntry m_branch;
};

void TestStaffLogins::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.addBranch(u"main"_s);
}

void TestStaffLogins::add(const QString &login)
{
    const NewStaff staff{.login = login, .name = u"Somebody"_s, .password = secret};
    const StaffReport report = await(addStaff(m_library.cluster(), staff)).valueOrThrow();
    QVERIFY(report.isComplete());
}

std::unique_ptr<Session> TestStaffLogins::signIn(const QString &login)
{
    const ConnectionUrl url = m_library.servers().url(u"main"_s, login).with(u"password"_s, secret);
    auto session = std::make_unique<Session>(
        SessionSettings{.database = u"main"_s, .url = url, .application = u"test"_s});
    session->open();
    return session;
}

QString TestStaffLogins::state(const QString &sql)
{
    try {
        m_library.newSession(u"main"_s)->execText(u"typed"_s, sql);
        return {};
    } catch (const DbException &e) {
        return e.error().sqlState;
    }
}

void TestStaffLogins::a_login_that_changes_itself_is_ended()
{
    for (const auto *held :
         {"ALTER ROLE CURRENT_USER SET work_mem = '4MB'",
          "SELECT set_staff_verifier('anna', (SELECT 'SCRAM-SHA-256$4096:' || repeat('A', 22) || "
          "'==$' || repeat('A', 43) || '=:' || repeat('A', 43) || '='))"}) {
        add(u"anna"_s);
        const auto anna = signIn(u"anna"_s);
        anna->execText(u"begin"_s, u"BEGIN"_s);
        anna->execText(u"typed"_s, QLatin1StringView(held));
        const StaffReport report = await(disableStaff(m_library.cluster(), u"anna"_s)).valueOrThrow();
        QVERIFY2(report.isComplete(), held);
        QVERIFY_THROWS_EXCEPTION(DbException, anna->execText(u"alive"_s, u"SELECT 1"_s));
        QVERIFY_THROWS_EXCEPTION(DbException, (void)signIn(u"anna"_s));
    }
}

void TestStaffLogins::roles_of_others_are_left_alone()
{
    // Somebody of another library on this server, who is of the same group.
    m_library.ddl(u"main"_s,
                  u"CREATE ROLE chief LOGIN IN ROLE branchline_admin; "
                  "COMMENT ON ROLE chief IS 'Branchline staff 00000000-0000-7000-8000-000000000000'"_s);
    m_library.ddl(u"main"_s, u"CREATE ROLE unmarked LOGIN IN ROLE branchline_staff"_s);
    for (const QString &login : {u"chief"_s, u"unmarked"_s}) {
        const NewStaff staff{.login = login, .name = u"Somebody"_s, .password = secret};
        const StaffReport report = await(addStaff(m_library.cluster(), staff)).valueOrThrow();
        QVERIFY(!report.isComplete());
        QCOMPARE(report.servers.at(0).error->sqlState, u"LB007"_s);
        QCOMPARE(state(u"SELECT end_staff_login('%1')"_s.arg(login)), u"LB007"_s);
        QCOMPARE(m_library.value(u"main"_s, u"SELECT rolcanlogin AND rolpassword IS NULL FROM pg_authid "
                                            "WHERE rolname = '%1'"_s.arg(login)),
                 u"true"_s);
    }
    // One of ours may have been given more; it can be ended all the same, but not made use of.
    add(u"watcher"_s);
    m_library.ddl(u"main"_s, u"GRANT pg_monitor TO watcher"_s);
    QCOMPARE(state(u"SELECT make_staff_login('watcher', 'branchline_staff', NULL)"_s), u"LB007"_s);
    QVERIFY(await(disableStaff(m_library.cluster(), u"watcher"_s)).valueOrThrow().isComplete());
    QVERIFY_THROWS_EXCEPTION(DbException, (void)signIn(u"watcher"_s));
}

void TestStaffLogins::what_became_of_a_login_is_in_the_history()
{
    add(u"dora"_s);
    QVERIFY(await(changePassword(m_library.cluster(), u"dora"_s, u"Blu3-Lighthouse"_s))
                .valueOrThrow()
                .isComplete());
    QVERIFY(await(disableStaff(m_library.cluster(), u"dora"_s)).valueOrThrow().isComplete());
    const Rows rows = m_library.sql(
        u"main"_s, u"SELECT a.new ->> 'login' AS what, a.actor, a.new::text LIKE '%SCRAM%' AS leaked "
                   "FROM audit_log AS a JOIN staff AS s ON s.id = a.row_id "
                   "WHERE s.login = 'dora' AND a.new -> 'display_name' IS NULL ORDER BY a.at, a.id"_s);
    QStringList told;
    for (int i = 0; i < rows->rowCount(); ++i) {
        told << rows->row(i).text("what");
        QCOMPARE(rows->row(i).text("actor"), u"librarian"_s);
        QVERIFY(!rows->row(i).flag("leaked"));
    }
    QCOMPARE(told, QStringList({u"made, password set, branchline_staff"_s, u"password set"_s, u"ended"_s}));
}

void TestStaffLogins::a_reserved_login_is_refused_before_it_is_written()
{
    for (const QString &login : {u"none"_s, u"public"_s, u"pg_monitor"_s, u"branchline_jobs"_s}) {
        QCOMPARE(state(u"SELECT add_staff('%1', 'Somebody')"_s.arg(login)), u"LB006"_s);
        QCOMPARE(
            m_library
                .trySql(u"main"_s, u"INSERT INTO staff (login, display_name) VALUES ('%1', 'x')"_s.arg(login))
                .error()
                .sqlState,
            u"23514"_s);
    }
}

void TestStaffLogins::a_login_belongs_to_one_person()
{
    QCOMPARE(state(u"SELECT add_staff('emma', 'Emma Old')"_s), QString());
    QCOMPARE(state(u"SELECT add_staff('emma', ' Emma  Old ')"_s), QString());
    QCOMPARE(state(u"SELECT add_staff('emma', 'Emma New')"_s), u"LB007"_s);
    QCOMPARE(state(u"SELECT set_staff_active('emma', false), add_staff('emma', 'Emma New')"_s), QString());
    QCOMPARE(m_library.value(u"main"_s, u"SELECT display_name FROM staff WHERE login = 'emma'"_s),
             u"Emma New"_s);
}

void TestStaffLogins::revoking_says_what_was_not_revoked()
{
    const QString here = m_branch.id.toString(QUuid::WithoutBraces);
    QCOMPARE(state(u"SELECT revoke_right('nobody', 'desk')"_s), u"LB005"_s);
    QCOMPARE(state(u"SELECT revoke_right('emma', 'dexk')"_s), u"LB006"_s);
    QCOMPARE(state(u"SELECT revoke_right('emma', 'desk', '%1')"_s.arg(here)), QString()); // not held stays so
    QCOMPARE(state(u"SELECT assign_right('emma', 'desk')"_s), QString());
    QCOMPARE(state(u"SELECT revoke_right('emma', 'desk', '%1')"_s.arg(here)), u"LB007"_s);
    QCOMPARE(state(u"SELECT assign_right('emma', NULL, '%1'), revoke_right('emma', NULL, '%1')"_s.arg(here)),
             QString());
    QCOMPARE(m_library.value(u"main"_s, u"SELECT string_agg(right_code, ',') FROM staff_assignments "
                                        "WHERE login = 'emma' AND revoked_at IS NULL"_s),
             u"desk"_s);
}

void TestStaffLogins::the_last_administrator_stays()
{
    QCOMPARE(state(u"SELECT revoke_right('librarian', 'library')"_s), u"LB007"_s);
    QCOMPARE(state(u"SELECT revoke_right('librarian', NULL)"_s), u"LB007"_s);
    QCOMPARE(state(u"SELECT assign_right('emma', 'library'), revoke_right('emma', 'library')"_s), QString());
}

/// The worker that brings changes waits for the lock of a loan that is being written, on the row of its
/// patron.
void TestStaffLogins::an_open_loan_does_not_keep_rights()
{
    add(u"clara"_s);
    Cluster &cluster = m_library.cluster();
    const StaffRight desk{u"desk"_s, m_branch.id};
    QVERIFY(await(assignRight(cluster, u"clara"_s, desk)).isOk());
    QVERIFY(await(awaitRight(cluster, u"clara"_s, desk, true)).isComplete());
    const QString card = m_library.addPatron(m_branch);
    const QString barcode = m_library.addCopy(m_branch);
    m_library.settle();
    const QString shard = u"main_shard"_s;
    Session clara({.database = shard,
                   .url = m_library.servers().url(shard, u"clara"_s).with(u"password"_s, secret),
                   .application = u"test"_s});
    clara.open();
    clara.execText(u"begin"_s, u"BEGIN"_s);
    const QString here = m_branch.id.toString(QUuid::WithoutBraces);
    clara.execText(u"lend"_s, u"SELECT checkout(gen_random_uuid(), '%1', %2, '%1', '%3', '%4')"_s.arg(here)
                                  .arg(m_branch.epoch)
                                  .arg(barcode, card));
    m_library.sql(u"main"_s,
                  u"UPDATE users SET given_name = 'Other' WHERE id = (SELECT user_id FROM user_cards "
                  "WHERE card_number = '%1')"_s.arg(card));
    QVERIFY(await(revokeRight(cluster, u"clara"_s, desk)).isOk());
    const Combined<Done> arrived = await(awaitRight(cluster, u"clara"_s, desk, false));
    QVERIFY2(arrived.isComplete(),
             arrived.isComplete() ? "" : qPrintable(arrived.shards.at(0).result.error().message));
    QVERIFY_THROWS_EXCEPTION(DbException, clara.execText(u"commit"_s, u"COMMIT"_s));
    QCOMPARE(m_library.value(shard, u"SELECT count(*) FROM book_lending"_s), u"0"_s);
}

QTEST_GUILESS_MAIN(TestStaffLogins)
#include "tst_stafflogins.moc"
