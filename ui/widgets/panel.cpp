// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/panel.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/theme.h"

#include <QPainter>

namespace Branchline {

Panel::Panel(Ground ground, Edges edges, QWidget *parent)
    : QFrame(parent)
    , m_ground(ground)
    , m_edges(edges)
{
    setFrameShape(QFrame::NoFrame);
}

void Panel::setGround(Ground ground)
{
    m_ground = ground;
    update();
}

void Panel::setEdges(Edges edges)
{
    m_edges = edges;
    update();
}

void Panel::paintEvent(QPaintEvent *)
{
    const ThemeColors &c = colors();
    QPainter painter(this);
    painter.fillRect(rect(), m_ground == Ground::Window    ? c.window
                             : m_ground == Ground::Surface ? c.surface
                                                           : c.sunken);
    const bool mirrored = layoutDirection() == Qt::RightToLeft;
    if (m_edges.testFlag(TopEdge))
        paintHairline(&painter, rect(), Qt::TopEdge, c.border);
    if (m_edges.testFlag(BottomEdge))
        paintHairline(&painter, rect(), Qt::BottomEdge, c.border);
    if (m_edges.testFlag(StartEdge))
        paintHairline(&painter, rect(), mirrored ? Qt::RightEdge : Qt::LeftEdge, c.border);
    if (m_edges.testFlag(EndEdge))
        paintHairline(&painter, rect(), mirrored ? Qt::LeftEdge : Qt::RightEdge, c.border);
}

} // namespace Branchline
