// SPDX-License-Identifier: GPL-3.0-or-later
//
// The part of OverridePrompt that says where a key goes.
#include "ui/desk/overrideprompt.h"
#include "ui/desk/reasonfield.h"
#include "ui/widgets/button.h"

#include <QApplication>
#include <QCheckBox>
#include <QKeyEvent>

#include <algorithm>

namespace Branchline {

/// What is typed in `widget` goes to the scan box.
void OverridePrompt::listenIn(QWidget *widget)
{
    widget->setProperty("takesScans", true);
    widget->installEventFilter(this);
}

/// In the middle of a scan a blank belongs to it; otherwise Space presses what has the focus.
bool OverridePrompt::isForScanBox(const QKeyEvent *event) const
{
    if (event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier))
        return false;
    switch (event->key()) {
    case Qt::Key_Return:
    case Qt::Key_Enter:
        return true; // also where a desktop lets Enter press buttons
    case Qt::Key_Space:
    case Qt::Key_Backspace:
        return !m_scanBox->text().isEmpty();
    default:
        return !event->text().isEmpty() && event->text().front().isPrint();
    }
}

bool OverridePrompt::eventFilter(QObject *watched, QEvent *event)
{
    const bool isKey = event->type() == QEvent::KeyPress || event->type() == QEvent::ShortcutOverride;
    if (!isKey || !isForScanBox(static_cast<QKeyEvent *>(event)))
        return QFrame::eventFilter(watched, event);
    // No speed tells a slow scanner from a person, so all that is typed is shown in the scan box.
    if (event->type() == QEvent::KeyPress)
        QCoreApplication::sendEvent(m_scanBox, event);
    event->accept();
    return true;
}

bool OverridePrompt::focusNextPrevChild(bool next)
{
    QList<QWidget *> order(m_ticks.begin(), m_ticks.end());
    order << m_reason << m_override << m_decline;
    const qsizetype size = order.size();
    const qsizetype from = std::max<qsizetype>(0, order.indexOf(QApplication::focusWidget()));
    for (qsizetype step = 1; step <= size; ++step) {
        QWidget *to = order.at((from + (next ? step : size - step)) % size);
        if (!to->isEnabled())
            continue;
        to->setFocus(next ? Qt::TabFocusReason : Qt::BacktabFocusReason);
        break;
    }
    return true;
}

} // namespace Branchline
