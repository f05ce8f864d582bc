// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/catalogue/importremarkmodel.h"

#include "models/roles.h"

#include <QLocale>

namespace Branchline {

void ImportRemarkModel::setRemarks(std::vector<ImportRemark> remarks)
{
    beginResetModel();
    m_remarks = std::move(remarks);
    endResetModel();
}

int ImportRemarkModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_remarks.size());
}

int ImportRemarkModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ImportRemarkModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const ImportRemark &remark = m_remarks.at(static_cast<size_t>(index.row()));
    if (role == Roles::IsNumber)
        return index.column() == Line;
    if (role == Qt::ToolTipRole && index.column() != Line)
        return index.column() == Title ? remark.title : remark.text;
    if (role == Qt::AccessibleTextRole && index.column() == Line)
        return tr("Line %1, %2: %3").arg(remark.line).arg(remark.title, remark.text);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Line:
        return QLocale().toString(remark.line);
    case Title:
        return remark.title;
    case Text:
        return remark.text;
    default:
        return {};
    }
}

QVariant ImportRemarkModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Roles::IsNumber)
        return section == Line;
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Line:
        return tr("Line");
    case Title:
        return tr("Title");
    case Text:
        return tr("What is wrong, or was left out");
    default:
        return {};
    }
}

} // namespace Branchline
