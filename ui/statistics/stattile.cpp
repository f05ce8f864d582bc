// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/statistics/stattile.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/typography.h"

#include <QPainter>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int sideMargin = 15;
constexpr int iconExtent = 20;
constexpr qreal radius = 8;

} // namespace

StatTile::StatTile(const QString &label, QWidget *parent)
    : QFrame(parent)
    , m_label(label)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    tell();
}

void StatTile::setValue(const QString &value, Status status)
{
    m_value = value;
    m_status = status;
    tell();
}

void StatTile::setLine(const QString &emphasis, const QString &rest)
{
    m_emphasis = emphasis;
    m_rest = rest;
    tell();
}

void StatTile::setStale(bool stale)
{
    m_stale = stale;
    update();
}

void StatTile::tell()
{
    const QString line = (m_emphasis + u' ' + m_rest).trimmed();
    setAccessibleName(tr("%1: %2").arg(m_label, m_value.isEmpty() ? tr("not known yet") : m_value));
    setAccessibleDescription(line);
    setToolTip(line);
    update();
}

QSize StatTile::sizeHint() const
{
    const int needed =
        2 * textHeight(textFont(TextRole::Caption)) + textHeight(textFont(TextRole::Result)) + 20;
    return {200, std::max(86, needed)};
}

void StatTile::paintEvent(QPaintEvent *)
{
    const ThemeColors &c = colors();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    paintOutline(&painter, rect(), c.surface, c.border, radius);
    const auto place = [this](int x, int y, int width, int height) {
        return QStyle::visualRect(layoutDirection(), rect(), QRect(x, y, width, height));
    };
    const auto start = static_cast<int>(QStyle::visualAlignment(layoutDirection(), Qt::AlignLeft)) |
                       Qt::AlignVCenter | Qt::TextSingleLine;
    const QFont caption = textFont(TextRole::Caption);
    const QFont label = textFont(TextRole::Caption, true);
    const QFont big = textFont(TextRole::Result, true);
    const int small = textHeight(caption);
    const int large = textHeight(big);
    const int wide = width() - 2 * sideMargin;
    const auto write = [&](const QFont &font, const QColor &ink, int x, int y, int height,
                           const QString &text) {
        painter.setFont(font);
        painter.setPen(ink);
        const int room = sideMargin + wide - x;
        painter.drawText(place(x, y, room, height), start,
                         QFontMetrics(font).elidedText(text, Qt::ElideRight, room));
        return x + QFontMetrics(font).horizontalAdvance(text);
    };
    int y = (height() - 2 * small - large - 2) / 2;
    write(label, c.muted, sideMargin, y, small, m_label);
    y += small;
    const QColor ink = m_stale ? c.muted : c.status(m_status);
    int x = sideMargin;
    if (m_status != Status::None) {
        paintIcon(&painter, statusIconName(m_status), place(x, y, iconExtent, large), iconExtent, ink,
                  layoutDirection());
        x += iconExtent + 8;
    }
    write(big, ink, x, y, large, m_value.isEmpty() ? u"–"_s : m_value);
    y += large + 2;
    const int end = write(caption, c.status(Status::Available), sideMargin, y, small, m_emphasis);
    const int gap = m_emphasis.isEmpty() ? 0 : QFontMetrics(caption).horizontalAdvance(u' ');
    if (end + gap < sideMargin + wide)
        write(caption, c.muted, end + gap, y, small, m_rest);
}

} // namespace Branchline
