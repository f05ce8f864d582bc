// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QString>

#include <chrono>

namespace Branchline::Ctl {

/// One line on a terminal that is written over and over; nothing where stderr is no terminal.
class ProgressLine final
{
public:
    explicit ProgressLine(bool isWanted);
    ~ProgressLine();
    Q_DISABLE_COPY_MOVE(ProgressLine)

    /// Shows the text, at most some times a second.
    void show(const QString &text);
    void clear();

private:
    bool m_isOn;
    bool m_isShown = false;
    QElapsedTimer m_last;
};

/// "45 s", "3 min 20 s", "2 h 5 min".
[[nodiscard]] QString durationText(std::chrono::seconds duration);

} // namespace Branchline::Ctl
