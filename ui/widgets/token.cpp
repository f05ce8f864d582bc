// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/token.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/typography.h"

#include <QMouseEvent>
#include <QPainter>
#include <QStyle>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int margin = 6;
constexpr int crossExtent = 14;

} // namespace

Token::Token(const QString &text, const QString &note, QWidget *parent)
    : QAbstractButton(parent)
    , m_note(note)
{
    setText(text);
    setFont(textFont(TextRole::Caption, true));
    setFocusPolicy(Qt::ClickFocus);
    setAccessibleName(note.isEmpty() ? text : text + ", "_L1 + note);
    setAccessibleDescription(tr("Delete takes it out."));
    setCursor(Qt::ArrowCursor);
}

QSize Token::sizeHint() const
{
    int width = fontMetrics().horizontalAdvance(text()) + 2 * margin + crossExtent + 8;
    if (!m_note.isEmpty())
        width += QFontMetrics(textFont(TextRole::Caption)).horizontalAdvance(m_note) + 4;
    return {width, controlHeight(24, font(), 6)};
}

QRect Token::cross() const
{
    return QStyle::visualRect(
        layoutDirection(), rect(),
        QRect(width() - margin - crossExtent, (height() - crossExtent) / 2, crossExtent, crossExtent));
}

void Token::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(underMouse() ? colors().hover : colors().sunken);
    painter.drawRoundedRect(QRectF(rect()), 4, 4);
    const QFont noteFont = textFont(TextRole::Caption);
    const int noteWidth = m_note.isEmpty() ? 0 : QFontMetrics(noteFont).horizontalAdvance(m_note) + 4;
    const QRect words(margin, 0, width() - 2 * margin - crossExtent - 6 - noteWidth, height());
    const auto visual = [this](const QRect &r) { return QStyle::visualRect(layoutDirection(), rect(), r); };
    const Qt::Alignment start = QStyle::visualAlignment(layoutDirection(), Qt::AlignLeading);
    painter.setFont(font());
    painter.setPen(isEnabled() ? colors().text : colors().disabled);
    painter.drawText(visual(words), int(start | Qt::AlignVCenter),
                     fontMetrics().elidedText(text(), Qt::ElideRight, words.width()));
    if (!m_note.isEmpty()) {
        painter.setFont(noteFont);
        painter.setPen(isEnabled() ? colors().muted : colors().disabled);
        painter.drawText(visual(QRect(words.right() + 5, 0, noteWidth, height())),
                         int(start | Qt::AlignVCenter), m_note);
    }
    paintIcon(&painter, u"close"_s, cross(), crossExtent, isEnabled() ? colors().text : colors().disabled);
    if (hasFocus())
        paintFocusRing(&painter, rect(), 4);
}

void Token::mouseReleaseEvent(QMouseEvent *event)
{
    QAbstractButton::mouseReleaseEvent(event);
    if (!rect().contains(event->pos()))
        return;
    if (cross().adjusted(-5, -8, 5, 8).contains(event->pos()))
        Q_EMIT removeRequested();
    else
        Q_EMIT noteRequested();
}

} // namespace Branchline
