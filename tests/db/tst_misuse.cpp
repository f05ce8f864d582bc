// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/preparedlibrary.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

/// The SQLSTATE that a text ends with; empty when it is accepted.
QString stateOf(Session &session, const QString &sql)
{
    try {
        session.execText(u"attempt"_s, sql);
        return {};
    } catch (const DbException &e) {
        return e.error().sqlState;
    }
}

QString bare(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

} // namespace

/// What a member of staff can try in psql, by mistake or on purpose.
class TestMisuse final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void staffCannotHoldUpDesks_data();
    void staffCannotHoldUpDesks();
    void missingBranchIsRefused();
    void dueDateIsBounded_data();
    void dueDateIsBounded();
    void settingsOfTheSessionDoNotMatter();
    void blanksInACard();
    void sizesAreBounded_data();
    void sizesAreBounded();
    void dueToBeLateIsLate();
    void countingHoldsUpNobody();

private:
    QString checkoutCall(const QString &barcode, const QString &card, const QString &more = {}) const
    {
        return u"SELECT outcome, loan_id FROM checkout('%1', '%2', %3, '%2', '%4', '%5'%6)"_s
            .arg(bare(m_request), bare(m_branch.id))
            .arg(m_branch.epoch)
            .arg(barcode, card, more);
    }
    QString shard() const { return m_branch.shard + "_shard"_L1; }

    PreparedLibrary m_library;
    BranchEntry m_branch;
    QUuid m_request;
    std::unique_ptr<Session> m_old; ///< in a transaction that began with the test
};

void TestMisuse::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.addBranch();
    m_library.settle();
    m_old = m_library.newSession(shard());
    m_old->execText(u"begin"_s, u"BEGIN"_s);
    m_old->execText(u"note the time"_s, u"SELECT now()"_s);
}

void TestMisuse::staffCannotHoldUpDesks_data()
{
    QTest::addColumn<QString>("sql");
    for (const auto *call :
         {"pg_advisory_lock(1, 1)", "pg_advisory_lock(1)", "pg_advisory_xact_lock(1, 1)",
          "pg_advisory_lock_shared(1)", "pg_try_advisory_lock(1, 1)", "pg_try_advisory_xact_lock_shared(1)",
          "lo_create(0)", "lo_creat(0)", "lo_from_bytea(0, 'x')", "pg_logical_emit_message(false, 'x', 'y')"})
        QTest::addRow("%s", call) << u"SELECT pg_catalog."_s + QString::fromLatin1(call);
}

/// The locks that a checkout waits for are not for staff to take, nor is the disk for them to fill.
void TestMisuse::staffCannotHoldUpDesks()
{
    QFETCH(const QString, sql);
    for (const QString &database : {u"main"_s, shard()})
        QCOMPARE(stateOf(*m_library.newSession(database), sql), u"42501"_s);
}

/// A right at some branch is no right at a branch that is not named.
void TestMisuse::missingBranchIsRefused()
{
    const auto main = m_library.newSession(u"main"_s);
    const auto onShard = m_library.newSession(shard());
    const QString id = bare(m_branch.id);
    const QString barcode = m_library.addCopy(m_branch);
    const QString card = m_library.addPatron(m_branch);
    QCOMPARE(stateOf(*main, u"SELECT add_patron(NULL, 'no-home', 'Family', 'Given', 'adult', NULL)"_s),
             u"LB005"_s);
    QCOMPARE(stateOf(*main, u"SELECT claim_barcode(NULL, NULL, 'no-home')"_s), u"LB005"_s);
    QCOMPARE(stateOf(*onShard, u"SELECT checkout(uuid_in('%1'), '%2', 1, NULL, '%3', '%4')"_s.arg(
                                   bare(newUuid()), id, barcode, card)),
             u"LB005"_s);
    COMPARE_OUTCOME(m_library.lend(m_branch, barcode, card), Outcome::Lent);
    QCOMPARE(
        stateOf(*onShard, u"SELECT checkin('%1', '%2', 1, NULL, '%3')"_s.arg(bare(newUuid()), id, barcode)),
        u"LB005"_s);
    COMPARE_OUTCOME(m_library.takeBack(m_branch, barcode), Outcome::Returned);
}

void TestMisuse::dueDateIsBounded_data()
{
    QTest::addColumn<QString>("day");
    for (const auto *day : {"infinity", "9999-12-31", "5874897-12-31", "-infinity", "2000-01-01"})
        QTest::addRow("%s", day) << QString::fromLatin1(day);
}

/// A loan that is never due, or was due before it began, is refused and nothing is written.
void TestMisuse::dueDateIsBounded()
{
    QFETCH(const QString, day);
    const QString barcode = m_library.addCopy(m_branch);
    const QString card = m_library.addPatron(m_branch);
    m_request = newUuid();
    const auto session = m_library.newSession(shard());
    QCOMPARE(stateOf(*session, checkoutCall(barcode, card, ", '"_L1 + day + u'\'')), u"LB006"_s);
    COMPARE_OUTCOME(m_library.lend(m_branch, barcode, card, m_request), Outcome::Lent);
}

/// The first answer comes again, although the repetition writes its dates in another style.
void TestMisuse::settingsOfTheSessionDoNotMatter()
{
    const QString barcode = m_library.addCopy(m_branch);
    const QString card = m_library.addPatron(m_branch);
    m_request = newUuid();
    const QString due = QDate::currentDate().addDays(40).toString(Qt::ISODate);
    const QByteArray call = checkoutCall(barcode, card, ", date '"_L1 + due + u'\'').toUtf8();
    const auto session = m_library.newSession(shard());
    QList<QUuid> loans;
    for (const auto style :
         {"SET DateStyle = 'German'"_L1, "SET DateStyle = 'SQL, DMY'"_L1, "RESET DateStyle"_L1}) {
        session->execText(u"style"_s, style);
        const Rows rows = session->exec({"call"_L1, QLatin1StringView(call)});
        QCOMPARE(rows->row(0).text("outcome"), u"lent"_s);
        loans << rows->row(0).uuid("loan_id");
    }
    QCOMPARE(loans, QList<QUuid>(3, loans.first()));
}

/// A card number is found however its blanks are typed, as when it was entered.
void TestMisuse::blanksInACard()
{
    m_library.sql(u"main"_s, u"SELECT add_patron(NULL, ' gap   7 ', 'Family', 'Given', 'adult', '%1')"_s.arg(
                                 bare(m_branch.id)));
    m_library.settle();
    for (const QString &typed : {u"gap 7"_s, u"gap   7"_s, u"  gap  7"_s}) {
        const QString barcode = m_library.addCopy(m_branch);
        COMPARE_OUTCOME(m_library.lend(m_branch, barcode, typed), Outcome::Lent);
        QCOMPARE(m_library.value(shard(), u"SELECT count(*) FROM find_patron('%1')"_s.arg(typed)), u"1"_s);
    }
}

void TestMisuse::sizesAreBounded_data()
{
    QTest::addColumn<QString>("call");
    // Each name is a lock, and the locks of a server are few for all its sessions.
    QTest::newRow("authors")
        << u"add_book(NULL, 'T', ARRAY(SELECT 'A' || i FROM generate_series(1, 30000) i), "
           "NULL, NULL, NULL, '{}')"_s;
    QTest::newRow("categories") << u"add_book(NULL, 'T', '{}', NULL, NULL, NULL, "
                                   "ARRAY(SELECT 'C' || i FROM generate_series(1, 30000) i))"_s;
    QTest::newRow("an author") << u"add_book(NULL, 'T', ARRAY[repeat('x', 301)], NULL, NULL, NULL, '{}')"_s;
    QTest::newRow("a category") << u"add_book(NULL, 'T', '{}', NULL, NULL, NULL, ARRAY[repeat('x', 201)])"_s;
    QTest::newRow("a title") << u"add_book(NULL, repeat('x', 2001), '{}', NULL, NULL, NULL, '{}')"_s;
    QTest::newRow("a family name") << u"add_patron(NULL, 'long', repeat('x', 201), '', 'adult', '%1')"_s;
    QTest::newRow("a given name") << u"add_patron(NULL, 'long', 'x', repeat('x', 201), 'adult', '%1')"_s;
    QTest::newRow("a branch") << u"add_branch(NULL, 'long', repeat('x', 201), 'UTC')"_s;
    QTest::newRow("no branch code") << u"add_branch(NULL, NULL, 'x', 'UTC')"_s;
}

/// LB006 with a sentence, not the name of a constraint, and not the end of everybody's locks.
void TestMisuse::sizesAreBounded()
{
    QFETCH(QString, call);
    call.replace("%1"_L1, bare(m_branch.id));
    QCOMPARE(stateOf(*m_library.newSession(u"main"_s), "SELECT "_L1 + call), u"LB006"_s);
}

/// Whoever began a transaction in time and takes a copy back in it later would be in time for ever.
void TestMisuse::dueToBeLateIsLate()
{
    const QString age = u"SELECT (clock_timestamp() - now() > interval '20 seconds')::text AS is_old"_s;
    const QByteArray sql = age.toUtf8();
    const auto isOld = [&] {
        return m_old->exec({"age"_L1, QLatin1StringView(sql)})->row(0).text("is_old") == "true"_L1;
    };
    QVERIFY(QTest::qWaitFor(isOld, 30'000));
    m_request = newUuid();
    const QString call = checkoutCall(u"nothing"_s, u"nobody"_s);
    QCOMPARE(stateOf(*m_old, call), u"LB002"_s);
    m_old->execText(u"end"_s, u"ROLLBACK"_s);
    QCOMPARE(stateOf(*m_old, call), QString());
}

/// A login with no right at a branch takes no lock there.
void TestMisuse::countingHoldsUpNobody()
{
    m_library.sql(u"main"_s, u"SELECT add_staff('idle', 'Idle')"_s);
    m_library.ddl(shard(), u"CREATE ROLE idle LOGIN IN ROLE branchline_staff"_s);
    const auto session = m_library.newSession(shard(), LocalLibrary::superuserName());
    session->execText(u"as idle"_s, u"SET SESSION AUTHORIZATION idle"_s);
    session->execText(u"begin"_s, u"BEGIN"_s);
    session->execText(u"count"_s, u"SELECT roll_up_activity(1)"_s);
    QCOMPARE(m_library.value(shard(), u"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"_s),
             u"0"_s);
}

QTEST_GUILESS_MAIN(TestMisuse)
#include "tst_misuse.moc"
