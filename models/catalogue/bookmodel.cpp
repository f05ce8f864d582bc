// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/catalogue/bookmodel.h"

#include "models/roles.h"

#include <QLocale>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

// The columns of readBookPage().
enum Source {
    SourceId,
    SourceTitle,
    SourceAuthor,
    SourceYear,
    SourceLanguage,
    SourceIsbn,
    SourcePublisher,
    SourceCategories
};

constexpr qsizetype mostCounts = 20000; ///< then they are forgotten and asked for again

bool isNumber(int column)
{
    return column == BookModel::Year || column == BookModel::Copies;
}

} // namespace

BookModel::BookModel(QObject *parent)
    : PagedModel(parent)
{}

void BookModel::setCounts(const QList<QUuid> &books, const Combined<std::vector<CopyCount>> &counts)
{
    QHash<QUuid, Availability> sums;
    for (const QUuid &book : books)
        sums[book].isComplete = counts.isComplete();
    for (const auto &answer : counts.shards) {
        if (!answer.result.isOk())
            continue;
        for (const CopyCount &count : *answer.result) {
            sums[count.book].copies += count.copies;
            sums[count.book].available += count.available;
        }
    }
    if (m_counts.size() > mostCounts)
        m_counts.clear();
    bool isNew = false;
    for (auto it = sums.cbegin(); it != sums.cend(); ++it) {
        isNew = isNew || !m_counts.contains(it.key()) || m_counts.value(it.key()) != it.value();
        m_counts.insert(it.key(), it.value());
    }
    if (isNew && rowCount() > 0)
        Q_EMIT dataChanged(index(0, State), index(rowCount() - 1, Copies));
}

QList<QUuid> BookModel::bookIds(int first, int last) const
{
    QList<QUuid> ids;
    for (int row = std::max(first, 0); row <= last && row < rowCount(); ++row) {
        if (isLoaded(row))
            ids << value(row, "id").toUuid();
    }
    return ids;
}

int BookModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int{ColumnCount};
}

QVariant BookModel::rowData(const RowSet &page, int row, int column, int role) const
{
    switch (role) {
    case Qt::DisplayRole:
        return text(page, row, column);
    case Roles::Id:
        return page.at(row, SourceId);
    case Roles::Match:
        return column == Title || column == Author ? m_match : QVariant();
    case Roles::IsNumber:
        return isNumber(column);
    case Qt::TextAlignmentRole:
        return isNumber(column) ? QVariant(int{Qt::AlignTrailing | Qt::AlignVCenter})
                                : QVariant(int{Qt::AlignLeading | Qt::AlignVCenter});
    case Roles::StatusKind: {
        const auto counts = m_counts.constFind(page.at(row, SourceId).toUuid());
        if (column != State || counts == m_counts.cend())
            return 0;
        if (counts->available > 0)
            return Roles::Available;
        if (!counts->isComplete)
            return Roles::Unknown;
        return counts->copies > 0 ? Roles::Lent : Roles::None;
    }
    default:
        return {};
    }
}

QVariant BookModel::text(const RowSet &page, int row, int column) const
{
    switch (column) {
    case Title:
        return page.at(row, SourceTitle);
    case Author:
        return page.at(row, SourceAuthor);
    case Year: {
        const QVariant year = page.at(row, SourceYear);
        return year.isNull() ? QVariant() : QVariant(yearText(year.toInt()));
    }
    case Language:
        return languageName(page.at(row, SourceLanguage).toString());
    case Isbn:
        return page.at(row, SourceIsbn);
    case Publisher:
        return page.at(row, SourcePublisher);
    case Categories:
        return page.at(row, SourceCategories);
    default:
        break;
    }
    const auto counts = m_counts.constFind(page.at(row, SourceId).toUuid());
    if (counts == m_counts.cend())
        return {};
    if (column == Copies)
        return copiesText(*counts);
    if (counts->available > 0)
        return tr("Available");
    if (!counts->isComplete)
        return tr("Not known");
    return counts->copies > 0 ? tr("All lent") : tr("No copies");
}

QString BookModel::copiesText(const Availability &counts) const
{
    if (!counts.isComplete)
        return counts.copies > 0 ? tr("%1+ of %2+", "at least so many available of at least so many copies")
                                       .arg(counts.available)
                                       .arg(counts.copies)
                                 : u"?"_s;
    return counts.copies > 0 ? tr("%1 of %2").arg(counts.available).arg(counts.copies) : tr("none");
}

QVariant BookModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Roles::IsNumber)
        return isNumber(section);
    if (role == Qt::TextAlignmentRole) {
        return isNumber(section) ? QVariant(int{Qt::AlignTrailing | Qt::AlignVCenter})
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
    case Isbn:
        return tr("ISBN");
    case Publisher:
        return tr("Publisher");
    case Categories:
        return tr("Categories");
    default:
        return {};
    }
}

QString yearText(int year)
{
    return year < 0 ? BookModel::tr("%1 BC").arg(-year) : QString::number(year);
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
