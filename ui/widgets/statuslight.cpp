// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/statuslight.h"

#include "ui/widgets/theme.h"

#include <QPainter>

namespace Branchline {

void paintLight(QPainter *painter, const QRectF &rect, StatusLight::State state)
{
    const ThemeColors &c = colors();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->translate(rect.center() - QPointF(5, 5));
    const auto stroke = [painter](const QColor &color, qreal width) {
        painter->setPen(QPen(color, width, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        painter->setBrush(Qt::NoBrush);
    };
    const auto fill = [painter](const QColor &color) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(color);
    };
    switch (state) {
    case StatusLight::State::Ok:
        fill(c.status(Status::Available));
        painter->drawEllipse(QPointF(5, 5), 4, 4);
        break;
    case StatusLight::State::Slow:
        fill(c.status(Status::Overdue));
        painter->drawPolygon(QPolygonF{{5, 0.8}, {9.6, 9}, {0.4, 9}});
        break;
    case StatusLight::State::Down:
        stroke(c.status(Status::Refused), 2.2);
        painter->drawLine(QPointF(1.5, 1.5), QPointF(8.5, 8.5));
        painter->drawLine(QPointF(8.5, 1.5), QPointF(1.5, 8.5));
        break;
    case StatusLight::State::Idle:
        stroke(c.status(Status::Offline), 1.5);
        painter->drawEllipse(QPointF(5, 5), 3.3, 3.3);
        break;
    case StatusLight::State::Moving:
        stroke(c.accent, 1.8);
        painter->drawLine(QPointF(1, 5), QPointF(8, 5));
        painter->drawPolyline(QPolygonF{{5, 2}, {8, 5}, {5, 8}});
        break;
    }
    painter->restore();
}

StatusLight::StatusLight(QWidget *parent)
    : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setAccessibleName(tr("Status light"));
    setAccessibleDescription(words(m_state));
}

void StatusLight::setState(State state)
{
    m_state = state;
    setAccessibleDescription(words(state));
    update();
}

QString StatusLight::words(State state)
{
    switch (state) {
    case State::Ok:
        return tr("answers");
    case State::Slow:
        return tr("answers slowly");
    case State::Down:
        return tr("does not answer");
    case State::Idle:
        return tr("has not been asked yet");
    case State::Moving:
        return tr("is being moved");
    }
    return {};
}

void StatusLight::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    paintLight(&painter, rect(), m_state);
}

} // namespace Branchline
