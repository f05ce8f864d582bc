// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <algorithm>
#include <array>
#include <mutex>

namespace Branchline {

/// What a session is doing, for other threads to look at: the name of the statement that runs, and whether
/// anything was sent or done since reset(). Thread-safe.
class Progress final
{
public:
    Progress() = default;
    Q_DISABLE_COPY_MOVE(Progress)

    /// A new call begins.
    void reset()
    {
        const std::lock_guard lock(m_mutex);
        m_sent = false;
        m_settled = false;
        m_length = 0;
    }
    /// A statement is about to be sent. Long names are cut.
    void begin(QStringView statement) { copy(statement); }
    void begin(QLatin1StringView statement) { copy(statement); }
    /// The statement was answered.
    void end()
    {
        const std::lock_guard lock(m_mutex);
        m_length = 0;
    }

    /// A statement was done outside of a transaction, or one was committed: it stands.
    void settle()
    {
        const std::lock_guard lock(m_mutex);
        m_settled = true;
    }

    [[nodiscard]] bool hasSettled() const
    {
        const std::lock_guard lock(m_mutex);
        return m_settled;
    }
    [[nodiscard]] bool wasSent() const
    {
        const std::lock_guard lock(m_mutex);
        return m_sent;
    }
    /// Empty between statements.
    [[nodiscard]] QString statement() const
    {
        const std::lock_guard lock(m_mutex);
        return QString(m_name.data(), m_length);
    }

private:
    template <typename Text>
    void copy(Text statement)
    {
        const std::lock_guard lock(m_mutex);
        m_sent = true;
        m_length = std::min<qsizetype>(statement.size(), static_cast<qsizetype>(m_name.size()));
        for (qsizetype i = 0; i < m_length; ++i)
            m_name[static_cast<size_t>(i)] = statement.at(i);
    }

    mutable std::mutex m_mutex;
    std::array<QChar, 63> m_name; ///< a copy: the statement may have been put together on a stack
    qsizetype m_length = 0;
    bool m_sent = false;
    bool m_settled = false;
};

/// Notes a statement for as long as it lives. The progress may be null.
class StatementScope final
{
public:
    template <typename Name>
    StatementScope(Progress *progress, Name statement)
        : m_progress(progress)
    {
        if (m_progress)
            m_progress->begin(statement);
    }
    ~StatementScope()
    {
        if (m_progress)
            m_progress->end();
    }
    Q_DISABLE_COPY_MOVE(StatementScope)

private:
    Progress *m_progress;
};

} // namespace Branchline
