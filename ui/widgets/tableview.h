// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTableView>

namespace Branchline {

class CellDelegate;

/// A table of the program: whole rows are selected and shown under the pointer, header of 30, no grid. Comes
/// with a CellDelegate. Give it an accessible name.
class TableView : public QTableView
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(TableView)

public:
    explicit TableView(QWidget *parent = nullptr);

    CellDelegate *cells() const { return m_cells; }
    /// Rows of 26 instead of 32.
    void setCompact(bool compact);
    /// Sets the widths of the columns from words as long as what they will hold; the stretched column takes
    /// what is left; status columns get room for their icon. Call after setModel().
    void setSampleTexts(const QStringList &samples, int stretchedColumn,
                        const QList<int> &statusColumns = {});

Q_SIGNALS:
    /// Enter or double click on a row.
    void rowActivated(const QModelIndex &index);

protected:
    void mouseMoveEvent(QMouseEvent *event) override;
    bool viewportEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void setHoveredRow(int row);

    CellDelegate *m_cells;
    int m_hoveredRow = -1;
};

} // namespace Branchline
