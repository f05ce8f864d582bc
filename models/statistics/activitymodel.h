// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/statistics/statisticsfigures.h"

#include <QAbstractTableModel>

namespace Branchline {

/// The numbers of the line chart as a table, the newest period first. GUI thread only.
class ActivityModel final : public QAbstractTableModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ActivityModel)

public:
    enum Column { Period, Loans, Returns, Renewals, ColumnCount };

    explicit ActivityModel(QObject *parent = nullptr)
        : QAbstractTableModel(parent)
    {}

    /// `today` ends the last period: one that goes on says "so far".
    void setPeriods(FiguresRange range, std::vector<ActivityPeriod> periods, const QDate &today);

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    FiguresRange m_range = FiguresRange::Days30;
    std::vector<ActivityPeriod> m_periods;
    QDate m_today;
};

/// A period in words: "Sun 22 Nov", "16 Nov to 22 Nov", "November 2026 so far".
[[nodiscard]] QString periodName(FiguresRange range, const ActivityPeriod &period, const QDate &today);

} // namespace Branchline
