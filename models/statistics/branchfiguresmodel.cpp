// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/statistics/branchfiguresmodel.h"

#include "models/roles.h"

#include <QCollator>
#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

double valueOf(const BranchFigures &figures, int column)
{
    switch (column) {
    case BranchFiguresModel::Copies:
        return static_cast<double>(figures.copies);
    case BranchFiguresModel::Available:
        return static_cast<double>(figures.available);
    case BranchFiguresModel::Lent:
        return static_cast<double>(figures.lent);
    case BranchFiguresModel::Overdue:
        return static_cast<double>(figures.overdue);
    default:
        return figures.utilisation();
    }
}

} // namespace

bool BranchFiguresModel::comesBefore(const Row &left, const Row &right) const
{
    if (left.isCounted != right.isCounted)
        return left.isCounted;
    static const QCollator collator;
    const int byName = collator.compare(left.name, right.name);
    if (!left.isCounted || m_sortColumn == Branch)
        return m_sortOrder == Qt::AscendingOrder || !left.isCounted ? byName < 0 : byName > 0;
    if (m_sortColumn == Shard) {
        const int byShard = collator.compare(left.shard, right.shard);
        if (byShard != 0)
            return (byShard < 0) == (m_sortOrder == Qt::AscendingOrder);
        return byName < 0;
    }
    const double a = valueOf(*left.figures, m_sortColumn);
    const double b = valueOf(*right.figures, m_sortColumn);
    if (a != b)
        return (a < b) == (m_sortOrder == Qt::AscendingOrder);
    return byName < 0;
}

void BranchFiguresModel::setRows(std::vector<Row> rows)
{
    std::stable_sort(rows.begin(), rows.end(),
                     [this](const Row &left, const Row &right) { return comesBefore(left, right); });
    const bool sameRows = std::equal(rows.begin(), rows.end(), m_rows.begin(), m_rows.end(),
                                     [](const Row &left, const Row &right) {
                                         return left.id == right.id && left.isCounted == right.isCounted;
                                     });
    if (sameRows) {
        m_rows = std::move(rows);
        if (!m_rows.empty())
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        return;
    }
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

void BranchFiguresModel::sort(int column, Qt::SortOrder order)
{
    m_sortColumn = column;
    m_sortOrder = order;
    setRows(std::vector<Row>(m_rows));
}

int BranchFiguresModel::countedRows() const
{
    return static_cast<int>(
        std::count_if(m_rows.begin(), m_rows.end(), [](const Row &row) { return row.isCounted; }));
}

int BranchFiguresModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int BranchFiguresModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QString BranchFiguresModel::notCountedText(const Row &row) const
{
    QString text = tr("Not counted: %1 has not answered.").arg(row.shard);
    if (row.figures)
        text += u' ' + tr("Last known %1: %2 on loan.")
                           .arg(QLocale().toString(row.seenAt.time(), u"HH:mm"_s),
                                QLocale().toString(row.figures->lent));
    return text;
}

QVariant BranchFiguresModel::text(const Row &row, int column) const
{
    const QLocale locale;
    if (column == Branch)
        return row.name;
    if (column == Shard)
        return row.shard;
    if (!row.isCounted)
        return column == Copies ? notCountedText(row) : QString();
    switch (column) {
    case Copies:
        return locale.toString(row.figures->copies);
    case Available:
        return locale.toString(row.figures->available);
    case Lent:
        return locale.toString(row.figures->lent);
    case Overdue:
        return locale.toString(row.figures->overdue);
    default:
        return tr("%1 %").arg(locale.toString(100 * row.figures->utilisation(), 'f', 1));
    }
}

QString BranchFiguresModel::spoken(const Row &row) const
{
    if (!row.isCounted)
        return row.name + u". "_s + notCountedText(row);
    const QLocale locale;
    return tr("%1: %2 on loan, %3 of these overdue, %4 copies")
        .arg(row.name, locale.toString(row.figures->lent), locale.toString(row.figures->overdue),
             locale.toString(row.figures->copies));
}

QVariant BranchFiguresModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Row &row = m_rows[static_cast<size_t>(index.row())];
    const bool isNumber = row.isCounted && index.column() >= Copies;
    switch (role) {
    case Qt::DisplayRole:
        return text(row, index.column());
    case Qt::AccessibleTextRole:
        if (index.column() == Branch)
            return spoken(row);
        return tr("%1: %2").arg(headerData(index.column(), Qt::Horizontal, Qt::DisplayRole).toString(),
                                text(row, index.column()).toString());
    case Qt::ToolTipRole:
        return row.isSilent && row.isCounted
                   ? tr("As of %1: %2 does not answer.")
                         .arg(QLocale().toString(row.seenAt.time(), u"HH:mm:ss"_s), row.shard)
                   : QVariant();
    case Roles::Id:
        return row.id.toString(QUuid::WithoutBraces);
    case Roles::IsNumber:
        return isNumber;
    case Roles::StatusKind:
        return index.column() == Shard && row.isSilent ? Roles::Unknown : Roles::None;
    case Roles::Value:
        return row.isCounted ? row.figures->lent : 0;
    case Roles::Part:
        return row.isCounted ? row.figures->overdue : 0;
    case Roles::IsCounted:
        return row.isCounted;
    default:
        return {};
    }
}

QVariant BranchFiguresModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Roles::IsNumber)
        return section >= Copies;
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Branch:
        return tr("Branch");
    case Shard:
        return tr("Shard");
    case Copies:
        return tr("Copies");
    case Available:
        return tr("Available");
    case Lent:
        return tr("On loan");
    case Overdue:
        return tr("Overdue");
    default:
        return tr("Utilisation");
    }
}

} // namespace Branchline
