// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QFont>
#include <QRect>
#include <QString>
#include <Qt>

class QPainter;
class QStyleOption;

namespace Branchline {

/// Draws one line of text of a list row, elided at its end. \a box is reckoned left-to-right and mirrored
/// here; the text keeps its own direction and stands at the start (or the end) of the box.
struct RowText
{
    QString text;
    QFont font;
    QColor color;
    Qt::Alignment align = Qt::AlignLeading;
};

/// Draws \a line in \a box of the row described by \a option.
void drawRowText(QPainter *painter, const QStyleOption &option, const QRect &box, const RowText &line);

/// Draws the icon \a name with \a size in the middle of \a box, in one colour and at the painter's
/// resolution.
void drawRowIcon(QPainter *painter, const QStyleOption &option, const QRect &box, const QString &name,
                 int size, const QColor &color);

/// Draws the one-device-pixel line below a row.
void drawRowLine(QPainter *painter, const QStyleOption &option);

} // namespace Branchline
