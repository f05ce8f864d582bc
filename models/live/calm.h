// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QElapsedTimer>
#include <QTimer>

#include <functional>

namespace Branchline {

/// Does something at once when it is wished for, and while wishes go on, as during an import, only now and
/// then; the last wish is never dropped. GUI thread only.
class Calm final
{
public:
    explicit Calm(std::function<void()> act, std::chrono::milliseconds pause = std::chrono::seconds(2))
        : m_act(std::move(act))
        , m_pause(pause)
    {
        m_timer.setSingleShot(true);
        m_timer.callOnTimeout(&m_timer, [this] { run(); });
    }
    Q_DISABLE_COPY_MOVE(Calm)

    void wish()
    {
        if (!m_last.isValid() || m_last.hasExpired(m_pause.count()))
            run();
        else if (!m_timer.isActive())
            m_timer.start(m_pause - std::chrono::milliseconds(m_last.elapsed()));
    }

    /// Drops a wish that waits.
    void stop() { m_timer.stop(); }

private:
    void run()
    {
        m_last.start();
        m_act();
    }

    const std::function<void()> m_act;
    const std::chrono::milliseconds m_pause;
    QElapsedTimer m_last;
    QTimer m_timer;
};

} // namespace Branchline
