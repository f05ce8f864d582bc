// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/copyediting.h"
#include "db/catalogue/editing.h"
#include "tests/support/preparedlibrary.h"

#include <QScopeGuard>
#include <QTest>

using namespace Branchline;
using namespace Qt::StringLiterals;

/// Copies that are changed, removed and restored, on their shard and in main's list of barcodes.
class TestCopyEditing final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void changed();
    void lentMeanwhile();
    void statusOfALentCopy();
    void wrongValues_data();
    void wrongValues();
    void removedAndRestored();
    void removalCutOffInBetween();
    void restoreCutOffInBetween();
    void lateReleaseAfterARestore();
    void barcodeGivenAway();
    void bookRemovedMeanwhile();
    void onLoanStays();
    void rights();

private:
    CopyRecord newCopy();
    CopyRecord read(const CopyRecord &copy)
    {
        return await(readCopyRecord(m_library.cluster(), copy.branch, copy.id)).valueOrThrow();
    }
    Saved<CopyRecord> save(const CopyRecord &copy)
    {
        return await(updateCopy(m_library.cluster(), copy, copy.revision.version)).valueOrThrow();
    }
    Saved<CopyRecord> remove(const CopyRecord &copy)
    {
        return await(removeCopy(m_library.cluster(), copy.branch, copy.id, copy.revision.version))
            .valueOrThrow();
    }
    Saved<CopyRecord> restore(const CopyRecord &copy)
    {
        return await(restoreCopy(m_library.cluster(), copy)).valueOrThrow();
    }
    /// How main's list sees the barcode: branch and state of the live row, or nothing.
    QString listed(const QString &barcode)
    {
        return m_library.value(u"main"_s,
                               u"SELECT coalesce((SELECT state FROM exemplar_barcodes WHERE barcode = '%1' "
                               "AND deleted_at IS NULL), 'free')"_s.arg(barcode));
    }
    QString shard() const { return m_branch.shard + "_shard"_L1; }

    PreparedLibrary m_library;
    BranchEntry m_branch;
};

namespace {

QString bare(const QUuid &id)
{
    return id.toString(QUuid::WithoutBraces);
}

} // namespace

void TestCopyEditing::initTestCase()
{
    QVERIFY2(m_library.start(), qPrintable(m_library.errorText()));
    m_branch = m_library.addBranch();
    m_library.setRule(&m_branch, {}, {}, u"7 days"_s);
}

CopyRecord TestCopyEditing::newCopy()
{
    const QString barcode = m_library.addCopy(m_branch);
    CopyRecord copy{.branch = m_branch.id};
    copy.id = QUuid(m_library.value(
        u"main"_s, u"SELECT exemplar_id FROM exemplar_barcodes WHERE barcode = '%1'"_s.arg(barcode)));
    return read(copy);
}

void TestCopyEditing::changed()
{
    CopyRecord copy = newCopy();
    QCOMPARE(copy.status, u"available"_s);
    copy.place = {-1, 12, 340};
    copy.note = u" Spine is loose. "_s;
    copy.status = u"damaged"_s;
    const auto answer = save(copy);
    QVERIFY(answer.isSaved());
    QCOMPARE(answer.record.revision.version, copy.revision.version + 1);
    const CopyRecord now = read(copy);
    QCOMPARE(now.place.floor, std::optional(-1));
    QCOMPARE(now.place.room, 12);
    QCOMPARE(now.place.bookshelf, 340);
    QCOMPARE(now.note, u"Spine is loose."_s);
    QCOMPARE(now.status, u"damaged"_s);

    const auto again = save(copy); // with the version of before: everything stands already
    QVERIFY(again.isSaved());
    QCOMPARE(again.record.revision.version, now.revision.version);
    copy.note = u"Mended."_s;
    const auto stale = save(copy);
    QVERIFY(stale.isConflict());
    QCOMPARE(stale.record.note, u"Spine is loose."_s);
}

/// A loan is a change of the copy: the form learns of it, and its own change is saved against that.
void TestCopyEditing::lentMeanwhile()
{
    CopyRecord copy = newCopy();
    const QString card = m_library.addPatron(m_branch);
    m_library.settle();
    COMPARE_OUTCOME(m_library.lend(m_branch, copy.barcode, card), Outcome::Lent);
    copy.note = u"Has a map."_s;
    const auto answer = save(copy);
    QVERIFY(answer.isConflict());
    QCOMPARE(answer.record.status, u"lent"_s);
    QVERIFY(answer.record.onLoan && answer.record.dueAt.isValid());
    CopyRecord merged = answer.record;
    merged.note = copy.note;
    QVERIFY(save(merged).isSaved());
    COMPARE_OUTCOME(m_library.takeBack(m_branch, copy.barcode), Outcome::Returned);
    QCOMPARE(read(copy).note, u"Has a map."_s);
}

void TestCopyEditing::statusOfALentCopy()
{
    CopyRecord copy = newCopy();
    const QString card = m_library.addPatron(m_branch);
    m_library.settle();
    COMPARE_OUTCOME(m_library.lend(m_branch, copy.barcode, card), Outcome::Lent);
    copy = read(copy);
    copy.status = u"available"_s;
    QCOMPARE(save(copy).refusal.code, u"on_loan"_s);
    QCOMPARE(read(copy).status, u"lent"_s);
}

void TestCopyEditing::wrongValues_data()
{
    QTest::addColumn<QString>("status");
    QTest::addColumn<int>("room");
    QTest::addColumn<QString>("material");
    QTest::newRow("lent by a form") << u"lent"_s << 1 << u"book"_s;
    QTest::newRow("unknown status") << u"eaten"_s << 1 << u"book"_s;
    QTest::newRow("room") << u"available"_s << 10000 << u"book"_s;
    QTest::newRow("material") << u"available"_s << 1 << u"clay"_s;
}

void TestCopyEditing::wrongValues()
{
    QFETCH(const QString, status);
    QFETCH(const int, room);
    QFETCH(const QString, material);
    CopyRecord copy = newCopy();
    CopyRecord wrong = copy;
    wrong.status = status;
    wrong.place.room = room;
    wrong.material = material;
    const auto answer = await(updateCopy(m_library.cluster(), wrong, wrong.revision.version));
    QVERIFY(!answer.isOk());
    QVERIFY(answer.error().kind == DbErrorKind::InvalidValue || answer.error().kind == DbErrorKind::NotFound);
    QCOMPARE(read(copy).revision.version, copy.revision.version);
}

void TestCopyEditing::removedAndRestored()
{
    const CopyRecord copy = newCopy();
    CopyRecord stale = copy;
    --stale.revision.version;
    QVERIFY(remove(stale).isConflict());
    QCOMPARE(listed(copy.barcode), u"live"_s);

    CopyRecord removed;
    for (int time = 0; time < 2; ++time) {
        const auto answer = remove(copy);
        QVERIFY(answer.isSaved());
        QVERIFY(answer.record.revision.isRemoved());
        QCOMPARE(listed(copy.barcode), u"free"_s);
        removed = answer.record;
    }
    const QString card = m_library.addPatron(m_branch);
    m_library.settle();
    COMPARE_OUTCOME(m_library.lend(m_branch, copy.barcode, card), Outcome::Refused);
    QCOMPARE(save(removed).refusal.code, u"removed"_s);

    for (int time = 0; time < 2; ++time) {
        QVERIFY(restore(removed).isSaved());
        QCOMPARE(listed(copy.barcode), u"live"_s);
    }
    COMPARE_OUTCOME(m_library.lend(m_branch, copy.barcode, card), Outcome::Lent);
}

/// The program died when the copy was removed and its barcode not yet free: repeating the call ends it.
void TestCopyEditing::removalCutOffInBetween()
{
    const CopyRecord copy = newCopy();
    m_library.ddl(shard(), u"SELECT remove_copy('%1', %2, '%3', %4)"_s.arg(bare(m_branch.id))
                               .arg(m_branch.epoch)
                               .arg(bare(copy.id))
                               .arg(copy.revision.version));
    QCOMPARE(listed(copy.barcode), u"live"_s);
    QVERIFY(remove(copy).isSaved());
    QCOMPARE(listed(copy.barcode), u"free"_s);
}

/// The program died when the barcode was taken back and the copy not yet restored.
void TestCopyEditing::restoreCutOffInBetween()
{
    const CopyRecord removed = remove(newCopy()).record;
    m_library.ddl(u"main"_s,
                  u"SELECT reclaim_barcode('%1', '%2', '%3', '%4', %5)"_s
                      .arg(bare(removed.id), bare(removed.branch), removed.barcode, bare(removed.book))
                      .arg(removed.revision.version + 1));
    QCOMPARE(listed(removed.barcode), u"live"_s);
    QVERIFY(read(removed).revision.isRemoved());
    QVERIFY(restore(removed).isSaved());
    QVERIFY(!read(removed).revision.isRemoved());
    QCOMPARE(listed(removed.barcode), u"live"_s);
}

/// The message that frees the barcode comes after another desk has restored the copy.
void TestCopyEditing::lateReleaseAfterARestore()
{
    const CopyRecord removed = remove(newCopy()).record;
    QVERIFY(restore(removed).isSaved());
    m_library.ddl(u"main"_s,
                  u"SELECT release_barcode('%1', %2)"_s.arg(bare(removed.id)).arg(removed.revision.version));
    QCOMPARE(listed(removed.barcode), u"live"_s);
}

void TestCopyEditing::barcodeGivenAway()
{
    const CopyRecord removed = remove(newCopy()).record;
    const BranchEntry other = m_library.addBranch();
    const NewCopy next{
        .branch = other.id, .book = m_library.addBook(), .barcode = removed.barcode, .material = u"book"_s};
    m_library.settle();
    QVERIFY(await(addCopy(m_library.cluster(), next)).isOk());
    const auto answer = restore(removed);
    QCOMPARE(answer.refusal.code, u"barcode_taken"_s);
    QCOMPARE(answer.refusal.subject, other.code);
    QVERIFY(read(removed).revision.isRemoved());
}

void TestCopyEditing::bookRemovedMeanwhile()
{
    const CopyRecord removed = remove(newCopy()).record;
    const auto book = await(readBookRecord(m_library.cluster(), removed.book)).valueOrThrow();
    QVERIFY(await(removeBook(m_library.cluster(), book.id, book.revision.version)).valueOrThrow().isSaved());
    QCOMPARE(restore(removed).refusal.code, u"book_removed"_s);
    QVERIFY(await(restoreBook(m_library.cluster(), book.id)).valueOrThrow().isSaved());
    QVERIFY(restore(removed).isSaved());
}

void TestCopyEditing::onLoanStays()
{
    const CopyRecord copy = newCopy();
    const QString card = m_library.addPatron(m_branch);
    m_library.settle();
    COMPARE_OUTCOME(m_library.lend(m_branch, copy.barcode, card), Outcome::Lent);
    const auto answer = remove(read(copy));
    QCOMPARE(answer.refusal.code, u"on_loan"_s);
    QVERIFY(!read(copy).revision.isRemoved());
    QCOMPARE(listed(copy.barcode), u"live"_s);
}

void TestCopyEditing::rights()
{
    const CopyRecord copy = newCopy();
    const CopyRecord removed = remove(newCopy()).record;
    m_library.ddl(u"main"_s, u"SELECT revoke_right('librarian', 'branch', NULL)"_s);
    m_library.settle();
    const auto back = qScopeGuard([this] {
        m_library.ddl(u"main"_s, u"SELECT assign_right('librarian', 'branch', NULL)"_s);
        m_library.settle();
    });
    CopyRecord changed = copy;
    changed.note = u"Not mine to write."_s;
    const auto saved = await(updateCopy(m_library.cluster(), changed, changed.revision.version));
    QVERIFY(!saved.isOk());
    QCOMPARE(saved.error().kind, DbErrorKind::NotAllowed);
    QCOMPARE(await(removeCopy(m_library.cluster(), copy.branch, copy.id, copy.revision.version)).error().kind,
             DbErrorKind::NotAllowed);
    QCOMPARE(await(restoreCopy(m_library.cluster(), removed)).error().kind, DbErrorKind::NotAllowed);
    QCOMPARE(read(copy).revision.version, copy.revision.version);
}

QTEST_GUILESS_MAIN(TestCopyEditing)
#include "tst_copyediting.moc"
