// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

class QKeyEvent;
class QWidget;

namespace Branchline {

/// Recognises scans on a page that takes none, whatever has the focus in it: a scanner types at least four
/// characters at most ScanCatcher::mostBetweenKeys apart and ends them with Enter, which some send a little
/// later. Such an Enter presses nothing; the characters went where they would have gone.
class ScanGuard final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ScanGuard)

public:
    /// Watches the keys of what is in `page`, which owns it.
    explicit ScanGuard(QWidget *page);

Q_SIGNALS:
    /// A scan came and has not been taken. What it was is nobody's business here.
    void refused();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    [[nodiscard]] bool endsScan(const QKeyEvent *event) const;
    void count(const QKeyEvent *event);

    QWidget *m_page;
    int m_fast = 0;         ///< characters in a row that nobody types as fast
    quint64 m_last = 0;     ///< time of the last key, in milliseconds
    bool m_isEnter = false; ///< the Enter of a scan is under way
};

} // namespace Branchline
