// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/stylepainting.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/typography.h"

#include <QPainter>
#include <QStyleOption>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr qreal radius = 6;

QString kindOf(const QWidget *widget)
{
    return widget ? widget->property("kind").toString() : QString();
}

} // namespace

bool keyboardFocus(const QStyleOption *option)
{
    return option->state.testFlag(QStyle::State_HasFocus) &&
           option->state.testFlag(QStyle::State_KeyboardFocusChange);
}

int buttonHeight(const QWidget *widget, const QFont &font)
{
    const QString size = widget ? widget->property("controlSize").toString() : QString();
    if (size == "small"_L1)
        return controlHeight(26, font, 6);
    return controlHeight(size == "large"_L1 ? 40 : 32, font);
}

void paintButton(const QStyleOption *option, QPainter *painter, const QWidget *widget)
{
    const ThemeColors &c = colors();
    const bool enabled = option->state.testFlag(QStyle::State_Enabled);
    const bool hover = enabled && option->state.testFlag(QStyle::State_MouseOver);
    const bool down =
        enabled && (option->state.testFlag(QStyle::State_Sunken) || option->state.testFlag(QStyle::State_On));
    const QString kind = kindOf(widget);
    const bool flat = kind == "flat"_L1 || option->state.testFlag(QStyle::State_AutoRaise);
    QColor fill = down ? c.sunken : hover ? c.hover : c.surface;
    QColor line = c.border;
    if (kind == "primary"_L1 && enabled) {
        fill = hover || down ? c.accentHover : c.accent;
        line = fill;
    } else if (kind == "danger"_L1 && enabled) {
        line = c.status(Status::Refused);
    } else if (flat) {
        line = Qt::transparent;
        if (!hover && !down)
            fill = Qt::transparent;
    } else if (!enabled) {
        fill = c.window;
    }
    QRectF rect(option->rect);
    if (kind == "primary"_L1 && keyboardFocus(option)) {
        // The ring of a filled button stands outside a gap, or it could not be seen.
        paintFocusRing(painter, rect, radius);
        rect.adjust(4, 4, -4, -4);
        paintOutline(painter, rect, fill, line, radius - 2);
        return;
    }
    paintOutline(painter, rect, fill, line, radius);
    if (keyboardFocus(option))
        paintFocusRing(painter, rect, radius);
}

void paintField(const QStyleOption *option, QPainter *painter, const QWidget *widget)
{
    const ThemeColors &c = colors();
    const bool enabled = option->state.testFlag(QStyle::State_Enabled);
    paintOutline(painter, option->rect, enabled ? c.surface : c.window, enabled ? c.control : c.border,
                 radius);
    if (widget && widget->property("invalid").toBool())
        paintRing(painter, option->rect, radius, c.status(Status::Refused));
    else if (option->state.testFlag(QStyle::State_HasFocus))
        paintFocusRing(painter, option->rect, radius);
}

void paintCheckBox(const QStyleOption *option, QPainter *painter)
{
    const ThemeColors &c = colors();
    const bool enabled = option->state.testFlag(QStyle::State_Enabled);
    const bool on = option->state.testFlag(QStyle::State_On);
    const bool partly = option->state.testFlag(QStyle::State_NoChange);
    const QRectF box = QRectF(option->rect).adjusted(0.75, 0.75, -0.75, -0.75);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QColor filled = enabled ? c.accent : c.disabled;
    const bool marked = on || partly;
    painter->setPen(QPen(marked ? filled : enabled ? c.control : c.border, 1.5));
    painter->setBrush(marked ? filled : c.surface);
    painter->drawRoundedRect(box, 3, 3);
    if (marked) {
        painter->setPen(QPen(c.accentText, 1.75, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        const QPointF m = box.center();
        if (on)
            painter->drawPolyline(QPolygonF{
                {m.x() - 3.6, m.y() + 0.3}, {m.x() - 1.1, m.y() + 2.8}, {m.x() + 3.8, m.y() - 2.8}});
        else
            painter->drawLine(QPointF(m.x() - 3.5, m.y()), QPointF(m.x() + 3.5, m.y()));
    }
    painter->restore();
}

void paintRadioButton(const QStyleOption *option, QPainter *painter)
{
    const ThemeColors &c = colors();
    const bool enabled = option->state.testFlag(QStyle::State_Enabled);
    const bool on = option->state.testFlag(QStyle::State_On);
    const qreal width = on ? 5 : 1.5;
    const QColor line = !enabled ? c.disabled : on ? c.accent : c.control;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(line, width));
    painter->setBrush(c.surface);
    painter->drawEllipse(QRectF(option->rect).adjusted(width / 2, width / 2, -width / 2, -width / 2));
    painter->restore();
}

void paintArrow(QPainter *painter, const QRectF &rect, bool up, const QColor &color)
{
    const QPointF m = rect.center();
    const qreal d = up ? -2 : 2;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(color, 1.4, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter->drawPolyline(QPolygonF{{m.x() - 4, m.y() - d}, {m.x(), m.y() + d}, {m.x() + 4, m.y() - d}});
    painter->restore();
}

void paintHeaderSection(const QStyleOptionHeader *option, QPainter *painter)
{
    const ThemeColors &c = colors();
    const bool hover = option->state.testFlag(QStyle::State_MouseOver) &&
                       option->state.testFlag(QStyle::State_Enabled) && option->section >= 0;
    painter->fillRect(option->rect,
                      hover && option->state.testFlag(QStyle::State_Sunken) ? c.hover : c.window);
    paintHairline(painter, option->rect, Qt::BottomEdge, c.border);
}

void paintHeaderLabel(const QStyleOptionHeader *option, QPainter *painter)
{
    const ThemeColors &c = colors();
    const bool sorted = option->sortIndicator != QStyleOptionHeader::None;
    painter->save();
    const QFont font = textFont(TextRole::Caption, true);
    painter->setFont(font);
    painter->setPen(sorted ? c.text : c.muted);
    QRect rect = option->rect;
    const QFontMetrics metrics(font);
    const int arrow = sorted ? 14 : 0;
    const QString text = metrics.elidedText(option->text, Qt::ElideRight, rect.width() - arrow);
    const Qt::Alignment alignment =
        QStyle::visualAlignment(option->direction, option->textAlignment) | Qt::AlignVCenter;
    if (sorted) {
        // The arrow follows the word at its end; an end-aligned word makes room for it.
        const int width = metrics.horizontalAdvance(text);
        const bool atEnd = option->textAlignment.testFlag(Qt::AlignRight);
        QRect place(rect.x() + (atEnd ? rect.width() - arrow : width + 2), rect.y(), 12, rect.height());
        place = QStyle::visualRect(option->direction, rect, place);
        paintArrow(painter, QRectF(place), option->sortIndicator == QStyleOptionHeader::SortUp, c.text);
        if (atEnd)
            rect = QStyle::visualRect(option->direction, rect, rect.adjusted(0, 0, -arrow, 0));
    }
    painter->drawText(rect, static_cast<int>(alignment) | Qt::TextSingleLine, text);
    painter->restore();
}

void paintProgress(const QStyleOptionProgressBar *option, QPainter *painter)
{
    const ThemeColors &c = colors();
    QRectF track(option->rect);
    track.setTop(track.center().y() - 3);
    track.setHeight(6);
    paintOutline(painter, track, c.sunken, Qt::transparent, 3);
    const double span = option->maximum - option->minimum;
    if (span <= 0)
        return;
    QRectF done = track;
    done.setWidth(track.width() * std::clamp((option->progress - option->minimum) / span, 0.0, 1.0));
    if (option->direction == Qt::RightToLeft)
        done.moveRight(track.right());
    paintOutline(painter, done, c.accent, Qt::transparent, 3);
}

void paintScrollBar(const QStyleOptionSlider *option, QPainter *painter, const QRect &slider)
{
    const ThemeColors &c = colors();
    const bool hover = option->state.testFlag(QStyle::State_MouseOver);
    const bool across = option->orientation == Qt::Horizontal;
    painter->fillRect(option->rect, c.surface);
    if (option->maximum <= option->minimum)
        return;
    const qreal gap = hover ? 2 : 3;
    const QRectF bar =
        QRectF(slider).adjusted(across ? 2 : gap, across ? gap : 2, across ? -2 : -gap, across ? -gap : -2);
    const qreal round = std::min(bar.width(), bar.height()) / 2;
    paintOutline(painter, bar, hover ? c.control : c.border, Qt::transparent, round);
}

void paintMenuItem(const QStyle *style, const QStyleOptionMenuItem *option, QPainter *painter)
{
    const ThemeColors &c = colors();
    if (option->menuItemType == QStyleOptionMenuItem::Separator) {
        const QRect rect = option->rect;
        if (option->text.isEmpty()) {
            paintHairline(painter, QRect(rect.x(), rect.center().y(), rect.width(), 1), Qt::TopEdge,
                          c.border);
            return;
        }
        painter->save(); // the title of a section
        painter->setFont(textFont(TextRole::Caption, true));
        painter->setPen(c.muted);
        const auto side = static_cast<int>(QStyle::visualAlignment(option->direction, Qt::AlignLeft));
        painter->drawText(rect.adjusted(12, 0, -12, 0), side | Qt::AlignVCenter | Qt::TextSingleLine,
                          option->text);
        painter->restore();
        return;
    }
    const bool enabled = option->state.testFlag(QStyle::State_Enabled);
    if (enabled && option->state.testFlag(QStyle::State_Selected))
        paintOutline(painter, QRectF(option->rect).adjusted(4, 0, -4, 0), c.selected, Qt::transparent, 4);
    const auto place = [&](const QRect &r) { return QStyle::visualRect(option->direction, option->rect, r); };
    const QRect r = option->rect;
    painter->save();
    painter->setFont(option->font);
    painter->setPen(enabled ? c.text : c.disabled);
    if (option->checkType != QStyleOptionMenuItem::NotCheckable && option->checked) {
        const QPointF m = QRectF(place(QRect(r.x() + 10, r.y(), 18, r.height()))).center();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(QPen(c.accent, 1.75, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter->drawPolyline(
            QPolygonF{{m.x() - 4.5, m.y() + 0.4}, {m.x() - 1.4, m.y() + 3.4}, {m.x() + 4.8, m.y() - 3.4}});
        painter->setPen(enabled ? c.text : c.disabled);
    } else if (!option->icon.isNull()) {
        option->icon.paint(painter, place(QRect(r.x() + 10, r.y(), 18, r.height())), Qt::AlignCenter,
                           enabled ? QIcon::Normal : QIcon::Disabled);
    }
    const QStringList parts = option->text.split(u'\t');
    const int flags = Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextShowMnemonic | Qt::TextHideMnemonic;
    const auto start = static_cast<int>(QStyle::visualAlignment(option->direction, Qt::AlignLeft));
    const auto end = static_cast<int>(QStyle::visualAlignment(option->direction, Qt::AlignRight));
    painter->drawText(place(QRect(r.x() + 36, r.y(), r.width() - 52, r.height())), flags | start,
                      parts.first());
    painter->setPen(enabled ? c.muted : c.disabled);
    if (parts.size() > 1) {
        painter->setFont(textFont(TextRole::Caption));
        painter->drawText(place(QRect(r.x() + 36, r.y(), r.width() - 52, r.height())), flags | end,
                          parts.at(1));
    }
    if (option->menuItemType == QStyleOptionMenuItem::SubMenu) {
        QStyleOption arrow = *option;
        arrow.rect = place(QRect(r.right() - 20, r.center().y() - 6, 12, 12));
        style->drawPrimitive(option->direction == Qt::RightToLeft ? QStyle::PE_IndicatorArrowLeft
                                                                  : QStyle::PE_IndicatorArrowRight,
                             &arrow, painter, nullptr);
    }
    painter->restore();
}

} // namespace Branchline::Internal
