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

QString wordOf(RowAction action)
{
    return action == RowAction::End ? QCoreApplication::translate("ScanRow", "Stop asking")
                                    : QCoreApplication::translate("ScanRow", "Undo");
}

int buttonWidth(RowAction action)
{
    return 2 * padding + iconSize + 8 +
           QFontMetrics(textFont(TextRole::Body)).horizontalAdvance(wordOf(action));
}

} // namespace

RowAction rowAction(const QModelIndex &index)
{
    return index.data(Roles::CanUndo).toBool()  ? RowAction::Undo
           : index.data(Roles::CanEnd).toBool() ? RowAction::End
                                                : RowAction::None;
}

QRect actionBox(const QModelIndex &index, const QRect &row, Qt::LayoutDirection direction)
{
    const RowAction action = rowAction(index);
    if (action == RowAction::None)
        return {};
    const int width = buttonWidth(action);
    const int height =
        std::min(row.height(), std::max(leastHeight, textHeight(textFont(TextRole::Body)) + 8));
    const QRect box(row.right() + 1 - margin - width + padding, row.y() + (row.height() - height) / 2, width,
                    height);
    return QStyle::visualRect(direction, row, box);
}

bool isActionHovered(const QStyleOptionViewItem &option, const QModelIndex &index)
{
    const auto *list = qobject_cast<const ScanList *>(option.widget);
    return list && list->hoveredAction() == index;
}

int actionWidth(const QModelIndex &index)
{
    const RowAction action = rowAction(index);
    return action == RowAction::None ? 0 : buttonWidth(action) - padding + 12;
}

void paintAction(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index,
                 bool hovered)
{
    const RowAction action = rowAction(index);
    const QRect box = actionBox(index, option.rect, option.direction);
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
    paintIcon(painter, action == RowAction::End ? u"close"_s : u"undo"_s, glyph, iconSize, colors().text,
              option.direction);
    painter->setFont(textFont(TextRole::Body));
    painter->setPen(colors().text);
    painter->drawText(inner,
                      int(QStyle::visualAlignment(option.direction, Qt::AlignTrailing) | Qt::AlignAbsolute |
                          Qt::AlignVCenter) |
                          Qt::TextSingleLine,
                      wordOf(action));
    painter->restore();
}

} // namespace Branchline
