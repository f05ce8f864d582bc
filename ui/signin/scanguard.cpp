// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/signin/scanguard.h"

#include <QApplication>
#include <QKeyEvent>
#include <QWidget>

#include <utility>

namespace Branchline {

namespace {

/// Milliseconds. Less than at the desk: a hand that is taken for a scanner could not unlock the window.
constexpr quint64 mostBetweenKeys = 20;
constexpr quint64 mostBeforeEnter = 150;
constexpr int fewestCharacters = 4;

bool isEnter(const QKeyEvent *event)
{
    return event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
}

} // namespace

ScanGuard::ScanGuard(QWidget *page)
    : QObject(page)
    , m_page(page)
{
    qApp->installEventFilter(this);
}

bool ScanGuard::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() != QEvent::KeyPress && event->type() != QEvent::ShortcutOverride)
        return false;
    // Who does not want a key hands it to its parent: only the first of them counts.
    const auto *widget = qobject_cast<QWidget *>(watched);
    if (!widget || widget != QApplication::focusWidget() || !m_page->isAncestorOf(widget))
        return false;
    const auto *key = static_cast<QKeyEvent *>(event);
    if (event->type() == QEvent::ShortcutOverride) {
        // Enter is a shortcut of the page: it would press the button before anybody sees a key.
        m_isEnter = isEnter(key) && endsScan(key);
        if (m_isEnter)
            event->accept();
        return m_isEnter;
    }
    if (!isEnter(key)) {
        count(key);
        return false;
    }
    const bool isScan = std::exchange(m_isEnter, false) || endsScan(key);
    m_fast = 0;
    if (isScan)
        Q_EMIT refused();
    return isScan;
}

bool ScanGuard::endsScan(const QKeyEvent *event) const
{
    return m_fast >= fewestCharacters && event->timestamp() - m_last <= mostBeforeEnter;
}

void ScanGuard::count(const QKeyEvent *event)
{
    if (event->key() == Qt::Key_Shift)
        return; // scanners hold it for capital letters
    const quint64 now = event->timestamp();
    if (now - m_last > mostBetweenKeys)
        m_fast = 0;
    m_last = now;
    const QString typed = event->text();
    const bool isPlain = !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
    if (isPlain && typed.size() == 1 && typed.front().isPrint() && !event->isAutoRepeat())
        ++m_fast;
    else
        m_fast = 0;
}

} // namespace Branchline
