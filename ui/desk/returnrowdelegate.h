// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace Branchline {

/// Paints one scan of the check-in list on one line of 32: number, icon, title and author, what to do, the
/// place, whether it was late, the time. Reads the scan roles of models/roles.h: StatusWord says what to do
/// ("Shelve here"), Place where to, StatusDetail whether it was on time (for a refused scan: why), Late
/// colours that, Time is the time of day as text.
class ReturnRowDelegate final : public QStyledItemDelegate
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ReturnRowDelegate)

public:
    explicit ReturnRowDelegate(QObject *parent = nullptr);

    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;
    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    bool helpEvent(QHelpEvent *event, QAbstractItemView *view, const QStyleOptionViewItem &option,
                   const QModelIndex &index) override;
};

} // namespace Branchline
