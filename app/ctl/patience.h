// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMap>
#include <QString>

#include <chrono>

namespace Branchline::Ctl {

/// How long a command goes on asking databases that do not answer: each at most so long without an answer in
/// between, however many calls fail there.
class Patience final
{
public:
    using Clock = std::chrono::steady_clock;

    explicit Patience(std::chrono::milliseconds most)
        : m_most(most)
    {}

    /// A call to this database was answered.
    void answered(const QString &database, Clock::time_point now)
    {
        m_answered.insert(database, now);
        m_silentSince.remove(database);
    }
    /// A call that was sent at `sent` got no answer. Returns until when asking again is worth it.
    Clock::time_point failed(const QString &database, Clock::time_point sent)
    {
        if (!m_silentSince.contains(database))
            m_silentSince.insert(database, std::max(sent, m_answered.value(database, sent)));
        return m_silentSince.value(database) + m_most;
    }
    /// Whether nothing has been heard from it for that long.
    [[nodiscard]] bool isSpent(const QString &database, Clock::time_point now) const
    {
        const auto since = m_silentSince.constFind(database);
        return since != m_silentSince.constEnd() && now >= *since + m_most;
    }

private:
    std::chrono::milliseconds m_most;
    QMap<QString, Clock::time_point> m_silentSince;
    QMap<QString, Clock::time_point> m_answered;
};

} // namespace Branchline::Ctl
