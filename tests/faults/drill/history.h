// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <mutex>
#include <vector>

/// The words that desks, conductor and checker share: what was called when, and what came of it. The checker
/// has nothing else in common with the program that it checks.
namespace Branchline::Drill {

/// Nanoseconds of CLOCK_MONOTONIC, which is one clock for all processes of a machine and is never set.
[[nodiscard]] qint64 steadyNow();

/// One line of a history. A call has one "invoke", any number of "unknown", and one "ok" or "fail" at the
/// end; both name it by its request id.
struct HistoryEvent
{
    enum class Kind {
        Start,   ///< a desk's process began
        Invoke,  ///< written before anything is sent
        Unknown, ///< sent, and the answer did not come: it may or may not have been done
        Ok,      ///< answered; also when the rules refused
        Fail     ///< certainly not done
    };
    Kind kind = Kind::Start;
    qint64 at = 0; ///< steadyNow()
    QString request;
    QJsonObject facts; ///< Invoke: the call; Ok: the answer; Unknown and Fail: why

    [[nodiscard]] QString fact(const char *name) const;
};

/// Appends lines to a file, each with one write(), so that a killed process leaves whole lines. Any thread.
class HistoryWriter final
{
public:
    explicit HistoryWriter(const QString &path);
    ~HistoryWriter();
    Q_DISABLE_COPY_MOVE(HistoryWriter)

    /// Returns when the line is in the file; ends the program when it cannot be written.
    void write(HistoryEvent::Kind kind, const QString &request, const QJsonObject &facts = {});
    /// The same for a line of another kind (the conductor's own file).
    void writeLine(QJsonObject line);

private:
    std::mutex m_mutex;
    int m_file = -1;
};

/// All events of a file in its order; a torn last line is left out. Empty when there is no such file.
[[nodiscard]] std::vector<HistoryEvent> readHistory(const QString &path);
/// The lines of a file as objects.
[[nodiscard]] std::vector<QJsonObject> readLines(const QString &path);

} // namespace Branchline::Drill
