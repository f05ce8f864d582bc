// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/statistics/activitymodel.h"

#include "models/roles.h"

#include <QLocale>

using namespace Qt::StringLiterals;

namespace Branchline {

QString periodName(FiguresRange range, const ActivityPeriod &period, const QDate &today)
{
    const QLocale locale;
    QString name;
    switch (range) {
    case FiguresRange::Days30:
        name = locale.toString(period.first, u"ddd d MMM"_s);
        break;
    case FiguresRange::Weeks12:
        return ActivityModel::tr("%1 to %2")
            .arg(locale.toString(period.first, u"d MMM"_s), locale.toString(period.last, u"d MMM"_s));
    case FiguresRange::Months12:
        name = locale.toString(period.first, u"MMMM yyyy"_s);
        break;
    }
    return today >= period.first && today <= period.last ? ActivityModel::tr("%1 so far").arg(name) : name;
}

void ActivityModel::setPeriods(FiguresRange range, std::vector<ActivityPeriod> periods, const QDate &today)
{
    const bool same = range == m_range && today == m_today && periods.size() == m_periods.size();
    if (same) {
        m_periods = std::move(periods);
        if (!m_periods.empty())
            Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
        return;
    }
    beginResetModel();
    m_range = range;
    m_periods = std::move(periods);
    m_today = today;
    endResetModel();
    Q_EMIT headerDataChanged(Qt::Horizontal, Period, Period);
}

int ActivityModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_periods.size());
}

int ActivityModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(ColumnCount);
}

QVariant ActivityModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const ActivityPeriod &period = m_periods[m_periods.size() - 1 - static_cast<size_t>(index.row())];
    const QLocale locale;
    switch (role) {
    case Qt::DisplayRole:
        switch (index.column()) {
        case Period:
            return periodName(m_range, period, m_today);
        case Loans:
            return locale.toString(period.loans);
        case Returns:
            return locale.toString(period.returns);
        default:
            return locale.toString(period.renewals);
        }
    case Qt::AccessibleTextRole:
        if (index.column() != Period)
            break;
        return tr("%1: %2 loans, %3 returns, %4 renewals")
            .arg(periodName(m_range, period, m_today), locale.toString(period.loans),
                 locale.toString(period.returns), locale.toString(period.renewals));
    case Roles::Id:
        return period.first.toString(Qt::ISODate);
    case Roles::IsNumber:
        return index.column() != Period;
    default:
        break;
    }
    return {};
}

QVariant ActivityModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Roles::IsNumber)
        return section != Period;
    if (role != Qt::DisplayRole)
        return {};
    switch (section) {
    case Period:
        return m_range == FiguresRange::Days30    ? tr("Day")
               : m_range == FiguresRange::Weeks12 ? tr("Week")
                                                  : tr("Month");
    case Loans:
        return tr("Loans");
    case Returns:
        return tr("Returns");
    default:
        return tr("Renewals");
    }
}

} // namespace Branchline
