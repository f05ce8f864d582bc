// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/returnrowdelegate.h"

#include "ui/desk/barcodetext.h"
#include "ui/desk/rowaction.h"
#include "ui/desk/rowtext.h"
#include "ui/desk/scanlook.h"
#include "ui/widgets/typography.h"

#include <QAbstractItemView>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

struct Columns
{
    QRect number;
    QRect icon;
    QRect title;
    QRect word;
    QRect place;
    QRect timeliness;
    QRect time;
};

// Left-to-right; drawRowText mirrors. The shares leave the title most of the room.
Columns columnsOf(const QRect &row)
{
    const bool narrow = row.width() < 900;
    const int margin = narrow ? 12 : 16;
    const int gap = narrow ? 8 : 12;
    int x = row.x() + margin;
    const auto take = [&](int width) {
        const QRect box(x, row.y(), width, row.height());
        x += width > 0 ? width + gap : 0;
        return box;
    };
    Columns c;
    c.number = take(narrow ? 20 : 28);
    c.icon = take(24);
    const int word = narrow ? 150 : 200;
    const int timeliness = narrow ? 96 : 150;
    const int time = narrow ? 0 : 70;
    const int rest = row.right() + 1 - margin - x - word - timeliness - time - (narrow ? 3 : 4) * gap;
    const int title = rest * 11 / 20;
    c.title = take(title);
    c.word = take(word);
    c.place = take(rest - title);
    c.timeliness = take(timeliness);
    c.time = take(time);
    return c;
}

QString titleOf(const QModelIndex &index)
{
    const QString title = index.data(Roles::Title).toString();
    if (!title.isEmpty())
        return title;
    return ReturnRowDelegate::tr("Copy %1").arg(spacedBarcode(index.data(Roles::Barcode).toString()));
}

bool isReturned(const QModelIndex &index)
{
    return static_cast<ScanState>(index.data(Roles::State).toInt()) == ScanState::Returned;
}

// The row under the pointer or the selection offers its action; the time gives way.
bool offersAction(const QStyleOptionViewItem &option, const QModelIndex &index)
{
    return rowAction(index) != RowAction::None &&
           (option.state.testFlag(QStyle::State_MouseOver) || option.state.testFlag(QStyle::State_Selected));
}

// A scan that returned nothing has no place: its reasons stand there.
QString placeOf(const QModelIndex &index)
{
    if (isReturned(index))
        return index.data(Roles::Place).toString();
    return index.data(Roles::StatusDetail).toStringList().join(u" · "_s);
}

QString timelinessOf(const QModelIndex &index)
{
    return isReturned(index) ? index.data(Roles::StatusDetail).toStringList().value(0) : QString();
}

void paintTitle(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index, QRect box)
{
    const auto state = static_cast<ScanState>(index.data(Roles::State).toInt());
    const bool pending = state == ScanState::Pending || state == ScanState::Undone;
    const QFont font = textFont(TextRole::Body, !pending);
    const QString title = titleOf(index);
    drawRowText(painter, option, box, {title, font, pending ? colors().muted : colors().text});
    const int used = QFontMetrics(font).horizontalAdvance(title) + 6;
    box.setLeft(box.left() + used);
    drawRowText(painter, option, box,
                {index.data(Roles::Subtitle).toString(), textFont(TextRole::Body), colors().muted});
}

} // namespace

ReturnRowDelegate::ReturnRowDelegate(QObject *parent)
    : QStyledItemDelegate(parent)
{}

void ReturnRowDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                              const QModelIndex &index) const
{
    const ScanLook look = scanLook(index);
    const Columns columns = columnsOf(option.rect);
    const QFont body = textFont(TextRole::Body);
    const QColor muted = colors().muted;
    painter->save();
    if (option.state.testFlag(QStyle::State_Selected))
        painter->fillRect(option.rect, colors().selected);
    drawRowText(painter, option, columns.number,
                {option.locale.toString(index.data(Roles::Number).toInt()), body, muted, Qt::AlignTrailing});
    drawRowIcon(painter, option, columns.icon, look.iconName, 20, scanColor(look.status));
    paintTitle(painter, option, index, columns.title);
    drawRowText(
        painter, option, columns.word,
        {index.data(Roles::StatusWord).toString(), textFont(TextRole::Body, true), scanColor(look.status)});
    QRect place = columns.place;
    if (!isReturned(index))
        place.setRight(columns.timeliness.right());
    drawRowText(painter, option, place, {placeOf(index), body, muted});
    const bool late = index.data(Roles::Late).toBool();
    drawRowText(painter, option, columns.timeliness,
                {timelinessOf(index), body, late ? colors().status(Status::Overdue) : muted});
    if (offersAction(option, index))
        paintAction(painter, option, index, isActionHovered(option, index));
    else
        drawRowText(painter, option, columns.time,
                    {index.data(Roles::Time).toString(), body, muted, Qt::AlignTrailing});
    drawRowLine(painter, option);
    painter->restore();
}

QSize ReturnRowDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &) const
{
    return {option.rect.width(), std::max(32, textHeight(textFont(TextRole::Body)) + 12)};
}

bool ReturnRowDelegate::helpEvent(QHelpEvent *event, QAbstractItemView *view,
                                  const QStyleOptionViewItem &option, const QModelIndex &index)
{
    if (event->type() != QEvent::ToolTip || !index.isValid())
        return QStyledItemDelegate::helpEvent(event, view, option, index);
    const Columns columns = columnsOf(option.rect);
    const QFontMetrics body(textFont(TextRole::Body));
    const QFontMetrics bold(textFont(TextRole::Body, true));
    const int title = bold.horizontalAdvance(titleOf(index)) + 6 +
                      body.horizontalAdvance(index.data(Roles::Subtitle).toString());
    const bool elided =
        title > columns.title.width() || body.horizontalAdvance(placeOf(index)) > columns.place.width() ||
        bold.horizontalAdvance(index.data(Roles::StatusWord).toString()) > columns.word.width();
    QToolTip::showText(event->globalPos(), elided ? scanSentence(index) : QString(), view);
    return true;
}

} // namespace Branchline
