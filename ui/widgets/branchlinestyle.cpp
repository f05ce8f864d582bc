// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/branchlinestyle.h"

#include "ui/widgets/stylepainting.h"
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

using namespace Internal;

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
    paintRing(painter, rect, radius, colors().accent);
}

void paintRing(QPainter *painter, const QRectF &rect, qreal radius, const QColor &color)
{
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(color, 2));
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
    const QString shown =
        field->fontMetrics().elidedText(field->placeholderText(), Qt::ElideRight, rect.width());
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

/// A box to tick without words beside it.
bool hasNoWords(const QStyleOption *option)
{
    const auto *button = qstyleoption_cast<const QStyleOptionButton *>(option);
    return button && button->text.isEmpty() && button->icon.isNull();
}

} // namespace

BranchlineStyle::BranchlineStyle()
    : QProxyStyle(u"Fusion"_s)
{}

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
        if (type == CT_CheckBox && hasNoWords(option))
            result.setWidth(result.height());
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

QRect BranchlineStyle::subElementRect(SubElement element, const QStyleOption *option,
                                      const QWidget *widget) const
{
    const QRect rect = QProxyStyle::subElementRect(element, option, widget);
    // A box alone stands in the middle of its place, with room for the ring.
    if (element == SE_CheckBoxClickRect && hasNoWords(option))
        return option->rect;
    if (element == SE_CheckBoxIndicator && hasNoWords(option))
        return alignedRect(option->direction, Qt::AlignCenter, rect.size(), option->rect);
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
        if (const auto *frame = qstyleoption_cast<const QStyleOptionFrame *>(option);
            frame && frame->lineWidth > 0)
            paintField(option, painter, widget);
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
        if (widget && widget->property("isField").toBool()) {
            paintField(option, painter, widget);
            return;
        }
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
        if (element == CE_CheckBox && hasNoWords(option)) {
            QStyleOption box(*option); // Fusion asks itself, not this style, where the box stands
            box.rect = subElementRect(SE_CheckBoxIndicator, option, widget);
            paintCheckBox(&box, painter);
            if (keyboardFocus(option))
                paintFocusRing(painter, box.rect.adjusted(-4, -4, 4, 4), 6);
            return;
        }
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
            paintScrollBar(bar, painter,
                           proxy()->subControlRect(control, option, SC_ScrollBarSlider, widget));
        return;
    }
    if (control == CC_ComboBox) {
        paintField(option, painter, widget);
        paintArrow(painter, proxy()->subControlRect(control, option, SC_ComboBoxArrow, widget), false,
                   option->state.testFlag(State_Enabled) ? colors().text : colors().disabled);
        return;
    }
    QProxyStyle::drawComplexControl(control, option, painter, widget);
}

} // namespace Branchline
