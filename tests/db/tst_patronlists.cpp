// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/patrons/patrondetail.h"
#include "db/patrons/patronlists.h"
#include "tests/support/preparedlibrary.h"

#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Finding patrons, and what the record of one shows.
class TestPatronLists final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void names_cards_and_addresses_data();
    void names_cards_and_addresses();
    void pages_make_the_list();
    void palette_puts_the_card_first();
    void detail_has_cards_and_blocks();
    void loans_come_from_every_shard();
    void silent_shard_is_missing();
    void patrons_are_for_staff_with_a_right();

private:
    [[nodiscard]] QStringList names(const QString &query, bool descending = false);
    template <typename T>
    [[nodiscard]] static T need(const QFuture<Result<T>> &future)
    {
        const Result<T> result = await(future);
        if (!result)
            qFatal("%s", qPrintable(result.error().message));
        return *result;
    }
    [[nodiscard]] QUuid add(const QString &card, const QString &family, const QString &given);

    PreparedLibrary m_library{TestLibrary::Servers::Separate};
    BranchEntry m_home;
    BranchEntry m_other;
    QUuid m_angela;
};

void TestPatronLists::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_home = m_library.addBranch(u"main"_s);
    m_other = m_library.addBranch(u"tertiary"_s);
    m_angela = add(u"20417718"_s, u"García Núñez"_s, u"Ángela"_s);
    static_cast<void>(add(u"20417719"_s, u"Garland"_s, u"Ann"_s));
    static_cast<void>(add(u"20417720"_s, u"O'Brien"_s, u"Angus"_s));
    static_cast<void>(add(u"20417721"_s, u"O'Brien"_s, u"Angus"_s));
    static_cast<void>(add(u"angus"_s, u"Zimmer"_s, u"Ben"_s));
    m_library.sql(u"main"_s,
                  u"UPDATE users SET email = 'Ann@Example.org', phone = '555 0119', address = 'Mill Lane 3'"
                  " WHERE family_name = 'Garland'"_s);
    m_library.settle();
}

QUuid TestPatronLists::add(const QString &card, const QString &family, const QString &given)
{
    return need(addPatron(m_library.cluster(), {.card = card,
                                                .familyName = family,
                                                .givenName = given,
                                                .typeCode = u"adult"_s,
                                                .homeBranch = m_home.id}))
        .id;
}

QStringList TestPatronLists::names(const QString &query, bool descending)
{
    QStringList found;
    const Rows rows = need(patronPage(m_library.cluster(), query, descending, {}, 100));
    for (int i = 0; i < rows->rowCount(); ++i)
        found << rows->row(i).text("display_name");
    return found;
}

void TestPatronLists::names_cards_and_addresses_data()
{
    QTest::addColumn<QString>("query");
    QTest::addColumn<QStringList>("expected");
    const QString angela = u"Ángela García Núñez"_s;
    const QString ann = u"Ann Garland"_s;
    const QString angus = u"Angus O'Brien"_s;
    const QString ben = u"Ben Zimmer"_s;
    QTest::newRow("everybody") << u" "_s << QStringList{angela, ann, angus, angus, ben};
    QTest::newRow("beginning") << u"gar"_s << QStringList{angela, ann};
    QTest::newRow("one letter") << u"g"_s << QStringList{angela, ann};
    QTest::newRow("no accents, any order") << u"nunez ang"_s << QStringList{angela};
    QTest::newRow("capitals") << u"GARCIA"_s << QStringList{angela};
    QTest::newRow("every word") << u"gar ann"_s << QStringList{ann};
    QTest::newRow("apostrophe") << u"o'brien"_s << QStringList{angus, angus};
    QTest::newRow("not inside a word") << u"arland"_s << QStringList();
    QTest::newRow("card") << u"20417718"_s << QStringList{angela};
    QTest::newRow("card with blanks") << u" 2041 7718 "_s << QStringList{angela};
    QTest::newRow("half a card") << u"2041"_s << QStringList();
    QTest::newRow("card that is a word, too") << u"angus"_s << QStringList{angus, angus, ben};
    QTest::newRow("e-mail") << u"ann@example.ORG"_s << QStringList{ann};
    QTest::newRow("half an e-mail") << u"ann@"_s << QStringList{ann}; // it begins like the name
    QTest::newRow("signs only") << u"%' & | :*"_s << QStringList();
    QTest::newRow("nobody") << u"zzzz"_s << QStringList();
}

void TestPatronLists::names_cards_and_addresses()
{
    QFETCH(QString, query);
    QFETCH(QStringList, expected);
    QCOMPARE(names(query), expected);
    QCOMPARE(names(query, true), QStringList(expected.rbegin(), expected.rend()));
    const Rows keys = need(patronKeys(m_library.cluster(), query, false, 100));
    QCOMPARE(keys->rowCount() > 0 ? keys->row(0).number("place") : 0, expected.size());
}

void TestPatronLists::pages_make_the_list()
{
    for (const bool descending : {false, true}) {
        const Rows keys = need(patronKeys(m_library.cluster(), {}, descending, 2));
        QCOMPARE(keys->rowCount(), 3);
        QStringList paged;
        QVariantList after;
        for (int i = 0; i < 3; ++i) {
            const Rows rows = need(patronPage(m_library.cluster(), {}, descending, after, 2));
            for (int row = 0; row < rows->rowCount(); ++row)
                paged << rows->row(row).text("display_name");
            after = {keys->at(i, 0), keys->at(i, 1), keys->at(i, 2)};
        }
        QCOMPARE(paged, names({}, descending));
    }
}

void TestPatronLists::palette_puts_the_card_first()
{
    const auto found = need(searchPatrons(m_library.cluster(), u"angus"_s, 2));
    QCOMPARE(found.size(), 2U);
    QCOMPARE(found[0].displayName, u"Ben Zimmer"_s);
    QCOMPARE(found[1].displayName, u"Angus O'Brien"_s);
    QCOMPARE(found[1].sortName, u"O'Brien, Angus"_s);
    QCOMPARE(need(searchPatrons(m_library.cluster(), u"  "_s, 5)).size(), 0U);
}

void TestPatronLists::detail_has_cards_and_blocks()
{
    m_library.sql(u"main"_s, u"INSERT INTO user_cards (user_id, card_number) VALUES ('%1', 'newer')"_s.arg(
                                 m_angela.toString(QUuid::WithoutBraces)));
    m_library.sql(
        u"main"_s,
        u"SELECT block_patron('01a20000-0000-7000-8000-000000000001', '%1', ' Lost an atlas. ', NULL)"_s.arg(
            m_angela.toString(QUuid::WithoutBraces)));
    auto patron = need(readPatron(m_library.cluster(), m_angela));
    QVERIFY(patron.has_value());
    QCOMPARE(patron->displayName, u"Ángela García Núñez"_s);
    QCOMPARE(patron->branchName, m_home.name);
    QCOMPARE(patron->card(), u"newer"_s);
    QCOMPARE(patron->cards.size(), 2U);
    QCOMPARE(patron->blocks.size(), 1U);
    QCOMPARE(patron->blocks[0].reason, u"Lost an atlas."_s);
    QVERIFY(!patron->blocks[0].until.isValid());
    QVERIFY(patron->blocks[0].setAt.isValid());

    QVERIFY(await(endBlock(m_library.cluster(), patron->blocks[0].id)).isOk());
    QVERIFY(await(endBlock(m_library.cluster(), patron->blocks[0].id)).isOk()); // harmless
    QCOMPARE(need(readPatron(m_library.cluster(), m_angela))->blocks.size(), 0U);
    QVERIFY(!need(readPatron(m_library.cluster(), newUuid())).has_value());
    const auto ann = need(searchPatrons(m_library.cluster(), u"garland"_s, 1));
    const auto phones = need(patronPhones(m_library.cluster(), {ann.at(0).id, m_angela}));
    QCOMPARE(phones, (QHash<QUuid, QString>{{ann.at(0).id, u"555 0119"_s}}));
}

void TestPatronLists::loans_come_from_every_shard()
{
    const QString here = m_library.addCopy(m_home);
    const QString there = m_library.addCopy(m_other);
    const QString back = m_library.addCopy(m_other);
    m_library.settle();
    for (const QString &barcode : {here, back})
        COMPARE_OUTCOME(m_library.lend(m_home, barcode, u"20417718"_s), Outcome::Lent);
    COMPARE_OUTCOME(m_library.lend(m_other, there, u"20417718"_s), Outcome::Lent);
    COMPARE_OUTCOME(m_library.takeBack(m_home, back), Outcome::Returned);
    m_library.sql(u"tertiary_shard"_s,
                  u"UPDATE book_lending SET lent_at = now() - interval '30 days',"
                  " due_at = now() - interval '4 days', renewals = 2 WHERE returned_at IS NULL"_s);

    const auto answers = await(patronLoans(m_library.cluster(), m_angela, false));
    QVERIFY(answers.isComplete());
    QCOMPARE(answers.total(), 3);
    const auto open = combinedLoans(answers);
    QCOMPARE(open.size(), 2U);
    QCOMPARE(open[0].barcode, there); // the overdue one first
    QCOMPARE(open[0].shard, u"tertiary"_s);
    QCOMPARE(open[0].lateDays, 4);
    QCOMPARE(open[0].renewals, 2);
    QCOMPARE(open[1].barcode, here);
    QCOMPARE(open[1].lateDays, 0);
    QCOMPARE(open[1].lendingBranch, m_home.id);
    QVERIFY(open[1].dueIn > 0);
    QVERIFY(!open[1].authorLine.isEmpty());

    const auto returned = combinedLoans(await(patronLoans(m_library.cluster(), m_angela, true)));
    QCOMPARE(returned.size(), 1U);
    QCOMPARE(returned[0].barcode, back);
    QVERIFY(returned[0].returnedOn.isValid());
    QCOMPARE(returned[0].lateDays, 0);
}

void TestPatronLists::silent_shard_is_missing()
{
    QVERIFY(m_library.servers().stopServer(u"tertiary_shard"_s));
    const auto answers = await(patronLoans(m_library.cluster(), m_angela, false));
    QCOMPARE(answers.missing(), QStringList{u"tertiary"_s});
    QCOMPARE(answers.answered(), 2);
    QCOMPARE(combinedLoans(answers).size(), 1U);
    QVERIFY(m_library.servers().startServer(u"tertiary_shard"_s));
}

void TestPatronLists::patrons_are_for_staff_with_a_right()
{
    m_library.ddl(u"main"_s, u"CREATE ROLE norah LOGIN IN ROLE branchline_staff"_s);
    const auto session = m_library.newSession(u"main"_s, LocalLibrary::superuserName());
    session->execText(u"sign in"_s, u"SET SESSION AUTHORIZATION norah"_s);
    for (const char *call :
         {"SELECT * FROM public.patron_page('', false, NULL, 10)",
          "SELECT * FROM public.patron_keys('', false, 10)", "SELECT * FROM public.search_patrons('gar', 10)",
          "SELECT * FROM public.patron_detail(gen_random_uuid())",
          "SELECT * FROM public.patron_phones('{}')"}) {
        try {
            static_cast<void>(session->exec({QLatin1StringView(call), QLatin1StringView(call)}));
            QFAIL(call);
        } catch (const DbException &e) {
            QCOMPARE(e.error().sqlState, u"LB004"_s);
        }
    }
}

QTEST_GUILESS_MAIN(TestPatronLists)
#include "tst_patronlists.moc"
