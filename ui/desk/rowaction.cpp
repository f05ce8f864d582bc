// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/rowaction.h"

#include "models/roles.h"
#include "ui/desk/scanlist.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/typography.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QPainter>
#include <QStyle>
#include <QStyleOptionViewItem>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

constexpr int margin = 16;
constexpr int padding = 8;
constexpr int iconSize = 16;
constexpr int leastHeight = 26;

QString word()
{
    return QCoreApplication::translate("ScanRow", "Undo");
}

int buttonWidth()
{
    return 2 * padding + iconSize + 8 + QFontMetrics(textFont(TextRole::Body)).horizontalAdvance(word());
}

} // namespace

bool hasUndo(const QModelIndex &index)
{
    return index.data(Roles::CanUndo).toBool();
}

QRect undoBox(const QRect &row, Qt::LayoutDirection direction)
{
    const int height =
        std::min(row.height(), std::max(leastHeight, textHeight(textFont(TextRole::Body)) + 8));
    const QRect box(row.right() + 1 - margin - buttonWidth() + padding, row.y() + (row.height() - height) / 2,
                    buttonWidth(), height);
    return QStyle::visualRect(direction, row, box);
}

bool isUndoHovered(const QStyleOptionViewItem &option, const QModelIndex &index)
{
    const auto *list = qobject_cast<const ScanList *>(option.widget);
    return list && list->hoveredUndo() == index;
}

int undoWidth()
{
    return buttonWidth() - padding + 12;
}

void paintUndo(QPainter *painter, const QStyleOptionViewItem &option, bool hovered)
{
    const QRect box = undoBox(option.rect, option.direction);
    painter->save();
    if (hovered) {
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(colors().control, 1));
        painter->setBrush(colors().surface);
        painter->drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    }
    const QRect inner = box.adjusted(padding, 0, -padding, 0);
    const QRect glyph =
        QStyle::visualRect(option.direction, inner, QRect(inner.topLeft(), QSize(iconSize, inner.height())));
    paintIcon(painter, u"undo"_s, glyph, iconSize, colors().text, option.direction);
    painter->setFont(textFont(TextRole::Body));
    painter->setPen(colors().text);
    painter->drawText(inner,
                      int(QStyle::visualAlignment(option.direction, Qt::AlignTrailing) | Qt::AlignAbsolute |
                          Qt::AlignVCenter) |
                          Qt::TextSingleLine,
                      word());
    painter->restore();
}

} // namespace Branchline
