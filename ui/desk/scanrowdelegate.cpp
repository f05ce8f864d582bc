// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/scanrowdelegate.h"

#include "ui/desk/barcodetext.h"
#include "ui/desk/rowaction.h"
#include "ui/desk/rowtext.h"
#include "ui/desk/scanlook.h"
#include "ui/widgets/typography.h"

#include <QAbstractItemView>
#include <QHelpEvent>
#include <QLocale>
#include <QPainter>
#include <QTextLayout>
#include <QToolTip>

#include <algorithm>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

constexpr int narrowBelow = 900;
constexpr int lineGap = 1;
constexpr int leastLine = 60; ///< a narrower column than this breaks no words

struct Columns
{
    bool narrow = false;
    QRect number;
    QRect icon;
    QRect title;
    QRect barcode;
    QRect status;
};

// Left-to-right; drawRowText mirrors.
Columns columnsOf(const QRect &row)
{
    Columns c;
    c.narrow = row.width() < narrowBelow;
    const int margin = c.narrow ? 12 : 16;
    const int gap = c.narrow ? 8 : 12;
    int x = row.x() + margin;
    c.number = QRect(x, row.y(), c.narrow ? 20 : 28, row.height());
    x = c.number.right() + 1 + gap;
    c.icon = QRect(x, row.y(), c.narrow ? 24 : 28, row.height());
    x = c.icon.right() + 1 + gap;
    const int end = row.right() + 1 - margin;
    const int statusWidth = c.narrow ? (end - x) * 5 / 9 : std::max(250, std::min(462, (end - x) * 2 / 5));
    c.status = QRect(end - statusWidth, row.y(), statusWidth, row.height());
    const int barcodeWidth = c.narrow ? 0 : 140;
    c.barcode =
        QRect(c.status.x() - (c.narrow ? 0 : gap) - barcodeWidth, row.y(), barcodeWidth, row.height());
    c.title = QRect(x, row.y(), c.barcode.x() - gap - x, row.height());
    return c;
}

QStringList detailsOf(const QModelIndex &index)
{
    QStringList details = index.data(Roles::StatusDetail).toStringList();
    details.removeAll(QString());
    return details;
}

/// \a details broken into lines of \a width: a reason's end says until when, so nothing of it is cut.
QStringList wrapped(const QStringList &details, int width)
{
    QStringList lines;
    for (const QString &text : details) {
        QTextLayout layout(text, textFont(TextRole::Body));
        layout.beginLayout();
        for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
            line.setLineWidth(std::max(width, leastLine));
            lines << text.mid(line.textStart(), line.textLength()).trimmed();
        }
        layout.endLayout();
    }
    return lines;
}

/// Where the status stands: beside the row's action, when there is one.
QRect statusBox(const Columns &columns, const QModelIndex &index)
{
    return columns.status.adjusted(0, 0, -actionWidth(index), 0);
}

struct Lines
{
    int first = 0;
    int other = 0;

    int height(qsizetype others) const { return first + int(others) * (other + lineGap); }
};

Lines lineHeights()
{
    return {textHeight(textFont(TextRole::Subhead, true)), textHeight(textFont(TextRole::Body))};
}

// Line \a n (0: the subhead) of a block of \a others + 1 lines in the middle of \a column.
QRect lineBox(const QRect &column, const Lines &lines, qsizetype others, qsizetype n)
{
    const int top = column.y() + (column.height() - lines.height(others)) / 2;
    if (n == 0)
        return {column.x(), top, column.width(), lines.first};
    const int y = top + lines.first + lineGap + int(n - 1) * (lines.other + lineGap);
    return {column.x(), y, column.width(), lines.other};
}

QString secondLine(const QModelIndex &index, bool narrow)
{
    QStringList parts{index.data(Roles::Subtitle).toString()};
    if (narrow)
        parts += spacedBarcode(index.data(Roles::Barcode).toString());
    parts.removeAll(QString());
    return parts.join(u" · "_s);
}

void paintTitle(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index,
                const Columns &columns)
{
    const auto state = static_cast<ScanState>(index.data(Roles::State).toInt());
    const bool pending = state == ScanState::Pending || state == ScanState::Undone;
    const QString title = index.data(Roles::Title).toString();
    const QString second = secondLine(index, columns.narrow && !title.isEmpty());
    const Lines lines = lineHeights();
    const qsizetype others = second.isEmpty() ? 0 : 1;
    const QString shown =
        title.isEmpty()
            ? ScanRowDelegate::tr("Copy %1").arg(spacedBarcode(index.data(Roles::Barcode).toString()))
            : title;
    drawRowText(painter, option, lineBox(columns.title, lines, others, 0),
                {shown, textFont(TextRole::Subhead, !pending), pending ? colors().muted : colors().text});
    drawRowText(painter, option, lineBox(columns.title, lines, others, 1),
                {second, textFont(TextRole::Body), colors().muted});
    if (!columns.narrow && !title.isEmpty())
        drawRowText(
            painter, option, columns.barcode,
            {spacedBarcode(index.data(Roles::Barcode).toString()), textFont(TextRole::Body), colors().muted});
}

void paintStatus(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index,
                 const QRect &column, const ScanLook &look)
{
    const QStringList details = wrapped(detailsOf(index), column.width());
    const Lines lines = lineHeights();
    drawRowText(painter, option, lineBox(column, lines, details.size(), 0),
                {index.data(Roles::StatusWord).toString(), textFont(TextRole::Subhead, true),
                 scanColor(look.status)});
    // Reasons are content, not a remark.
    const QColor color = look.status == Status::Refused ? colors().text : colors().muted;
    for (qsizetype i = 0; i < details.size(); ++i)
        drawRowText(painter, option, lineBox(column, lines, details.size(), i + 1),
                    {details.at(i), textFont(TextRole::Body), color});
}

} // namespace

ScanRowDelegate::ScanRowDelegate(QObject *parent)
    : QStyledItemDelegate(parent)
{}

void ScanRowDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                            const QModelIndex &index) const
{
    const ScanLook look = scanLook(index);
    const Columns columns = columnsOf(option.rect);
    painter->save();
    if (option.state.testFlag(QStyle::State_Selected))
        painter->fillRect(option.rect, colors().selected);
    else if (look.soft)
        painter->fillRect(option.rect, colors().soft(look.status));
    drawRowText(painter, option, columns.number,
                {option.locale.toString(index.data(Roles::Number).toInt()), textFont(TextRole::Body),
                 colors().muted, Qt::AlignTrailing});
    drawRowIcon(painter, option, columns.icon, look.iconName, 24, scanColor(look.status));
    paintTitle(painter, option, index, columns);
    if (rowAction(index) != RowAction::None)
        paintAction(painter, option, index, isActionHovered(option, index));
    paintStatus(painter, option, index, statusBox(columns, index), look);
    drawRowLine(painter, option);
    painter->restore();
}

QSize ScanRowDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const Lines lines = lineHeights();
    const auto *view = qobject_cast<const QAbstractItemView *>(option.widget);
    const QRect row(0, 0, view != nullptr ? view->viewport()->width() : option.rect.width(), 0);
    const qsizetype details = wrapped(detailsOf(index), statusBox(columnsOf(row), index).width()).size();
    const auto state = static_cast<ScanState>(index.data(Roles::State).toInt());
    int least = 48;
    if (state == ScanState::Refused || state == ScanState::Failed)
        least = details > 1 ? 72 : 52;
    const int padding = details > 1 ? 12 : 6;
    return {row.width(), std::max(least, lines.height(std::max<qsizetype>(details, 1)) + padding)};
}

bool ScanRowDelegate::helpEvent(QHelpEvent *event, QAbstractItemView *view,
                                const QStyleOptionViewItem &option, const QModelIndex &index)
{
    if (event->type() != QEvent::ToolTip || !index.isValid())
        return QStyledItemDelegate::helpEvent(event, view, option, index);
    const Columns columns = columnsOf(option.rect);
    const QFontMetrics subhead(textFont(TextRole::Subhead, true));
    const QFontMetrics body(textFont(TextRole::Body));
    const bool elided =
        subhead.horizontalAdvance(index.data(Roles::Title).toString()) > columns.title.width() ||
        body.horizontalAdvance(secondLine(index, columns.narrow)) > columns.title.width();
    // The whole row, and only when something of it is cut off.
    QToolTip::showText(event->globalPos(), elided ? scanSentence(index) : QString(), view);
    return true;
}

} // namespace Branchline
