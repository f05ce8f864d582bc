// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace Branchline {

/// Paints one scan of the check-out list: number, state icon, title over author, barcode, status word over
/// its details. 48 high; a row with several reasons grows by a line for each. In lists narrower than 900 the
/// barcode stands behind the author. Reads the scan roles of models/roles.h.
class ScanRowDelegate final : public QStyledItemDelegate
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ScanRowDelegate)

public:
    explicit ScanRowDelegate(QObject *parent = nullptr);

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    bool helpEvent(QHelpEvent *event, QAbstractItemView *view, const QStyleOptionViewItem &option,
                   const QModelIndex &index) override;
};

} // namespace Branchline
