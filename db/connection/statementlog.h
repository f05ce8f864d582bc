// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/dberror.h"

#include <QDateTime>

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace Branchline {

/// One statement that has ended, as it is recorded. It bears names only, never SQL text and never a value.
struct StatementTime
{
    QStringView database;        ///< "main" or "<name>_shard"
    QLatin1StringView operation; ///< what it was for, as in the server's session list: "checkout"
    QLatin1StringView statement; ///< its name
    std::chrono::microseconds taken{0};
    std::optional<DbErrorKind> failure = {}; ///< not set: it succeeded
};

/// Upper ends of the classes of StatementTotals::histogram; the last class has none.
inline constexpr std::array<std::chrono::milliseconds, 11> histogramBounds{
    std::chrono::milliseconds(1),    std::chrono::milliseconds(2),   std::chrono::milliseconds(5),
    std::chrono::milliseconds(10),   std::chrono::milliseconds(20),  std::chrono::milliseconds(50),
    std::chrono::milliseconds(100),  std::chrono::milliseconds(200), std::chrono::milliseconds(500),
    std::chrono::milliseconds(1000), std::chrono::milliseconds(5000)};

/// What the statements of one name on one database have taken since the program started.
struct StatementTotals
{
    QString database;
    QString statement;
    quint64 calls = 0;    ///< failures included
    quint64 failures = 0; ///< ended by an error
    std::chrono::microseconds total{0};
    std::chrono::microseconds longest{0};
    /// Calls by duration: class i holds those above bound i - 1 and up to bound i (not cumulative).
    std::array<quint64, histogramBounds.size() + 1> histogram{};
};

/// A statement that took long.
struct SlowStatement
{
    QDateTime at;     ///< when it ended, UTC
    QString database; ///< "main" or "<name>_shard"
    QString desk;     ///< the program and workstation, as in application_name without the operation
    QString operation;
    QString statement;
    std::chrono::milliseconds taken{0};
    QString ended; ///< "ok", or DbError::kindName()
};

/// How long this program's statements take, by database and statement name, and the last slow ones. It is
/// bounded in size. All functions are thread-safe; a record costs well below a microsecond.
class StatementLog final
{
public:
    /// Statements of `slowAfter` or longer are slow. `desk` is how the servers' session lists call this
    /// program.
    StatementLog(QString desk, std::chrono::milliseconds slowAfter);
    ~StatementLog();
    Q_DISABLE_COPY_MOVE(StatementLog)

    void record(const StatementTime &time);

    /// Sorted by database and statement.
    [[nodiscard]] std::vector<StatementTotals> totals() const;
    /// The last slow statements, at most slowLimit, newest first.
    [[nodiscard]] std::vector<SlowStatement> slow() const;
    /// Slow statements since the program started, those that have left the list included.
    [[nodiscard]] quint64 slowCount() const;
    [[nodiscard]] std::chrono::milliseconds slowAfter() const { return m_slowAfter; }
    [[nodiscard]] const QString &desk() const { return m_desk; }

    static constexpr size_t slowLimit = 100;
    /// Names beyond this many in one part of the log are counted together as "(other)".
    static constexpr size_t namesPerShelf = 64;

private:
    struct Shelf;
    static constexpr size_t shelfCount = 16;

    void recordSlow(const StatementTime &time);

    const QString m_desk;
    const std::chrono::milliseconds m_slowAfter;
    const std::unique_ptr<Shelf[]> m_shelves; ///< by the hash of the names, so that workers seldom meet

    mutable std::mutex m_slowMutex;
    std::vector<SlowStatement> m_slow; ///< a ring once it is full
    quint64 m_slowCount = 0;
};

} // namespace Branchline
