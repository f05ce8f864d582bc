// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/catalogue/copysession.h"

#include "db/catalogue/editing.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString numberText(int number)
{
    return number == 0 ? QString() : QString::number(number);
}

} // namespace

CopySession::CopySession(Cluster &cluster, const QUuid &branch, const QUuid &id, QObject *parent)
    : RecordSession(parent)
    , m_cluster(cluster)
{
    addField(u"barcode"_s, tr("Barcode"));
    addField(u"branch"_s, tr("Branch"), branch.toString(QUuid::WithoutBraces));
    addField(u"material"_s, tr("Material"), u"book"_s);
    addField(u"floor"_s, tr("Floor"));
    addField(u"room"_s, tr("Room"));
    addField(u"shelf"_s, tr("Shelf"));
    addField(u"status"_s, tr("Status"), u"available"_s);
    addField(u"note"_s, tr("Note"));
    m_record.id = id;
    m_record.branch = branch;
    m_record.status = u"available"_s;
    watch(materialTypes(cluster), this, [this](const Result<std::vector<CodeName>> &types) {
        if (types) {
            m_materials = *types;
            Q_EMIT choicesKnown();
        }
    });
}

CopySession *CopySession::forNewCopy(Cluster &cluster, const QUuid &book, const QUuid &branch,
                                     QObject *parent)
{
    auto *session = new CopySession(cluster, branch, newUuid(), parent);
    session->m_record.book = book;
    session->startNew();
    session->readBook();
    return session;
}

void CopySession::readBook()
{
    watch(readBookRecord(m_cluster, m_record.book), this, [this](const Result<BookRecord> &book) {
        if (!book)
            return;
        m_record.title = book->title;
        QStringList names;
        for (const BookAuthor &author : book->authors)
            names << author.name;
        m_record.authorLine = names.join(", "_L1);
        Q_EMIT choicesKnown();
    });
}

QList<std::pair<QString, QString>> CopySession::branches() const
{
    QList<std::pair<QString, QString>> list;
    const DirectoryPtr directory = m_cluster.directory();
    for (const BranchEntry &branch : directory->branches())
        list.append({branch.id.toString(QUuid::WithoutBraces), branch.name});
    return list;
}

QString CopySession::branchName(const QUuid &branch) const
{
    const DirectoryPtr directory = m_cluster.directory();
    const BranchEntry *entry = directory->branch(branch);
    return entry ? entry->name : QString();
}

void CopySession::leave(const QString &key)
{
    EditSession::leave(key);
    const QString barcode = text(u"barcode"_s).trimmed();
    if (key != "barcode"_L1 || !isNew() || barcode.isEmpty() || barcode == m_askedBarcode)
        return;
    m_askedBarcode = barcode;
    watch(barcodeHolder(m_cluster, barcode), this,
          [this, barcode](const Result<std::optional<QUuid>> &holder) {
              if (!holder || barcode != m_askedBarcode)
                  return; // adding the copy asks again
              m_barcodeHolder = holder->value_or(QUuid());
              Q_EMIT problemsChanged();
          });
}

std::optional<FieldProblem> CopySession::numberProblem(const QString &key, int least, int most) const
{
    const QString typed = text(key).trimmed();
    bool isNumber = false;
    const int number = typed.toInt(&isNumber);
    if (typed.isEmpty() || (isNumber && number >= least && number <= most))
        return std::nullopt;
    return FieldProblem{
        tr("Enter a number from %1 to %2, or leave it empty when it is not known.").arg(least).arg(most),
        {},
        {}};
}

std::optional<FieldProblem> CopySession::check(const QString &key) const
{
    if (key == "barcode"_L1 && isNew()) {
        const QString barcode = text(key).trimmed();
        if (barcode.isEmpty())
            return FieldProblem{tr("Scan the label of the copy, or type its number."), {}, {}};
        if (barcode.size() > 64)
            return FieldProblem{tr("A barcode has at most 64 characters."), {}, {}};
        if (barcode == m_askedBarcode && !m_barcodeHolder.isNull())
            return FieldProblem{
                tr("A copy at %1 has this barcode already. Check the label, or use a new one.")
                    .arg(branchName(m_barcodeHolder)),
                {},
                {}};
    }
    if (key == "branch"_L1 && isNew() && QUuid(text(key)).isNull())
        return FieldProblem{tr("Choose the branch that the copy belongs to."), {}, {}};
    if (key == "floor"_L1)
        return numberProblem(key, -20, 200);
    if (key == "room"_L1)
        return numberProblem(key, 1, 9999);
    if (key == "shelf"_L1)
        return numberProblem(key, 1, 99999);
    if (key == "note"_L1 && text(key).size() > 2000)
        return FieldProblem{tr("A note has at most 2000 characters."), {}, {}};
    return std::nullopt;
}

QString CopySession::shown(const QString &key, const QVariant &value) const
{
    if (key == "status"_L1)
        return copyStatusName(value.toString());
    if (key == "branch"_L1)
        return branchName(QUuid(value.toString()));
    if (key == "material"_L1) {
        for (const CodeName &type : m_materials) {
            if (type.code == value.toString())
                return type.name;
        }
    }
    return EditSession::shown(key, value);
}

QVariantMap CopySession::valuesOf(const CopyRecord &record) const
{
    return {{u"barcode"_s, record.barcode},
            {u"branch"_s, record.branch.toString(QUuid::WithoutBraces)},
            {u"material"_s, record.material},
            {u"floor"_s, record.place.floor ? QString::number(*record.place.floor) : QString()},
            {u"room"_s, numberText(record.place.room)},
            {u"shelf"_s, numberText(record.place.bookshelf)},
            {u"status"_s, record.status},
            {u"note"_s, record.note}};
}

CopyRecord CopySession::editedRecord() const
{
    CopyRecord record = m_record;
    if (isNew()) {
        record.barcode = text(u"barcode"_s).trimmed();
        record.branch = QUuid(text(u"branch"_s));
    }
    record.material = text(u"material"_s);
    const QString floor = text(u"floor"_s).trimmed();
    record.place = {floor.isEmpty() ? std::nullopt : std::optional(floor.toInt()),
                    text(u"room"_s).trimmed().toInt(), text(u"shelf"_s).trimmed().toInt()};
    record.status = text(u"status"_s);
    record.note = text(u"note"_s).trimmed();
    return record;
}

QFuture<Result<CopyRecord>> CopySession::callRead()
{
    return readCopyRecord(m_cluster, m_record.branch, m_record.id);
}

QFuture<CopySession::Answer> CopySession::callCreate(const CopyRecord &record)
{
    return createCopy(m_cluster, record);
}

QFuture<CopySession::Answer> CopySession::callUpdate(const CopyRecord &record, qint64 version)
{
    return updateCopy(m_cluster, record, version);
}

QFuture<CopySession::Answer> CopySession::callRemove()
{
    return removeCopy(m_cluster, m_record.branch, m_record.id, revision().version);
}

QFuture<CopySession::Answer> CopySession::callRestore()
{
    return restoreCopy(m_cluster, m_record);
}

Notice CopySession::refusalNotice(const Saved<CopyRecord> &answer) const
{
    const QString &code = answer.refusal.code;
    if (code == "on_loan"_L1)
        return {Notice::Kind::Warning, tr("A patron has this copy on loan."),
                tr("Take it back at the desk first.")};
    if (code == "barcode_taken"_L1)
        return {Notice::Kind::Warning,
                answer.refusal.subject.isEmpty()
                    ? tr("Another copy has this barcode.")
                    : tr("A copy at %1 has this barcode now.").arg(answer.refusal.subject),
                tr("Check the label, or use a new one.")};
    if (code == "book_removed"_L1)
        return {Notice::Kind::Warning, tr("The book of this copy has been removed from the catalogue."),
                tr("Restore the book first, then the copy.")};
    return removedNotice();
}

Notice CopySession::removedNotice() const
{
    return {Notice::Kind::Warning, tr("This copy has been removed."),
            tr("It cannot be lent, and its barcode is free. Restore brings it back."),
            Notice::Action::Restore, tr("Restore")};
}

QString copyStatusName(const QString &status)
{
    if (status == "available"_L1)
        return CopySession::tr("Available");
    if (status == "lent"_L1)
        return CopySession::tr("On loan");
    if (status == "lost"_L1)
        return CopySession::tr("Lost");
    if (status == "missing"_L1)
        return CopySession::tr("Missing");
    if (status == "damaged"_L1)
        return CopySession::tr("Damaged");
    if (status == "withdrawn"_L1)
        return CopySession::tr("Withdrawn");
    if (status == "in_transit"_L1)
        return CopySession::tr("On its way to another branch");
    return status;
}

} // namespace Branchline
