// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/editing.h"
#include "tests/support/preparedlibrary.h"

#include <QScopeGuard>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Books that are changed, removed and restored while others do the same.
class TestEditing final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void everythingIsKept();
    void unchangedIsNotWritten();
    void twoEditorsAtOnce();
    void partsAreOfTheVersion_data();
    void partsAreOfTheVersion();
    void sameChangeTwice();
    void isbnOfAnotherBook();
    void newBookThatExists();
    void removedAndRestored();
    void restoredWithoutWhatWasTakenOut();
    void isbnGivenAwayMeanwhile();
    void copiesKeepABook();
    void barcodesOfNoBook();
    void noCopyOfARemovedBook();
    void rights();
    void wrongValues_data();
    void wrongValues();
    void twins();

private:
    BookRecord newRecord();
    BookRecord stored(BookRecord record)
    {
        const auto answer = await(createBook(m_library.cluster(), record)).valueOrThrow();
        Q_ASSERT(answer.isSaved());
        return answer.record;
    }
    Saved<BookRecord> save(const BookRecord &record)
    {
        return await(updateBook(m_library.cluster(), record, record.revision.version)).valueOrThrow();
    }
    BookRecord read(const QUuid &id) { return await(readBookRecord(m_library.cluster(), id)).valueOrThrow(); }
    int auditRows(const QUuid &id)
    {
        return m_library
            .value(u"main"_s, u"SELECT count(*) FROM audit_log WHERE row_id = '%1'"_s.arg(
                                  id.toString(QUuid::WithoutBraces)))
            .toInt();
    }
    QString nextIsbn();

    PreparedLibrary m_library{TestLibrary::Servers::Separate};
    std::unique_ptr<Cluster> m_other; ///< the desk beside
    int m_count = 0;
};

namespace {

QString bare(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

QString stateOf(Session &session, const QString &sql)
{
    try {
        session.execText(u"attempt"_s, sql);
        return {};
    } catch (const DbException &e) {
        return e.error().sqlState;
    }
}

} // namespace

void TestEditing::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_other = m_library.newCluster(u"other desk"_s);
}

/// Valid, and new with each call.
QString TestEditing::nextIsbn()
{
    const QString stem = u"978%1"_s.arg(++m_count, 9, 10, QLatin1Char('0'));
    int sum = 0;
    for (int i = 0; i < 12; ++i)
        sum += stem.at(i).digitValue() * (i % 2 == 0 ? 1 : 3);
    return stem + QString::number((10 - sum % 10) % 10);
}

BookRecord TestEditing::newRecord()
{
    return {.id = newUuid(),
            .title = u"Il nome della rosa %1"_s.arg(++m_count),
            .subtitle = u"Roman"_s,
            .isbn13 = nextIsbn(),
            .language = u"it"_s,
            .year = 1980,
            .publisher = u"Bompiani"_s,
            .description = u"Sette giorni in un'abbazia."_s,
            .authors = {{u"Umberto Eco"_s, u"author"_s}, {u"Anna Beispiel"_s, u"illustrator"_s}},
            .categories = {u"Crime"_s, u"Novels"_s},
            .translations = {{u"de"_s, u"Der Name der Rose"_s, u"Sieben Tage."_s},
                             {u"en"_s, u"The Name of the Rose"_s, QString()}}};
}

void TestEditing::everythingIsKept()
{
    const BookRecord wanted = newRecord();
    const BookRecord book = read(stored(wanted).id);
    QCOMPARE(book.title, wanted.title);
    QCOMPARE(book.subtitle, wanted.subtitle);
    QCOMPARE(book.isbn13, wanted.isbn13);
    QCOMPARE(book.language, wanted.language);
    QCOMPARE(book.year, wanted.year);
    QCOMPARE(book.publisher, wanted.publisher);
    QCOMPARE(book.description, wanted.description);
    QCOMPARE(book.authors, wanted.authors);
    QCOMPARE(book.categories, wanted.categories);
    QCOMPARE(book.translations, wanted.translations);
    QCOMPARE(book.revision.changedBy, u"Librarian"_s);
    QVERIFY(book.revision.changedAt.secsTo(QDateTime::currentDateTimeUtc()) < 60);

    BookRecord changed = book;
    changed.authors = {{u"Anna Beispiel"_s, u"illustrator"_s},
                       {u"Umberto Eco"_s, u"author"_s},
                       {u"Burkhart Kroeber"_s, u"translator"_s}};
    changed.categories = {u"crime"_s, u"Abbeys"_s};
    changed.translations = {{u"de"_s, u"Der Name der Rose"_s, u"Neu."_s},
                            {u"fr"_s, u"Le Nom de la rose"_s, {}}};
    changed.language = QString();
    const auto answer = save(changed);
    QVERIFY(answer.isSaved());
    QCOMPARE(answer.record.revision.version, book.revision.version + 1);
    QCOMPARE(answer.record.authors, changed.authors);
    QCOMPARE(answer.record.categories, QStringList({u"Abbeys"_s, u"Crime"_s}));
    QCOMPARE(answer.record.translations, changed.translations);
    QCOMPARE(answer.record.description, book.description);
    QCOMPARE(m_library.value(u"main"_s,
                             u"SELECT author_line || '/' || categories FROM books_ref WHERE id = '%1'"_s.arg(
                                 bare(book.id))),
             u"Umberto Eco/Abbeys, Crime"_s);
}

void TestEditing::unchangedIsNotWritten()
{
    const BookRecord book = stored(newRecord());
    const int before = auditRows(book.id);
    const auto answer = save(book);
    QVERIFY(answer.isSaved());
    QCOMPARE(answer.record.revision.version, book.revision.version);
    QCOMPARE(auditRows(book.id), before);

    BookRecord changed = book;
    changed.publisher = u"Another house"_s;
    QVERIFY(save(changed).isSaved());
    QCOMPARE(auditRows(book.id), before + 1); // authors, categories and translations were left alone
}

/// One is saved, the other gets the conflict with what stands, and nothing of either is lost.
void TestEditing::twoEditorsAtOnce()
{
    const BookRecord book = stored(newRecord());
    BookRecord mine = book;
    BookRecord theirs = book;
    mine.publisher = u"Mine"_s;
    theirs.year = 1981;
    const auto first = updateBook(m_library.cluster(), mine, book.revision.version);
    const auto second = updateBook(*m_other, theirs, book.revision.version);
    const Saved<BookRecord> a = await(first).valueOrThrow();
    const Saved<BookRecord> b = await(second).valueOrThrow();
    QCOMPARE(int(a.isSaved()) + int(b.isSaved()), 1);
    QCOMPARE(int(a.isConflict()) + int(b.isConflict()), 1);
    const BookRecord &standing = a.isConflict() ? a.record : b.record;
    QCOMPARE(standing.revision.version, book.revision.version + 1);
    QCOMPARE(standing.publisher, a.isSaved() ? u"Mine"_s : book.publisher);

    BookRecord merged = standing;
    merged.publisher = u"Mine"_s;
    merged.year = 1981;
    const auto last = save(merged);
    QVERIFY(last.isSaved());
    QCOMPARE(last.record.revision.version, book.revision.version + 2);
}

void TestEditing::partsAreOfTheVersion_data()
{
    QTest::addColumn<QString>("sql");
    QTest::newRow("author") << u"DELETE FROM author_book WHERE book_id = '%1'"_s;
    QTest::newRow("category") << u"UPDATE category_book SET deleted_at = now() WHERE book_id = '%1'"_s;
    QTest::newRow("translation")
        << u"INSERT INTO book_data (book_id, language, title) VALUES ('%1', 'pl', 'Imie rozy')"_s;
}

/// A part that something else changes is a change of the book for whoever has it open.
void TestEditing::partsAreOfTheVersion()
{
    QFETCH(const QString, sql);
    const BookRecord book = stored(newRecord());
    m_library.ddl(u"main"_s, sql.arg(bare(book.id)));
    BookRecord mine = book;
    mine.year = 1999;
    const auto answer = save(mine);
    QVERIFY(answer.isConflict());
    QCOMPARE(answer.record.revision.version, book.revision.version + 1);
    QCOMPARE(answer.record.year, 1980);
}

/// After a lost connection the same call comes again, with the old version.
void TestEditing::sameChangeTwice()
{
    const BookRecord book = stored(newRecord());
    BookRecord mine = book;
    mine.year = 1999;
    mine.authors.removeLast();
    QVERIFY(save(mine).isSaved());
    const auto again = save(mine);
    QVERIFY(again.isSaved());
    QCOMPARE(again.record.revision.version, book.revision.version + 1);

    const BookRecord fresh = newRecord();
    const auto added = await(createBook(m_library.cluster(), fresh)).valueOrThrow();
    const auto addedAgain = await(createBook(m_library.cluster(), fresh)).valueOrThrow();
    QVERIFY(added.isSaved() && addedAgain.isSaved());
    QCOMPARE(addedAgain.record.revision.version, added.record.revision.version);
}

void TestEditing::isbnOfAnotherBook()
{
    const BookRecord first = stored(newRecord());
    BookRecord second = stored(newRecord());
    second.isbn13 = first.isbn13;
    const auto answer = save(second);
    QCOMPARE(answer.outcome, SaveOutcome::Refused);
    QCOMPARE(answer.refusal.code, u"isbn_taken"_s);
    QCOMPARE(answer.refusal.other, first.id);
    QCOMPARE(read(second.id).revision.version, second.revision.version);
}

void TestEditing::newBookThatExists()
{
    const BookRecord first = stored(newRecord());
    BookRecord second = newRecord();
    second.isbn13 = first.isbn13;
    const auto answer = await(createBook(m_library.cluster(), second)).valueOrThrow();
    QCOMPARE(answer.refusal.code, u"exists"_s);
    QCOMPARE(answer.record.id, first.id);
    QCOMPARE(answer.record.title, first.title);
    QVERIFY(!await(readBookRecord(m_library.cluster(), second.id)).isOk());
}

void TestEditing::removedAndRestored()
{
    const BookRecord book = stored(newRecord());
    const auto stale =
        await(removeBook(m_library.cluster(), book.id, book.revision.version - 1)).valueOrThrow();
    QVERIFY(stale.isConflict());

    for (int time = 0; time < 2; ++time) {
        const auto removed =
            await(removeBook(m_library.cluster(), book.id, book.revision.version)).valueOrThrow();
        QVERIFY(removed.isSaved());
        QVERIFY(removed.record.revision.isRemoved());
        QCOMPARE(removed.record.revision.removedBy, u"Librarian"_s);
    }
    QCOMPARE(await(searchBooks(m_library.cluster(), book.isbn13)).valueOrThrow()->rowCount(), 0);
    BookRecord changed = book;
    changed.year = 2001;
    QCOMPARE(save(changed).refusal.code, u"removed"_s);

    for (int time = 0; time < 2; ++time) {
        const auto restored = await(restoreBook(m_library.cluster(), book.id)).valueOrThrow();
        QVERIFY(restored.isSaved());
        QCOMPARE(restored.record.authors, book.authors);
        QCOMPARE(restored.record.categories, book.categories);
        QCOMPARE(restored.record.translations, book.translations);
        QCOMPARE(restored.record.description, book.description);
    }
    QCOMPARE(await(searchBooks(m_library.cluster(), book.isbn13)).valueOrThrow()->rowCount(), 1);
}

void TestEditing::restoredWithoutWhatWasTakenOut()
{
    BookRecord book = stored(newRecord());
    book.authors.removeLast();
    book.translations.removeFirst();
    book = save(book).record;
    const auto removed =
        await(removeBook(m_library.cluster(), book.id, book.revision.version)).valueOrThrow();
    QVERIFY(removed.isSaved());
    const auto restored = await(restoreBook(m_library.cluster(), book.id)).valueOrThrow();
    QCOMPARE(restored.record.authors, book.authors);
    QCOMPARE(restored.record.translations, book.translations);
}

void TestEditing::isbnGivenAwayMeanwhile()
{
    const BookRecord book = stored(newRecord());
    QVERIFY(await(removeBook(m_library.cluster(), book.id, book.revision.version)).valueOrThrow().isSaved());
    BookRecord next = newRecord();
    next.isbn13 = book.isbn13;
    next = stored(next);
    const auto answer = await(restoreBook(m_library.cluster(), book.id)).valueOrThrow();
    QCOMPARE(answer.refusal.code, u"isbn_taken"_s);
    QCOMPARE(answer.refusal.other, next.id);
    QVERIFY(read(book.id).revision.isRemoved());
}

void TestEditing::copiesKeepABook()
{
    const BranchEntry branch = m_library.addBranch();
    const BookRecord book = stored(newRecord());
    m_library.settle();
    const NewCopy copy{
        .branch = branch.id, .book = book.id, .barcode = u"keeps-a-book"_s, .material = u"book"_s};
    QVERIFY(await(addCopy(m_library.cluster(), copy)).isOk());
    QCOMPARE(read(book.id).copies, 1);
    const auto answer = await(removeBook(m_library.cluster(), book.id, book.revision.version)).valueOrThrow();
    QCOMPARE(answer.refusal.code, u"copies"_s);
    QCOMPARE(answer.record.copies, 1);
    QVERIFY(!read(book.id).revision.isRemoved());
}

/// Barcodes that were loaded without their book: the shards are asked, and all of them must answer.
void TestEditing::barcodesOfNoBook()
{
    const BranchEntry branch = m_library.addBranch(u"secondary"_s);
    const BookRecord book = stored(newRecord());
    const BookRecord other = stored(newRecord());
    m_library.settle();
    const NewCopy copy{
        .branch = branch.id, .book = book.id, .barcode = u"of-no-book"_s, .material = u"book"_s};
    QVERIFY(await(addCopy(m_library.cluster(), copy)).isOk());
    m_library.ddl(u"main"_s, u"SET session_replication_role = replica; "
                             "UPDATE exemplar_barcodes SET book_id = NULL WHERE barcode = 'of-no-book'; "
                             "SET session_replication_role = origin"_s);
    QCOMPARE(
        await(removeBook(m_library.cluster(), book.id, book.revision.version)).valueOrThrow().refusal.code,
        u"copies"_s);

    QVERIFY(m_library.servers().stopServer(u"tertiary_shard"_s));
    const auto silent =
        await(removeBook(m_library.cluster(), other.id, other.revision.version)).valueOrThrow();
    QCOMPARE(silent.refusal.code, u"shards_missing"_s);
    QCOMPARE(silent.refusal.subject, u"tertiary"_s);
    QVERIFY(!read(other.id).revision.isRemoved());

    QVERIFY(m_library.servers().startServer(u"tertiary_shard"_s));
    QTRY_VERIFY_WITH_TIMEOUT(
        await(removeBook(m_library.cluster(), other.id, other.revision.version)).valueOrThrow().isSaved(),
        20000);
    m_library.ddl(
        u"main"_s,
        u"UPDATE exemplar_barcodes SET book_id = '%1' WHERE barcode = 'of-no-book'"_s.arg(bare(book.id)));
}

void TestEditing::noCopyOfARemovedBook()
{
    const BranchEntry branch = m_library.addBranch();
    const BookRecord book = stored(newRecord());
    QVERIFY(await(removeBook(m_library.cluster(), book.id, book.revision.version)).valueOrThrow().isSaved());
    const NewCopy copy{
        .branch = branch.id, .book = book.id, .barcode = u"of-removed"_s, .material = u"book"_s};
    const auto added = await(addCopy(m_library.cluster(), copy));
    QVERIFY(!added.isOk());
    QCOMPARE(added.error().kind, DbErrorKind::NotFound);
    QCOMPARE(
        m_library.value(u"main"_s, u"SELECT count(*) FROM exemplar_barcodes WHERE barcode = 'of-removed'"_s),
        u"0"_s);
}

/// Somebody who may only lend changes nothing, and nobody writes past the functions.
void TestEditing::rights()
{
    const BookRecord book = stored(newRecord());
    m_library.ddl(u"main"_s, u"SELECT revoke_right('librarian', 'catalogue', NULL)"_s);
    const auto restore = qScopeGuard(
        [this] { m_library.ddl(u"main"_s, u"SELECT assign_right('librarian', 'catalogue', NULL)"_s); });
    const auto session = m_library.newSession(u"main"_s);
    const QString id = bare(book.id);
    QCOMPARE(stateOf(*session, u"SELECT book_record('%1')"_s.arg(id)), QString());
    for (const QString &call : {u"update_book('%1', 1, 'T', '', '', '', NULL, '', '[]', '{}', '[]')"_s,
                                u"create_book('%1', 'T', '', '', '', NULL, '', '[]', '{}', '[]')"_s,
                                u"remove_book('%1', 1)"_s, u"restore_book('%1')"_s})
        QCOMPARE(stateOf(*session, "SELECT "_L1 + call.arg(id)), u"LB004"_s);
    for (const QString &call : {u"write_book_authors('%1', '[]')"_s, u"locked_book('%1')"_s,
                                u"write_book_translations('%1', '[]')"_s})
        QCOMPARE(stateOf(*session, "SELECT "_L1 + call.arg(id)), u"42501"_s);
}

void TestEditing::wrongValues_data()
{
    QTest::addColumn<QString>("change");
    for (const auto *change : {"title", "isbn", "language", "year", "author", "role", "translation", "twice"})
        QTest::newRow(change) << QString::fromLatin1(change);
}

void TestEditing::wrongValues()
{
    QFETCH(const QString, change);
    const BookRecord book = stored(newRecord());
    BookRecord wrong = book;
    if (change == "title"_L1)
        wrong.title = u"  "_s;
    else if (change == "isbn"_L1)
        wrong.isbn13 = u"9780151446478"_s;
    else if (change == "language"_L1)
        wrong.language = u"English"_s;
    else if (change == "year"_L1)
        wrong.year = 30000;
    else if (change == "author"_L1)
        wrong.authors.append({u" "_s, u"author"_s});
    else if (change == "role"_L1)
        wrong.authors.append({u"Somebody"_s, u"<b>"_s});
    else if (change == "translation"_L1)
        wrong.translations.append({u"x"_s, u"T"_s, {}});
    else
        wrong.translations.append(wrong.translations.first());
    const auto answer = await(updateBook(m_library.cluster(), wrong, wrong.revision.version));
    QVERIFY(!answer.isOk());
    QCOMPARE(answer.error().kind, DbErrorKind::InvalidValue);
    QVERIFY(!answer.error().message.isEmpty() && !answer.error().hint.isEmpty());
    QCOMPARE(read(book.id).revision.version, book.revision.version);
}

void TestEditing::twins()
{
    const BookRecord book = stored(newRecord());
    BookRecord next = book;
    next.id = newUuid();
    const auto same = await(bookTwins(m_library.cluster(), next)).valueOrThrow();
    QCOMPARE(same.size(), size_t(1));
    QCOMPARE(same.front().id, book.id);
    QVERIFY(same.front().sameIsbn);
    next.isbn13.clear();
    const auto byTitle = await(bookTwins(m_library.cluster(), next)).valueOrThrow();
    QCOMPARE(byTitle.size(), size_t(1));
    QVERIFY(!byTitle.front().sameIsbn);
    next.year = 1500;
    QVERIFY(await(bookTwins(m_library.cluster(), next)).valueOrThrow().empty());
    QVERIFY(await(bookTwins(m_library.cluster(), book)).valueOrThrow().empty()); // not itself
    QCOMPARE(await(authorNames(m_library.cluster(), u"Eco, U"_s)).valueOrThrow(),
             QStringList(u"Umberto Eco"_s));
    QVERIFY(await(categoryNames(m_library.cluster())).valueOrThrow().contains(u"Novels"_s));
}

QTEST_GUILESS_MAIN(TestEditing)
#include "tst_editing.moc"
