// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/patrons/patronloanmodel.h"

#include "models/branch/branchcolumns.h"
#include "models/roles.h"
#include "models/texts.h"

#include <QLocale>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

using Column = PatronLoanModel::Column;

} // namespace

PatronLoanModel::PatronLoanModel(Kind kind, QObject *parent)
    : QAbstractTableModel(parent)
    , m_kind(kind)
    , m_columns(kind == Kind::Open
                    ? QList{Column::Mark, Column::Title, Column::Author, Column::LentAt, Column::Due,
                            Column::State, Column::Renewed}
                    : QList{Column::Title, Column::Author, Column::LentAt, Column::Returned, Column::State})
{}

void PatronLoanModel::setLoans(const std::vector<PatronLoan> &loans, const Directory &directory)
{
    for (const BranchEntry &branch : directory.branches())
        m_branchNames.insert(branch.id, branch.name);
    if (loans == m_loans)
        return;
    QSet<QUuid> still;
    for (const PatronLoan &loan : loans) {
        if (m_marked.contains(loan.id))
            still << loan.id;
    }
    const bool sameRows = std::equal(loans.begin(), loans.end(), m_loans.begin(), m_loans.end(),
                                     [](const PatronLoan &a, const PatronLoan &b) { return a.id == b.id; });
    const bool marksDiffer = still != m_marked;
    m_marked = still;
    if (sameRows) {
        m_loans = loans; // the person's place in the list stays
        showMarks();
    } else {
        beginResetModel();
        m_loans = loans;
        endResetModel();
    }
    if (marksDiffer)
        Q_EMIT marksChanged();
}

void PatronLoanModel::setProblem(const QString &barcode, const QString &problem)
{
    if (problem.isEmpty())
        m_problems.remove(barcode);
    else
        m_problems.insert(barcode, problem);
    showMarks();
}

void PatronLoanModel::clear()
{
    beginResetModel();
    m_loans.clear();
    m_marked.clear();
    m_problems.clear();
    endResetModel();
    Q_EMIT marksChanged();
}

std::vector<PatronLoan> PatronLoanModel::marked() const
{
    std::vector<PatronLoan> loans;
    std::copy_if(m_loans.begin(), m_loans.end(), std::back_inserter(loans),
                 [this](const PatronLoan &loan) { return m_marked.contains(loan.id); });
    return loans;
}

void PatronLoanModel::clearMarks()
{
    if (m_marked.isEmpty())
        return;
    m_marked.clear();
    showMarks();
    Q_EMIT marksChanged();
}

void PatronLoanModel::showMarks()
{
    if (rowCount() > 0)
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
    Q_EMIT headerDataChanged(Qt::Horizontal, 0, 0);
}

int PatronLoanModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_loans.size());
}

int PatronLoanModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_columns.size());
}

QString PatronLoanModel::stateText(const PatronLoan &loan) const
{
    if (m_kind == Kind::Open)
        return m_problems.contains(loan.barcode) ? tr("Not renewed") : dueText(loan.dueIn, loan.lateDays);
    if (loan.lateDays == 0)
        return tr("On time");
    return loan.lateDays == 1 ? tr("1 day late") : tr("%1 days late").arg(QLocale().toString(loan.lateDays));
}

int PatronLoanModel::kindOf(const PatronLoan &loan) const
{
    if (m_kind == Kind::Returned)
        return Roles::None;
    if (m_problems.contains(loan.barcode))
        return Roles::Refused;
    return loan.lateDays > 0 ? Roles::Overdue : Roles::Lent;
}

QString PatronLoanModel::text(const PatronLoan &loan, Column column) const
{
    switch (column) {
    case Column::Mark:
        return {};
    case Column::Title:
        return loan.title;
    case Column::Author:
        return loan.authorLine;
    case Column::LentAt:
        return m_branchNames.value(loan.lendingBranch);
    case Column::Due:
        return shortDay(loan.dueOn);
    case Column::Returned:
        return shortDay(loan.returnedOn);
    case Column::State:
        return stateText(loan);
    case Column::Renewed:
        break;
    }
    const QString renewals = QLocale().toString(loan.renewals);
    return loan.mostRenewals < 0 ? renewals
                                 : tr("%1 of %2").arg(renewals, QLocale().toString(loan.mostRenewals));
}

QVariant PatronLoanModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const PatronLoan &loan = m_loans.at(static_cast<size_t>(index.row()));
    const Column column = m_columns.at(index.column());
    switch (role) {
    case Qt::DisplayRole:
        return text(loan, column);
    case Qt::CheckStateRole:
        return column == Column::Mark ? QVariant(m_marked.contains(loan.id) ? Qt::Checked : Qt::Unchecked)
                                      : QVariant();
    case Qt::ToolTipRole:
        return column == Column::State ? m_problems.value(loan.barcode) : QString();
    case Qt::AccessibleTextRole:
        return column == Column::Mark ? tr("Select %1").arg(loan.title)
               : column == Column::State
                   ? QStringList{stateText(loan), m_problems.value(loan.barcode)}.join(u' ').trimmed()
                   : text(loan, column);
    case Roles::Id:
        return loan.id.toString(QUuid::WithoutBraces);
    case Roles::IsMarked:
        return m_marked.contains(loan.id);
    case Roles::StatusKind:
        return column == Column::State ? kindOf(loan) : int{Roles::None};
    case Roles::IsNumber:
        return column == Column::Renewed;
    case Roles::IsStrong:
        return column == Column::Title || column == Column::LentAt || column == Column::Due;
    default:
        return {};
    }
}

bool PatronLoanModel::setData(const QModelIndex &index, const QVariant &value, int role)
{
    if (role != Qt::CheckStateRole || !index.isValid() || m_columns.at(index.column()) != Column::Mark)
        return false;
    const QUuid id = m_loans.at(static_cast<size_t>(index.row())).id;
    if (value.toInt() == Qt::Checked)
        m_marked.insert(id);
    else
        m_marked.remove(id);
    showMarks();
    Q_EMIT marksChanged();
    return true;
}

QVariant PatronLoanModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= m_columns.size())
        return {};
    const Column column = m_columns.at(section);
    const auto titleOf = [](Column which) {
        return which == Column::Mark       ? QString()
               : which == Column::Title    ? tr("Title")
               : which == Column::Author   ? tr("Author")
               : which == Column::LentAt   ? tr("Lent at")
               : which == Column::Due      ? tr("Due")
               : which == Column::Returned ? tr("Returned")
               : which == Column::State    ? tr("Status")
                                           : tr("Renewed");
    };
    switch (role) {
    case Qt::DisplayRole:
        return titleOf(column);
    case Qt::CheckStateRole:
        return column != Column::Mark          ? QVariant()
               : m_marked.isEmpty()            ? QVariant(Qt::Unchecked)
               : m_marked.size() == rowCount() ? QVariant(Qt::Checked)
                                               : QVariant(Qt::PartiallyChecked);
    case Roles::IsNumber:
        return column == Column::Renewed;
    case Roles::IsStretched:
        return column == Column::Title;
    case Roles::SampleText:
        return column == Column::Author    ? tr("Gabriel García Márquez")
               : column == Column::LentAt  ? tr("Riverside Library")
               : column == Column::State   ? u"MM"_s + tr("Overdue 188 days")
               : column == Column::Renewed ? tr("88 of 88")
                                           : u"88 MMM 8888"_s;
    default:
        return {};
    }
}

bool PatronLoanModel::setHeaderData(int section, Qt::Orientation orientation, const QVariant &value, int role)
{
    if (orientation != Qt::Horizontal || role != Qt::CheckStateRole || m_columns.at(section) != Column::Mark)
        return false;
    m_marked.clear();
    if (value.toInt() == Qt::Checked) {
        for (const PatronLoan &loan : m_loans)
            m_marked.insert(loan.id);
    }
    showMarks();
    Q_EMIT marksChanged();
    return true;
}

Qt::ItemFlags PatronLoanModel::flags(const QModelIndex &index) const
{
    const Qt::ItemFlags flags = QAbstractTableModel::flags(index);
    return index.isValid() && m_columns.at(index.column()) == Column::Mark ? flags | Qt::ItemIsUserCheckable
                                                                           : flags;
}

} // namespace Branchline
