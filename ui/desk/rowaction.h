// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QModelIndex>
#include <QRect>

class QPainter;
class QStyleOptionViewItem;

namespace Branchline {

/// What a row offers to do with its scan; shown as a flat button at the end of the row.
enum class RowAction {
    None,
    Undo, ///< take back what the scan did
    End   ///< wait for its answer no longer
};

[[nodiscard]] RowAction rowAction(const QModelIndex &index);

/// Where the row's action stands: at its end, in the middle of its height. Mirrored like the row. Empty
/// without an action.
[[nodiscard]] QRect actionBox(const QModelIndex &index, const QRect &row, Qt::LayoutDirection direction);

/// Whether the pointer is over the action of this row of a ScanList.
[[nodiscard]] bool isActionHovered(const QStyleOptionViewItem &option, const QModelIndex &index);

/// How much of the end of a row its action takes, with the gap before it; 0 without one.
[[nodiscard]] int actionWidth(const QModelIndex &index);

/// Paints icon and word as a flat button; with `hovered` on a ground of its own.
void paintAction(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index,
                 bool hovered);

} // namespace Branchline
