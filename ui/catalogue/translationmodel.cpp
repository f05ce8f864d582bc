// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/translationmodel.h"

#include "models/catalogue/bookmodel.h"

using namespace Qt::StringLiterals;

namespace Branchline {

void TranslationModel::setRows(const QList<BookTranslation> &rows)
{
    if (m_rows == rows)
        return;
    if (m_rows.size() == rows.size()) {
        m_rows = rows;
        Q_EMIT dataChanged(index(0, 0), index(static_cast<int>(rows.size()) - 1, Columns - 1));
        return;
    }
    beginResetModel();
    m_rows = rows;
    endResetModel();
}

void TranslationModel::append(const BookTranslation &row)
{
    const int at = static_cast<int>(m_rows.size());
    beginInsertRows({}, at, at);
    m_rows.append(row);
    endInsertRows();
}

void TranslationModel::removeAt(int row)
{
    if (row < 0 || row >= m_rows.size())
        return;
    beginRemoveRows({}, row, row);
    m_rows.removeAt(row);
    endRemoveRows();
    Q_EMIT edited();
}

void TranslationModel::setDescription(int row, const QString &text)
{
    if (row < 0 || row >= m_rows.size() || m_rows.at(row).description == text)
        return;
    m_rows[row].description = text;
    Q_EMIT dataChanged(index(row, Text), index(row, Text));
    Q_EMIT edited();
}

int TranslationModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int TranslationModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : Columns;
}

QVariant TranslationModel::data(const QModelIndex &index, int role) const
{
    const BookTranslation &row = m_rows.at(index.row());
    if (role == Qt::EditRole)
        return index.column() == Language ? row.language : row.title;
    if (role != Qt::DisplayRole && role != Qt::AccessibleTextRole)
        return {};
    switch (index.column()) {
    case Language:
        return row.language.isEmpty() ? tr("Choose a language") : languageName(row.language);
    case Title:
        return row.title;
    default:
        return row.description.trimmed().isEmpty() ? tr("No description yet") : tr("Description");
    }
}

QVariant TranslationModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == Language ? tr("Language") : section == Title ? tr("Title") : tr("Text");
}

Qt::ItemFlags TranslationModel::flags(const QModelIndex &index) const
{
    const Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    return index.column() == Text ? flags : flags | Qt::ItemIsEditable;
}

bool TranslationModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (role != Qt::EditRole || index.column() == Text)
        return false;
    QString &target = index.column() == Language ? m_rows[index.row()].language : m_rows[index.row()].title;
    if (target == value.toString())
        return true;
    target = value.toString();
    Q_EMIT dataChanged(index, index);
    Q_EMIT edited();
    return true;
}

} // namespace Branchline
