// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/deskcall.h"

#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline::Drill {

namespace {

constexpr std::array actionNames{"checkout"_L1, "checkin"_L1, "renew"_L1, "undo"_L1};

QString text(const QUuid &id)
{
    return id.isNull() ? QString() : id.toString(QUuid::WithoutBraces);
}

} // namespace

QJsonObject DeskCall::facts() const
{
    return {{u"action"_s, actionNames[static_cast<size_t>(action)]},
            {u"desk"_s, text(desk)},
            {u"barcode"_s, barcode},
            {u"card"_s, card},
            {u"copy_branch"_s, text(copyBranch)},
            {u"undoes"_s, text(undoes)}};
}

DeskCall DeskCall::fromEvent(const HistoryEvent &invoke)
{
    const auto name = std::find(actionNames.begin(), actionNames.end(), invoke.fact("action"));
    return {.action = static_cast<Action>(name - actionNames.begin()),
            .request = QUuid(invoke.request),
            .desk = QUuid(invoke.fact("desk")),
            .barcode = invoke.fact("barcode"),
            .card = invoke.fact("card"),
            .copyBranch = QUuid(invoke.fact("copy_branch")),
            .undoes = QUuid(invoke.fact("undoes"))};
}

QFuture<CirculationAnswer> send(Cluster &cluster, const DeskCall &call)
{
    const Scan scan{.requestId = call.request,
                    .deskBranch = call.desk,
                    .barcode = call.barcode,
                    .card = call.card,
                    .dueOn = {}};
    switch (call.action) {
    case DeskCall::Action::Checkout:
        return checkOut(cluster, scan);
    case DeskCall::Action::Checkin:
        return checkIn(cluster, scan);
    case DeskCall::Action::Renew:
        return renew(cluster, scan);
    case DeskCall::Action::Undo:
        break;
    }
    return undo(cluster, {.requestId = call.request,
                          .deskBranch = call.desk,
                          .copyBranch = call.copyBranch,
                          .undoneRequestId = call.undoes,
                          .barcode = call.barcode});
}

QJsonObject factsOf(const CirculationAnswer &answer)
{
    QJsonObject facts{{u"outcome"_s, outcomeName(answer.outcome)},
                      {u"loan"_s, text(answer.loanId)},
                      {u"copy_branch"_s, text(answer.copyBranch)}};
    QJsonArray reasons;
    for (const Reason &reason : answer.reasons)
        reasons << reason.code;
    if (!reasons.isEmpty())
        facts.insert("reasons"_L1, reasons);
    if (answer.error) {
        facts.insert("error"_L1, answer.error->kindName());
        facts.insert("sqlstate"_L1, answer.error->sqlState);
        facts.insert("database"_L1, answer.error->database);
        facts.insert("message"_L1, answer.error->message);
    }
    return facts;
}

std::vector<DeskCall> openCalls(const std::vector<HistoryEvent> &history)
{
    std::map<QString, DeskCall> open;
    for (const HistoryEvent &event : history) {
        if (event.kind == HistoryEvent::Kind::Invoke)
            open.emplace(event.request, DeskCall::fromEvent(event));
        else if (event.kind == HistoryEvent::Kind::Ok || event.kind == HistoryEvent::Kind::Fail)
            open.erase(event.request);
    }
    std::vector<DeskCall> calls; // request ids begin with the time, so this is the order in which they began
    for (const auto &[request, call] : open)
        calls.push_back(call);
    return calls;
}

} // namespace Branchline::Drill
