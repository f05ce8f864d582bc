// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyle>

class QStyleOptionHeader;
class QStyleOptionMenuItem;
class QStyleOptionProgressBar;
class QStyleOptionSlider;

// How BranchlineStyle paints single parts; nobody else calls these.
namespace Branchline::Internal {

bool keyboardFocus(const QStyleOption *option);
int buttonHeight(const QWidget *widget, const QFont &font);
void paintButton(const QStyleOption *option, QPainter *painter, const QWidget *widget);
void paintField(const QStyleOption *option, QPainter *painter, const QWidget *widget = nullptr);
void paintCheckBox(const QStyleOption *option, QPainter *painter);
void paintRadioButton(const QStyleOption *option, QPainter *painter);
void paintArrow(QPainter *painter, const QRectF &rect, bool up, const QColor &color);
void paintHeaderSection(const QStyleOptionHeader *option, QPainter *painter);
void paintHeaderLabel(const QStyleOptionHeader *option, QPainter *painter);
void paintProgress(const QStyleOptionProgressBar *option, QPainter *painter);
void paintScrollBar(const QStyleOptionSlider *option, QPainter *painter, const QRect &slider);
void paintMenuItem(const QStyle *style, const QStyleOptionMenuItem *option, QPainter *painter);

} // namespace Branchline::Internal
