// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/theme.h"

#include <QIcon>
#include <QPixmap>

class QPainter;

namespace Branchline {

/// An icon of the program by its name in resources/icons, without ending. Drawn at the size and pixel ratio
/// it is asked for. Without a colour it has the text colour of the theme and follows changes of it; disabled
/// it is grey. Icons that show a direction are mirrored in right-to-left layouts. An unknown name gives an
/// empty picture and a warning in the log.
QIcon icon(const QString &name, const QColor &color = {});

/// The same as a picture of size (logical pixels) for a screen with this pixel ratio.
QPixmap iconPixmap(const QString &name, const QSize &size, qreal devicePixelRatio, const QColor &color,
                   bool mirrored = false);

/// Paints an icon into a square around the middle of area, mirrored where the layout direction asks for it.
void paintIcon(QPainter *painter, const QString &name, const QRect &area, int size, const QColor &color,
               Qt::LayoutDirection direction = Qt::LeftToRight);

/// Name of the icon that stands beside a status word; empty for Status::None.
QString statusIconName(Status status);

/// Whether the icon shows a direction and is flipped in right-to-left layouts.
bool isMirroredIcon(const QString &name);

} // namespace Branchline
