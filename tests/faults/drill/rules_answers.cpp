// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/rules.h"

#include <QMultiHash>
#include <QSet>

using namespace Qt::StringLiterals;

namespace Branchline::Drill {

namespace {

QString textOf(const StoredAnswer &answer)
{
    return u"%1 %2 → %3 %4 at %5 on %6"_s.arg(answer.function, answer.request, answer.outcome, answer.loan,
                                              answer.at, answer.shard);
}

using AnswersByRequest = QMultiHash<QString, const StoredAnswer *>;

void checkOk(const RecordedCall &call, const QList<const StoredAnswer *> &stored, Violations &into)
{
    if (call.reasons.contains(u"unknown_barcode"_s)) {
        into.push_back({u"I1"_s, u"a copy that exists was not found: "_s + call.text()});
        return;
    }
    if (stored.isEmpty()) {
        into.push_back({u"I1"_s, u"acknowledged and lost: "_s + call.text()});
        return;
    }
    if (stored.size() > 1) {
        QStringList all;
        for (const StoredAnswer *answer : stored)
            all << textOf(*answer);
        into.push_back(
            {u"I1"_s, u"done more than once: %1; stored: %2"_s.arg(call.text(), all.join(u"; "_s))});
        return;
    }
    const StoredAnswer &answer = *stored.first();
    // A refusal may name the loan that is in the way, so a loan is compared where there is one.
    if (answer.outcome != call.outcome || answer.loan != call.loan || answer.function != call.action)
        into.push_back({u"I1"_s, u"the desk was told something else than is stored: %1; stored: %2"_s.arg(
                                     call.text(), textOf(answer))});
}

} // namespace

Violations checkAnswers(const RecordedCalls &calls, const Snapshot &snapshot)
{
    AnswersByRequest stored;
    for (const StoredAnswer &answer : snapshot.answers)
        stored.insert(answer.request, &answer);

    Violations found;
    for (const RecordedCall &call : calls) {
        const QList<const StoredAnswer *> answers = stored.values(call.request);
        switch (call.state) {
        case RecordedCall::End::None:
            found.push_back({u"U"_s, u"never settled: "_s + call.text()});
            break;
        case RecordedCall::End::Ok:
            checkOk(call, answers, found);
            break;
        case RecordedCall::End::Fail:
            if (!answers.isEmpty())
                found.push_back(
                    {u"I2"_s, u"the desk was told that nothing was done, and it was: %1; stored: %2"_s.arg(
                                  call.text(), textOf(*answers.first()))});
            break;
        }
    }
    for (const StoredAnswer &answer : snapshot.answers) {
        if (!calls.contains(answer.request))
            found.push_back({u"I2"_s, u"an answer to a request that no desk made: "_s + textOf(answer)});
        else if (answer.outcome.isEmpty())
            found.push_back({u"I2"_s, u"a request was claimed and has no answer: "_s + textOf(answer)});
    }
    return found;
}

namespace {

/// What an answer says was changed: "lent" …, "lend_undone" …; empty when nothing.
QString kindOf(const StoredAnswer &answer, const QHash<QString, QString> &outcomes)
{
    if (answer.outcome == "refused"_L1 || answer.outcome.isEmpty())
        return {};
    if (answer.outcome != "undone"_L1)
        return answer.outcome;
    const QString undone = outcomes.value(answer.undoneRequest);
    return undone == "lent"_L1       ? u"lend_undone"_s
           : undone == "returned"_L1 ? u"return_undone"_s
           : undone == "renewed"_L1  ? u"renewal_undone"_s
                                     : u"undone, but what?"_s;
}

using Marks = QMap<QString, QStringList>; ///< what, where and when → request ids or changes

/// Both sides must name the same changes, each once. The time of an answer is that of its transaction, and so
/// is the time of the entry in the audit log.
void compare(const Marks &expected, const Marks &found, const QString &what, Violations &into)
{
    for (auto it = expected.begin(); it != expected.end(); ++it) {
        const qsizetype times = found.value(it.key()).size();
        if (times < it->size())
            into.push_back(
                {u"I1"_s, u"an answer without %1: %2, request %3"_s.arg(what, it.key(), it->join(u' '))});
    }
    for (auto it = found.begin(); it != found.end(); ++it) {
        const QStringList requests = expected.value(it.key());
        if (it->size() > requests.size())
            into.push_back(
                {u"I2"_s, u"%1 without a request of its own: %2, seen %3 times, requests: %4"_s.arg(
                              what, it.key(), QString::number(it->size()), requests.join(u' '))});
    }
}

QString mark(const QString &shard, const QString &branch, const QString &kind, const QString &subject,
             const QString &at)
{
    return u"%1 of %2 at %3 in branch %4 on %5"_s.arg(kind, subject, at, branch, shard);
}

} // namespace

Violations checkEffects(const Snapshot &snapshot)
{
    QHash<QString, QString> outcomes;
    for (const StoredAnswer &answer : snapshot.answers)
        outcomes.insert(answer.request, answer.outcome);
    QHash<QString, QString> copyOfLoan;
    for (const StoredLoan &loan : snapshot.loans)
        copyOfLoan.insert(loan.id, loan.copy);

    Marks loansExpected;
    Marks eventsExpected;
    for (const StoredAnswer &answer : snapshot.answers) {
        const QString kind = kindOf(answer, outcomes);
        if (kind.isEmpty())
            continue;
        loansExpected[mark(answer.shard, answer.branch, kind, answer.loan, answer.at)] << answer.request;
        eventsExpected[mark(answer.shard, answer.branch, kind, copyOfLoan.value(answer.loan), answer.at)]
            << answer.request;
    }
    Marks loansFound;
    for (const LoanChange &change : snapshot.loanChanges)
        loansFound[mark(change.shard, change.branch, change.kind, change.loan, change.at)]
            << change.transaction;
    Marks eventsFound;
    for (const DeskEvent &event : snapshot.events)
        eventsFound[mark(event.shard, event.branch, event.kind, event.copy, event.at)] << event.copy;

    Violations found;
    compare(loansExpected, loansFound, u"a change of a loan"_s, found);
    compare(eventsExpected, eventsFound, u"an event"_s, found);
    for (const StoredLoan &loan : snapshot.loans) {
        if (outcomes.value(loan.request) != "lent"_L1)
            found.push_back({u"I2"_s, u"the loan %1 on %2 names the request %3, which did not lend"_s.arg(
                                          loan.id, loan.shard, loan.request)});
    }
    return found;
}

} // namespace Branchline::Drill
