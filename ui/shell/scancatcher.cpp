// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/scancatcher.h"

#include <QAbstractSpinBox>
#include <QApplication>
#include <QComboBox>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTextEdit>

namespace Branchline {

namespace {

constexpr qsizetype fewestCharacters = 4;

bool takesText(const QWidget *widget)
{
    if (const auto *combo = qobject_cast<const QComboBox *>(widget))
        return combo->isEditable();
    if (widget->property("takesScans").toBool())
        return true;
    return qobject_cast<const QLineEdit *>(widget) || qobject_cast<const QAbstractSpinBox *>(widget) ||
           qobject_cast<const QTextEdit *>(widget) || qobject_cast<const QPlainTextEdit *>(widget);
}

} // namespace

ScanCatcher::ScanCatcher(std::function<bool()> isWanted, QWidget *parent)
    : QObject(parent)
    , m_isWanted(std::move(isWanted))
    , m_window(parent)
{
    qApp->installEventFilter(this);
}

bool ScanCatcher::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() != QEvent::KeyPress)
        return false;
    // Who does not want a key hands it to its parent: only the first of them counts.
    auto *widget = qobject_cast<QWidget *>(watched);
    if (!widget || widget != QApplication::focusWidget() || !m_window->isAncestorOf(widget))
        return false;
    if (takesText(widget) || !m_isWanted()) {
        m_text.clear();
        return false;
    }
    return takeKey(static_cast<QKeyEvent *>(event));
}

bool ScanCatcher::takeKey(const QKeyEvent *event)
{
    const int key = event->key();
    if (key == Qt::Key_Shift)
        return false; // scanners hold it for capital letters
    const quint64 now = event->timestamp();
    if (now - m_last > mostBetweenKeys)
        m_text.clear();
    m_last = now;
    if (key == Qt::Key_Return || key == Qt::Key_Enter) {
        const QString text = std::exchange(m_text, {}).trimmed();
        if (text.size() < fewestCharacters)
            return false;
        Q_EMIT scanned(text);
        return true;
    }
    const QString typed = event->text();
    const bool isPlain = !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier));
    if (isPlain && typed.size() == 1 && typed.front().isPrint() && !event->isAutoRepeat())
        m_text += typed;
    else
        m_text.clear();
    return false;
}

} // namespace Branchline
