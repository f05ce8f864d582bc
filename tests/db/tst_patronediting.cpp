// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/patrons/patronediting.h"
#include "tests/support/preparedlibrary.h"

#include <QScopeGuard>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Patrons that are registered, changed, removed and restored.
class TestPatronEditing final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void everythingIsKept();
    void registeredTwice();
    void twoEditorsAtOnce();
    void cardsAreOfTheVersion();
    void cardOfSomebodyElse();
    void removedAndRestored();
    void cardGivenAwayMeanwhile();
    void openLoansKeepAPatron();
    void everyShardMustAnswer();
    void rights();
    void wrongValues_data();
    void wrongValues();

private:
    PatronRecord newRecord();
    PatronRecord stored()
    {
        return await(registerPatron(m_library.cluster(), newRecord())).valueOrThrow().record;
    }
    Saved<PatronRecord> save(const PatronRecord &record)
    {
        return await(updatePatron(m_library.cluster(), record, record.revision.version)).valueOrThrow();
    }
    Saved<PatronRecord> remove(const PatronRecord &record)
    {
        return await(removePatron(m_library.cluster(), record.id, record.revision.version)).valueOrThrow();
    }

    PreparedLibrary m_library{TestLibrary::Servers::Separate};
    BranchEntry m_branch;
    int m_count = 0;
};

void TestPatronEditing::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.addBranch(u"main"_s);
    m_library.setRule(&m_branch, {}, {}, u"7 days"_s);
}

PatronRecord TestPatronEditing::newRecord()
{
    return {.id = newUuid(),
            .familyName = u"Exemplar"_s,
            .givenName = u"Ada"_s,
            .typeCode = u"adult"_s,
            .homeBranch = m_branch.id,
            .email = u"ada@example.org"_s,
            .phone = u"+49 30 0000"_s,
            .address = u"1 Sample Street\nAnywhere"_s,
            .bornOn = QDate(1990, 2, 28),
            .expiresOn = QDate::currentDate().addYears(1),
            .cards = {{u"card-%1"_s.arg(++m_count), true}}};
}

void TestPatronEditing::everythingIsKept()
{
    const PatronRecord wanted = newRecord();
    QVERIFY(await(registerPatron(m_library.cluster(), wanted)).valueOrThrow().isSaved());
    PatronRecord patron = await(readPatronRecord(m_library.cluster(), wanted.id)).valueOrThrow();
    QCOMPARE(patron.familyName, wanted.familyName);
    QCOMPARE(patron.givenName, wanted.givenName);
    QCOMPARE(patron.typeCode, wanted.typeCode);
    QCOMPARE(patron.homeBranch, wanted.homeBranch);
    QCOMPARE(patron.email, wanted.email);
    QCOMPARE(patron.phone, wanted.phone);
    QCOMPARE(patron.address, wanted.address);
    QCOMPARE(patron.bornOn, wanted.bornOn);
    QCOMPARE(patron.expiresOn, wanted.expiresOn);
    QCOMPARE(patron.cards, wanted.cards);

    PatronRecord changed = patron;
    changed.familyName = u"Muster"_s;
    changed.email.clear();
    changed.bornOn = {};
    changed.cards.first().active = false;
    changed.cards.append({u"new-%1"_s.arg(++m_count), true});
    const auto answer = save(changed);
    QVERIFY(answer.isSaved());
    QCOMPARE(answer.record.revision.version, patron.revision.version + 1);
    QCOMPARE(answer.record.familyName, u"Muster"_s);
    QVERIFY(answer.record.email.isEmpty() && !answer.record.bornOn.isValid());
    QCOMPARE(answer.record.cards, changed.cards);
    QCOMPARE(save(answer.record).record.revision.version, answer.record.revision.version); // nothing to write
}

/// The call comes again after a lost connection.
void TestPatronEditing::registeredTwice()
{
    const PatronRecord wanted = newRecord();
    const auto first = await(registerPatron(m_library.cluster(), wanted)).valueOrThrow();
    const auto second = await(registerPatron(m_library.cluster(), wanted)).valueOrThrow();
    QVERIFY(first.isSaved() && second.isSaved());
    QCOMPARE(second.record.revision.version, first.record.revision.version);
    QCOMPARE(m_library.value(u"main"_s, u"SELECT count(*) FROM user_cards WHERE card_number = '%1'"_s.arg(
                                            wanted.cards.first().number)),
             u"1"_s);
}

void TestPatronEditing::twoEditorsAtOnce()
{
    const PatronRecord patron = stored();
    PatronRecord mine = patron;
    PatronRecord theirs = patron;
    mine.phone = u"1"_s;
    theirs.email = u"other@example.org"_s;
    QVERIFY(save(theirs).isSaved());
    const auto answer = save(mine);
    QVERIFY(answer.isConflict());
    QCOMPARE(answer.record.email, u"other@example.org"_s);
    QCOMPARE(answer.record.phone, patron.phone);
    PatronRecord merged = answer.record;
    merged.phone = mine.phone;
    QVERIFY(save(merged).isSaved());
}

void TestPatronEditing::cardsAreOfTheVersion()
{
    const PatronRecord patron = stored();
    m_library.ddl(u"main"_s, u"UPDATE user_cards SET active = false WHERE card_number = '%1'"_s.arg(
                                 patron.cards.first().number));
    PatronRecord mine = patron;
    mine.phone = u"2"_s;
    const auto answer = save(mine);
    QVERIFY(answer.isConflict());
    QVERIFY(!answer.record.cards.first().active);
}

void TestPatronEditing::cardOfSomebodyElse()
{
    const PatronRecord first = stored();
    PatronRecord second = stored();
    second.cards.append(first.cards.first());
    const auto answer = save(second);
    QCOMPARE(answer.refusal.code, u"card_taken"_s);
    QCOMPARE(answer.refusal.other, first.id);
    QCOMPARE(answer.refusal.subject, first.cards.first().number);

    PatronRecord third = newRecord();
    third.cards = first.cards;
    const auto refused = await(registerPatron(m_library.cluster(), third)).valueOrThrow();
    QCOMPARE(refused.refusal.code, u"card_taken"_s);
    QVERIFY(!await(readPatronRecord(m_library.cluster(), third.id)).isOk());
}

void TestPatronEditing::removedAndRestored()
{
    const PatronRecord patron = stored();
    const QString barcode = m_library.addCopy(m_branch);
    const QString card = patron.cards.first().number;
    PatronRecord stale = patron;
    --stale.revision.version;
    QVERIFY(remove(stale).isConflict());
    for (int time = 0; time < 2; ++time) {
        const auto removed = remove(patron);
        QVERIFY(removed.isSaved());
        QVERIFY(removed.record.revision.isRemoved());
    }
    m_library.settle();
    COMPARE_OUTCOME(m_library.lend(m_branch, barcode, card), Outcome::Refused);
    PatronRecord changed = patron;
    changed.phone = u"3"_s;
    QCOMPARE(save(changed).refusal.code, u"removed"_s);

    for (int time = 0; time < 2; ++time) {
        const auto restored = await(restorePatron(m_library.cluster(), patron.id)).valueOrThrow();
        QVERIFY(restored.isSaved());
        QCOMPARE(restored.record.cards, patron.cards);
        QCOMPARE(restored.record.address, patron.address);
    }
    m_library.settle();
    COMPARE_OUTCOME(m_library.lend(m_branch, barcode, card), Outcome::Lent);
}

void TestPatronEditing::cardGivenAwayMeanwhile()
{
    const PatronRecord patron = stored();
    QVERIFY(remove(patron).isSaved());
    PatronRecord next = newRecord();
    next.cards = patron.cards;
    QVERIFY(await(registerPatron(m_library.cluster(), next)).valueOrThrow().isSaved());
    const auto answer = await(restorePatron(m_library.cluster(), patron.id)).valueOrThrow();
    QCOMPARE(answer.refusal.code, u"card_taken"_s);
    QCOMPARE(answer.refusal.other, next.id);
    QVERIFY(answer.record.revision.isRemoved());
}

void TestPatronEditing::openLoansKeepAPatron()
{
    const PatronRecord patron = stored();
    const QString barcode = m_library.addCopy(m_branch);
    m_library.settle();
    COMPARE_OUTCOME(m_library.lend(m_branch, barcode, patron.cards.first().number), Outcome::Lent);
    const auto answer = remove(patron);
    QCOMPARE(answer.refusal.code, u"open_loans"_s);
    QCOMPARE(answer.refusal.subject, u"1"_s);
    COMPARE_OUTCOME(m_library.takeBack(m_branch, barcode), Outcome::Returned);
    QVERIFY(remove(patron).isSaved());
}

void TestPatronEditing::everyShardMustAnswer()
{
    const PatronRecord patron = stored();
    QVERIFY(m_library.servers().stopServer(u"tertiary_shard"_s));
    const auto answer = remove(patron);
    QCOMPARE(answer.refusal.code, u"shards_missing"_s);
    QCOMPARE(answer.refusal.subject, u"tertiary"_s);
    QVERIFY(m_library.servers().startServer(u"tertiary_shard"_s));
    QTRY_VERIFY_WITH_TIMEOUT(remove(patron).isSaved(), 20000);
}

/// The right at another branch is none here, and a patron cannot be moved to get it.
void TestPatronEditing::rights()
{
    const PatronRecord patron = stored();
    const BranchEntry other = m_library.addBranch(u"main"_s);
    m_library.ddl(u"main"_s, u"SELECT revoke_right('librarian', 'patrons', NULL); "
                             "SELECT assign_right('librarian', 'patrons', '%1')"_s.arg(
                                 other.id.toString(QUuid::WithoutBraces)));
    const auto back = qScopeGuard(
        [this] { m_library.ddl(u"main"_s, u"SELECT assign_right('librarian', 'patrons', NULL)"_s); });
    Cluster &cluster = m_library.cluster();
    PatronRecord moved = patron;
    moved.homeBranch = other.id;
    QCOMPARE(await(updatePatron(cluster, moved, moved.revision.version)).error().kind,
             DbErrorKind::NotAllowed);
    QCOMPARE(await(readPatronRecord(cluster, patron.id)).error().kind, DbErrorKind::NotAllowed);
    QCOMPARE(await(removePatron(cluster, patron.id, patron.revision.version)).error().kind,
             DbErrorKind::NotAllowed);
    QCOMPARE(await(restorePatron(cluster, patron.id)).error().kind, DbErrorKind::NotAllowed);
    QCOMPARE(await(registerPatron(cluster, newRecord())).error().kind, DbErrorKind::NotAllowed);
    PatronRecord here = newRecord();
    here.homeBranch = other.id;
    QVERIFY(await(registerPatron(cluster, here)).valueOrThrow().isSaved());
}

void TestPatronEditing::wrongValues_data()
{
    QTest::addColumn<QString>("change");
    for (const auto *change : {"name", "email", "born", "card", "type", "branch"})
        QTest::newRow(change) << QString::fromLatin1(change);
}

void TestPatronEditing::wrongValues()
{
    QFETCH(const QString, change);
    PatronRecord wrong = newRecord();
    if (change == "name"_L1)
        wrong.familyName = u"  "_s;
    else if (change == "email"_L1)
        wrong.email = u"ada at example"_s;
    else if (change == "born"_L1)
        wrong.bornOn = QDate::currentDate().addDays(9);
    else if (change == "card"_L1)
        wrong.cards.clear();
    else if (change == "type"_L1)
        wrong.typeCode = u"giant"_s;
    else
        wrong.homeBranch = newUuid();
    const auto answer = await(registerPatron(m_library.cluster(), wrong));
    QVERIFY(!answer.isOk());
    QVERIFY(answer.error().kind == DbErrorKind::InvalidValue || answer.error().kind == DbErrorKind::NotFound);
    QVERIFY(!answer.error().message.contains(u"Exemplar"_s));
    QCOMPARE(m_library.value(u"main"_s, u"SELECT count(*) FROM users WHERE id = '%1'"_s.arg(
                                            wrong.id.toString(QUuid::WithoutBraces))),
             u"0"_s);
}

QTEST_GUILESS_MAIN(TestPatronEditing)
#include "tst_patronediting.moc"
