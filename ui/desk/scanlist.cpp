// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/scanlist.h"

#include "ui/desk/scanlook.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/typography.h"

#include <QAccessible>
#include <QPaintEvent>
#include <QPainter>

namespace Branchline {

ScanList::ScanList(QWidget *parent)
    : QListView(parent)
{
    setFrameShape(QFrame::NoFrame);
    setUniformItemSizes(false);
    setResizeMode(QListView::Adjust);
    setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setTabKeyNavigation(false);
    setFocusPolicy(Qt::TabFocus);
}

void ScanList::setEmptyText(const QString &iconName, const QString &sentence)
{
    m_iconName = iconName;
    m_sentence = sentence;
    viewport()->update();
}

void ScanList::setModel(QAbstractItemModel *model)
{
    disconnect(m_inserted);
    disconnect(m_changed);
    QListView::setModel(model);
    if (model == nullptr)
        return;
    m_inserted =
        connect(model, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex &, int first) {
            if (first == 0) {
                scrollToTop();
                announceNewest();
            }
        });
    m_changed = connect(model, &QAbstractItemModel::dataChanged, this, [this](const QModelIndex &first) {
        // A row that learns its reasons grows once.
        scheduleDelayedItemsLayout();
        if (first.row() == 0)
            announceNewest();
    });
}

void ScanList::announceNewest()
{
    const QModelIndex newest = model()->index(0, 0);
    if (!newest.isValid())
        return;
    const QString sentence = scanSentence(newest);
    if (sentence == accessibleDescription())
        return;
    setAccessibleDescription(sentence);
    QAccessibleEvent event(this, QAccessible::Alert);
    QAccessible::updateAccessibility(&event);
}

void ScanList::resizeEvent(QResizeEvent *event)
{
    QListView::resizeEvent(event);
    scheduleDelayedItemsLayout();
}

void ScanList::paintEvent(QPaintEvent *event)
{
    QListView::paintEvent(event);
    if (m_sentence.isEmpty() || (model() != nullptr && model()->rowCount() > 0))
        return;
    QPainter painter(viewport());
    const QFont font = textFont(TextRole::Subhead);
    const int iconSize = viewport()->height() >= 140 ? 48 : 0;
    const int gap = iconSize > 0 ? 16 : 0;
    const QRect area = viewport()->rect().adjusted(16, 8, -16, -8);
    const int needed = iconSize + gap + textHeight(font);
    int y = area.y() + (area.height() - needed) / 2;
    if (iconSize > 0) {
        const QRect box(area.x() + (area.width() - iconSize) / 2, y, iconSize, iconSize);
        painter.drawPixmap(box, iconPixmap(m_iconName, box.size(), devicePixelRatioF(), colors().muted));
        y += iconSize + gap;
    }
    painter.setFont(font);
    painter.setPen(colors().muted);
    painter.drawText(QRect(area.x(), y, area.width(), area.bottom() - y + 1),
                     Qt::AlignHCenter | Qt::AlignTop | Qt::TextWordWrap, m_sentence);
}

} // namespace Branchline
