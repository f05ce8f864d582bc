// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/celldelegate.h"

#include "models/roles.h"
#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/typography.h"

#include <QAbstractItemModel>
#include <QApplication>
#include <QPainter>
#include <QTableView>
#include <QTextLayout>

#include <algorithm>
#include <cmath>

namespace Branchline {

namespace {

/// The last column on screen; a table may hide those behind it.
bool isLast(const QStyleOptionViewItem &option, const QModelIndex &index)
{
    int last = index.model()->columnCount(index.parent()) - 1;
    if (const auto *table = qobject_cast<const QTableView *>(option.widget)) {
        while (last > 0 && table->isColumnHidden(last))
            --last;
    }
    return index.column() == last;
}

/// Formats that underline each word asked for at the start of a word, as search finds them.
QList<QTextLayout::FormatRange> matchFormats(const QString &text, const QString &match)
{
    QList<QTextLayout::FormatRange> formats;
    const QStringList words = match.split(u' ', Qt::SkipEmptyParts);
    for (const QString &word : words) {
        for (qsizetype at = text.indexOf(word, 0, Qt::CaseInsensitive); at >= 0;
             at = text.indexOf(word, at + word.size(), Qt::CaseInsensitive)) {
            if (at > 0 && text.at(at - 1).isLetterOrNumber())
                continue;
            QTextLayout::FormatRange range;
            range.start = static_cast<int>(at);
            range.length = static_cast<int>(word.size());
            range.format.setFontWeight(QFont::DemiBold);
            range.format.setFontUnderline(true);
            range.format.setUnderlineColor(colors().accent);
            formats.append(range);
        }
    }
    return formats;
}

} // namespace

CellDelegate::CellDelegate(QObject *parent)
    : QStyledItemDelegate(parent)
{}

void CellDelegate::setCompact(bool compact)
{
    m_compact = compact;
}

void CellDelegate::setStale(bool stale)
{
    m_stale = stale;
}

void CellDelegate::setStrongColumns(const QList<int> &columns)
{
    m_strongColumns = columns;
}

void CellDelegate::setOuterMargin(int margin)
{
    m_outerMargin = margin;
}

int CellDelegate::rowHeight() const
{
    return m_compact ? controlHeight(26, textFont(TextRole::Body), 6)
                     : controlHeight(32, textFont(TextRole::Body), 8);
}

QSize CellDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const int icon = index.data(Roles::StatusKind).toInt() > 0 ? 22 : 0;
    const int text = QFontMetrics(textFont(TextRole::Body, true)).horizontalAdvance(index.data().toString());
    Q_UNUSED(option)
    return {text + icon + 16, rowHeight()};
}

void CellDelegate::paintGround(QPainter *painter, const QStyleOptionViewItem &option,
                               const QModelIndex &index) const
{
    const ThemeColors &c = colors();
    const bool selected =
        option.state.testFlag(QStyle::State_Selected) || index.data(Roles::IsMarked).toBool();
    const bool hovered = index.row() == m_hoveredRow;
    painter->fillRect(option.rect, selected ? c.selected : hovered ? c.hover : c.surface);
    paintHairline(painter, option.rect, Qt::BottomEdge, c.border);
}

void CellDelegate::paintWords(QPainter *painter, const QRect &rect, const QString &text, const QString &match,
                              Qt::Alignment alignment, Qt::TextElideMode elide) const
{
    // Words keep their own direction; where they stand was decided by the alignment.
    painter->setLayoutDirection(text.isRightToLeft() ? Qt::RightToLeft : Qt::LeftToRight);
    const QFontMetrics metrics(painter->font());
    const QString shown = metrics.elidedText(text, elide, rect.width());
    const auto formats = match.isEmpty() ? QList<QTextLayout::FormatRange>() : matchFormats(shown, match);
    if (formats.isEmpty()) {
        painter->drawText(rect, static_cast<int>(alignment) | Qt::AlignVCenter | Qt::TextSingleLine, shown);
        return;
    }
    QTextLayout layout(shown, painter->font());
    layout.setFormats(formats);
    layout.beginLayout();
    QTextLine line = layout.createLine();
    line.setLineWidth(rect.width() + 64.0);
    layout.endLayout();
    const qreal width = line.naturalTextWidth();
    const qreal x = alignment.testFlag(Qt::AlignRight) ? rect.right() + 1 - width : rect.x();
    painter->save();
    painter->setClipRect(rect);
    line.draw(painter, QPointF(x, rect.y() + std::round((rect.height() - line.height()) / 2)));
    painter->restore();
}

QRect CellDelegate::checkRect(const QRect &cell, Qt::LayoutDirection direction)
{
    const QRect box(cell.x() + 16, cell.y() + (cell.height() - 16) / 2, 16, 16);
    return QStyle::visualRect(direction, cell, box);
}

void CellDelegate::paintCheck(QPainter *painter, const QStyleOptionViewItem &option,
                              Qt::CheckState state) const
{
    QStyleOptionButton box;
    box.rect = checkRect(option.rect, option.direction);
    box.direction = option.direction;
    box.state = QStyle::State_Enabled | (state == Qt::Checked            ? QStyle::State_On
                                         : state == Qt::PartiallyChecked ? QStyle::State_NoChange
                                                                         : QStyle::State_Off);
    const QWidget *widget = option.widget;
    (widget != nullptr ? widget->style() : QApplication::style())
        ->drawPrimitive(QStyle::PE_IndicatorItemViewItemCheck, &box, painter, widget);
}

void CellDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                         const QModelIndex &index) const
{
    const ThemeColors &c = colors();
    painter->save();
    paintGround(painter, option, index);
    const QVariant check = index.data(Qt::CheckStateRole);
    if (check.isValid()) {
        paintCheck(painter, option, static_cast<Qt::CheckState>(check.toInt()));
        painter->restore();
        return;
    }
    const auto ink = static_cast<Status>(std::clamp(index.data(Roles::InkKind).toInt(), 0, 6));
    const bool last = isLast(option, index);
    const bool first = index.column() == 0;
    QRect content = option.rect.adjusted(first ? m_outerMargin : 8, 0, last ? -m_outerMargin : -8, 0);
    content = QStyle::visualRect(option.direction, option.rect, content);
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    const auto status = static_cast<Status>(std::clamp(index.data(Roles::StatusKind).toInt(), 0, 6));
    const QString text = index.data(Qt::DisplayRole).toString();
    painter->setFont(
        textFont(TextRole::Body, status != Status::None || ink != Status::None || (first && selected)));
    const bool strong =
        first || m_strongColumns.contains(index.column()) || index.data(Roles::IsStrong).toBool();
    painter->setPen(m_stale ? c.muted : ink != Status::None ? c.status(ink) : strong ? c.text : c.muted);
    Qt::Alignment alignment = Qt::AlignLeft;
    if (status != Status::None) {
        const QColor color = m_stale ? c.muted : c.status(status);
        const QRect mark = QStyle::visualRect(option.direction, content,
                                              QRect(content.x(), content.y(), 16, content.height()));
        paintIcon(painter, statusIconName(status), mark, 16, color, option.direction);
        content = QStyle::visualRect(option.direction, content, content.adjusted(22, 0, 0, 0));
        painter->setPen(color);
    } else if (index.data(Roles::IsNumber).toBool()) {
        alignment = Qt::AlignRight;
    }
    paintWords(painter, content, text, index.data(Roles::Match).toString(),
               QStyle::visualAlignment(option.direction, alignment), option.textElideMode);
    painter->restore();
}

} // namespace Branchline
