// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

namespace Branchline {

/// The rights of somebody as boxes to tick: each right with its explanation at the start of its row, each
/// branch above its column. Arrow keys move, Space or a click ticks; it reads a RightsModel, which decides
/// what may be ticked.
class RightsGrid final : public QTableView
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RightsGrid)

public:
    explicit RightsGrid(QWidget *parent = nullptr);

    void setModel(QAbstractItemModel *model) override;
    /// Without explanations, for windows with little room; they stay in the tool tips.
    void setNarrow(bool narrow);
    /// What the current cell is, and what Space does; empty without one.
    [[nodiscard]] QString currentWords() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// Another cell is the current one, or it is another than before.
    void currentWordsChanged();

protected:
    void currentChanged(const QModelIndex &current, const QModelIndex &previous) override;
    void focusInEvent(QFocusEvent *event) override;

private:
    void arrange();
};

} // namespace Branchline
