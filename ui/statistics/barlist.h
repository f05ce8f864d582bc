// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QListView>

class QSortFilterProxyModel;

namespace Branchline {

/// Horizontal bars as a list, so that keys move in it and screen readers speak each bar: the largest first,
/// at most twelve and as many as fit, the value at the end of the bar, and an axis from 0 below. Reads
/// Roles::Value, Part and IsCounted; rows that are not counted have no bar.
class BarList final : public QListView
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BarList)

public:
    static constexpr int mostBars = 12;

    explicit BarList(QWidget *parent = nullptr);

    /// Not owned; in any order.
    void setFigures(QAbstractItemModel *model);
    /// Bars that are shown now, and branches that have one.
    int shownBars() const;
    int allBars() const;
    /// Muted bars show older figures.
    void setStale(bool stale);
    /// The row that is written semi-bold; an empty id marks none.
    void setMarked(const QString &id);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// Enter or double click on a bar.
    void barActivated(const QString &id);
    /// shownBars() or allBars() changed.
    void barsChanged();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    void refresh();
    int rowHeight() const;
    int axisHeight() const;

    QSortFilterProxyModel *m_largest;
    class BarDelegate;
    BarDelegate *m_bars;
};

} // namespace Branchline
