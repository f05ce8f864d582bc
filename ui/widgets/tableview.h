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
    /// Widths, hidden columns and the stretched one as the headings of the model say (models/roles.h).
    /// Headings with a SortKey can be clicked. Call after setModel().
    void setColumnsFromModel();
    /// The arrow of the heading whose SortKey this is; the view does not sort by itself.
    void showOrder(const QString &sortKey, bool descending);
    /// Shows or hides a column.
    void setColumnShown(int column, bool shown);
    /// Widths and hidden columns, to be remembered.
    QByteArray columnsState() const;
    /// False, and nothing changed, when the state is not of these columns.
    bool restoreColumns(const QByteArray &state);

Q_SIGNALS:
    /// Enter or double click on a row.
    void rowActivated(const QModelIndex &index);
    /// A heading was clicked; the second click on the same one turns the order round.
    void sortRequested(const QString &sortKey, bool descending);
    /// A person made a column wider or narrower, or chose other columns.
    void columnsChanged();

protected:
    void mousePressEvent(QMouseEvent *event) override;
    void mouseDoubleClickEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    bool viewportEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void paintEvent(QPaintEvent *event) override;

private:
    void setHoveredRow(int row);
    void onHeadingClicked(int section);
    bool toggle(const QModelIndex &index);

    CellDelegate *m_cells;
    int m_hoveredRow = -1;
    QString m_sortKey;
    bool m_descending = false;
    bool m_isSettingColumns = false;
};

} // namespace Branchline
