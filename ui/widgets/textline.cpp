// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/textline.h"

#include <QHelpEvent>
#include <QPainter>
#include <QStyle>
#include <QToolTip>

#include <algorithm>

namespace Branchline {

TextLine::TextLine(TextRole role, bool semiBold, Tone tone, QWidget *parent)
    : QLabel(parent)
    , m_tone(tone)
{
    setTextFormat(Qt::PlainText);
    setRole(role, semiBold);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

void TextLine::setRole(TextRole role, bool semiBold)
{
    setFont(textFont(role, semiBold));
    updateGeometry();
}

void TextLine::setTone(Tone tone)
{
    m_tone = tone;
    update();
}

void TextLine::setStatus(Status status)
{
    m_status = status;
    m_tone = Tone::Status;
    update();
}

void TextLine::setElided(bool elided)
{
    m_elided = elided;
    updateGeometry();
}

QSize TextLine::minimumSizeHint() const
{
    const QSize whole = sizeHint();
    if (!m_elided)
        return whole;
    return {std::min(whole.width(), fontMetrics().averageCharWidth() * 4), whole.height()};
}

QColor TextLine::color() const
{
    if (!isEnabled())
        return colors().disabled;
    if (m_tone == Tone::Muted)
        return colors().muted;
    return m_tone == Tone::Status && m_status != Status::None ? colors().status(m_status) : colors().text;
}

bool TextLine::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip && toolTip().isEmpty()) {
        const bool cut = fontMetrics().horizontalAdvance(text()) > contentsRect().width();
        QToolTip::showText(static_cast<QHelpEvent *>(event)->globalPos(), cut ? text() : QString(), this);
        return true;
    }
    return QLabel::event(event);
}

void TextLine::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setPen(color());
    const Qt::Alignment align = QStyle::visualAlignment(layoutDirection(), alignment()) | Qt::AlignAbsolute;
    const int direction = text().isRightToLeft() ? Qt::TextForceRightToLeft : Qt::TextForceLeftToRight;
    painter.drawText(contentsRect(), int(align) | Qt::TextSingleLine | direction,
                     fontMetrics().elidedText(text(), Qt::ElideRight, contentsRect().width()));
}

} // namespace Branchline
