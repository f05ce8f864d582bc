// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>

namespace Branchline {

/// A plain container: one ground of the theme and lines of one device pixel along the edges named. Start and
/// end follow the layout direction.
class Panel : public QFrame
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Panel)

public:
    enum class Ground { Window, Surface, Sunken };
    enum Edge { NoEdge = 0, TopEdge = 1, BottomEdge = 2, StartEdge = 4, EndEdge = 8 };
    Q_DECLARE_FLAGS(Edges, Edge)

    explicit Panel(Ground ground = Ground::Window, Edges edges = NoEdge, QWidget *parent = nullptr);

    void setGround(Ground ground);
    void setEdges(Edges edges);

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    Ground m_ground;
    Edges m_edges;
};

Q_DECLARE_OPERATORS_FOR_FLAGS(Panel::Edges)

} // namespace Branchline
