// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editing/sectionbutton.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/typography.h"

#include <QPainter>
#include <QStyle>

using namespace Qt::StringLiterals;

namespace Branchline {

SectionButton::SectionButton(const QString &id, const QString &icon, const QString &name, QWidget *parent)
    : QAbstractButton(parent)
    , m_id(id)
    , m_icon(icon)
{
    setText(name);
    setFocusPolicy(Qt::NoFocus); // Tab goes through the fields; a click shows the part
    setAttribute(Qt::WA_Hover);
    describe();
}

void SectionButton::setCounts(int count, int wrong)
{
    m_count = count;
    m_wrong = wrong;
    describe();
    update();
}

void SectionButton::describe()
{
    QString name = text();
    if (m_wrong > 0)
        name = m_wrong == 1 ? tr("%1, 1 to correct").arg(text())
                            : tr("%1, %2 to correct").arg(text()).arg(m_wrong);
    else if (m_count >= 0)
        name = tr("%1, %2", "a part of a form and how much is in it").arg(text()).arg(m_count);
    setAccessibleName(name);
}

void SectionButton::setCurrent(bool current)
{
    m_current = current;
    update();
}

QSize SectionButton::sizeHint() const
{
    return {180, controlHeight(36, textFont(TextRole::Body), 14)};
}

void SectionButton::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const auto visual = [this](const QRect &r) { return QStyle::visualRect(layoutDirection(), rect(), r); };
    if (m_current || underMouse()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(m_current ? colors().selected : colors().hover);
        painter.drawRoundedRect(QRectF(rect()), 6, 6);
    }
    paintIcon(&painter, m_icon, visual(QRect(12, 0, 20, height())), 18,
              m_current ? colors().text : colors().muted, layoutDirection());
    painter.setFont(textFont(TextRole::Body, m_current));
    painter.setPen(colors().text);
    const Qt::Alignment start = QStyle::visualAlignment(layoutDirection(), Qt::AlignLeading);
    const Qt::Alignment end = QStyle::visualAlignment(layoutDirection(), Qt::AlignTrailing);
    painter.drawText(visual(QRect(38, 0, width() - 84, height())), int(start | Qt::AlignVCenter),
                     painter.fontMetrics().elidedText(text(), Qt::ElideRight, width() - 84));
    const QRect number = visual(QRect(width() - 48, 0, 36, height()));
    painter.setFont(textFont(TextRole::Caption));
    if (m_wrong > 0) {
        painter.setPen(colors().status(Status::Refused));
        painter.drawText(number, int(end | Qt::AlignVCenter), QString::number(m_wrong));
        paintIcon(&painter, u"refused"_s, visual(QRect(width() - 42, 0, 16, height())), 14,
                  colors().status(Status::Refused));
    } else if (m_count >= 0) {
        painter.setPen(colors().muted);
        painter.drawText(number, int(end | Qt::AlignVCenter), QString::number(m_count));
    }
}

} // namespace Branchline
