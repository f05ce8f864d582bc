// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/drill/desks.h"
#include "tests/faults/drill/fencer.h"

#include <functional>
#include <random>

namespace Branchline::Drill {

/// Breaks servers, desks and what is between them at random, several at a time, and mends each after a while.
class Faults final
{
public:
    Faults(Stage &stage, Desks &desks, Fencer &fencer, quint32 seed);

    /// Breaks things for so long, then mends everything and returns. Stops early when a desk has ended by
    /// itself.
    void run(std::chrono::seconds length);

    /// "12 × server killed" …, fences included.
    [[nodiscard]] QStringList counts() const;

private:
    using Milliseconds = std::chrono::milliseconds;
    using Clock = std::chrono::steady_clock;

    struct Kind
    {
        QString name;
        int weight = 1;
        QString prefix; ///< what is broken: "server", "proxy" or "desk"; only one fault at a time on each
        std::function<void(const QString &target)> begin;
    };
    struct Ending
    {
        Clock::time_point at;
        QString broken;
        std::function<void()> mend;
    };

    void addServerKinds();
    void addNetworkKinds();
    void addCutKinds();
    void addDeskKinds();
    void add(const QString &name, int weight, const QString &prefix,
             std::function<void(const QString &)> begin);
    /// Mends what the fault that is being begun has broken, after so long.
    void after(Milliseconds time, std::function<void()> mend);
    void breakSomething();
    void mend(Clock::time_point until);
    void fenceNowAndThen(const std::stop_token &stop, quint32 seed);
    void cut(const QString &database, TcpProxy::CutPoint point);
    void signalBackend(const QString &database, int number);

    [[nodiscard]] int between(int least, int most);
    [[nodiscard]] Milliseconds time(int least, int most) { return Milliseconds(between(least, most)); }
    [[nodiscard]] TcpProxy &proxy(const QString &database) { return m_stage.faults().proxy(database); }

    Stage &m_stage;
    Desks &m_desks;
    Fencer &m_fencer;
    std::mt19937 m_random;
    std::vector<Kind> m_kinds;
    std::vector<Ending> m_endings;
    QString m_broken; ///< by the fault that is being begun
    QMap<QString, int> m_counts;
};

} // namespace Branchline::Drill
