// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QProxyStyle>

class QLineEdit;

namespace Branchline {

/// Fusion with the project's heights, lines and focus ring. Colours come from the Theme at each painting.
/// Buttons tell what they are by dynamic properties: "kind" is "primary", "flat" or "danger"; "controlSize"
/// is "small" (26 high) or "large" (40 high). A field with the property "invalid" has the outline of a mistake;
/// a frame with the property "isField" is painted as a field.
class BranchlineStyle final : public QProxyStyle
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BranchlineStyle)

public:
    BranchlineStyle();

    void polish(QWidget *widget) override;
    using QProxyStyle::polish;
    int pixelMetric(PixelMetric metric, const QStyleOption *option = nullptr,
                    const QWidget *widget = nullptr) const override;
    int styleHint(StyleHint hint, const QStyleOption *option = nullptr, const QWidget *widget = nullptr,
                  QStyleHintReturn *returnData = nullptr) const override;
    QSize sizeFromContents(ContentsType type, const QStyleOption *option, const QSize &size,
                           const QWidget *widget) const override;
    QRect subElementRect(SubElement element, const QStyleOption *option,
                         const QWidget *widget) const override;
    QRect subControlRect(ComplexControl control, const QStyleOptionComplex *option, SubControl subControl,
                         const QWidget *widget) const override;
    void drawPrimitive(PrimitiveElement element, const QStyleOption *option, QPainter *painter,
                       const QWidget *widget = nullptr) const override;
    void drawControl(ControlElement element, const QStyleOption *option, QPainter *painter,
                     const QWidget *widget = nullptr) const override;
    void drawComplexControl(ComplexControl control, const QStyleOptionComplex *option, QPainter *painter,
                            const QWidget *widget = nullptr) const override;
};

/// Paints a field or button ground with an outline of one device pixel, snapped to the device's grid.
void paintOutline(QPainter *painter, const QRectF &rect, const QColor &fill, const QColor &line,
                  qreal radius);

/// Paints the focus ring: 2 px accent on the edge of rect.
void paintFocusRing(QPainter *painter, const QRectF &rect, qreal radius);

/// The same in another colour: a field with a mistake in it (its property "invalid" is true).
void paintRing(QPainter *painter, const QRectF &rect, qreal radius, const QColor &color);

/// Writes the placeholder of an empty field into rect. Fields with an icon write theirs themselves, so that
/// it keeps clear of the cursor; their own palette hides Qt's.
void paintPlaceholder(QPainter *painter, const QLineEdit *field, const QRect &rect);

/// A line of one device pixel along an edge of rect.
void paintHairline(QPainter *painter, const QRectF &rect, Qt::Edge edge, const QColor &color);

} // namespace Branchline
