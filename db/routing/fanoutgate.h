// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLatin1StringView>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

namespace Branchline {

/// Lets at most two questions to all shards run at once, so that a program never takes more than two
/// connections of each shard for them. At most one of the two may be a long one: a report on the way leaves
/// room for the card that is scanned meanwhile. Of those that wait and may run, the one that came first
/// starts first, so none is overtaken for ever. All functions are thread-safe and wait for nothing.
class FanOutGate final
{
public:
    /// A question with a deadline over this is a long one.
    static constexpr std::chrono::milliseconds longFrom{3000};
    static constexpr int places = 2;

    /// Calls `start` as soon as there is room: now, or later in the thread of another enter() or leave().
    /// `key` names the question, for withdraw().
    void enter(const void *key, std::chrono::milliseconds deadline, std::function<void()> start);
    /// Takes out one that waits, since it is over: true when it will not start and has no place to leave.
    bool withdraw(const void *key);
    /// Whoever was let in leaves once, with the same deadline; from inside its start, too.
    void leave(std::chrono::milliseconds deadline);

    /// Keeps a question for others to join, as long as somebody else holds it; one for each name, whose type
    /// is that of all questions of the name.
    void share(QLatin1StringView name, const std::shared_ptr<void> &question);
    /// The question that was kept last; null when it is over.
    [[nodiscard]] std::shared_ptr<void> shared(QLatin1StringView name) const;

    /// How many run, and how many wait.
    [[nodiscard]] int running() const;
    [[nodiscard]] int waiting() const;

private:
    struct Waiting
    {
        const void *key = nullptr;
        bool isLong = false;
        std::function<void()> start;
    };
    [[nodiscard]] bool hasRoom(bool isLong) const;
    void startNext(std::unique_lock<std::mutex> lock);

    mutable std::mutex m_mutex;
    std::deque<Waiting> m_waiting; ///< as they came
    std::map<QLatin1StringView, std::weak_ptr<void>> m_shared;
    int m_running = 0;
    int m_runningLong = 0;
    bool m_isStarting = false; ///< a thread starts what may run, and sees what changes meanwhile
};

} // namespace Branchline
