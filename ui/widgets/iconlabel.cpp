// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/iconlabel.h"

#include "ui/widgets/icons.h"

#include <QPainter>

using namespace Qt::StringLiterals;

namespace Branchline {

IconLabel::IconLabel(int extent, QWidget *parent)
    : QLabel(parent)
    , m_extent(extent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void IconLabel::setIcon(const QString &name, Tint tint, Status status)
{
    m_name = name;
    m_tint = tint;
    m_status = status;
    update();
}

void IconLabel::paintEvent(QPaintEvent *)
{
    const ThemeColors &c = colors();
    QColor color = c.text;
    if (m_tint == Tint::Muted)
        color = c.muted;
    else if (m_tint == Tint::Accent)
        color = c.accent;
    else if (m_tint == Tint::Status)
        color = c.status(m_status);
    QPainter painter(this);
    if (!m_name.isEmpty())
        paintIcon(&painter, m_name, rect(), m_extent, color, layoutDirection());
}

} // namespace Branchline
