// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/busydesk.h"
#include "tests/support/ctl.h"

#include <QDir>
#include <QJsonArray>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// `local upgrade`, from PostgreSQL 15 to 15.
class TestLocalUpgrade final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void without_a_newer_version_nothing_is_done();
    void every_answer_is_in_the_new_library();
    void the_old_library_is_one_of_its_own();
    void killed_at_any_point_it_is_finished_by_the_next();

private:
    [[nodiscard]] QString directory() const { return m_library.servers().directory(); }
    [[nodiscard]] QStringList oldOnes() const
    {
        const QFileInfo place(directory());
        QStringList paths;
        for (const QString &name : place.dir().entryList({place.fileName() + ".*"_L1}, QDir::Dirs))
            paths << place.dir().filePath(name);
        return paths;
    }
    [[nodiscard]] CtlRun ctl(const QStringList &words) const
    {
        return Ctl().json(QStringList{u"--dir"_s, directory()} + words);
    }

    PreparedLibrary m_library;
    BranchEntry m_branch;
    QString m_card;
    QStringList m_barcodes;
};

void TestLocalUpgrade::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.addBranch(u"secondary"_s);
    m_card = m_library.addPatron(m_branch);
    m_library.setRule(nullptr, {}, {}, u"14 days"_s);
    for (int i = 0; i < 8; ++i)
        m_barcodes << m_library.addCopy(m_branch);
}

void TestLocalUpgrade::cleanupTestCase()
{
    for (const QString &folder :
         oldOnes()) { // one of them was removed but for its folder, which was the test's
        (void)LocalLibrary({.directory = folder}).destroy();
        QVERIFY2(QDir(folder).removeRecursively(), qPrintable(folder));
    }
}

void TestLocalUpgrade::without_a_newer_version_nothing_is_done()
{
    const CtlRun run = ctl({u"local"_s, u"upgrade"_s});
    QVERIFY2(run.status == 1 && run.errors.contains("no newer version is installed"_L1),
             run.text().constData());
    QVERIFY(oldOnes().isEmpty());
}

/// A desk lends until it is shut out, and goes on with the new library without being started again.
void TestLocalUpgrade::every_answer_is_in_the_new_library()
{
    QList<QUuid> acknowledged;
    {
        const BusyDesk desk(m_library, m_branch, m_card, m_barcodes);
        QTRY_VERIFY_WITH_TIMEOUT(desk.count() > 20, 20'000);
        const CtlRun run = ctl({u"local"_s, u"upgrade"_s, u"--to"_s, u"15"_s});
        QVERIFY2(run.status == 0, run.text().constData());
        QVERIFY2(run.json["problems"_L1].toArray().isEmpty(), run.text().constData());
        QCOMPARE(run.json["to"_L1].toInt(), 15);
        QCOMPARE(oldOnes(), QStringList{run.json["old"_L1].toString()});
        const auto before = desk.count();
        QTRY_VERIFY_WITH_TIMEOUT(desk.count() > before + 10, 30'000);
        acknowledged = desk.acknowledged();
    }
    QStringList ids;
    for (const QUuid &request : std::as_const(acknowledged))
        ids << u"'%1'"_s.arg(request.toString(QUuid::WithoutBraces));
    QCOMPARE(m_library.value(
                 u"secondary_shard"_s,
                 u"SELECT count(*) FROM op_result WHERE result IS NOT NULL AND request_id IN (%1)"_s.arg(
                     ids.join(u','))),
             QString::number(acknowledged.size()));
    QCOMPARE(
        m_library.countOnShards(u"SELECT count(*) FROM (SELECT FROM book_lending WHERE returned_at IS NULL "
                                "GROUP BY exemplar_id HAVING count(*) > 1) AS twice"_s),
        0);
}

/// Started where it lies now, it finds its own databases, not those of the new library.
void TestLocalUpgrade::the_old_library_is_one_of_its_own()
{
    const QString old = oldOnes().constFirst();
    const CtlRun run = Ctl().json({u"--dir"_s, old, u"local"_s, u"start"_s});
    QVERIFY2(run.status == 0, run.text().constData());
    // Its subscriptions have just been enabled.
    QTRY_COMPARE_WITH_TIMEOUT(Ctl().json({u"--dir"_s, old, u"health"_s}).status, 0, 30'000);
    const QString here = m_library.value(u"main"_s, u"SELECT count(*) FROM users"_s);
    const CtlRun added =
        Ctl().json({u"--dir"_s, old, u"patron"_s, u"add"_s, u"--card"_s, u"only-in-the-old"_s, u"--name"_s,
                    u"Old"_s, u"--type"_s, u"adult"_s, u"--branch"_s, m_branch.code});
    QVERIFY2(added.status == 0, added.text().constData());
    QCOMPARE(m_library.value(u"main"_s, u"SELECT count(*) FROM users"_s), here);
    m_library.settle();
    QCOMPARE(
        m_library.countOnShards(u"SELECT count(*) FROM user_cards WHERE card_number = 'only-in-the-old'"_s),
        0);
    QVERIFY(LocalLibrary({.directory = old}).destroy().isOk());
}

void TestLocalUpgrade::killed_at_any_point_it_is_finished_by_the_next()
{
    const QString loans = m_library.value(u"secondary_shard"_s, u"SELECT count(*) FROM book_lending"_s);
    int finished = 0;
    // The last one comes after the folders have changed places.
    for (const char *words : {"Restoring main", "Putting the new library", "Bringing every reference row"}) {
        HeardCtl process(Ctl(), {u"--dir"_s, directory(), u"local"_s, u"upgrade"_s, u"--to"_s, u"15"_s});
        QVERIFY2(process.says(words) && process.kill(), process.said().constData());
        const CtlRun started = ctl({u"local"_s, u"start"_s});
        if (started.status != 0) {
            QVERIFY2(started.errors.contains("branchlinectl local upgrade"_L1),
                     (process.said() + started.text()).constData());
            const CtlRun again = ctl({u"local"_s, u"upgrade"_s});
            QVERIFY2(again.status == 0, (process.said() + again.text()).constData());
            ++finished;
        }
        QTRY_VERIFY2_WITH_TIMEOUT(ctl({u"health"_s}).status == 0, process.said().constData(), 30'000);
        QCOMPARE(m_library.value(u"secondary_shard"_s, u"SELECT count(*) FROM book_lending"_s), loans);
    }
    QVERIFY(finished > 0);
}

QTEST_GUILESS_MAIN(TestLocalUpgrade)
#include "tst_localupgrade.moc"
