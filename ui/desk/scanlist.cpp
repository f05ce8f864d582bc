// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/scanlist.h"

#include "models/roles.h"
#include "ui/desk/rowaction.h"
#include "ui/desk/scanlook.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/typography.h"

#include <QAccessible>
#include <QAction>
#include <QMouseEvent>
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
    setMouseTracking(true);
    // The painted actions of the rows, for menus and assistive technology.
    m_undo = new QAction(tr("Undo this scan"), this);
    m_end = new QAction(tr("Stop asking: wait for this answer no longer"), this);
    connect(m_undo, &QAction::triggered, this, &ScanList::undoCurrent);
    connect(m_end, &QAction::triggered, this, &ScanList::doCurrent);
    for (QAction *action : {m_undo, m_end}) {
        action->setEnabled(false);
        addAction(action);
    }
    setContextMenuPolicy(Qt::ActionsContextMenu);
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
        showActions();
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

QModelIndex ScanList::actionAt(const QPoint &position) const
{
    const QModelIndex index = indexAt(position);
    const bool isThere =
        index.isValid() && actionBox(index, visualRect(index), layoutDirection()).contains(position);
    return isThere ? index : QModelIndex();
}

void ScanList::hover(const QModelIndex &index)
{
    if (m_hovered == index)
        return;
    for (const QModelIndex &changed : {QModelIndex(m_hovered), index}) {
        if (changed.isValid())
            update(changed);
    }
    m_hovered = index;
    viewport()->setCursor(index.isValid() ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void ScanList::request(const QModelIndex &index)
{
    const RowAction action = index.isValid() ? rowAction(index) : RowAction::None;
    if (action == RowAction::Undo)
        Q_EMIT undoRequested(index.data(Roles::Id).toString());
    else if (action == RowAction::End)
        Q_EMIT endRequested(index.data(Roles::Id).toString());
}

bool ScanList::undoCurrent()
{
    return rowAction(currentIndex()) == RowAction::Undo && doCurrent();
}

bool ScanList::doCurrent()
{
    const QModelIndex index = currentIndex();
    const bool can = rowAction(index) != RowAction::None;
    request(index);
    return can;
}

QModelIndex ScanList::newestToUndo() const
{
    for (int row = 0; model() && row < model()->rowCount(); ++row) {
        if (rowAction(model()->index(row, 0)) == RowAction::Undo)
            return model()->index(row, 0);
    }
    return {};
}

void ScanList::undoNewest()
{
    request(newestToUndo());
}

void ScanList::showActions()
{
    m_undo->setEnabled(rowAction(currentIndex()) == RowAction::Undo);
    m_end->setEnabled(rowAction(currentIndex()) == RowAction::End);
}

void ScanList::currentChanged(const QModelIndex &current, const QModelIndex &previous)
{
    QListView::currentChanged(current, previous);
    showActions();
}

void ScanList::keyPressEvent(QKeyEvent *event)
{
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) &&
        event->modifiers() == Qt::NoModifier && doCurrent())
        return;
    QListView::keyPressEvent(event);
}

void ScanList::mouseMoveEvent(QMouseEvent *event)
{
    QListView::mouseMoveEvent(event);
    hover(actionAt(event->position().toPoint()));
}

void ScanList::mousePressEvent(QMouseEvent *event)
{
    m_pressed = event->button() == Qt::LeftButton ? actionAt(event->position().toPoint()) : QModelIndex();
    QListView::mousePressEvent(event);
}

void ScanList::mouseReleaseEvent(QMouseEvent *event)
{
    QListView::mouseReleaseEvent(event);
    const QModelIndex index = actionAt(event->position().toPoint());
    if (index.isValid() && m_pressed == index)
        request(index);
    m_pressed = QModelIndex();
}

void ScanList::leaveEvent(QEvent *event)
{
    QListView::leaveEvent(event);
    hover({});
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
