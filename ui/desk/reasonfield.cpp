// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/reasonfield.h"

#include <QKeyEvent>

namespace Branchline {

namespace {

constexpr quint64 mostBetweenKeys = 35; ///< milliseconds, as ScanCatcher has it
constexpr quint64 mostBeforeEnter =
    500; ///< some scanners send Enter late; so many fast keys were no person's
constexpr qsizetype fewestCharacters = 4;

} // namespace

void ReasonField::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Shift) {
        QLineEdit::keyPressEvent(event); // scanners hold it for capital letters
        return;
    }
    const quint64 pause = event->timestamp() - m_last;
    const bool isFast = pause <= mostBetweenKeys;
    m_last = event->timestamp();
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        event->accept();
        const QString scan = std::exchange(m_burst, {}).trimmed();
        if (pause > mostBeforeEnter || scan.size() < fewestCharacters)
            return;
        setText(m_before);
        setCursorPosition(m_cursor);
        Q_EMIT scanned(scan);
        return;
    }
    const QString typed = event->text();
    const bool isPlain = !(event->modifiers() & (Qt::ControlModifier | Qt::AltModifier | Qt::MetaModifier)) &&
                         typed.size() == 1 && typed.front().isPrint();
    if (!isFast || m_burst.isEmpty() || !isPlain) {
        m_before = text();
        m_cursor = cursorPosition();
        m_burst.clear();
    }
    if (isPlain)
        m_burst += typed;
    QLineEdit::keyPressEvent(event);
}

} // namespace Branchline
