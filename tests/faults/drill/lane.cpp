// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/lane.h"

#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Drill {

namespace {

/// With so many calls unknown a desk does nothing new.
constexpr size_t mostWaiting = 3;
constexpr qint64 firstPause = 100'000'000; // ns
constexpr qint64 longestPause = 1'000'000'000;

bool changedSomething(Outcome outcome)
{
    return outcome == Outcome::Lent || outcome == Outcome::Returned || outcome == Outcome::Renewed;
}

} // namespace

CirculationAnswer DeskHabit::call(Cluster &cluster, const DeskCall &call, bool)
{
    return await(send(cluster, call));
}

Lane::Lane(Cluster &cluster, HistoryWriter &history, DeskHabit &habit, const DeskJob &job, quint32 seed,
           std::vector<DeskCall> calls)
    : m_cluster(cluster)
    , m_history(history)
    , m_habit(habit)
    , m_job(job)
    , m_random(seed)
{
    for (DeskCall &call : calls) {
        m_history.write(HistoryEvent::Kind::Unknown, call.request.toString(QUuid::WithoutBraces),
                        {{u"error"_s, u"desk_restarted"_s}});
        m_waiting.push_back({.call = std::move(call)});
    }
}

void Lane::run(const std::atomic<bool> &isDraining)
{
    for (;;) {
        if (settleOne())
            continue;
        if (isDraining && m_waiting.empty())
            return;
        if (isDraining || m_waiting.size() >= mostWaiting) {
            std::this_thread::sleep_for(10ms);
            continue;
        }
        begin(nextCall());
        std::this_thread::sleep_for(std::chrono::milliseconds(upTo(m_job.thinkMs)));
    }
}

/// False when no call is due.
bool Lane::settleOne()
{
    const qint64 now = steadyNow();
    const auto due = std::find_if(m_waiting.begin(), m_waiting.end(),
                                  [now](const Waiting &waiting) { return waiting.again <= now; });
    if (due == m_waiting.end())
        return false;
    const CirculationAnswer answer = m_habit.call(m_cluster, due->call, true);
    // Not done this time says nothing about the first time.
    if (answer.outcome == Outcome::Unknown || answer.outcome == Outcome::Failed) {
        due->again = steadyNow() + std::min(firstPause << std::min(due->tries++, 10), longestPause);
        return true;
    }
    const DeskCall call = due->call;
    m_waiting.erase(due);
    answered(call, answer);
    return true;
}

void Lane::begin(const DeskCall &call)
{
    const QString request = call.request.toString(QUuid::WithoutBraces);
    m_history.write(HistoryEvent::Kind::Invoke, request, call.facts());
    const CirculationAnswer answer = m_habit.call(m_cluster, call, false);
    if (answer.outcome == Outcome::Unknown) {
        m_history.write(HistoryEvent::Kind::Unknown, request, factsOf(answer));
        m_waiting.push_back({.call = call, .again = steadyNow() + firstPause, .tries = 1});
    } else {
        answered(call, answer);
    }
}

void Lane::answered(const DeskCall &call, const CirculationAnswer &answer)
{
    const bool isDone = answer.outcome != Outcome::Failed;
    m_history.write(isDone ? HistoryEvent::Kind::Ok : HistoryEvent::Kind::Fail,
                    call.request.toString(QUuid::WithoutBraces), factsOf(answer));
    if (changedSomething(answer.outcome)) {
        m_undo = DeskCall{.action = DeskCall::Action::Undo,
                          .desk = call.desk,
                          .barcode = call.barcode,
                          .card = {},
                          .copyBranch = answer.copyBranch,
                          .undoes = call.request};
    }
}

DeskCall Lane::nextCall()
{
    const int dice = upTo(99);
    if (dice < 10 && m_undo) {
        DeskCall undo = *m_undo;
        undo.request = newUuid();
        m_undo.reset();
        return undo;
    }
    DeskCall call{.desk = QUuid(upTo(3) > 0 ? m_job.branches.front() : oneOf(m_job.branches)),
                  .barcode = oneOf(m_job.copies),
                  .card = {},
                  .copyBranch = {},
                  .undoes = {}};
    if (dice < 50) {
        call.action = DeskCall::Action::Checkout;
        call.card = oneOf(m_job.cards);
    } else {
        call.action = dice < 90 ? DeskCall::Action::Checkin : DeskCall::Action::Renew;
    }
    return call;
}

int Lane::upTo(int most)
{
    return std::uniform_int_distribution<int>(0, most)(m_random);
}

const QString &Lane::oneOf(const QStringList &list)
{
    return list.at(upTo(static_cast<int>(list.size()) - 1));
}

} // namespace Branchline::Drill
