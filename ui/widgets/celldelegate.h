// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace Branchline {

/// Cells of tables: rows of 32 (compact 26), status as icon and word, numbers at the end, words asked for
/// underlined, a line below each row, and the row under the pointer as TableView tells it. Reads the roles of
/// models/roles.h. Column 0 is the title: in text colour, semi-bold in the selected row. A cell with a check
/// state is a box to tick and nothing else.
class CellDelegate : public QStyledItemDelegate
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CellDelegate)

public:
    explicit CellDelegate(QObject *parent = nullptr);

    void setCompact(bool compact);
    bool isCompact() const { return m_compact; }
    /// Muted text everywhere, for a list that is shown as it was some time ago.
    void setStale(bool stale);
    /// Row under the pointer, -1 none; set by TableView.
    void setHoveredRow(int row) { m_hoveredRow = row; }
    /// Columns written in text colour instead of muted besides column 0.
    void setStrongColumns(const QList<int> &columns);
    /// Space before the first and behind the last column; 16 unless set.
    void setOuterMargin(int margin);

    int rowHeight() const;
    /// Where the box of a row with a check state stands in its cell.
    static QRect checkRect(const QRect &cell, Qt::LayoutDirection direction);
    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

private:
    void paintGround(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const;
    void paintCheck(QPainter *painter, const QStyleOptionViewItem &option, Qt::CheckState state) const;
    void paintWords(QPainter *painter, const QRect &rect, const QString &text, const QString &match,
                    Qt::Alignment alignment, Qt::TextElideMode elide) const;

    QList<int> m_strongColumns;
    int m_hoveredRow = -1;
    int m_outerMargin = 16;
    bool m_compact = false;
    bool m_stale = false;
};

} // namespace Branchline
