// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/faults.h"

#include <algorithm>
#include <csignal>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Drill {

namespace {

/// A freeze or a black hole is now and then longer than a call's deadline of 6 s.
constexpr int shortest = 200;
constexpr int usual = 2000;
constexpr int longest = 7500;
constexpr int serverDeadlineMs = 30'000;

} // namespace

Faults::Faults(Stage &stage, Desks &desks, Fencer &fencer, quint32 seed)
    : m_stage(stage)
    , m_desks(desks)
    , m_fencer(fencer)
    , m_random(seed)
{
    addServerKinds();
    addNetworkKinds();
    addCutKinds();
    addDeskKinds();
}

void Faults::add(const QString &name, int weight, const QString &prefix,
                 std::function<void(const QString &)> begin)
{
    m_kinds.push_back({name, weight, prefix, std::move(begin)});
}

void Faults::addServerKinds()
{
    FaultLibrary &faults = m_stage.faults();
    add(u"server killed (-9) and started again"_s, 3, u"server"_s, [&](const QString &name) {
        faults.kill9(name);
        after(time(0, 1000), [&faults, name] { faults.startServer(name); });
    });
    add(u"server stopped and started again"_s, 2, u"server"_s, [&](const QString &name) {
        faults.stopServer(name);
        after(time(0, 1000), [&faults, name] { faults.startServer(name); });
    });
    add(u"server frozen"_s, 3, u"server"_s, [&](const QString &name) {
        (void)faults.servers().freeze(name);
        after(time(shortest, between(0, 3) > 0 ? usual : longest),
              [&faults, name] { (void)faults.servers().thaw(name); });
    });
    add(u"one session killed (-9), so that its server restarts"_s, 2, u"server"_s,
        [this](const QString &name) { signalBackend(name, SIGKILL); });
    add(u"one session ended by the server"_s, 3, u"server"_s,
        [this](const QString &name) { signalBackend(name, SIGTERM); });
}

void Faults::addNetworkKinds()
{
    add(u"network slow"_s, 2, u"proxy"_s, [this](const QString &name) {
        proxy(name).setDelay(time(0, 150), time(0, 150));
        after(time(shortest, usual), [this, name] { proxy(name).setDelay(0ms, 0ms); });
    });
    add(u"network silent (black hole)"_s, 3, u"proxy"_s, [this](const QString &name) {
        const int ways = between(1, 3);
        proxy(name).setBlackHole(ways & 1, ways & 2);
        after(time(shortest, between(0, 3) > 0 ? usual : longest),
              [this, name] { proxy(name).setBlackHole(false, false); });
    });
    add(u"connections refused"_s, 2, u"proxy"_s, [this](const QString &name) {
        proxy(name).setRefusing(true);
        if (between(0, 1) == 1)
            proxy(name).resetAll();
        after(time(shortest, usual), [this, name] { proxy(name).setRefusing(false); });
    });
    add(u"connections reset"_s, 3, u"proxy"_s, [this](const QString &name) { proxy(name).resetAll(); });
    add(u"connections half-closed"_s, 2, u"proxy"_s, [this](const QString &name) {
        proxy(name).halfClose(between(0, 1) == 0 ? TcpProxy::Way::ToServer : TcpProxy::Way::ToClient);
    });
    add(u"connections abandoned half-open"_s, 1, u"proxy"_s,
        [this](const QString &name) { proxy(name).abandonAll(); });
}

void Faults::cut(const QString &database, TcpProxy::CutPoint point)
{
    // "FROM public.": the desk's calls. Enough of them now and then that the program's own repeating fails,
    // too.
    proxy(database).cutCall({.call = "FROM public.",
                             .point = point,
                             .skip = between(0, 5),
                             .times = between(0, 2) > 0 ? 1 : between(2, 8)});
}

void Faults::addCutKinds()
{
    using Point = TcpProxy::CutPoint;
    const std::pair<QString, Point> points[] = {{u"call cut before it was sent"_s, Point::BeforeSend},
                                                {u"call cut after it was sent"_s, Point::AfterSend},
                                                {u"call cut before its answer"_s, Point::BeforeAnswer},
                                                {u"answer lost without a word"_s, Point::LoseAnswer}};
    for (const auto &[name, point] : points)
        add(name, 4, u"proxy"_s, [this, cutAt = point](const QString &database) { cut(database, cutAt); });
    add(u"connection cut within a message"_s, 2, u"proxy"_s, [this](const QString &name) {
        proxy(name).cutAfter(between(0, 1) == 0 ? TcpProxy::Way::ToServer : TcpProxy::Way::ToClient,
                             between(1, 3000));
    });
}

void Faults::addDeskKinds()
{
    add(u"desk killed (-9) and started again"_s, 4, u"desk"_s, [this](const QString &name) {
        const int desk = name.toInt();
        m_desks.kill9(desk);
        after(time(0, 1000), [this, desk] {
            if (!m_desks.restart(desk))
                qFatal("A desk does not start again.");
        });
    });
    add(u"desk frozen"_s, 3, u"desk"_s, [this](const QString &name) {
        const int desk = name.toInt();
        m_desks.freeze(desk);
        after(time(shortest, between(0, 3) > 0 ? usual : longest), [this, desk] { m_desks.thaw(desk); });
    });
}

/// Without a connection through a pool: one that holds on to a dead session would hide the fault.
void Faults::signalBackend(const QString &database, int number)
{
    PlainSql sql(m_stage.address(database) + " connect_timeout=3"_L1);
    const auto rows = sql.tryRun(u"SELECT pid FROM pg_stat_activity WHERE usename = 'librarian' AND "
                                 "backend_type = 'client backend' ORDER BY random() LIMIT 1"_s);
    sql.close();
    if (!rows || rows->empty() || !FaultLibrary::signal(rows->front().front().toLongLong(), number))
        return;
    // It restarts by itself, and must not be started or stopped meanwhile.
    after(2s, [address = m_stage.address(database)] {
        const auto until = Clock::now() + Milliseconds(serverDeadlineMs);
        PlainSql again(address + " connect_timeout=3"_L1);
        while (!again.tryRun(u"SELECT 1"_s) && Clock::now() < until)
            std::this_thread::sleep_for(50ms);
    });
}

void Faults::after(Milliseconds time, std::function<void()> mend)
{
    m_endings.push_back({Clock::now() + time, m_broken, std::move(mend)});
}

void Faults::breakSomething()
{
    std::vector<int> weights;
    for (const Kind &kind : m_kinds)
        weights.push_back(kind.weight);
    const Kind &kind = m_kinds[static_cast<size_t>(
        std::discrete_distribution<int>(weights.begin(), weights.end())(m_random))];
    const QStringList databases = m_stage.databases();
    const QString target = kind.prefix == "desk"_L1
                               ? QString::number(between(0, m_desks.count() - 1))
                               : databases.at(between(0, static_cast<int>(databases.size()) - 1));
    m_broken = kind.prefix + u' ' + target;
    const bool isBroken = std::any_of(m_endings.begin(), m_endings.end(),
                                      [this](const Ending &ending) { return ending.broken == m_broken; });
    if (isBroken)
        return;
    ++m_counts[kind.name];
    kind.begin(target);
}

void Faults::mend(Clock::time_point until)
{
    for (size_t i = 0; i < m_endings.size();) {
        if (m_endings[i].at > until) {
            ++i;
            continue;
        }
        const Ending ending = m_endings[i];
        m_endings.erase(m_endings.begin() + static_cast<std::ptrdiff_t>(i));
        ending.mend();
    }
}

void Faults::fenceNowAndThen(const std::stop_token &stop, quint32 seed)
{
    std::mt19937 random(seed);
    const auto upTo = [&random](int most) { return std::uniform_int_distribution<int>(0, most)(random); };
    const std::vector<BranchEntry> &branches = m_stage.branches();
    while (!stop.stop_requested()) {
        std::this_thread::sleep_for(Milliseconds(500 + upTo(2000)));
        m_fencer.fence(branches[static_cast<size_t>(upTo(static_cast<int>(branches.size()) - 1))],
                       Milliseconds(upTo(100)), Milliseconds(upTo(1500)));
    }
}

void Faults::run(std::chrono::seconds length)
{
    const auto end = Clock::now() + length;
    std::jthread fencing([this, seed = static_cast<quint32>(m_random())](const std::stop_token &stop) {
        fenceNowAndThen(stop, seed);
    });
    auto next = Clock::now() + time(300, 1000);
    while (Clock::now() < end && m_desks.endedByItself().isEmpty()) {
        mend(Clock::now());
        if (Clock::now() >= next) {
            breakSomething();
            next = Clock::now() + time(50, 700);
        }
        std::this_thread::sleep_for(20ms);
    }
    mend(Clock::time_point::max());
    m_stage.faults().heal();
    fencing.request_stop();
    fencing.join();
}

QStringList Faults::counts() const
{
    QStringList lines;
    for (auto it = m_counts.begin(); it != m_counts.end(); ++it)
        lines << u"  %1 × %2"_s.arg(it.value(), 4).arg(it.key());
    lines << u"  %1 × branch fenced and put back (longest wait for the lock: %2 ms)"_s
                 .arg(m_fencer.fences(), 4)
                 .arg(m_fencer.longestWaitMs());
    return lines;
}

int Faults::between(int least, int most)
{
    return std::uniform_int_distribution<int>(least, most)(m_random);
}

} // namespace Branchline::Drill
