// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/taglabel.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/typography.h"

#include <QPainter>

namespace Branchline {

TagLabel::TagLabel(const QString &text, Status status, QWidget *parent)
    : QLabel(text, parent)
    , m_status(status)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    setTextFormat(Qt::PlainText);
}

void TagLabel::setTag(const QString &text, Status status)
{
    m_status = status;
    setText(text);
    updateGeometry();
    update();
}

QSize TagLabel::sizeHint() const
{
    const QFont font = textFont(TextRole::Caption, true);
    const int mark = m_status == Status::None ? 0 : 18;
    return {QFontMetrics(font).horizontalAdvance(text()) + 13 + mark, controlHeight(20, font, 4)};
}

void TagLabel::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    paintOutline(&painter, rect(), colors().soft(m_status), Qt::transparent, 4);
    const QColor ink = colors().status(m_status);
    const auto place = [this](int x, int width) {
        return QStyle::visualRect(layoutDirection(), rect(), QRect(x, 0, width, height()));
    };
    int x = 6;
    if (m_status != Status::None) {
        paintIcon(&painter, statusIconName(m_status), place(x, 14), 14, ink, layoutDirection());
        x += 18;
    }
    painter.setFont(textFont(TextRole::Caption, true));
    painter.setPen(ink);
    painter.drawText(place(x, width() - x - 6), Qt::AlignCenter | Qt::TextSingleLine, text());
}

} // namespace Branchline
