// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QTimer>

#include <chrono>

namespace Branchline {

/// Tells when nobody has pressed a key or moved the pointer in the program for so long. The time that the
/// computer sleeps counts. GUI thread only.
class IdleTimer final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(IdleTimer)

public:
    explicit IdleTimer(QObject *parent = nullptr);

    /// 0: never.
    void setLimit(std::chrono::milliseconds limit);
    [[nodiscard]] std::chrono::milliseconds limit() const { return m_limit; }

Q_SIGNALS:
    void idle();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void noteActivity();
    void look();

    std::chrono::milliseconds m_limit{0};
    qint64 m_last = 0; ///< milliseconds of the wall clock, which goes on while the computer sleeps
    QTimer m_timer;
};

} // namespace Branchline
