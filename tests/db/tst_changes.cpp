// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/changes.h"
#include "tests/support/preparedlibrary.h"

#include <QDeadlineTimer>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

namespace {

constexpr int patience = 15000;
const QString shard = u"main"_s;
const QString database = u"main_shard"_s;

} // namespace

/// What the databases say has changed: everything once, nothing twice, and never too little, whatever the
/// order in which transactions begin and end, and whatever happens to the server.
class TestChanges final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void firstAnswerIsOfAnything();
    void deskIsToldOnce();
    void subjectsAreTold();
    void lateCommitIsTold();
    void rolledBackIsNotTold();
    void mainTellsOfPatronsBooksAndBranches();
    void shardTellsWhatCameFromMain();
    void oldMarkIsRefused();
    void longTransactionKeepsItsChanges();
    void markOfBeforeARestartIsRefused();
    void markOfBeforeACrashIsRefused();
    void staffCannotReadOrForgeTheLog();

private:
    [[nodiscard]] ChangesAnswer ask(const QString &mark, const QSet<QUuid> &about = {},
                                    const QString &where = shard);
    /// Asks until something of this kind is told of.
    [[nodiscard]] bool isTold(ChangeKind kind, const QString &where);
    [[nodiscard]] Changes next(const QSet<QUuid> &about = {});

    PreparedLibrary m_library{TestLibrary::Servers::Separate};
    BranchEntry m_branch;
    QString m_card;
    QString m_barcode;
    QString m_mark;
};

void TestChanges::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.addBranch(shard);
    m_card = m_library.addPatron(m_branch);
    m_barcode = m_library.addCopy(m_branch);
    m_library.settle();
}

void TestChanges::init()
{
    m_mark = ask({}).mark;
}

ChangesAnswer TestChanges::ask(const QString &mark, const QSet<QUuid> &about, const QString &where)
{
    // The first call after a restart may meet a connection that is gone.
    const QDeadlineTimer deadline(patience);
    while (true) {
        const auto answer = await(changesSince(m_library.cluster(), where, mark, about));
        if (answer.isOk() || deadline.hasExpired())
            return answer.valueOrThrow();
    }
}

Changes TestChanges::next(const QSet<QUuid> &about)
{
    const ChangesAnswer answer = ask(m_mark, about);
    m_mark = answer.mark;
    return answer.changes;
}

bool TestChanges::isTold(ChangeKind kind, const QString &where)
{
    const QDeadlineTimer deadline(patience);
    while (!deadline.hasExpired()) {
        const ChangesAnswer answer = ask(m_mark, {}, where);
        m_mark = answer.mark;
        if (answer.changes.has(kind))
            return !answer.changes.isAnything();
    }
    return false;
}

void TestChanges::firstAnswerIsOfAnything()
{
    QVERIFY(ask({}).changes.isAnything());
    QVERIFY(ask(u"nonsense"_s).changes.isAnything());
    QVERIFY(next().isEmpty());
}

void TestChanges::deskIsToldOnce()
{
    const BranchEntry other = m_library.addBranch(shard);
    while (!next().isEmpty()) {
    }
    COMPARE_OUTCOME(m_library.lend(m_branch, m_barcode, m_card), Outcome::Lent);
    const Changes lent = next();
    QVERIFY(!lent.isAnything());
    QVERIFY(lent.has(ChangeKind::Loans, m_branch.id));
    QVERIFY(lent.has(ChangeKind::Copies));
    QVERIFY(!lent.has(ChangeKind::Loans, other.id));
    QVERIFY(!lent.has(ChangeKind::Settings));
    QVERIFY(next().isEmpty());
    COMPARE_OUTCOME(m_library.renew(m_branch, m_barcode), Outcome::Renewed);
    QVERIFY(next().has(ChangeKind::Loans, m_branch.id));
    COMPARE_OUTCOME(m_library.takeBack(m_branch, m_barcode), Outcome::Returned);
    QVERIFY(next().has(ChangeKind::Loans, m_branch.id));
    static_cast<void>(m_library.addCopy(m_branch));
    QVERIFY(isTold(ChangeKind::Copies, shard));
}

/// Whoever shows one patron or one book hears of these; who it was otherwise is not told.
void TestChanges::subjectsAreTold()
{
    const QUuid patron(
        m_library.value(database, u"SELECT user_id FROM user_cards WHERE card_number = '%1'"_s.arg(m_card)));
    const QUuid other = newUuid();
    COMPARE_OUTCOME(m_library.lend(m_branch, m_barcode, m_card), Outcome::Lent);
    const QString before = m_mark;
    const Changes known = next({patron, other});
    QVERIFY(known.concerns(ChangeKind::Loans, {patron}));
    QVERIFY(!known.concerns(ChangeKind::Loans, {other}));
    const Changes stranger = ask(before, {other}).changes;
    QVERIFY(!stranger.concerns(ChangeKind::Loans, {other}));
    QVERIFY(stranger.concerns(ChangeKind::Loans, {newUuid()})); // not asked about, so it may be
    const QString lines = m_library.value(
        database, u"SELECT changes FROM changes_since('%1', '{%2}')"_s.arg(before, other.toString()));
    QVERIFY(lines.contains(u"loans "_s));
    QVERIFY(!lines.contains(patron.toString(QUuid::WithoutBraces)));
    COMPARE_OUTCOME(m_library.takeBack(m_branch, m_barcode), Outcome::Returned);
}

/// A transaction that began before others were told of, and commits after.
void TestChanges::lateCommitIsTold()
{
    const QString late = m_library.addCopy(m_branch);
    const auto slow = m_library.newSession(database, LocalLibrary::superuserName());
    while (!next().isEmpty()) {
    }
    Transaction transaction(*slow);
    slow->execText(u"slow"_s,
                   u"UPDATE physical_exemplars SET note = 'late' WHERE barcode = '%1'"_s.arg(late));
    for (int i = 0; i < 3; ++i) {
        COMPARE_OUTCOME(m_library.lend(m_branch, m_barcode, m_card), Outcome::Lent);
        QVERIFY(next().has(ChangeKind::Loans));
        COMPARE_OUTCOME(m_library.takeBack(m_branch, m_barcode), Outcome::Returned);
        QVERIFY(next().has(ChangeKind::Loans));
        QVERIFY(next().isEmpty());
    }
    transaction.commit();
    const Changes changes = next();
    QVERIFY(!changes.isAnything());
    QVERIFY(changes.has(ChangeKind::Copies, m_branch.id));
    QVERIFY(!changes.has(ChangeKind::Loans));
    QVERIFY(next().isEmpty());
}

void TestChanges::rolledBackIsNotTold()
{
    const auto session = m_library.newSession(database, LocalLibrary::superuserName());
    {
        const Transaction transaction(*session);
        session->execText(u"change"_s, u"UPDATE physical_exemplars SET note = 'never'"_s);
    }
    QVERIFY(next().isEmpty());
}

void TestChanges::mainTellsOfPatronsBooksAndBranches()
{
    const auto toldOf = [this](ChangeKind kind, const std::function<void()> &act) {
        m_mark = ask({}, {}, {}).mark;
        act();
        const Changes changes = ask(m_mark, {}, {}).changes;
        return changes.has(kind) && !changes.isAnything();
    };
    QVERIFY(toldOf(ChangeKind::Patrons, [this] { static_cast<void>(m_library.addPatron(m_branch)); }));
    QVERIFY(toldOf(ChangeKind::Patrons, [this] {
        m_library.sql(u"main"_s,
                      u"UPDATE user_cards SET active = active WHERE card_number = '%1'"_s.arg(m_card));
    }));
    QVERIFY(toldOf(ChangeKind::Patrons, [this] {
        m_library.sql(u"main"_s, u"INSERT INTO user_blocks (user_id, code, reason) SELECT user_id, 'manual', "
                                 "'x' FROM user_cards WHERE card_number = '%1'"_s.arg(m_card));
    }));
    m_library.sql(u"main"_s, u"UPDATE user_blocks SET deleted_at = now()"_s);
    QUuid book;
    QVERIFY(toldOf(ChangeKind::Books, [&] { book = m_library.addBook(); }));
    QVERIFY(toldOf(ChangeKind::Books, [&] {
        m_library.sql(u"main"_s, u"UPDATE books SET title = 'Other' WHERE id = '%1'"_s.arg(book.toString()));
    }));
    QVERIFY(toldOf(ChangeKind::Settings, [this] { static_cast<void>(m_library.addBranch(shard)); }));
    m_library.settle();
}

void TestChanges::shardTellsWhatCameFromMain()
{
    m_mark = ask({}).mark;
    static_cast<void>(m_library.addPatron(m_branch));
    QVERIFY(isTold(ChangeKind::Patrons, shard));
    static_cast<void>(m_library.addBook());
    QVERIFY(isTold(ChangeKind::Books, shard));
    m_library.sql(u"main"_s,
                  u"UPDATE branches SET name = name || '!' WHERE id = '%1'"_s.arg(m_branch.id.toString()));
    QVERIFY(isTold(ChangeKind::Settings, shard));
    // Many rows of one transaction are one change of anything.
    m_library.sql(u"main"_s, u"INSERT INTO books (title, sort_title) "
                             "SELECT 'Many ' || n, 'Many ' || n FROM generate_series(1, 3000) AS n"_s);
    QVERIFY(isTold(ChangeKind::Books, shard));
    QVERIFY(m_library
                .value(database, u"SELECT max(n) FROM (SELECT count(*) AS n FROM change_log GROUP BY xid) "
                                 "AS c"_s)
                .toInt() <= 1000);
    m_library.settle();
}

/// The log is short: whoever was away for longer reads everything, and hears of all that follows.
void TestChanges::oldMarkIsRefused()
{
    const QString old = ask({}).mark;
    COMPARE_OUTCOME(m_library.lend(m_branch, m_barcode, m_card), Outcome::Lent);
    COMPARE_OUTCOME(m_library.takeBack(m_branch, m_barcode), Outcome::Returned);
    m_library.sql(database, u"SELECT trim_change_log(0)"_s);
    QVERIFY(m_library.value(database, u"SELECT count(*) FROM change_log"_s).toInt() <= 2);
    const ChangesAnswer answer = ask(old);
    QVERIFY(answer.changes.isAnything());
    m_mark = answer.mark;
    COMPARE_OUTCOME(m_library.lend(m_branch, m_barcode, m_card), Outcome::Lent);
    const Changes changes = next();
    QVERIFY(!changes.isAnything());
    QVERIFY(changes.has(ChangeKind::Loans));
    COMPARE_OUTCOME(m_library.takeBack(m_branch, m_barcode), Outcome::Returned);
}

/// Trimming leaves what a transaction that still runs may tell of, and every mark that was given since.
void TestChanges::longTransactionKeepsItsChanges()
{
    const auto slow = m_library.newSession(database, LocalLibrary::superuserName());
    Transaction transaction(*slow);
    slow->execText(u"slow"_s, u"UPDATE physical_exemplars SET note = 'long' WHERE barcode = '%1'"_s.arg(
                                  m_library.addCopy(m_branch)));
    while (!next().isEmpty()) {
    }
    for (int i = 0; i < 3; ++i) {
        COMPARE_OUTCOME(m_library.lend(m_branch, m_barcode, m_card), Outcome::Lent);
        COMPARE_OUTCOME(m_library.takeBack(m_branch, m_barcode), Outcome::Returned);
        m_library.sql(database, u"SELECT trim_change_log(0)"_s);
        const Changes changes = next();
        QVERIFY(!changes.isAnything());
        QVERIFY(changes.has(ChangeKind::Loans));
    }
    transaction.commit();
    m_library.sql(database, u"SELECT trim_change_log(0)"_s);
    QVERIFY(next().has(ChangeKind::Copies, m_branch.id));
}

void TestChanges::markOfBeforeARestartIsRefused()
{
    QVERIFY(m_library.servers().stopServer(database));
    QVERIFY(m_library.servers().startServer(database));
    QVERIFY(next().isAnything());
    QVERIFY(next().isEmpty());
    COMPARE_OUTCOME(m_library.lend(m_branch, m_barcode, m_card), Outcome::Lent);
    QVERIFY(next().has(ChangeKind::Loans, m_branch.id));
    COMPARE_OUTCOME(m_library.takeBack(m_branch, m_barcode), Outcome::Returned);
}

/// One backend dies, and the server gets up again by itself: transactions that were lost leave their numbers
/// to others.
void TestChanges::markOfBeforeACrashIsRefused()
{
    m_library.sql(database, u"SELECT trim_change_log(0)"_s);
    m_mark = ask({}).mark;
    const auto victim = m_library.newSession(database, LocalLibrary::superuserName());
    const qint64 process =
        victim->exec({"pid"_L1, "SELECT pg_backend_pid() AS pid"_L1})->row(0).number("pid");
    QCOMPARE(QProcess::execute(u"kill"_s, {u"-9"_s, QString::number(process)}), 0);
    QTRY_VERIFY_WITH_TIMEOUT(!victim->isUsable(), patience);
    // The other sessions live for a moment longer.
    QVERIFY(QTest::qWaitFor([this] { return next().isAnything(); }, patience));
    QVERIFY(next().isEmpty());
    // Connections of before the crash are found out one by one.
    QVERIFY(QTest::qWaitFor(
        [this] { return m_library.lend(m_branch, m_barcode, m_card).outcome != Outcome::Failed; }, patience));
    const Changes changes = next();
    QVERIFY(!changes.isAnything());
    QVERIFY(changes.has(ChangeKind::Loans, m_branch.id));
    // The table that says where the log begins was emptied by the crash, too.
    // The newest change stays in the log, so there must be two since the mark.
    COMPARE_OUTCOME(m_library.takeBack(m_branch, m_barcode), Outcome::Returned);
    COMPARE_OUTCOME(m_library.lend(m_branch, m_barcode, m_card), Outcome::Lent);
    const auto session = m_library.newSession(database, LocalLibrary::superuserName());
    session->execText(u"trim"_s, u"SELECT trim_change_log(0)"_s);
    QVERIFY(next().isAnything());
    QVERIFY(next().isEmpty());
}

void TestChanges::staffCannotReadOrForgeTheLog()
{
    for (const QString &where : {database, u"main"_s}) {
        const auto session = m_library.newSession(where);
        for (const QString &text :
             {u"SELECT * FROM change_log"_s, u"INSERT INTO change_log (kind) VALUES ('x')"_s,
              u"DELETE FROM change_log"_s, u"SELECT * FROM change_log_start"_s,
              u"SELECT trim_change_log(0)"_s, u"UPDATE change_log_start SET xid = '1'"_s}) {
            QVERIFY_THROWS_EXCEPTION(DbException, session->execText(u"forbidden"_s, text));
        }
    }
}

QTEST_GUILESS_MAIN(TestChanges)
#include "tst_changes.moc"
