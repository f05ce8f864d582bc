// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/palettedelegate.h"

#include "models/roles.h"
#include "models/shell/palettemodel.h"
#include "models/shell/wordmatch.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/typography.h"

#include <QPainter>
#include <QTextLayout>

#include <cmath>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int margin = 16;
constexpr int iconExtent = 18;
constexpr int titleStart = 48;
constexpr int gap = 12;

bool isHeading(const QModelIndex &index)
{
    return index.data(PaletteModel::KindRole).toInt() == static_cast<int>(PaletteEntry::Kind::Heading);
}

QList<QTextLayout::FormatRange> matchFormats(const QString &text, const QString &query)
{
    QList<QTextLayout::FormatRange> formats;
    const QStringList words = query.split(u' ', Qt::SkipEmptyParts);
    for (const QString &word : words) {
        const auto ranges = matchWords(text, word);
        for (const TextRange &range : ranges) {
            QTextLayout::FormatRange format;
            format.start = static_cast<int>(range.start);
            format.length = static_cast<int>(range.length);
            format.format.setFontWeight(QFont::DemiBold);
            format.format.setFontUnderline(true);
            format.format.setUnderlineColor(colors().accent);
            formats.append(format);
        }
    }
    return formats;
}

} // namespace

int PaletteDelegate::rowHeight()
{
    return controlHeight(38, textFont(TextRole::Body), 12);
}

int PaletteDelegate::headingHeight()
{
    return controlHeight(26, textFont(TextRole::Caption, true), 8);
}

QSize PaletteDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &index) const
{
    return {200, isHeading(index) ? headingHeight() : rowHeight()};
}

void PaletteDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option,
                            const QModelIndex &index) const
{
    const ThemeColors &c = colors();
    const QRect r = option.rect;
    const auto place = [&](int x, int width) {
        return QStyle::visualRect(option.direction, r, QRect(r.x() + x, r.y(), width, r.height()));
    };
    const auto start = static_cast<int>(QStyle::visualAlignment(option.direction, Qt::AlignLeft)) |
                       Qt::AlignVCenter | Qt::TextSingleLine;
    painter->save();
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    painter->fillRect(r, selected ? c.selected : c.surface);
    if (isHeading(index)) {
        painter->setFont(textFont(TextRole::Caption, true));
        painter->setPen(c.muted);
        painter->drawText(place(margin, r.width() - 2 * margin), start, index.data().toString());
        painter->restore();
        return;
    }
    paintIcon(painter, index.data(PaletteModel::IconRole).toString(), place(margin, iconExtent), iconExtent,
              selected ? c.accent : c.text, option.direction);
    int end = r.width() - margin;
    const auto writeAtEnd = [&](const QString &text, const QFont &font, int most) {
        if (text.isEmpty())
            return;
        const QFontMetrics metrics(font);
        const QString shown = metrics.elidedText(text, Qt::ElideRight, most);
        const int wide = metrics.horizontalAdvance(shown) + 1;
        painter->setFont(font);
        painter->setPen(c.muted);
        painter->drawText(place(end - wide, wide), Qt::AlignCenter | Qt::TextSingleLine, shown);
        end -= wide + gap;
    };
    writeAtEnd(index.data(PaletteModel::KeyRole).toString(), textFont(TextRole::Caption), r.width() / 4);
    if (index.data(PaletteModel::CurrentRole).toBool()) {
        paintIcon(painter, u"check"_s, place(end - iconExtent, iconExtent), iconExtent, c.accent,
                  option.direction);
        end -= iconExtent + gap;
    }
    // The title comes first; the detail gets what it leaves, and never less than a third.
    const int title = QFontMetrics(textFont(TextRole::Body, true)).horizontalAdvance(index.data().toString());
    const int room = end - titleStart;
    writeAtEnd(index.data(PaletteModel::DetailRole).toString(), textFont(TextRole::Body),
               std::max(room / 3, room - title - gap));
    paintTitle(painter, place(titleStart, end - titleStart), index, option.direction);
    painter->restore();
}

void PaletteDelegate::paintTitle(QPainter *painter, const QRect &area, const QModelIndex &index,
                                 Qt::LayoutDirection direction)
{
    const QFont font = textFont(TextRole::Body);
    const QString text = QFontMetrics(font).elidedText(index.data().toString(), Qt::ElideRight, area.width());
    QTextLayout layout(text, font);
    layout.setFormats(matchFormats(text, index.data(Roles::Match).toString()));
    layout.beginLayout();
    QTextLine line = layout.createLine();
    line.setLineWidth(area.width() + 64.0);
    layout.endLayout();
    // Text of the other direction still begins where the column does.
    const qreal x = direction == Qt::RightToLeft ? area.right() + 1 - line.naturalTextWidth() : area.x();
    const qreal shift = text.isRightToLeft() ? area.width() + 64.0 - line.naturalTextWidth() : 0;
    painter->setClipRect(area);
    painter->setPen(colors().text);
    line.draw(painter, QPointF(x - shift, area.y() + std::round((area.height() - line.height()) / 2)));
}

} // namespace Branchline
