// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>
#include <QKeyEvent>
#include <QWidget>

namespace Branchline {

/// Keys as a person types them, a tenth of a second apart by their timestamps; nothing waits. Those of
/// QTest::keyClicks come all at once, as a scanner's do.
inline void typeByHand(QWidget *field, const QString &text)
{
    static quint64 now = 1000;
    for (const QChar letter : text) {
        QKeyEvent press(QEvent::KeyPress, Qt::Key_unknown, Qt::NoModifier, QString(letter));
        press.setTimestamp(now += 100);
        QApplication::sendEvent(field, &press);
    }
}

} // namespace Branchline
