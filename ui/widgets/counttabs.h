// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QTabBar>

namespace Branchline {

/// The tabs of a page head: words with a number behind them, and an accent line under the current one. Arrow
/// keys change the tab.
class CountTabs final : public QTabBar
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CountTabs)

public:
    /// \a height of the bar in logical pixels, at least what the font needs.
    explicit CountTabs(int height, QWidget *parent = nullptr);

    /// What stands behind the words; empty: nothing.
    void setCount(int index, const QString &count);
    QString count(int index) const { return m_counts.value(index); }

protected:
    QSize tabSizeHint(int index) const override;
    QSize minimumTabSizeHint(int index) const override { return tabSizeHint(index); }
    void paintEvent(QPaintEvent *event) override;

private:
    int m_height;
    QStringList m_counts;
};

} // namespace Branchline
