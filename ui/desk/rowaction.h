// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QModelIndex>
#include <QRect>

class QPainter;
class QStyleOptionViewItem;

namespace Branchline {

/// Whether the row can be undone now.
[[nodiscard]] bool hasUndo(const QModelIndex &index);

/// Where "Undo" stands in a row: at its end, in the middle of its height. Mirrored like the row.
[[nodiscard]] QRect undoBox(const QRect &row, Qt::LayoutDirection direction);

/// Whether the pointer is over "Undo" of this row of a ScanList.
[[nodiscard]] bool isUndoHovered(const QStyleOptionViewItem &option, const QModelIndex &index);

/// How much of the end of a row "Undo" takes, with the gap before it.
[[nodiscard]] int undoWidth();

/// Paints icon and word as a flat button; with `hovered` on a ground of its own.
void paintUndo(QPainter *painter, const QStyleOptionViewItem &option, bool hovered);

} // namespace Branchline
