// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/branchlinestyle.h"

#include "ui/widgets/theme.h"
#include "ui/widgets/typography.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QLineEdit>
#include <QPainter>
#include <QScrollBar>
#include <QStyleOption>

#include <cmath>

using namespace Qt::StringLiterals;

namespace Branchline {

void paintOutline(QPainter *painter, const QRectF &rect, const QColor &fill, const QColor &line, qreal radius)
{
    const qreal pixel = 1.0 / painter->device()->devicePixelRatioF();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(line.isValid() && line.alpha() > 0 ? QPen(line, pixel) : QPen(Qt::NoPen));
    painter->setBrush(fill.isValid() ? QBrush(fill) : QBrush(Qt::NoBrush));
    // A line lies inside the rectangle; without one the ground fills it to the edge.
    const qreal half = painter->pen().style() == Qt::NoPen ? 0 : pixel / 2;
    painter->drawRoundedRect(rect.adjusted(half, half, -half, -half), radius - half, radius - half);
    painter->restore();
}

void paintFocusRing(QPainter *painter, const QRectF &rect, qreal radius)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(colors().accent, 2));
    painter->setBrush(Qt::NoBrush);
    painter->drawRoundedRect(rect.adjusted(1, 1, -1, -1), radius - 1, radius - 1);
    painter->restore();
}

void paintPlaceholder(QPainter *painter, const QLineEdit *field, const QRect &rect)
{
    if (!field->text().isEmpty() || field->placeholderText().isEmpty())
        return;
    painter->setFont(field->font());
    painter->setPen(field->isEnabled() ? colors().muted : colors().disabled);
    const QString shown = field->fontMetrics().elidedText(field->placeholderText(), Qt::ElideRight, rect.width());
    const auto side = static_cast<int>(QStyle::visualAlignment(field->layoutDirection(), Qt::AlignLeft));
    painter->drawText(rect, side | Qt::AlignVCenter | Qt::TextSingleLine, shown);
}

void paintHairline(QPainter *painter, const QRectF &rect, Qt::Edge edge, const QColor &color)
{
    const qreal pixel = 1.0 / painter->device()->devicePixelRatioF();
    QRectF line = rect;
    switch (edge) {
    case Qt::TopEdge:
        line.setHeight(pixel);
        break;
    case Qt::BottomEdge:
        line.setTop(rect.bottom() - pixel);
        break;
    case Qt::LeftEdge:
        line.setWidth(pixel);
        break;
    case Qt::RightEdge:
        line.setLeft(rect.right() - pixel);
        break;
    }
    painter->fillRect(line, color);
}

namespace {

constexpr qreal radius = 6;

bool keyboardFocus(const QStyleOption *option)
{
    return option->state.testFlag(QStyle::State_HasFocus) &&
           option->state.testFlag(QStyle::State_KeyboardFocusChange);
}

QString kindOf(const QWidget *widget)
{
    return widget ? widget->property("kind").toString() : QString();
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
    const bool down = enabled && (option->state.testFlag(QStyle::State_Sunken) ||
                                  option->state.testFlag(QStyle::State_On));
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

void paintField(const QStyleOption *option, QPainter *painter)
{
    const ThemeColors &c = colors();
    const bool enabled = option->state.testFlag(QStyle::State_Enabled);
    paintOutline(painter, option->rect, enabled ? c.surface : c.window, enabled ? c.control : c.border, radius);
    if (option->state.testFlag(QStyle::State_HasFocus))
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
            painter->drawPolyline(QPolygonF{{m.x() - 3.6, m.y() + 0.3}, {m.x() - 1.1, m.y() + 2.8}, {m.x() + 3.8, m.y() - 2.8}});
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
    painter->fillRect(option->rect, hover && option->state.testFlag(QStyle::State_Sunken) ? c.hover : c.window);
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
    const QRectF bar = QRectF(slider).adjusted(across ? 2 : gap, across ? gap : 2, across ? -2 : -gap, across ? -gap : -2);
    const qreal round = std::min(bar.width(), bar.height()) / 2;
    paintOutline(painter, bar, hover ? c.control : c.border, Qt::transparent, round);
}

void paintMenuItem(const QStyle *style, const QStyleOptionMenuItem *option, QPainter *painter)
{
    const ThemeColors &c = colors();
    if (option->menuItemType == QStyleOptionMenuItem::Separator) {
        const QRect rect = option->rect;
        if (option->text.isEmpty()) {
            paintHairline(painter, QRect(rect.x(), rect.center().y(), rect.width(), 1), Qt::TopEdge, c.border);
            return;
        }
        painter->save(); // the title of a section
        painter->setFont(textFont(TextRole::Caption, true));
        painter->setPen(c.muted);
        const auto side = static_cast<int>(QStyle::visualAlignment(option->direction, Qt::AlignLeft));
        painter->drawText(rect.adjusted(12, 0, -12, 0), side | Qt::AlignVCenter | Qt::TextSingleLine, option->text);
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
        painter->drawPolyline(QPolygonF{{m.x() - 4.5, m.y() + 0.4}, {m.x() - 1.4, m.y() + 3.4}, {m.x() + 4.8, m.y() - 3.4}});
        painter->setPen(enabled ? c.text : c.disabled);
    } else if (!option->icon.isNull()) {
        option->icon.paint(painter, place(QRect(r.x() + 10, r.y(), 18, r.height())), Qt::AlignCenter,
                           enabled ? QIcon::Normal : QIcon::Disabled);
    }
    const QStringList parts = option->text.split(u'\t');
    const int flags = Qt::AlignVCenter | Qt::TextSingleLine | Qt::TextShowMnemonic | Qt::TextHideMnemonic;
    const auto start = static_cast<int>(QStyle::visualAlignment(option->direction, Qt::AlignLeft));
    const auto end = static_cast<int>(QStyle::visualAlignment(option->direction, Qt::AlignRight));
    painter->drawText(place(QRect(r.x() + 36, r.y(), r.width() - 52, r.height())), flags | start, parts.first());
    painter->setPen(enabled ? c.muted : c.disabled);
    if (parts.size() > 1) {
        painter->setFont(textFont(TextRole::Caption));
        painter->drawText(place(QRect(r.x() + 36, r.y(), r.width() - 52, r.height())), flags | end, parts.at(1));
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

} // namespace

BranchlineStyle::BranchlineStyle() : QProxyStyle(u"Fusion"_s) {}

void BranchlineStyle::polish(QWidget *widget)
{
    QProxyStyle::polish(widget);
    if (qobject_cast<QAbstractButton *>(widget) || qobject_cast<QScrollBar *>(widget))
        widget->setAttribute(Qt::WA_Hover);
}

int BranchlineStyle::pixelMetric(PixelMetric metric, const QStyleOption *option, const QWidget *widget) const
{
    switch (metric) {
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight:
        return 16;
    case PM_CheckBoxLabelSpacing:
    case PM_RadioButtonLabelSpacing:
        return 8;
    case PM_ButtonIconSize:
        return 18;
    case PM_SmallIconSize:
    case PM_LineEditIconSize:
        return 18;
    case PM_ScrollBarExtent:
        return 12;
    case PM_ScrollBarSliderMin:
        return 32;
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical:
        return 0;
    case PM_HeaderMargin:
        return 8;
    case PM_HeaderDefaultSectionSizeVertical:
        return controlHeight(32, textFont(TextRole::Body), 8);
    case PM_LayoutLeftMargin:
    case PM_LayoutRightMargin:
    case PM_LayoutTopMargin:
    case PM_LayoutBottomMargin:
        return 16;
    case PM_LayoutHorizontalSpacing:
    case PM_LayoutVerticalSpacing:
        return 8;
    case PM_SplitterWidth:
        return 1;
    case PM_MenuVMargin:
        return 4;
    case PM_MenuHMargin:
        return 0;
    case PM_TextCursorWidth:
        return 2;
    default:
        return QProxyStyle::pixelMetric(metric, option, widget);
    }
}

int BranchlineStyle::styleHint(StyleHint hint, const QStyleOption *option, const QWidget *widget,
                               QStyleHintReturn *returnData) const
{
    switch (hint) {
    case SH_Widget_Animation_Duration:
    case SH_Widget_Animate:
    case SH_EtchDisabledText:
    case SH_DitherDisabledText:
    case SH_UnderlineShortcut:
    case SH_ScrollBar_Transient:
    case SH_ItemView_ActivateItemOnSingleClick:
        return 0;
    case SH_ItemView_ShowDecorationSelected:
        return 1;
    default:
        return QProxyStyle::styleHint(hint, option, widget, returnData);
    }
}

QSize BranchlineStyle::sizeFromContents(ContentsType type, const QStyleOption *option, const QSize &size,
                                        const QWidget *widget) const
{
    QSize result = QProxyStyle::sizeFromContents(type, option, size, widget);
    const QFont font = widget ? widget->font() : textFont(TextRole::Body);
    switch (type) {
    case CT_PushButton:
        result = QSize(size.width() + 24, buttonHeight(widget, font));
        break;
    case CT_ToolButton:
        result = result.expandedTo(QSize(buttonHeight(widget, font), buttonHeight(widget, font)));
        break;
    case CT_ComboBox:
        result.rwidth() += 20;
        [[fallthrough]];
    case CT_LineEdit:
    case CT_SpinBox:
        result.setHeight(controlHeight(32, font));
        break;
    case CT_CheckBox:
    case CT_RadioButton:
        result.setHeight(controlHeight(26, font, 4));
        break;
    case CT_HeaderSection:
        result.setHeight(controlHeight(30, textFont(TextRole::Caption, true)));
        break;
    case CT_MenuItem:
        if (const auto *item = qstyleoption_cast<const QStyleOptionMenuItem *>(option);
            item && item->menuItemType == QStyleOptionMenuItem::Separator)
            result.setHeight(item->text.isEmpty() ? 9 : controlHeight(28, font, 4));
        else
            result = QSize(std::max(200, result.width() + 32), controlHeight(32, font));
        break;
    default:
        break;
    }
    return result;
}

QRect BranchlineStyle::subElementRect(SubElement element, const QStyleOption *option, const QWidget *widget) const
{
    const QRect rect = QProxyStyle::subElementRect(element, option, widget);
    return element == SE_LineEditContents ? rect.adjusted(6, 0, -6, 0) : rect;
}

QRect BranchlineStyle::subControlRect(ComplexControl control, const QStyleOptionComplex *option,
                                      SubControl subControl, const QWidget *widget) const
{
    // Scroll bars have no arrow buttons: the groove is all of it.
    if (control == CC_ScrollBar) {
        const auto *bar = qstyleoption_cast<const QStyleOptionSlider *>(option);
        if (!bar)
            return {};
        const QRect all = bar->rect;
        const bool across = bar->orientation == Qt::Horizontal;
        const int length = across ? all.width() : all.height();
        const qint64 range = qint64(bar->maximum) - bar->minimum;
        int slider = length;
        if (range > 0)
            slider = std::clamp(static_cast<int>(qint64(bar->pageStep) * length / (range + bar->pageStep)),
                                std::min(length, pixelMetric(PM_ScrollBarSliderMin)), length);
        const int start = sliderPositionFromValue(bar->minimum, bar->maximum, bar->sliderPosition,
                                                  length - slider, bar->upsideDown);
        const auto cut = [&](int from, int to) {
            const QRect r = across ? QRect(all.x() + from, all.y(), to - from, all.height())
                                   : QRect(all.x(), all.y() + from, all.width(), to - from);
            return visualRect(bar->direction, all, r);
        };
        switch (subControl) {
        case SC_ScrollBarSlider:
            return cut(start, start + slider);
        case SC_ScrollBarSubPage:
            return cut(0, start);
        case SC_ScrollBarAddPage:
            return cut(start + slider, length);
        case SC_ScrollBarGroove:
            return all;
        default:
            return {};
        }
    }
    if (control == CC_ComboBox && subControl == SC_ComboBoxEditField)
        return visualRect(option->direction, option->rect, option->rect.adjusted(8, 2, -30, -2));
    if (control == CC_ComboBox && subControl == SC_ComboBoxArrow)
        return visualRect(option->direction, option->rect,
                          QRect(option->rect.right() - 27, option->rect.y(), 20, option->rect.height()));
    return QProxyStyle::subControlRect(control, option, subControl, widget);
}

void BranchlineStyle::drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                                    const QWidget *widget) const
{
    const ThemeColors &c = colors();
    switch (element) {
    case PE_PanelButtonCommand:
    case PE_PanelButtonTool:
    case PE_PanelButtonBevel:
        paintButton(option, painter, widget);
        return;
    case PE_PanelLineEdit:
    case PE_FrameLineEdit:
        if (const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option); frame && frame->lineWidth > 0)
            paintField(option, painter);
        return;
    case PE_FrameFocusRect: // each control paints its own ring; items are marked by the selection
        return;
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck:
        paintCheckBox(option, painter);
        return;
    case PE_IndicatorRadioButton:
        paintRadioButton(option, painter);
        return;
    case PE_PanelTipLabel:
    case PE_FrameMenu:
    case PE_PanelMenu:
        painter->fillRect(option->rect, c.surface);
        paintOutline(painter, option->rect, Qt::transparent, c.control, 0.5);
        return;
    case PE_Frame:
        paintOutline(painter, option->rect, Qt::transparent, c.border, 0.5);
        return;
    case PE_IndicatorHeaderArrow:
        return; // drawn beside the word
    default:
        QProxyStyle::drawPrimitive(element, option, painter, widget);
    }
}

void BranchlineStyle::drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                                  const QWidget *widget) const
{
    const ThemeColors &c = colors();
    switch (element) {
    case CE_HeaderSection:
        if (const auto *header = qstyleoption_cast<const QStyleOptionHeader *>(option))
            paintHeaderSection(header, painter);
        return;
    case CE_HeaderLabel:
        if (const auto *header = qstyleoption_cast<const QStyleOptionHeader *>(option))
            paintHeaderLabel(header, painter);
        return;
    case CE_HeaderEmptyArea:
        painter->fillRect(option->rect, c.window);
        paintHairline(painter, option->rect, Qt::BottomEdge, c.border);
        return;
    case CE_ProgressBar:
        if (const auto *bar = qstyleoption_cast<const QStyleOptionProgressBar *>(option))
            paintProgress(bar, painter);
        return;
    case CE_MenuItem:
        if (const auto *item = qstyleoption_cast<const QStyleOptionMenuItem *>(option))
            paintMenuItem(proxy(), item, painter);
        return;
    case CE_Splitter:
        painter->fillRect(option->rect, c.border);
        return;
    case CE_PushButton:
    case CE_CheckBox:
    case CE_RadioButton:
        QProxyStyle::drawControl(element, option, painter, widget);
        if (element != CE_PushButton && keyboardFocus(option))
            paintFocusRing(painter, option->rect, 4);
        return;
    default:
        QProxyStyle::drawControl(element, option, painter, widget);
    }
}

void BranchlineStyle::drawComplexControl(ComplexControl control, const QStyleOptionComplex *option,
                                         QPainter *painter, const QWidget *widget) const
{
    if (control == CC_ScrollBar) {
        if (const auto *bar = qstyleoption_cast<const QStyleOptionSlider *>(option))
            paintScrollBar(bar, painter, proxy()->subControlRect(control, option, SC_ScrollBarSlider, widget));
        return;
    }
    if (control == CC_ComboBox) {
        paintField(option, painter);
        paintArrow(painter, proxy()->subControlRect(control, option, SC_ComboBoxArrow, widget), false,
                   option->state.testFlag(State_Enabled) ? colors().text : colors().disabled);
        return;
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
}

} // namespace Branchline
