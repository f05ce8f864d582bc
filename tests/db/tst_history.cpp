// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/copyediting.h"
#include "db/history/history.h"
#include "tests/rights/rightslibrary.h"
#include "tests/support/ctl.h"

#include <QJsonArray>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

QString bare(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

/// The first entry with a change of the field; nothing when there is none.
std::optional<HistoryChange> changeOf(const HistoryPage &page, const QString &field)
{
    for (const HistoryEntry &entry : page.entries) {
        for (const HistoryChange &change : entry.changes) {
            if (change.field == field)
                return change;
        }
    }
    return {};
}

QStringList operations(const HistoryPage &page)
{
    QStringList all;
    for (const HistoryEntry &entry : page.entries)
        all << entry.operation;
    return all;
}

} // namespace

/// Who changed what, and who may know it.
class TestHistory final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void a_copy_tells_who_and_from_which_desk();
    void refusals_are_in_the_history_of_the_copy();
    void a_repeated_refusal_stands_once();
    void whose_loan_it_was_is_for_the_desk();
    void contact_data_is_for_patrons_rights_at_home();
    void cards_belong_to_the_patron();
    void other_branches_are_refused();
    void nobody_reads_without_a_right();
    void pages_follow_without_gap_or_repetition();
    void filters_narrow_the_audit_page();
    void unknown_tables_are_named();
    void the_command_line_shows_it();

private:
    [[nodiscard]] Result<HistoryPage> historyOf(const QString &table, const QUuid &row,
                                                const HistoryKey &after = {}, int most = 100)
    {
        return await(recordHistory(m_rights.library().cluster(), table, row, after, most));
    }
    [[nodiscard]] Result<HistoryPage> audit(const HistoryFilter &filter, const HistoryKey &after = {},
                                            int most = 100)
    {
        return await(auditPage(m_rights.library().cluster(), filter, after, most));
    }
    [[nodiscard]] CirculationAnswer refuse(const QString &barcode, const QUuid &request = newUuid())
    {
        return m_rights.library().lend(m_here.branch, barcode, m_here.child, request);
    }
    [[nodiscard]] QUuid copyWith(const QString &barcode)
    {
        return QUuid(m_rights.library().value(
            m_here.database, u"SELECT id FROM physical_exemplars WHERE barcode = '%1'"_s.arg(barcode)));
    }

    RightsLibrary m_rights;
    Place m_here;
    Place m_there;
};

void TestHistory::initTestCase()
{
    QVERIFY2(m_rights.start(), qPrintable(m_rights.errorText()));
    m_here = m_rights.furnish(m_rights.here());
    m_there = m_rights.furnish(m_rights.there());
}

void TestHistory::init()
{
    m_rights.setRights({u"desk"_s, u"branch"_s, u"patrons"_s}, &m_here.branch);
}

void TestHistory::a_copy_tells_who_and_from_which_desk()
{
    const QString barcode = m_here.free.takeFirst();
    const QUuid copy = copyWith(barcode);
    COMPARE_OUTCOME(m_rights.library().lend(m_here.branch, barcode, m_here.card), Outcome::Lent);

    const HistoryPage page = historyOf(u"physical_exemplars"_s, copy).valueOrThrow();
    // Set up by the superuser in the shard and in main's list of barcodes, and lent.
    QCOMPARE(operations(page), (QStringList{u"update"_s, u"insert"_s, u"insert"_s}));
    const HistoryEntry &lent = page.entries.front();
    QCOMPARE(lent.actor, u"librarian"_s);
    QCOMPARE(lent.actorName, m_rights.library().value(
                                 u"main"_s, u"SELECT display_name FROM staff WHERE login = 'librarian'"_s));
    QVERIFY2(lent.desk.startsWith(u"test desk"_s), qPrintable(lent.desk));
    QCOMPARE(lent.subject, barcode);
    QCOMPARE(lent.branchCode, m_here.branch.code);
    QCOMPARE(lent.timeZone, QByteArray("UTC"));
    QCOMPARE(lent.database, m_here.branch.shard);
    QCOMPARE(lent.changes,
             (std::vector<HistoryChange>{
                 {.field = u"status"_s, .before = u"available"_s, .after = u"lent"_s, .isHidden = false}}));
    QVERIFY(qAbs(lent.at.secsTo(QDateTime::currentDateTimeUtc())) < 600);
    QVERIFY(page.missing.isEmpty() && !page.hasMore);
}

void TestHistory::refusals_are_in_the_history_of_the_copy()
{
    const QString barcode = m_here.free.takeFirst();
    const QUuid copy = copyWith(barcode);
    COMPARE_OUTCOME(refuse(barcode), Outcome::Refused);
    COMPARE_OUTCOME(m_rights.library().takeBack(m_here.branch, barcode), Outcome::Refused);
    COMPARE_OUTCOME(m_rights.library().renew(m_here.branch, barcode), Outcome::Refused);
    const CirculationAnswer lent = m_rights.library().lend(m_here.branch, barcode, m_here.card);
    COMPARE_OUTCOME(lent, Outcome::Lent);
    COMPARE_OUTCOME(m_rights.library().undo(m_here.branch, lent), Outcome::Undone);
    COMPARE_OUTCOME(m_rights.library().undo(m_here.branch, lent), Outcome::Refused);

    const HistoryPage page = historyOf(u"physical_exemplars"_s, copy).valueOrThrow();
    QStringList refused;
    QStringList said;
    for (const HistoryEntry &entry : page.entries) {
        if (entry.operation != "refused"_L1)
            continue;
        QCOMPARE(entry.actor, u"librarian"_s);
        QCOMPARE(entry.subject, barcode);
        for (const HistoryChange &change : entry.changes) {
            QVERIFY(!change.isHidden);
            if (change.field == "action"_L1)
                refused << change.after;
            else if (change.field == "reasons"_L1)
                said << change.after;
        }
    }
    QCOMPARE(refused, (QStringList{u"undo"_s, u"renew"_s, u"checkin"_s, u"checkout"_s}));
    QVERIFY2(said.last().contains(u"0 of 0"_s), qPrintable(said.join(u'\n')));
    QCOMPARE(said.at(2), u"The copy is not on loan."_s);
}

void TestHistory::a_repeated_refusal_stands_once()
{
    const QString barcode = m_here.free.takeFirst();
    const QUuid request = newUuid();
    COMPARE_OUTCOME(refuse(barcode, request), Outcome::Refused);
    COMPARE_OUTCOME(refuse(barcode, request), Outcome::Refused);
    const HistoryPage page = historyOf(u"physical_exemplars"_s, copyWith(barcode)).valueOrThrow();
    QCOMPARE(operations(page).count(u"refused"_s), 1);
}

void TestHistory::whose_loan_it_was_is_for_the_desk()
{
    const QString barcode = m_here.free.takeFirst();
    const QUuid copy = copyWith(barcode);
    COMPARE_OUTCOME(refuse(barcode), Outcome::Refused);
    const auto lent = m_rights.library().lend(m_here.branch, barcode, m_here.card);
    COMPARE_OUTCOME(lent, Outcome::Lent);
    const auto atDesk = changeOf(historyOf(u"book_lending"_s, lent.loanId).valueOrThrow(), u"user_id"_s);
    QVERIFY(atDesk && !atDesk->isHidden && !atDesk->after.isEmpty());

    m_rights.setRights({u"branch"_s}, &m_here.branch);
    QCOMPARE(historyOf(u"book_lending"_s, lent.loanId).error().kind, DbErrorKind::NotAllowed);
    const HistoryPage page = historyOf(u"physical_exemplars"_s, copy).valueOrThrow();
    for (const QString &field : {u"user_id"_s, u"reasons"_s}) {
        const auto change = changeOf(page, field);
        QVERIFY(change && change->isHidden);
        QVERIFY(change->after.isEmpty());
    }

    m_rights.setRights({u"library"_s}, &m_here.branch);
    const auto administrator =
        changeOf(historyOf(u"book_lending"_s, lent.loanId).valueOrThrow(), u"user_id"_s);
    QVERIFY(administrator && administrator->isHidden && administrator->after.isEmpty());
}

void TestHistory::contact_data_is_for_patrons_rights_at_home()
{
    m_rights.library().sql(u"main"_s,
                           u"UPDATE users SET phone = '5550177' WHERE id = '%1'"_s.arg(bare(m_here.patron)));
    const auto seen = changeOf(historyOf(u"users"_s, m_here.patron).valueOrThrow(), u"phone"_s);
    QVERIFY(seen && !seen->isHidden);
    QCOMPARE(seen->before, u"5550100"_s);
    QCOMPARE(seen->after, u"5550177"_s);

    // Not with what lends, nor with what administers, everywhere.
    m_rights.setRights({u"desk"_s, u"branch"_s}, nullptr);
    QCOMPARE(historyOf(u"users"_s, m_here.patron).error().kind, DbErrorKind::NotAllowed);
    m_rights.setRights({u"library"_s, u"desk"_s}, nullptr);
    for (const auto &page : {historyOf(u"users"_s, m_here.patron).valueOrThrow(),
                             audit({.tables = {u"users"_s}}).valueOrThrow()}) {
        QVERIFY(!page.entries.empty());
        for (const HistoryEntry &entry : page.entries) {
            QVERIFY(entry.subject.isEmpty());
            for (const HistoryChange &change : entry.changes) {
                if (QStringList{u"phone"_s, u"email"_s, u"address"_s, u"family_name"_s}.contains(
                        change.field))
                    QVERIFY2(change.isHidden && change.before.isEmpty() && change.after.isEmpty(),
                             qPrintable(change.field));
            }
        }
        QVERIFY(changeOf(page, u"phone"_s)->isHidden);
    }
    // A patron who moves takes the history along.
    m_rights.setRights({u"patrons"_s}, &m_there.branch);
    QCOMPARE(historyOf(u"users"_s, m_here.patron).error().kind, DbErrorKind::NotAllowed);
    const auto move = [this](const Place &to) {
        m_rights.library().sql(u"main"_s, u"UPDATE users SET home_branch_id = '%1' WHERE id = '%2'"_s.arg(
                                              bare(to.branch.id), bare(m_here.patron)));
    };
    move(m_there);
    QCOMPARE(changeOf(historyOf(u"users"_s, m_here.patron).valueOrThrow(), u"phone"_s)->after, u"5550177"_s);
    const auto home = changeOf(historyOf(u"users"_s, m_here.patron).valueOrThrow(), u"home_branch_id"_s);
    QCOMPARE(home->before, m_here.branch.name);
    QCOMPARE(home->after, m_there.branch.name);
    m_rights.setRights({u"patrons"_s}, &m_here.branch);
    QCOMPARE(historyOf(u"users"_s, m_here.patron).error().kind, DbErrorKind::NotAllowed);
    move(m_here);
}

void TestHistory::cards_belong_to_the_patron()
{
    const auto card = changeOf(historyOf(u"users"_s, m_here.patron).valueOrThrow(), u"card_number"_s);
    QVERIFY(card);
    QCOMPARE(card->after, m_here.card);
}

void TestHistory::other_branches_are_refused()
{
    for (const auto &[table, row] :
         {std::pair(u"physical_exemplars"_s, m_there.keptCopy), std::pair(u"users"_s, m_there.patron)}) {
        const auto page = historyOf(table, row);
        QVERIFY2(!page, qPrintable(table));
        QCOMPARE(page.error().kind, DbErrorKind::NotAllowed);
        QVERIFY(!page.error().hint.isEmpty());
    }
    QCOMPARE(audit({.branch = m_there.branch.id}).error().kind, DbErrorKind::NotAllowed);
    const HistoryPage all = audit({}, {}, 500).valueOrThrow();
    QVERIFY(!all.entries.empty());
    for (const HistoryEntry &entry : all.entries) {
        // A patron who has moved here brought entries of another branch along.
        if (entry.table != "users"_L1)
            QCOMPARE(entry.branchCode, m_here.branch.code);
    }
}

void TestHistory::nobody_reads_without_a_right()
{
    m_rights.setRights({}, nullptr);
    QCOMPARE(audit({}).error().kind, DbErrorKind::NotAllowed);
    QCOMPARE(audit({.branch = m_here.branch.id}).error().kind, DbErrorKind::NotAllowed);
    QCOMPARE(historyOf(u"physical_exemplars"_s, m_here.keptCopy).error().kind, DbErrorKind::NotAllowed);
    m_rights.setRights({u"reports"_s}, nullptr);
    QCOMPARE(audit({}).error().kind, DbErrorKind::NotAllowed);
}

void TestHistory::pages_follow_without_gap_or_repetition()
{
    m_rights.setRights({u"library"_s}, nullptr);
    const HistoryPage whole = audit({}, {}, 10000).valueOrThrow();
    QVERIFY(!whole.hasMore);
    QVERIFY(whole.entries.size() > 60); // of three databases
    QVERIFY(std::is_sorted(whole.entries.begin(), whole.entries.end(),
                           [](const HistoryEntry &a, const HistoryEntry &b) { return b.key < a.key; }));
    std::vector<QUuid> expected;
    for (const HistoryEntry &entry : whole.entries)
        expected.push_back(entry.key.id);
    std::vector<QUuid> read;
    HistoryKey after;
    for (bool more = true; more;) {
        const HistoryPage page = audit({}, after, 7).valueOrThrow();
        QVERIFY(page.entries.size() <= 7 && !page.entries.empty());
        for (const HistoryEntry &entry : page.entries)
            read.push_back(entry.key.id);
        QVERIFY(read.size() <= expected.size());
        after = page.entries.back().key;
        more = page.hasMore;
    }
    QVERIFY(read == expected);
}

void TestHistory::filters_narrow_the_audit_page()
{
    const QString barcode = m_here.free.takeFirst();
    COMPARE_OUTCOME(refuse(barcode), Outcome::Refused);
    m_rights.setRights({u"library"_s}, nullptr);
    const auto count = [this](const HistoryFilter &filter) {
        return audit(filter, {}, 10000).valueOrThrow().entries.size();
    };
    const size_t all = count({});
    QVERIFY(count({.actor = u"librarian"_s}) > 0 && count({.actor = u"librarian"_s}) < all);
    QCOMPARE(count({.actor = u"nobody"_s}), size_t(0));
    QVERIFY(count({.desk = u"DES"_s}) > 0 && count({.desk = u"desk"_s}) < all);
    QCOMPARE(count({.desk = u"desk%"_s}), size_t(0));
    QCOMPARE(count({.desk = u"lend"_s}), size_t(0)); // what was done there is no part of its name
    QVERIFY(count({.branch = m_there.branch.id}) > 0 && count({.branch = m_there.branch.id}) < all);
    const QDateTime now = QDateTime::currentDateTimeUtc();
    QCOMPARE(count({.from = now.addDays(1)}), size_t(0));
    QCOMPARE(count({.to = now.addDays(-1)}), size_t(0));
    QCOMPARE(count({.from = now.addDays(-1), .to = now.addDays(1)}), all);
    const HistoryPage refused =
        audit({.operations = {u"refused"_s}, .branch = m_here.branch.id}).valueOrThrow();
    QVERIFY(!refused.entries.empty());
    QCOMPARE(refused.entries.front().subject, barcode);
    QCOMPARE(audit({.tables = {u"loan_rules"_s}}).valueOrThrow().entries.front().table, u"loan_rules"_s);
}

void TestHistory::unknown_tables_are_named()
{
    const auto page = historyOf(u"nonsense; --"_s, m_here.patron);
    QVERIFY(!page);
    QCOMPARE(page.error().kind, DbErrorKind::NotFound);
    QVERIFY2(page.error().message.contains(u"nonsense"_s), qPrintable(page.error().message));
}

void TestHistory::the_command_line_shows_it()
{
    Ctl ctl;
    ctl.set(u"BRANCHLINE_DIR"_s, m_rights.library().servers().directory());
    const CtlRun run = ctl.json({u"history"_s, u"physical_exemplars"_s, bare(m_here.keptCopy)});
    QVERIFY2(run.status == 0 && run.isJson, run.text().constData());
    const QJsonObject entry = run.json[u"entries"_s].toArray().first().toObject();
    QCOMPARE(missingKeys(entry, {u"at"_s, u"actor"_s, u"name"_s, u"desk"_s, u"operation"_s, u"table"_s,
                                 u"id"_s, u"branch"_s, u"subject"_s, u"database"_s, u"changes"_s}),
             QStringList());
    QCOMPARE(entry[u"subject"_s].toString(), m_here.kept);
    const CtlRun wrong = ctl.run({u"history"_s, u"books"_s, u"12"_s});
    QCOMPARE(wrong.status, 2);
    const CtlRun others = ctl.json({u"history"_s, u"users"_s, bare(m_there.patron)});
    QCOMPARE(others.status, 1);
    const CtlRun audit = ctl.run({u"audit"_s, u"--branch"_s, m_here.branch.code, u"--operation"_s,
                                  u"refused"_s, u"--limit"_s, u"1"_s});
    QVERIFY2(audit.status == 0 && audit.output.contains(u"refused"_s), audit.text().constData());
    QVERIFY2(audit.output.contains(u"--limit"_s), audit.text().constData());
}

QTEST_GUILESS_MAIN(TestHistory)
#include "tst_history.moc"
