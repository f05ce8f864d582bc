// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/statistics/statisticsfigures.h"

#include <QWidget>

class QAbstractItemModel;
class QAction;
class QMenu;
class QStackedWidget;

namespace Branchline {

class ActivityChart;
class BarList;
class Button;
class ChartCard;
class EmptyState;
class MessageBar;
class SegmentedSwitch;
class StatTile;
class TableView;
class TextLabel;

/// The statistics page: which shards the figures are from, five tiles, the branches as bars, loans and
/// returns as lines, and the same numbers as tables. It is told what to show and knows nothing of databases.
class StatisticsView final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StatisticsView)

public:
    struct Choice
    {
        QString id;
        QString name;
    };

    explicit StatisticsView(QWidget *parent = nullptr);

    /// Columns Branch, Shard, Copies, Available, On loan, Overdue, Utilisation, and the roles of bars.
    void setBranchModel(QAbstractItemModel *model);
    /// Columns Day, Loans, Returns, Renewals.
    void setActivityModel(QAbstractItemModel *model);
    void setFigures(const StatisticsFigures &figures);
    /// What the branch filter offers besides "All branches"; `own` is the id of this desk's branch.
    void setBranches(const QList<Choice> &branches, const QString &own);
    /// Shows tables in place of the charts.
    void setTables(bool tables);
    MessageBar *messages() const { return m_messages; }

Q_SIGNALS:
    void rangeChosen(Branchline::FiguresRange range);
    /// An empty id is all branches.
    void branchChosen(const QString &id);
    void retryRequested();
    void lastKnownRequested();
    void exportRequested();
    /// The list behind a bar or row was asked for; `tab` is "loans" or "overdue".
    void branchOpened(const QString &id, const QString &tab);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    QWidget *makeHead();
    QWidget *makeTiles();
    QWidget *makeCharts();
    QWidget *makeTables();
    void fillRangeMenu();
    void openMenu(QMenu *menu, const Button *button);
    void showTiles(const StatisticsFigures &figures);
    void showCharts(const StatisticsFigures &figures);
    void showState(const StatisticsFigures &figures);
    void showMessages(const StatisticsFigures &figures);
    void showBarRemark();
    void spanSilentRows();
    void chooseBranch(const QString &id, const QString &name);

    QAction *m_retry;
    QAction *m_useLastKnown;
    QAction *m_export;
    QMenu *m_branchMenu;
    QMenu *m_rangeMenu;
    Button *m_branchButton = nullptr;
    Button *m_rangeButton = nullptr;
    SegmentedSwitch *m_switch = nullptr;
    MessageBar *m_messages;
    TextLabel *m_coverage;
    QStackedWidget *m_stack;
    EmptyState *m_empty;
    StatTile *m_copies;
    StatTile *m_available;
    StatTile *m_lent;
    StatTile *m_overdue;
    StatTile *m_utilisation;
    BarList *m_bars;
    ChartCard *m_barCard;
    ActivityChart *m_chart;
    ChartCard *m_chartCard;
    QWidget *m_charts = nullptr;
    TableView *m_branchTable;
    TableView *m_activityTable;
    QString m_branchId;       ///< of the filter
    QStringList m_told;       ///< words of the message bar
    QStringList m_wasMissing; ///< shards that were missing when something was last told
    bool m_tables = false;
};

} // namespace Branchline
