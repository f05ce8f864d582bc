// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/catalogue/cataloguesession.h"
#include "models/roles.h"
#include "tests/support/preparedlibrary.h"

#include <QAbstractItemModelTester>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// The state of the catalogue page over real servers.
class TestCatalogue final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void narrowsAndWidens();
    void suggestsOtherWords();
    void anotherDesksLoanIsSeen();

private:
    static constexpr int patience = 15000;

    PreparedLibrary m_library;
    std::unique_ptr<ChangeFeed> m_feed;
    BranchEntry m_branch;
    QString m_barcode;
    QString m_card;
};

void TestCatalogue::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_feed = std::make_unique<ChangeFeed>(m_library.cluster());
    m_branch = m_library.addBranch();
    for (const auto &[title, language] :
         {std::pair(u"The Hobbit"_s, u"eng"_s), std::pair(u"Der Hobbit"_s, u"ger"_s)}) {
        QVERIFY(await(addBook(m_library.cluster(), {.title = title,
                                                    .authors = {u"J. R. R. Tolkien"_s},
                                                    .language = language,
                                                    .year = 1937}))
                    .isOk());
    }
    m_barcode = m_library.addCopy(m_branch);
    m_card = m_library.addPatron(m_branch);
    m_library.setRule(nullptr, u"adult"_s, u"book"_s, u"7 days"_s);
}

void TestCatalogue::narrowsAndWidens()
{
    CatalogueSession session(m_library.cluster(), *m_feed);
    const QAbstractItemModelTester tester(session.books(),
                                          QAbstractItemModelTester::FailureReportingMode::QtTest);
    session.setBranch(m_branch);
    session.search(u"hobbit"_s);
    QTRY_COMPARE_WITH_TIMEOUT(session.books()->rowCount(), 2, patience);
    QTRY_VERIFY_WITH_TIMEOUT(session.facetsAreCounted(), patience);
    const FacetGroup languages = session.facets().at(1);
    QCOMPARE(languages.kind, FacetGroup::Kind::Language);
    QCOMPARE(languages.options.size(), size_t{2});
    session.narrow(FacetGroup::Kind::Language, u"ger"_s, true);
    QTRY_COMPARE_WITH_TIMEOUT(session.books()->rowCount(), 1, patience);
    QCOMPARE(session.filterCount(), 1);
    QCOMPARE(session.books()->index(0, BookModel::Title).data().toString(), u"Der Hobbit"_s);
    session.narrow(FacetGroup::Kind::Shelf, u"anywhere"_s, true);
    QTRY_COMPARE_WITH_TIMEOUT(session.state(), CatalogueSession::State::NoMatch, patience);
    QCOMPARE(session.filterCount(), 2);
    session.removeFilters();
    QTRY_COMPARE_WITH_TIMEOUT(session.books()->rowCount(), 2, patience);
}

void TestCatalogue::suggestsOtherWords()
{
    CatalogueSession session(m_library.cluster(), *m_feed);
    session.search(u"tolkein"_s);
    QTRY_VERIFY_WITH_TIMEOUT(session.suggestion().has_value(), patience);
    QCOMPARE(session.state(), CatalogueSession::State::NoMatch);
    QCOMPARE(session.suggestion()->words, u"tolkien"_s);
    QCOMPARE(session.suggestion()->books, 2);
}

void TestCatalogue::anotherDesksLoanIsSeen()
{
    CatalogueSession session(m_library.cluster(), *m_feed);
    session.setBranch(m_branch);
    session.narrow(FacetGroup::Kind::Shelf, u"here"_s, true);
    QTRY_COMPARE_WITH_TIMEOUT(session.books()->rowCount(), 1, patience);
    const auto status = [&] { return session.books()->index(0, BookModel::State).data().toString(); };
    QTRY_COMPARE_WITH_TIMEOUT(status(), u"Available"_s, patience);
    session.setOnScreen(true);
    COMPARE_OUTCOME(m_library.lend(m_branch, m_barcode, m_card), Outcome::Lent);
    // The row says so, or is gone when the list of what stands on the shelf was read again meanwhile.
    QTRY_VERIFY_WITH_TIMEOUT(status() == u"All lent"_s || session.books()->rowCount() == 0, patience);
}

QTEST_GUILESS_MAIN(TestCatalogue)
#include "tst_catalogue.moc"
