// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/overlay.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/theme.h"

#include <QApplication>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

namespace Branchline {

namespace {

/// The card's ground: surface with an outline and round corners.
class Card final : public QWidget
{
public:
    explicit Card(QWidget *parent)
        : QWidget(parent)
    {}

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter painter(this);
        paintOutline(&painter, rect(), colors().surface, colors().control, 8);
    }
    void mousePressEvent(QMouseEvent *event) override { event->accept(); }
};

} // namespace

Overlay::Overlay(QWidget *parent)
    : QWidget(parent)
    , m_card(new Card(this))
{
    hide();
    parent->installEventFilter(this);
}

void Overlay::open()
{
    if (!isVisible())
        m_focusBefore = QApplication::focusWidget();
    setGeometry(parentWidget()->rect());
    placeCard();
    show();
    raise();
    if (QWidget *first = firstFocus())
        first->setFocus(Qt::PopupFocusReason);
}

void Overlay::close()
{
    if (isHidden())
        return;
    // The focus goes back before hiding, or hiding would move it to any neighbour first.
    const bool canGiveBack = m_focusBefore && m_focusBefore->isVisible() && m_focusBefore->isEnabled();
    if (canGiveBack)
        m_focusBefore->setFocus(Qt::PopupFocusReason);
    m_focusBefore.clear();
    hide();
    if (!canGiveBack)
        Q_EMIT focusLost();
    Q_EMIT closed();
}

void Overlay::placeCard()
{
    m_card->setGeometry(cardRect());
}

bool Overlay::event(QEvent *event)
{
    // Escape closes the card even where a shortcut of the page has the same key.
    if (event->type() == QEvent::ShortcutOverride &&
        static_cast<QKeyEvent *>(event)->key() == Qt::Key_Escape) {
        event->accept();
        return true;
    }
    return QWidget::event(event);
}

bool Overlay::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == parentWidget() && event->type() == QEvent::Resize && isVisible()) {
        setGeometry(parentWidget()->rect());
        placeCard();
    }
    return QWidget::eventFilter(watched, event);
}

void Overlay::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Escape)
        close();
    event->accept(); // nothing typed into a card reaches the page below
}

void Overlay::mousePressEvent(QMouseEvent *event)
{
    event->accept();
    close();
}

void Overlay::paintEvent(QPaintEvent *)
{
    QColor veil = colors().dark ? QColor(Qt::black) : colors().text;
    veil.setAlphaF(colors().dark ? 0.45F : 0.18F);
    QPainter painter(this);
    painter.fillRect(rect(), veil);
}

bool Overlay::focusNextPrevChild(bool next)
{
    // Tab stays inside the card.
    QWidget *from = QApplication::focusWidget();
    QWidget *to = from;
    while (to) {
        to = next ? to->nextInFocusChain() : to->previousInFocusChain();
        if (to == from)
            break;
        if (m_card->isAncestorOf(to) && to->isVisible() && to->isEnabled() &&
            (to->focusPolicy() & Qt::TabFocus)) {
            to->setFocus(next ? Qt::TabFocusReason : Qt::BacktabFocusReason);
            return true;
        }
    }
    return true;
}

} // namespace Branchline
