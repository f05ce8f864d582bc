// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/staff/staffdelegate.h"

#include "models/roles.h"
#include "models/staff/staffmodel.h"
#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/typography.h"

#include <QPainter>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int margin = 16;
constexpr int iconExtent = 16;

QString secondLine(const QModelIndex &index)
{
    QStringList parts;
    for (const int column : {StaffModel::Login, StaffModel::Group, StaffModel::Summary})
        parts << index.siblingAtColumn(column).data().toString();
    parts.removeAll(QString());
    return parts.join(u" · "_s);
}

void drawLine(QPainter *painter, const QRect &rect, const QString &text, Qt::LayoutDirection direction)
{
    const QFontMetrics metrics(painter->font());
    painter->drawText(rect,
                      static_cast<int>(QStyle::visualAlignment(direction, Qt::AlignLeft)) | Qt::AlignVCenter |
                          Qt::TextSingleLine,
                      metrics.elidedText(text, Qt::ElideRight, rect.width()));
}

} // namespace

QSize StaffDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const
{
    const int lines = textHeight(textFont(TextRole::Body, true)) + textHeight(textFont(TextRole::Caption));
    return {option.rect.width(), std::max(52, lines + 16)};
}

void StaffDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                          const QModelIndex &index) const
{
    const ThemeColors &c = colors();
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    const bool hovered = option.state.testFlag(QStyle::State_MouseOver);
    painter->save();
    painter->fillRect(option.rect, selected ? c.selected : hovered ? c.hover : c.surface);
    paintHairline(painter, option.rect, Qt::BottomEdge, c.border);
    const QRect inner = option.rect.adjusted(margin, 0, -margin, -1);
    const QModelIndex stateIndex = index.siblingAtColumn(StaffModel::State);
    const auto status = static_cast<Status>(std::clamp(stateIndex.data(Roles::StatusKind).toInt(), 0, 6));
    const QString state = stateIndex.data().toString();
    const QFont nameFont = textFont(TextRole::Body, true);
    const QFont smallFont = textFont(TextRole::Caption);
    const QFont stateFont = textFont(TextRole::Caption, true);
    const int nameHeight = textHeight(nameFont);
    const int top = inner.y() + (inner.height() - nameHeight - textHeight(smallFont) - 2) / 2;

    // Whoever may sign in is the usual case and needs no sign; who is signed in now is worth one.
    const bool isUsual = status == Status::Available || state.isEmpty();
    const QString end = isUsual ? index.siblingAtColumn(StaffModel::Sessions).data().toString() : state;
    const QFont endFont = isUsual ? smallFont : stateFont;
    const int endWidth =
        end.isEmpty() ? 0 : QFontMetrics(endFont).horizontalAdvance(end) + iconExtent + 6 + 16;
    const auto place = [&](const QRect &rect) { return QStyle::visualRect(option.direction, inner, rect); };
    painter->setFont(nameFont);
    painter->setPen(m_stale || status == Status::Offline ? c.muted : c.text);
    drawLine(painter, place(QRect(inner.x(), top, inner.width() - endWidth, nameHeight)),
             index.siblingAtColumn(StaffModel::Name).data().toString(), option.direction);
    if (!end.isEmpty()) {
        const QColor ink = m_stale || isUsual ? c.muted : c.status(status);
        const int x = inner.right() + 1 - endWidth + 12;
        const QString iconName = isUsual ? u"computer"_s : status == Status::Offline ? u"lock"_s : u"warn"_s;
        paintIcon(painter, iconName, place(QRect(x, top, iconExtent, nameHeight)), iconExtent, ink,
                  option.direction);
        painter->setFont(endFont);
        painter->setPen(ink);
        drawLine(painter, place(QRect(x + iconExtent + 6, top, endWidth - iconExtent - 18, nameHeight)), end,
                 option.direction);
    }
    painter->setFont(smallFont);
    painter->setPen(c.muted);
    drawLine(painter, place(QRect(inner.x(), top + nameHeight + 2, inner.width(), textHeight(smallFont))),
             secondLine(index), option.direction);
    painter->restore();
}

} // namespace Branchline
