// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/counttabs.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/typography.h"

#include <QPainter>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

constexpr int sidePadding = 12;
constexpr int countGap = 6;

} // namespace

CountTabs::CountTabs(int height, QWidget *parent)
    : QTabBar(parent)
    , m_height(height)
{
    setDrawBase(false);
    setExpanding(false);
    setUsesScrollButtons(true);
    setElideMode(Qt::ElideNone);
    setFocusPolicy(Qt::TabFocus);
}

void CountTabs::setCount(int index, const QString &count)
{
    while (m_counts.size() <= index)
        m_counts << QString();
    if (m_counts.at(index) == count)
        return;
    m_counts[index] = count;
    setAccessibleTabName(index, count.isEmpty() ? tabText(index) : tr("%1, %2").arg(tabText(index), count));
    setTabText(index, tabText(index)); // lays the tabs out again
    updateGeometry();
    update();
}

QSize CountTabs::tabSizeHint(int index) const
{
    const QFontMetrics metrics(textFont(TextRole::Body, true));
    int width = metrics.horizontalAdvance(tabText(index)) + 2 * sidePadding;
    if (!count(index).isEmpty())
        width += countGap + metrics.horizontalAdvance(count(index));
    return {width, controlHeight(m_height, textFont(TextRole::Body), 20)};
}

void CountTabs::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    const ThemeColors &c = colors();
    for (int tab = 0; tab < QTabBar::count(); ++tab) {
        const bool isCurrent = tab == currentIndex();
        const QRect area = tabRect(tab);
        const QRect words = area.adjusted(sidePadding, 0, -sidePadding, 0);
        const QFont font = textFont(TextRole::Body, isCurrent);
        painter.setFont(font);
        painter.setPen(isCurrent ? c.text : c.muted);
        const bool mirrored = layoutDirection() == Qt::RightToLeft;
        painter.drawText(words, (mirrored ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter, tabText(tab));
        const int shift = QFontMetrics(font).horizontalAdvance(tabText(tab)) + countGap;
        painter.setFont(textFont(TextRole::Body));
        painter.setPen(c.muted);
        painter.drawText(mirrored ? words.adjusted(0, 0, -shift, 0) : words.adjusted(shift, 0, 0, 0),
                         (mirrored ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter, count(tab));
        if (isCurrent) {
            painter.fillRect(QRect(words.x(), area.bottom() - 1, words.width(), 2), c.accent);
            if (hasFocus() && window()->testAttribute(Qt::WA_KeyboardFocusChange))
                paintFocusRing(&painter, QRectF(area).adjusted(2, 8, -2, -8), 6);
        }
    }
}

} // namespace Branchline
