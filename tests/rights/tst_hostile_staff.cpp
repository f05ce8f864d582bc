// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/rights/forbidden.h"
#include "tests/rights/rightslibrary.h"

#include "db/branch/branchlists.h"
#include "db/circulation/loans.h"
#include "db/cluster/statistics.h"
#include "db/patrons/patrondetail.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

QString bare(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

/// SQLSTATE of what somebody types in psql, all of it in one message; "ok" when it goes through.
QString stateOf(Session &session, const QString &sql)
{
    try {
        session.execText(u"typed"_s, sql);
        return u"ok"_s;
    } catch (const DbException &e) {
        return e.error().sqlState;
    }
}

void addForbidden(const std::vector<Forbidden> &groups)
{
    QTest::addColumn<QString>("sql");
    QTest::addColumn<QString>("state");
    for (const Forbidden &group : groups) {
        for (const char *sql : group.statements)
            QTest::newRow(sql) << QString::fromLatin1(sql) << QString::fromLatin1(group.states);
    }
}

} // namespace

/// An ordinary member of staff, with the right "desk" at one branch, who has psql and bad intentions.
class TestHostileStaff final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void it_is_an_ordinary_login();
    void a_rollback_hides_no_search();
    void refused_everywhere_data();
    void refused_everywhere();
    void refused_on_main_data();
    void refused_on_main();
    void refused_on_a_shard_data();
    void refused_on_a_shard();
    void no_row_is_shown_data();
    void no_row_is_shown();
    void policies_stand_behind_the_grants();
    void no_table_can_be_written();
    void no_internal_function_can_be_called();
    void a_rollback_hides_no_reading();
    void reading_is_noted_once_an_hour();
    void stamps_cannot_be_faked();
    void the_desk_works();
    void no_session_of_a_desk_is_above_the_rules();
    void a_revoked_right_is_gone_within_two_seconds();
    void who_is_disabled_has_no_right();

private:
    [[nodiscard]] QString filled(QString sql) const;
    void refuse(const QString &database, const QString &sql, const QString &state);

    RightsLibrary m_rights;
    Place m_here;
    Place m_there;
    std::unique_ptr<Cluster> m_cluster;
};

void TestHostileStaff::initTestCase()
{
    QVERIFY2(m_rights.start(), qPrintable(m_rights.errorText()));
    m_here = m_rights.furnish(m_rights.here());
    m_there = m_rights.furnish(m_rights.there());
    m_rights.makeOrdinary();
    m_rights.setRights({u"desk"_s}, &m_rights.here());
    m_cluster = m_rights.library().newCluster(u"branchline desk"_s);
}

void TestHostileStaff::it_is_an_ordinary_login()
{
    const auto session = m_rights.library().newSession(u"main"_s);
    const Rows rows = session->exec(
        {"me"_L1, "SELECT session_user::text AS login, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, "
                  "rolreplication, pg_has_role('branchline_admin', 'member') AS admin, "
                  "pg_has_role('branchline_owner', 'member') AS owner "
                  "FROM pg_roles WHERE rolname = session_user"_L1});
    QCOMPARE(rows->row(0).text("login"), u"librarian"_s);
    for (const char *power :
         {"rolsuper", "rolbypassrls", "rolcreaterole", "rolcreatedb", "rolreplication", "admin", "owner"})
        QVERIFY2(!rows->row(0).flag(power), power);
}

/// The first search of the hour is recorded before anything is found; in one transaction it finds nothing.
void TestHostileStaff::a_rollback_hides_no_search()
{
    const auto session = m_rights.library().newSession(u"main"_s);
    const auto found = [&](const QString &call) {
        const QByteArray text = (u"SELECT count(display_name) FROM "_s + call).toUtf8();
        return session->exec({QLatin1StringView(text), QLatin1StringView(text)})->at(0, 0).toInt();
    };
    const QString search = u"search_patrons('%1', 9)"_s.arg(m_there.card);
    const QString page = u"patron_page('%1', false, NULL, 9)"_s.arg(m_there.card);
    session->execText(u"begin"_s, u"BEGIN"_s);
    for (int i = 0; i < 2; ++i) {
        QCOMPARE(found(search), 0);
        QCOMPARE(found(page), 0);
    }
    session->execText(u"rollback"_s, u"ROLLBACK"_s);
    QCOMPARE(found(search), 0);
    QCOMPARE(found(search), 1);
    QCOMPARE(m_rights.library().value(u"main"_s, u"SELECT count(*) FROM audit_log WHERE op = 'read' "
                                                 "AND actor = 'librarian' AND new ->> 'read' = 'search'"_s),
             u"1"_s);
}

QString TestHostileStaff::filled(QString sql) const
{
    return sql.replace("%here"_L1, bare(m_here.branch.id))
        .replace("%there"_L1, bare(m_there.branch.id))
        .replace("%card"_L1, m_there.card)
        .replace("%patron"_L1, bare(m_there.patron))
        .replace("%free"_L1, m_here.free.last())
        .replace("%copy"_L1, bare(m_there.shelfCopy))
        .replace("%kept"_L1, m_there.kept)
        .replace("%taken"_L1, m_there.lent.last());
}

void TestHostileStaff::refuse(const QString &database, const QString &sql, const QString &state)
{
    const auto session = m_rights.library().newSession(database);
    const QString seen = stateOf(*session, filled(sql));
    QVERIFY2(state.split(u' ').contains(seen),
             qPrintable(u"%1 on %2: %3 instead of %4"_s.arg(sql, database, seen, state)));
}

/// On main and on both shards. 42501 is PostgreSQL's refusal, LB… one of our functions'.
void TestHostileStaff::refused_everywhere_data()
{
    addForbidden(forbiddenEverywhere());
}

void TestHostileStaff::refused_everywhere()
{
    QFETCH(const QString, sql);
    QFETCH(const QString, state);
    // Somebody else is signed in, so that there is a session to end.
    const auto other = m_rights.library().newSession(u"main"_s, LocalLibrary::superuserName());
    for (const QString &database : {u"main"_s, u"main_shard"_s, u"secondary_shard"_s}) {
        if (sql.contains("SUBSCRIPTION"_L1) && database == "main"_L1)
            continue;
        refuse(database, sql, state);
    }
}

void TestHostileStaff::refused_on_main_data()
{
    addForbidden(forbiddenOnMain());
}

void TestHostileStaff::refused_on_main()
{
    QFETCH(const QString, sql);
    QFETCH(const QString, state);
    refuse(u"main"_s, sql, state);
}

void TestHostileStaff::refused_on_a_shard_data()
{
    addForbidden(forbiddenOnShards());
}

void TestHostileStaff::refused_on_a_shard()
{
    QFETCH(const QString, sql);
    QFETCH(const QString, state);
    refuse(m_there.database, sql, state);
}

/// What may be read, but has no row of another branch, whatever the session is told to do.
void TestHostileStaff::no_row_is_shown_data()
{
    QTest::addColumn<QString>("database");
    QTest::addColumn<QString>("sql");
    for (const char *sql : emptyOnShards())
        QTest::addRow("shard: %s", sql) << u"shard"_s << QString::fromLatin1(sql);
    for (const char *sql : emptyOnMain())
        QTest::addRow("main: %s", sql) << u"main"_s << QString::fromLatin1(sql);
}

void TestHostileStaff::no_row_is_shown()
{
    QFETCH(const QString, database);
    QFETCH(const QString, sql);
    const auto session = m_rights.library().newSession(database == "main"_L1 ? database : m_there.database);
    const QByteArray text = filled(sql).toUtf8();
    QCOMPARE(session->exec({QLatin1StringView(text), QLatin1StringView(text)})->at(0, 0).toInt(), 0);
    // row_security = off makes such a reading an error; it shows nothing either.
    session->execText(u"off"_s, u"SET row_security = off"_s);
    if (!sql.contains('('_L1 + "SELECT set_config"_L1) && !sql.contains("pg_stat_activity"_L1)) {
        try {
            QCOMPARE(session->exec({QLatin1StringView(text), QLatin1StringView(text)})->at(0, 0).toInt(), 0);
        } catch (const DbException &e) {
            QCOMPARE(e.error().sqlState, u"42501"_s);
        }
    }
}

/// Whoever is granted a table by mistake still sees the rows of the own branches only.
void TestHostileStaff::policies_stand_behind_the_grants()
{
    const QString tables = u"book_lending, users_ref, user_cards, loan_list"_s;
    m_rights.library().ddl(m_there.database, u"GRANT SELECT ON %1 TO branchline_staff"_s.arg(tables));
    QStringList seen;
    {
        const auto session = m_rights.library().newSession(m_there.database);
        for (const char *sql : hiddenByPolicy()) {
            const QByteArray text = filled(QString::fromLatin1(sql)).toUtf8();
            const Rows rows = session->exec({QLatin1StringView(text), QLatin1StringView(text)});
            if (rows->at(0, 0).toInt() != 0)
                seen << QString::fromUtf8(text);
        }
    }
    m_rights.library().ddl(m_there.database, u"REVOKE SELECT ON %1 FROM branchline_staff"_s.arg(tables));
    QCOMPARE(seen, QStringList());
}

/// Every table there is, in each way of writing.
void TestHostileStaff::no_table_can_be_written()
{
    PreparedLibrary &library = m_rights.library();
    for (const QString &database : {u"main"_s, m_there.database}) {
        const Rows tables = library.sql(database, u"SELECT relname::text AS name, relkind = 'v' AS is_view "
                                                  u"FROM pg_class WHERE relkind IN ('r', 'v') "
                                                  "AND relnamespace = 'public'::regnamespace"_s);
        QVERIFY(tables->rowCount() > 15);
        const auto session = library.newSession(database);
        for (int i = 0; i < tables->rowCount(); ++i) {
            const QString table = tables->row(i).text("name");
            const bool isView = tables->row(i).flag("is_view");
            for (const QString &way : {u"INSERT INTO public.%1 DEFAULT VALUES"_s, u"DELETE FROM public.%1"_s,
                                       u"COPY public.%1 FROM STDIN"_s}) {
                const QString state = stateOf(*session, way.arg(table));
                // A view of several tables takes no rows, whoever gives them.
                QVERIFY2(state == "42501"_L1 || (isView && (state == "42809"_L1 || state == "55000"_L1)),
                         qPrintable(way.arg(table) + u' ' + state));
            }
            if (!isView) {
                QCOMPARE(stateOf(*session, u"TRUNCATE public.%1"_s.arg(table)), u"42501"_s);
                QCOMPARE(stateOf(*session, u"ALTER TABLE public.%1 DISABLE TRIGGER USER"_s.arg(table)),
                         u"42501"_s);
            }
        }
    }
}

/// What no group was granted, one by one.
void TestHostileStaff::no_internal_function_can_be_called()
{
    PreparedLibrary &library = m_rights.library();
    for (const QString &database : {u"main"_s, m_there.database}) {
        QCOMPARE(library.value(
                     database,
                     u"SELECT string_agg(p.oid::regprocedure::text, ', ') FROM pg_proc AS p WHERE "
                     "p.pronamespace = 'public'::regnamespace AND p.proowner = 'branchline_owner'::regrole "
                     "AND has_function_privilege('librarian', p.oid, 'EXECUTE') "
                     "AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) AS a WHERE a.grantee IN "
                     "('branchline_staff'::regrole, 'branchline_report'::regrole))"_s),
                 QString());
    }
}

/// A session that reads and rolls back, or breaks off, has seen nothing and left nothing.
void TestHostileStaff::a_rollback_hides_no_reading()
{
    const Place place = [&] {
        // The rights are needed for a moment, to make somebody whom nobody has read about yet.
        m_rights.setRights({u"desk"_s, u"patrons"_s, u"branch"_s, u"catalogue"_s}, nullptr);
        Place fresh = m_rights.furnish(m_rights.there());
        m_rights.setRights({u"desk"_s}, &m_rights.here());
        return fresh;
    }();
    const auto session = m_rights.library().newSession(place.database);
    const auto count = [&](const QString &call) {
        const QByteArray text = (u"SELECT count(id) FROM "_s + call).toUtf8();
        return session->exec({QLatin1StringView(text), QLatin1StringView(text)})->at(0, 0).toInt();
    };
    const auto noted = [&] {
        return m_rights.library().value(
            place.database,
            u"SELECT count(*) FROM audit_log WHERE op = 'read' AND row_id = '%1'"_s.arg(bare(place.patron)));
    };
    for (const QString &call :
         {u"loans_of_patron('%1', false, 9)"_s.arg(bare(place.patron)),
          u"patron_loans('%1', true)"_s.arg(place.card), u"find_patron('%1')"_s.arg(place.card)}) {
        session->execText(u"begin"_s, u"BEGIN"_s);
        QCOMPARE(count(call), 0);
        QCOMPARE(count(call), 0);
        session->execText(u"rollback"_s, u"ROLLBACK"_s);
        QCOMPARE(noted(), u"0"_s);
    }
    session->execText(u"read only"_s, u"SET default_transaction_read_only = on"_s);
    QCOMPARE(stateOf(*session, u"SELECT * FROM loans_of_patron('%1', false, 9)"_s.arg(bare(place.patron))),
             u"25006"_s);
}

void TestHostileStaff::reading_is_noted_once_an_hour()
{
    const auto rows = [&] {
        return m_rights.library().value(
            m_there.database,
            u"SELECT count(*) FROM audit_log WHERE op = 'read' AND row_id = '%1' AND new ->> 'read' = "
            "'open_loans' AND actor = 'librarian' AND branch_id = '%2'"_s.arg(bare(m_there.patron),
                                                                              bare(m_there.branch.id)));
    };
    for (int i = 0; i < 3; ++i) {
        const auto loans = combinedLoans(await(patronLoans(*m_cluster, m_there.patron, false)));
        QVERIFY(!loans.empty());
        QCOMPARE(rows(), u"1"_s);
    }
    // One's own branch is nobody's news.
    QVERIFY(!combinedLoans(await(patronLoans(*m_cluster, m_here.patron, false))).empty());
    QCOMPARE(
        m_rights.library().countOnShards(
            u"SELECT count(*) FROM audit_log WHERE op = 'read' AND row_id = '%1'"_s.arg(bare(m_here.patron))),
        0);
}

/// Who did it is who signed in, whatever the session calls itself.
void TestHostileStaff::stamps_cannot_be_faked()
{
    const QString barcode = m_here.free.takeFirst();
    const auto session = m_rights.library().newSession(m_here.database);
    session->execText(u"disguise"_s, u"SET application_name = 'somebody else'; SET ROLE branchline_staff"_s);
    session->execText(
        u"lend"_s, u"SELECT checkout(gen_random_uuid(), '%1', %2, '%1', '%3', '%4')"_s.arg(
                       bare(m_here.branch.id), QString::number(m_here.branch.epoch), barcode, m_here.card));
    QCOMPARE(m_rights.library().value(
                 m_here.database,
                 u"SELECT l.created_by || ' ' || l.row_version || ' ' || a.actor FROM book_lending AS l "
                 "JOIN physical_exemplars AS e ON e.id = l.exemplar_id "
                 "JOIN audit_log AS a ON a.row_id = l.id WHERE e.barcode = '%1'"_s.arg(barcode)),
             u"librarian 1 librarian"_s);
}

/// With all that refused, a day at the desk goes on, also with books and patrons of another branch.
void TestHostileStaff::the_desk_works()
{
    const QUuid desk = m_here.branch.id;
    for (Place *place : {&m_here, &m_there}) {
        const QString barcode = place->free.takeFirst();
        const Scan scan{.deskBranch = desk, .barcode = barcode, .card = m_there.card, .dueOn = {}};
        const auto patron = combinedPatron(await(patronAtDesk(*m_cluster, m_there.card)));
        QVERIFY(patron && patron->openLoans > 0);
        const CirculationAnswer lent = await(checkOut(*m_cluster, scan));
        COMPARE_OUTCOME(lent, Outcome::Lent);
        const Scan again{.deskBranch = desk, .barcode = barcode, .card = {}, .dueOn = {}};
        const auto renewed = await(renew(*m_cluster, again));
        COMPARE_OUTCOME(renewed, Outcome::Renewed);
        Scan back = again;
        back.requestId = newUuid();
        const CirculationAnswer returned = await(checkIn(*m_cluster, back));
        COMPARE_OUTCOME(returned, Outcome::Returned);
        COMPARE_OUTCOME(await(undo(*m_cluster, {.deskBranch = desk,
                                                .copyBranch = returned.copyBranch,
                                                .undoneRequestId = returned.requestId,
                                                .barcode = barcode})),
                        Outcome::Undone);
        QVERIFY(!combinedLoans(await(patronLoans(*m_cluster, m_there.patron, false))).empty());
    }
    QVERIFY(!await(searchPatrons(*m_cluster, m_there.card, 5)).valueOrThrow().empty());
    const auto record = await(readPatron(*m_cluster, m_there.patron)).valueOrThrow();
    QVERIFY(record && !record->displayName.isEmpty() && record->email.isEmpty() && !record->hasContact);
    QVERIFY(!await(loansOfBranch(*m_cluster, desk, true)).valueOrThrow().empty());
    for (const BranchList list : {BranchList::OnLoan, BranchList::Copies, BranchList::Today}) {
        const QString order = list == BranchList::Copies  ? u"barcode"_s
                              : list == BranchList::Today ? u"time"_s
                                                          : u"due"_s;
        QVERIFY(await(branchListPage(*m_cluster, desk, list, {}, {order, false}, {}, 50))
                    .valueOrThrow()
                    ->rowCount() > 0);
    }
    QVERIFY(await(libraryStatistics(*m_cluster)).isComplete());
    const auto copies = await(copyByBarcode(*m_cluster, m_there.kept));
    QVERIFY(copies.isComplete());
}

/// Read from pg_stat_activity while desks are at work: the local library's, too, signs in as staff.
void TestHostileStaff::no_session_of_a_desk_is_above_the_rules()
{
    const auto patron = await(patronAtDesk(*m_cluster, m_here.card));
    QVERIFY(patron.isComplete());
    const Rows sessions = m_rights.library().sql(
        u"main"_s,
        u"SELECT a.datname::text AS database, a.application_name AS application, a.usename::text AS login, "
        "r.rolsuper OR r.rolbypassrls OR r.rolreplication OR r.rolcreaterole AS above "
        "FROM pg_stat_activity AS a JOIN pg_roles AS r ON r.oid = a.usesysid "
        "WHERE a.backend_type = 'client backend' AND a.application_name LIKE 'branchline desk%'"_s);
    QVERIFY(sessions->rowCount() >= 2);
    for (int i = 0; i < sessions->rowCount(); ++i) {
        QVERIFY2(!sessions->row(i).flag("above"), qPrintable(sessions->row(i).text("login")));
        QCOMPARE(sessions->row(i).text("login"), u"librarian"_s);
    }
}

void TestHostileStaff::a_revoked_right_is_gone_within_two_seconds()
{
    const auto session = m_rights.library().newSession(m_here.database);
    const QByteArray sql = u"SELECT count(*) FROM newest_loans(NULL, true, 100)"_s.toUtf8();
    const Statement loans{"loans"_L1, QLatin1StringView(sql)};
    const auto lend = [&] {
        return stateOf(*session, u"SELECT checkin(gen_random_uuid(), '%1', %2, '%1', 'none such')"_s.arg(
                                     bare(m_here.branch.id), QString::number(m_here.branch.epoch)));
    };
    QCOMPARE(lend(), u"ok"_s);
    QVERIFY(session->exec(loans)->at(0, 0).toInt() > 0);
    m_rights.library().ddl(u"main"_s,
                           u"SELECT revoke_right('librarian', 'desk', '%1')"_s.arg(bare(m_here.branch.id)));
    QTRY_COMPARE_WITH_TIMEOUT(lend(), u"LB004"_s, 2000);
    QCOMPARE(session->exec(loans)->at(0, 0).toInt(), 0);
}

/// In one transaction on main; nobody gets a right again before being added again.
void TestHostileStaff::who_is_disabled_has_no_right()
{
    PreparedLibrary &library = m_rights.library();
    m_rights.setRights({u"desk"_s, u"patrons"_s}, nullptr);
    const auto session = library.newSession(u"main"_s);
    const QString search = u"SELECT search_patrons('x', 1)"_s;
    QCOMPARE(stateOf(*session, search), u"ok"_s);
    library.ddl(u"main"_s, u"SELECT set_staff_active('librarian', false)"_s);
    QCOMPARE(stateOf(*session, search), u"LB004"_s);
    QCOMPARE(library.value(u"main"_s, u"SELECT count(*) FROM staff_assignments WHERE login = 'librarian' "
                                      "AND revoked_at IS NULL"_s),
             u"0"_s);
    QCOMPARE(library.trySql(u"main"_s, u"SELECT assign_right('librarian', 'desk', NULL)"_s).error().sqlState,
             u"LB007"_s);
    library.settle();
    QCOMPARE(stateOf(*library.newSession(m_here.database), u"SELECT find_patron('x')"_s), u"LB004"_s);
    library.ddl(u"main"_s, u"SELECT add_staff('librarian', 'Librarian')"_s);
    QCOMPARE(stateOf(*session, search), u"LB004"_s);
    library.ddl(u"main"_s, u"SELECT assign_right('librarian', 'desk', NULL)"_s);
    QCOMPARE(stateOf(*session, search), u"ok"_s);
}

QTEST_GUILESS_MAIN(TestHostileStaff)
#include "tst_hostile_staff.moc"
