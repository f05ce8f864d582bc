// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/textlabel.h"

#include "ui/widgets/theme.h"

#include <QPainter>
#include <QStyle>

namespace Branchline {

TextLabel::TextLabel(TextRole role, bool semiBold, bool muted, QWidget *parent)
    : QLabel(parent)
    , m_muted(muted)
{
    setFont(textFont(role, semiBold));
    setTextFormat(Qt::PlainText);
    setForegroundRole(m_muted ? QPalette::PlaceholderText : QPalette::WindowText);
}

void TextLabel::setMuted(bool muted)
{
    m_muted = muted;
    setForegroundRole(m_muted ? QPalette::PlaceholderText : QPalette::WindowText);
}

void TextLabel::setElided(bool elided)
{
    m_elided = elided;
    updateGeometry();
    update();
}

void TextLabel::setStatus(Status status)
{
    m_status = status;
    update();
}

QSize TextLabel::minimumSizeHint() const
{
    return m_elided ? QSize(24, QLabel::minimumSizeHint().height()) : QLabel::minimumSizeHint();
}

void TextLabel::paintEvent(QPaintEvent *event)
{
    if (wordWrap()) {
        QLabel::paintEvent(event);
        return;
    }
    // QLabel would put text of the other direction at the other side; here it keeps its direction and stands
    // where the layout's starts.
    QPainter painter(this);
    const QColor ink = m_status != Status::None ? colors().status(m_status)
                       : m_muted                ? colors().muted
                                                : colors().text;
    painter.setPen(isEnabled() ? ink : colors().disabled);
    const QString shown =
        m_elided ? fontMetrics().elidedText(text(), Qt::ElideRight, contentsRect().width()) : text();
    const Qt::Alignment place = QStyle::visualAlignment(layoutDirection(), alignment());
    painter.setLayoutDirection(shown.isRightToLeft() ? Qt::RightToLeft : Qt::LeftToRight);
    painter.drawText(contentsRect(), static_cast<int>(place) | Qt::TextSingleLine, shown);
    if (m_elided)
        setToolTip(shown == text() ? QString() : text());
}

} // namespace Branchline
