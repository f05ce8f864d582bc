// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/catalogue/bookmodel.h"

#include "models/roles.h"

#include <QLocale>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

// The columns of searchBooks().
enum Source { SourceId, SourceTitle, SourceAuthor, SourceYear, SourceLanguage };

} // namespace

BookModel::BookModel(QObject *parent)
    : SnapshotModel(parent)
{}

void BookModel::setBooks(const Rows &books)
{
    m_counts.clear();
    m_countsKnown = false;
    setRows(books);
}

void BookModel::setCounts(const Combined<std::vector<CopyCount>> &counts)
{
    m_counts.clear();
    for (const auto &answer : counts.shards) {
        if (!answer.result.isOk())
            continue;
        for (const CopyCount &count : *answer.result) {
            Availability &sum = m_counts[count.book];
            sum.copies += count.copies;
            sum.available += count.available;
        }
    }
    m_countsKnown = true;
    m_countsComplete = counts.isComplete();
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0, State), index(rowCount() - 1, Copies));
}

QList<QUuid> BookModel::bookIds() const
{
    QList<QUuid> ids;
    for (int i = 0; rows() && i < rows()->rowCount(); ++i)
        ids << rows()->row(i).uuid("id");
    return ids;
}

int BookModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int{ColumnCount};
}

QVariant BookModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || !rows() || index.row() >= rows()->rowCount())
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return text(index.row(), index.column());
    case Roles::Id:
        return rows()->at(index.row(), SourceId);
    case Roles::IsNumber:
        return index.column() == Year || index.column() == Copies;
    case Qt::TextAlignmentRole:
        return index.column() == Year || index.column() == Copies
                   ? QVariant(int{Qt::AlignTrailing | Qt::AlignVCenter})
                   : QVariant(int{Qt::AlignLeading | Qt::AlignVCenter});
    case Roles::StatusKind:
        return index.column() == State && m_countsKnown ? stateKind(availability(index.row())) : 0;
    default:
        return {};
    }
}

QVariant BookModel::text(int row, int column) const
{
    const Availability counts = availability(row);
    switch (column) {
    case Title:
        return rows()->at(row, SourceTitle);
    case Author:
        return rows()->at(row, SourceAuthor);
    case Year: {
        const QVariant year = rows()->at(row, SourceYear);
        return year.isNull() ? QVariant() : QVariant(QString::number(year.toInt()));
    }
    case Language:
        return languageName(rows()->at(row, SourceLanguage).toString());
    case State:
        return m_countsKnown ? stateText(counts) : QString();
    case Copies:
        if (!m_countsKnown)
            return {};
        if (!m_countsComplete)
            return counts.copies > 0 ? tr("%1 or more").arg(counts.copies) : u"?"_s;
        return counts.copies > 0 ? tr("%1 of %2").arg(counts.available).arg(counts.copies) : tr("none");
    default:
        return {};
    }
}

QString BookModel::stateText(const Availability &counts) const
{
    if (counts.available > 0)
        return tr("Available");
    if (!m_countsComplete)
        return tr("Not known");
    return counts.copies > 0 ? tr("All lent") : tr("No copies");
}

int BookModel::stateKind(const Availability &counts) const
{
    if (counts.available > 0)
        return Roles::Available;
    if (!m_countsComplete)
        return Roles::Unknown;
    return counts.copies > 0 ? Roles::Lent : Roles::None;
}

BookModel::Availability BookModel::availability(int row) const
{
    return m_counts.value(rows()->row(row).uuid("id"));
}

QVariant BookModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole) {
        return section == Year || section == Copies ? QVariant(int{Qt::AlignTrailing | Qt::AlignVCenter})
                                                    : QVariant(int{Qt::AlignLeading | Qt::AlignVCenter});
    }
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Title:
        return tr("Title");
    case Author:
        return tr("Author");
    case Year:
        return tr("Year");
    case Language:
        return tr("Language");
    case State:
        return tr("Status");
    case Copies:
        return tr("Copies");
    default:
        return {};
    }
}

QString languageName(const QString &code)
{
    if (code.isEmpty())
        return {};
    const QLocale::Language language = QLocale::codeToLanguage(code.section(u'-', 0, 0));
    return language == QLocale::AnyLanguage || language == QLocale::C ? code
                                                                      : QLocale::languageToString(language);
}

} // namespace Branchline
