// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/rights/rightslibrary.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

QString bare(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

/// SQLSTATE of a statement; "ok" when it goes through.
QString stateOf(Session &session, const QString &sql)
{
    try {
        session.execText(u"typed"_s, sql);
        return u"ok"_s;
    } catch (const DbException &e) {
        return e.error().sqlState;
    }
}

/// The first column of the first row.
QString valueOf(Session &session, const QString &sql)
{
    const QByteArray text = sql.toUtf8();
    return session.exec({QLatin1StringView(text), QLatin1StringView(text)})->at(0, 0).toString();
}

constexpr auto secret = "owes 40 EUR"_L1;

} // namespace

/// What an answer might tell besides what was asked, and what somebody might keep who has lost a right.
class TestWithheld final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void an_old_snapshot_gives_no_right_back();
    void the_last_administrator_stays();
    void reasons_for_a_block_stay_at_home();
    void who_has_a_copy_is_told_once_recorded();
    void changes_name_patrons_of_the_own_branches();
    void a_taken_card_names_nobody_elsewhere();
    void open_loans_are_counted_at_home();
    void types_of_patrons_are_for_the_desk();
    void the_audit_log_of_a_branch_has_cards_and_blocks();
    void rights_elsewhere_are_not_listed();

private:
    /// Signed in as somebody else of the staff, whom the local library's server knows by no password.
    [[nodiscard]] std::unique_ptr<Session> signedIn(const QString &login);
    [[nodiscard]] QString called(const char *function, const Place &copy, const QString &barcode,
                                 const QString &card = {}) const;
    [[nodiscard]] int told(const QString &database, const QString &text);

    RightsLibrary m_rights;
    Place m_here;
    Place m_there;
    Place m_fresh; ///< at the other branch, where nobody has read yet
};

void TestWithheld::initTestCase()
{
    QVERIFY2(m_rights.start(), qPrintable(m_rights.errorText()));
    m_here = m_rights.furnish(m_rights.here());
    m_there = m_rights.furnish(m_rights.there());
    m_fresh = m_rights.furnish(m_rights.there());
    for (const QString &login : {u"eve"_s, u"bob"_s}) {
        m_rights.library().ddl(u"main"_s, u"CREATE ROLE %1 LOGIN IN ROLE branchline_admin; "
                                          "SELECT add_staff('%1', '%1')"_s.arg(login));
    }
    m_rights.makeOrdinary();
    m_rights.setRights({u"desk"_s}, &m_rights.here());
}

std::unique_ptr<Session> TestWithheld::signedIn(const QString &login)
{
    auto session = m_rights.library().newSession(u"main"_s, LocalLibrary::superuserName());
    session->execText(u"sign in"_s, u"SET SESSION AUTHORIZATION %1"_s.arg(login));
    return session;
}

/// A call of the desk's functions at the own branch, for a copy of a place.
QString TestWithheld::called(const char *function, const Place &copy, const QString &barcode,
                             const QString &card) const
{
    return u"FROM %1(gen_random_uuid(), '%2', %3, '%4', '%5'%6)"_s.arg(
        QString::fromLatin1(function), bare(copy.branch.id), QString::number(copy.branch.epoch),
        bare(m_here.branch.id), barcode, card.isEmpty() ? QString() : u", '%1'"_s.arg(card));
}

/// How many rows of the audit log have a text in them.
int TestWithheld::told(const QString &database, const QString &text)
{
    return m_rights.library()
        .value(database,
               u"SELECT count(*) FROM audit_log AS a WHERE strpos(a.new::text, '%1') > 0"_s.arg(text))
        .toInt();
}

/// A transaction that began before the revocation does not go on with the rights of then.
void TestWithheld::an_old_snapshot_gives_no_right_back()
{
    PreparedLibrary &library = m_rights.library();
    const QString give = u"SELECT assign_right('eve', 'library', NULL)"_s;
    for (const auto &[level, state] : {std::pair{u"REPEATABLE READ"_s, u"LB002"_s},
                                       {u"SERIALIZABLE"_s, u"LB002"_s},
                                       {u"READ COMMITTED"_s, u"LB004"_s}}) {
        library.sql(u"main"_s, give);
        const auto eve = signedIn(u"eve"_s);
        QCOMPARE(stateOf(*eve, u"SELECT add_staff('carl', 'Carl')"_s), u"ok"_s);
        eve->execText(u"begin"_s, u"BEGIN ISOLATION LEVEL %1; SELECT count(*) FROM branches"_s.arg(level));
        library.sql(u"main"_s, u"SELECT revoke_right('eve', 'library', NULL)"_s);
        QCOMPARE(stateOf(*eve, give), state);
        eve->execText(u"end"_s, u"COMMIT"_s);
        QCOMPARE(library.value(u"main"_s, u"SELECT count(*) FROM staff_assignments WHERE login = 'eve' "
                                          "AND revoked_at IS NULL"_s),
                 u"0"_s);
    }
}

void TestWithheld::the_last_administrator_stays()
{
    const QString revoke = u"SELECT revoke_right('%1', 'library', NULL)"_s;
    m_rights.library().sql(u"main"_s, u"SELECT assign_right('eve', 'library', NULL), "
                                      "assign_right('bob', 'library', NULL)"_s);
    const auto eve = signedIn(u"eve"_s);
    const auto bob = signedIn(u"bob"_s);
    // Of two who revoke each other's right the later one waits to see what became of the first.
    eve->execText(u"begin"_s, u"BEGIN"_s);
    QCOMPARE(stateOf(*eve, revoke.arg(u"bob"_s)), u"ok"_s);
    bob->execText(u"wait"_s, u"SET lock_timeout = '300ms'"_s);
    QCOMPARE(stateOf(*bob, revoke.arg(u"eve"_s)), u"55P03"_s);
    eve->execText(u"end"_s, u"COMMIT"_s);
    QCOMPARE(stateOf(*bob, revoke.arg(u"eve"_s)), u"LB004"_s);
    QCOMPARE(stateOf(*eve, revoke.arg(u"eve"_s)), u"LB007"_s);
    // Somebody who has the right at one branch only is nobody to leave it to, nor is a disabled one.
    QCOMPARE(stateOf(*eve, u"SELECT assign_right('bob', 'library', '%1')"_s.arg(bare(m_here.branch.id))),
             u"ok"_s);
    QCOMPARE(stateOf(*eve, revoke.arg(u"eve"_s)), u"LB007"_s);
    QCOMPARE(stateOf(*eve, u"SELECT assign_right('bob', 'library', NULL)"_s), u"ok"_s);
    // Nor do two disable one another.
    eve->execText(u"begin"_s, u"BEGIN"_s);
    QCOMPARE(stateOf(*eve, u"SELECT set_staff_active('bob', false)"_s), u"ok"_s);
    QCOMPARE(stateOf(*bob, u"SELECT set_staff_active('eve', false)"_s), u"55P03"_s);
    eve->execText(u"end"_s, u"ROLLBACK"_s);
    QCOMPARE(stateOf(*eve, revoke.arg(u"eve"_s)), u"ok"_s);
    m_rights.library().sql(u"main"_s, revoke.arg(u"bob"_s));
}

/// Not in a refusal, which a session may roll back, and not in the log of the branch whose copy it was.
void TestWithheld::reasons_for_a_block_stay_at_home()
{
    PreparedLibrary &library = m_rights.library();
    library.sql(u"main"_s, u"INSERT INTO user_blocks (user_id, code, reason) "
                           "VALUES ('%1', 'manual', '%2')"_s.arg(bare(m_there.patron), secret));
    library.settle();
    const auto here = library.newSession(m_here.database);
    const auto there = library.newSession(m_there.database);
    const QString lend =
        u"SELECT reasons::text "_s + called("checkout", m_here, m_here.free.first(), m_there.card);
    const QString renewed = u"SELECT reasons::text "_s + called("renew", m_there, m_there.kept);
    const QString lendTheirs =
        u"SELECT reasons::text "_s + called("checkout", m_there, m_there.free.first(), m_there.card);
    for (const QString &answer :
         {valueOf(*here, lend), valueOf(*there, renewed), valueOf(*there, lendTheirs)}) {
        QVERIFY2(answer.contains("block"_L1) || answer.contains("may not borrow"_L1), qPrintable(answer));
        QVERIFY2(!answer.contains(secret), qPrintable(answer));
    }
    // Whoever has the copy is not said to be blocked: nobody has shown a card.
    QVERIFY(!valueOf(*there, renewed).contains("block"_L1));
    // At home it is told, and kept nowhere else.
    m_rights.setRights({u"desk"_s}, nullptr);
    QVERIFY(valueOf(*here, lend).contains(secret));
    QVERIFY(valueOf(*there, renewed).contains(secret));
    for (const QString &database : {m_here.database, m_there.database})
        QCOMPARE(told(database, secret), 0);
    QVERIFY(told(m_here.database, u"The patron is blocked"_s) > 0);
    library.sql(u"main"_s, u"UPDATE user_blocks SET deleted_at = now()"_s);
    m_rights.setRights({u"desk"_s}, &m_rights.here());
}

/// "Renewed" says that the patron of the card has the copy of another branch.
void TestWithheld::who_has_a_copy_is_told_once_recorded()
{
    PreparedLibrary &library = m_rights.library();
    const auto session = library.newSession(m_fresh.database);
    const auto notes = [&] {
        return library.value(m_fresh.database,
                             u"SELECT count(*) FROM audit_log WHERE op = 'read' AND row_id = '%1' AND "
                             "new ->> 'read' = 'open_loans'"_s.arg(bare(m_fresh.patron)));
    };
    session->execText(u"begin"_s, u"BEGIN"_s);
    for (int i = 0; i < 2; ++i)
        QCOMPARE(
            valueOf(*session, u"SELECT outcome "_s + called("checkout", m_fresh, m_fresh.kept, m_fresh.card)),
            QString());
    session->execText(u"rollback"_s, u"ROLLBACK"_s);
    QCOMPARE(notes(), u"0"_s);
    // The program asks again by itself, with the same request.
    const auto cluster = library.newCluster(u"branchline desk"_s);
    const Scan scan{
        .deskBranch = m_here.branch.id, .barcode = m_fresh.kept, .card = m_fresh.card, .dueOn = {}};
    COMPARE_OUTCOME(await(checkOut(*cluster, scan)), Outcome::Renewed);
    QCOMPARE(notes(), u"1"_s);
    QCOMPARE(library.value(m_fresh.database, u"SELECT count(*) FROM op_result WHERE result IS NULL"_s),
             u"0"_s);
    // Own copies need no record.
    Scan own = scan;
    own.requestId = newUuid();
    own.barcode = m_here.kept;
    own.card = m_here.card;
    COMPARE_OUTCOME(await(checkOut(*cluster, own)), Outcome::Renewed);
    QCOMPARE(library.value(m_here.database,
                           u"SELECT count(*) FROM audit_log WHERE op = 'read' AND row_id = '%1'"_s.arg(
                               bare(m_here.patron))),
             u"0"_s);
}

/// Whoever watches changes does not learn from them which patron borrows at which other branch.
void TestWithheld::changes_name_patrons_of_the_own_branches()
{
    PreparedLibrary &library = m_rights.library();
    const auto changesOf = [&](const Place &place, const QString &database, const QString &act) {
        const auto session = library.newSession(database);
        const QString about = u"'{%1}'"_s.arg(bare(place.patron));
        const QString mark = valueOf(*session, u"SELECT mark FROM changes_since(NULL, %1)"_s.arg(about));
        library.sql(database, act);
        return valueOf(*session, u"SELECT changes FROM changes_since('%1', %2)"_s.arg(mark, about));
    };
    const auto renewal = [](const Place &place) {
        return u"SELECT renew(gen_random_uuid(), '%1', %2, '%1', '%3')"_s.arg(
            bare(place.branch.id), QString::number(place.branch.epoch), place.kept);
    };
    const QString touch = u"UPDATE users SET phone = phone || '1' WHERE id = '%1'"_s;
    QString lines = changesOf(m_there, m_there.database, renewal(m_there));
    QVERIFY2(lines.contains(u"loans %1 -"_s.arg(bare(m_there.branch.id))), qPrintable(lines));
    QVERIFY2(!lines.contains(bare(m_there.patron)), qPrintable(lines));
    lines = changesOf(m_here, m_here.database, renewal(m_here));
    QVERIFY2(lines.contains(u"loans %1 %2"_s.arg(bare(m_here.branch.id), bare(m_here.patron))),
             qPrintable(lines));
    // Once the reading of these loans stands in the audit log, their changes are told.
    const auto reader = library.newSession(m_there.database);
    for (int i = 0; i < 2; ++i)
        static_cast<void>(valueOf(
            *reader, u"SELECT count(id) FROM loans_of_patron('%1', false, 9)"_s.arg(bare(m_there.patron))));
    lines = changesOf(m_there, m_there.database, renewal(m_there));
    QVERIFY2(lines.contains(bare(m_there.patron)), qPrintable(lines));

    lines = changesOf(m_there, u"main"_s, touch.arg(bare(m_there.patron)));
    QVERIFY2(lines.contains("patrons * "_L1 + bare(m_there.patron)), qPrintable(lines));
    m_rights.setRights({u"catalogue"_s}, nullptr);
    lines = changesOf(m_there, u"main"_s, touch.arg(bare(m_there.patron)));
    QVERIFY2(lines.contains("patrons * -"_L1), qPrintable(lines));
    QVERIFY2(!lines.contains(bare(m_there.patron)), qPrintable(lines));
    library.settle();
}

void TestWithheld::a_taken_card_names_nobody_elsewhere()
{
    m_rights.setRights({u"patrons"_s}, &m_rights.here());
    const auto session = m_rights.library().newSession(u"main"_s);
    const auto other = [&](const QString &card) {
        return valueOf(*session,
                       u"SELECT concat_ws(' ', reason, taken_card, other_id) FROM register_patron(NULL, "
                       "'New', 'Nora', 'adult', '%1', NULL, NULL, NULL, NULL, NULL, "
                       "'[{\"number\": \"%2\"}]')"_s.arg(bare(m_here.branch.id), card));
    };
    QCOMPARE(other(m_there.card), u"card_taken "_s + m_there.card);
    QCOMPARE(other(m_here.card), u"card_taken %1 %2"_s.arg(m_here.card, bare(m_here.patron)));
}

void TestWithheld::open_loans_are_counted_at_home()
{
    const auto count = [](const Place &place) {
        return u"SELECT patron_open_loans('%1')"_s.arg(bare(place.patron));
    };
    m_rights.setRights({u"patrons"_s}, &m_rights.here());
    QVERIFY(valueOf(*m_rights.library().newSession(m_here.database), count(m_here)).toInt() > 0);
    QCOMPARE(stateOf(*m_rights.library().newSession(m_there.database), count(m_there)), u"LB004"_s);
}

/// A filter that who counts loans without their patrons could count the types of patrons by.
void TestWithheld::types_of_patrons_are_for_the_desk()
{
    const QString filtered =
        u"SELECT count(*) FROM branch_loans('%1', 'open', '{\"user_type\": [\"adult\"]}', 'due', false, NULL, 9)"_s
            .arg(bare(m_here.branch.id));
    m_rights.setRights({u"reports"_s}, &m_rights.here());
    const auto session = m_rights.library().newSession(m_here.database);
    QCOMPARE(stateOf(*session, filtered), u"LB004"_s);
    m_rights.setRights({u"desk"_s}, &m_rights.here());
    QVERIFY(valueOf(*session, filtered).toInt() > 0);
}

/// Cards and blocks say no branch of their own: theirs is the patron's home.
void TestWithheld::the_audit_log_of_a_branch_has_cards_and_blocks()
{
    m_rights.library().sql(u"main"_s, u"INSERT INTO user_blocks (user_id, code, reason) "
                                      "VALUES ('%1', 'manual', '%2')"_s.arg(bare(m_here.patron), secret));
    const QString entries =
        u"SELECT count(*) FILTER (WHERE branch_id = '%1' AND table_name = '%2') || ' of ' || count(*) "
        "FROM audit_page(NULL, NULL, NULL, NULL, '{%2}', NULL, '%1', NULL, NULL, 1000)"_s;
    m_rights.setRights({u"patrons"_s}, &m_rights.here());
    const auto session = m_rights.library().newSession(u"main"_s);
    for (const QString &table : {u"user_blocks"_s, u"user_cards"_s, u"users"_s}) {
        const QStringList found = valueOf(*session, entries.arg(bare(m_here.branch.id), table)).split(u' ');
        QVERIFY2(found.first().toInt() > 0 && found.first() == found.last(),
                 qPrintable(table + u' ' + found.join(u' ')));
    }
    m_rights.library().sql(u"main"_s, u"UPDATE user_blocks SET deleted_at = now()"_s);
}

/// Whoever looks after one branch sees who may do what there.
void TestWithheld::rights_elsewhere_are_not_listed()
{
    m_rights.library().sql(u"main"_s, u"SELECT assign_right('eve', 'library', '%1'), "
                                      "assign_right('bob', 'desk', '%1'), assign_right('bob', 'desk', '%2'), "
                                      "assign_right('bob', 'reports', NULL)"_s.arg(bare(m_here.branch.id),
                                                                                   bare(m_there.branch.id)));
    const auto eve = signedIn(u"eve"_s);
    QCOMPARE(
        valueOf(*eve,
                u"SELECT string_agg(right_code || ' ' || coalesce(branch_id::text, 'everywhere'), ', ' "
                "ORDER BY right_code) FROM staff_list() WHERE login = 'bob' AND right_code <> 'library'"_s),
        u"desk %1, reports everywhere"_s.arg(bare(m_here.branch.id)));
    m_rights.library().sql(u"main"_s, u"SELECT assign_right('eve', 'library', NULL)"_s);
    QVERIFY(valueOf(*eve, u"SELECT string_agg(branch_id::text, ' ') FROM staff_list() WHERE login = 'bob'"_s)
                .contains(bare(m_there.branch.id)));
}

QTEST_GUILESS_MAIN(TestWithheld)
#include "tst_withheld.moc"
