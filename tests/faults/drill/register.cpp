// SPDX-License-Identifier: GPL-3.0-or-later
//
// Is there one order of all calls about a copy that explains every answer, such that a call which ended
// before another began comes first?  The histories are gone through in the order of time with the set of all
// states that are possible so far: which loan the copy has, and which of the calls under way have taken
// effect already.  At the end of a call only those remain in which it has taken effect with the answer that
// it got.  (Wing and Gong's search in the form that Lowe calls just-in-time linearization; few calls are
// under way at once, so the sets are small.)
#include "tests/faults/drill/rules.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>

using namespace Qt::StringLiterals;

namespace Branchline::Drill {

namespace {

/// What an answer says about the loan that the copy had, and has then. Loans are numbered from 1; 0 is none.
struct Step
{
    enum class Kind {
        Open,    ///< no loan before, this one after
        Close,   ///< this loan before, none after
        Keep,    ///< this loan before and after
        Nothing, ///< no loan
        Other    ///< a loan of another patron
    };
    Kind kind = Kind::Nothing;
    int loan = 0;
    QString card;
    const RecordedCall *call = nullptr;
};

struct Configuration
{
    int loan = 0;
    quint64 done = 0; ///< slots of calls under way that have taken effect
    auto operator<=>(const Configuration &) const = default;
};

class Register final
{
public:
    /// The first call about the copy that no order explains.
    [[nodiscard]] std::optional<Violation> check(const std::vector<const RecordedCall *> &calls,
                                                 const RecordedCalls &all);

private:
    [[nodiscard]] std::optional<Step> stepOf(const RecordedCall &call, const RecordedCalls &all);
    [[nodiscard]] std::optional<int> after(const Step &step, int loan) const;
    [[nodiscard]] bool end(size_t slot);
    [[nodiscard]] int numberOf(const QString &loan);
    [[nodiscard]] QString describe(const RecordedCall &broken) const;

    QMap<QString, int> m_loans;
    QMap<int, QString> m_cards; ///< whose loan it is
    std::array<std::optional<Step>, 64> m_open;
    std::set<Configuration> m_possible{Configuration()};
    std::deque<QString> m_last; ///< the calls that ended last, for the report
};

int Register::numberOf(const QString &loan)
{
    return *m_loans.insert(loan, m_loans.value(loan, static_cast<int>(m_loans.size()) + 1));
}

std::optional<Step> Register::stepOf(const RecordedCall &call, const RecordedCalls &all)
{
    Step step{.loan = call.loan.isEmpty() ? 0 : numberOf(call.loan), .card = call.card, .call = &call};
    QString outcome = call.outcome;
    if (outcome == "undone"_L1) {
        const QString undone = all.value(call.undoes).outcome;
        outcome = undone == "lent"_L1 ? u"returned"_s : undone == "returned"_L1 ? u"lent"_s : undone;
    }
    if (outcome == "lent"_L1)
        step.kind = Step::Kind::Open;
    else if (outcome == "returned"_L1)
        step.kind = Step::Kind::Close;
    else if (outcome == "renewed"_L1)
        step.kind = Step::Kind::Keep;
    else if (call.reasons.contains(u"not_on_loan"_s))
        step.kind = Step::Kind::Nothing;
    else if (call.reasons.contains(u"on_loan"_s))
        step.kind = Step::Kind::Other;
    else
        return std::nullopt; // a refusal for reasons that say nothing about the copy's loan
    return step;
}

std::optional<int> Register::after(const Step &step, int loan) const
{
    switch (step.kind) {
    case Step::Kind::Open:
        return loan == 0 ? std::optional(step.loan) : std::nullopt;
    case Step::Kind::Close:
        return loan == step.loan ? std::optional(0) : std::nullopt;
    case Step::Kind::Keep: // borrowing it again renews the patron's own loan only
        return loan == step.loan && (step.card.isEmpty() || m_cards.value(loan) == step.card)
                   ? std::optional(loan)
                   : std::nullopt;
    case Step::Kind::Nothing:
        return loan == 0 ? std::optional(0) : std::nullopt;
    case Step::Kind::Other:
        return loan != 0 && m_cards.value(loan) != step.card ? std::optional(loan) : std::nullopt;
    }
    return std::nullopt;
}

/// The call in `slot` has ended: lets any calls under way take effect before it until it has. False when it
/// cannot.
bool Register::end(size_t slot)
{
    std::set<Configuration> seen = m_possible;
    std::deque<Configuration> next(seen.begin(), seen.end());
    std::set<Configuration> left;
    const quint64 bit = quint64(1) << slot;
    while (!next.empty()) {
        const Configuration now = next.front();
        next.pop_front();
        if (now.done & bit) {
            left.insert({now.loan, now.done & ~bit});
            continue;
        }
        for (size_t i = 0; i < m_open.size(); ++i) {
            if (!m_open[i] || (now.done & (quint64(1) << i)))
                continue;
            const auto loan = after(*m_open[i], now.loan);
            const Configuration then{loan.value_or(0), now.done | (quint64(1) << i)};
            if (loan && seen.insert(then).second)
                next.push_back(then);
        }
    }
    if (left.empty())
        return false;
    m_possible = std::move(left);
    m_open[slot].reset();
    return true;
}

QString Register::describe(const RecordedCall &broken) const
{
    QStringList lines{
        u"no order of the calls about %1 explains the answer to: %2"_s.arg(broken.barcode, broken.text())};
    lines << u"    the copy can have had here:"_s;
    std::set<int> loans;
    for (const Configuration &possible : m_possible)
        loans.insert(possible.loan);
    for (const int loan : loans)
        lines << u"        "_s + (loan == 0
                                      ? u"no loan"_s
                                      : u"the loan %1 of %2"_s.arg(m_loans.key(loan), m_cards.value(loan)));
    lines << u"    under way at that moment:"_s;
    for (const auto &open : m_open) {
        if (open && open->call != &broken)
            lines << u"        "_s + open->call->text();
    }
    lines << u"    before it:"_s;
    for (const QString &last : m_last)
        lines << u"        "_s + last;
    return lines.join(u'\n');
}

std::optional<Violation> Register::check(const std::vector<const RecordedCall *> &calls,
                                         const RecordedCalls &all)
{
    struct Moment
    {
        qint64 at;
        bool isEnd;
        size_t step;
    };
    std::vector<Step> steps;
    std::vector<Moment> moments;
    for (const RecordedCall *call : calls) {
        if (const auto step = stepOf(*call, all)) {
            if (call->outcome == "lent"_L1)
                m_cards.insert(step->loan, call->card);
            moments.push_back({call->begin, false, steps.size()});
            moments.push_back({call->end, true, steps.size()});
            steps.push_back(*step);
        }
    }
    std::sort(moments.begin(), moments.end(), [](const Moment &a, const Moment &b) {
        return std::pair(a.at, a.isEnd) < std::pair(b.at, b.isEnd);
    });

    std::vector<size_t> slotOf(steps.size());
    for (const Moment &moment : moments) {
        const RecordedCall &call = *steps[moment.step].call;
        if (!moment.isEnd) {
            const auto free = std::find(m_open.begin(), m_open.end(), std::nullopt);
            if (free == m_open.end())
                return Violation{u"L"_s, u"too many calls at once about "_s + call.barcode};
            *free = steps[moment.step];
            slotOf[moment.step] = static_cast<size_t>(free - m_open.begin());
        } else if (!end(slotOf[moment.step])) {
            return Violation{u"L"_s, describe(call)};
        } else {
            m_last.push_back(call.text());
            if (m_last.size() > 8)
                m_last.pop_front();
        }
    }
    return std::nullopt;
}

} // namespace

Violations checkRegisters(const RecordedCalls &calls)
{
    QMap<QString, std::vector<const RecordedCall *>> byCopy;
    for (const RecordedCall &call : calls) {
        if (call.state == RecordedCall::End::Ok)
            byCopy[call.barcode].push_back(&call);
    }
    Violations found;
    for (const std::vector<const RecordedCall *> &copy : byCopy) {
        if (const auto violation = Register().check(copy, calls))
            found.push_back(*violation);
    }
    return found;
}

} // namespace Branchline::Drill
