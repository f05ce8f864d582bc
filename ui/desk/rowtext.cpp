// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/rowtext.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"

#include <QFontMetrics>
#include <QPainter>
#include <QStyle>
#include <QStyleOption>

namespace Branchline {

void drawRowText(QPainter *painter, const QStyleOption &option, const QRect &box, const RowText &line)
{
    if (line.text.isEmpty() || box.width() <= 0)
        return;
    const QRect visual = QStyle::visualRect(option.direction, option.rect, box);
    const Qt::Alignment align =
        QStyle::visualAlignment(option.direction, line.align) | Qt::AlignAbsolute | Qt::AlignVCenter;
    const int direction = line.text.isRightToLeft() ? Qt::TextForceRightToLeft : Qt::TextForceLeftToRight;
    const QString shown = QFontMetrics(line.font).elidedText(line.text, Qt::ElideRight, box.width());
    painter->setFont(line.font);
    painter->setPen(line.color);
    painter->drawText(visual, int(align) | Qt::TextSingleLine | direction, shown);
}

void drawRowIcon(QPainter *painter, const QStyleOption &option, const QRect &box, const QString &name,
                 int size, const QColor &color)
{
    paintIcon(painter, name, QStyle::visualRect(option.direction, option.rect, box), size, color,
              option.direction);
}

void drawRowLine(QPainter *painter, const QStyleOption &option)
{
    paintHairline(painter, option.rect, Qt::BottomEdge, colors().border);
}

} // namespace Branchline
