// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace Branchline {

/// Rows of the command palette: headings, and rows of 38 with icon, title with the match underlined, and
/// detail and key at the end.
class PaletteDelegate final : public QStyledItemDelegate
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PaletteDelegate)

public:
    explicit PaletteDelegate(QObject *parent = nullptr)
        : QStyledItemDelegate(parent)
    {}

    static int rowHeight();
    static int headingHeight();

    QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;
    void paint(QPainter *painter, const QStyleOptionViewItem &option,
               const QModelIndex &index) const override;

private:
    static void paintTitle(QPainter *painter, const QRect &area, const QModelIndex &index,
                           Qt::LayoutDirection direction);
};

} // namespace Branchline
