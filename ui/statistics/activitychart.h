// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/statistics/statisticsfigures.h"

#include <QWidget>

class QCategoryAxis;
class QChart;
class QChartView;
class QLineSeries;

namespace Branchline {

/// Loans and returns as two lines over the periods of a range. The numbers are also the tool tip of each
/// period, and the page has them as a table.
class ActivityChart final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ActivityChart)

public:
    explicit ActivityChart(QWidget *parent = nullptr);

    void setPeriods(FiguresRange range, const std::vector<ActivityPeriod> &periods, const QDate &today);
    /// Muted lines show older figures.
    void setStale(bool stale);

    QSize sizeHint() const override { return {420, 250}; }
    QSize minimumSizeHint() const override { return {240, 140}; }

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    void makeChart();
    void applyTheme();
    void showLabels();
    [[nodiscard]] QString tipAt(const QPoint &place) const;

    QChart *m_chart;
    QChartView *m_view;
    QLineSeries *m_loans;
    QLineSeries *m_returns;
    QCategoryAxis *m_periodAxis;
    QCategoryAxis *m_valueAxis;
    FiguresRange m_range = FiguresRange::Days30;
    std::vector<ActivityPeriod> m_periods;
    QDate m_today;
    bool m_stale = false;
};

} // namespace Branchline
