// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/calls.h"

#include <QDir>
#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Drill {

namespace {

QString errorIn(const HistoryEvent &event)
{
    QStringList parts{event.fact("error"), event.fact("sqlstate"), event.fact("database"),
                      event.fact("message")};
    parts.removeAll(QString());
    return parts.join(u' ');
}

void finish(RecordedCall &call, const HistoryEvent &event)
{
    call.end = event.at;
    call.state = event.kind == HistoryEvent::Kind::Ok ? RecordedCall::End::Ok : RecordedCall::End::Fail;
    call.error = errorIn(event);
    call.outcome = event.fact("outcome");
    call.loan = event.fact("loan");
    const QJsonArray reasons = event.facts.value("reasons"_L1).toArray();
    for (const QJsonValue &reason : reasons)
        call.reasons << reason.toString();
}

void take(RecordedCalls &calls, const QString &desk, const HistoryEvent &event, QStringList &problems)
{
    if (event.kind == HistoryEvent::Kind::Start)
        return;
    if (event.kind == HistoryEvent::Kind::Invoke) {
        calls.insert(event.request, {.desk = desk,
                                     .request = event.request,
                                     .action = event.fact("action"),
                                     .barcode = event.fact("barcode"),
                                     .card = event.fact("card"),
                                     .undoes = event.fact("undoes"),
                                     .begin = event.at});
        return;
    }
    const auto call = calls.find(event.request);
    if (call == calls.end() || call->state != RecordedCall::End::None) {
        problems << u"%1 has an event for request %2 that does not belong there"_s.arg(desk, event.request);
    } else if (event.kind == HistoryEvent::Kind::Unknown) {
        call->unknown = call->unknown ? call->unknown : event.at;
        call->error = errorIn(event);
    } else {
        finish(*call, event);
    }
}

QString milliseconds(qint64 nanoseconds)
{
    return QString::number(static_cast<double>(nanoseconds) / 1e6, 'f', 0) + " ms"_L1;
}

/// "p50 3 ms, p99 17 ms, max 230 ms"
QString percentiles(std::vector<qint64> times)
{
    if (times.empty())
        return u"none"_s;
    std::sort(times.begin(), times.end());
    const auto at = [&times](double share) {
        return times[static_cast<size_t>(share * double(times.size() - 1))];
    };
    return u"p50 %1, p99 %2, max %3"_s.arg(milliseconds(at(0.5)), milliseconds(at(0.99)),
                                           milliseconds(times.back()));
}

} // namespace

QString RecordedCall::text() const
{
    QStringList parts{action, barcode, request, u"by "_s + desk};
    if (!card.isEmpty())
        parts.insert(2, u"for "_s + card);
    if (!undoes.isEmpty())
        parts << u"of "_s + undoes;
    switch (state) {
    case End::None:
        parts << u"→ no end"_s;
        break;
    case End::Ok:
        parts << u"→ "_s + outcome << loan << reasons;
        break;
    case End::Fail:
        parts << u"→ not done:"_s << error;
        break;
    }
    parts << u"[%1 … %2]"_s.arg(milliseconds(begin), end ? milliseconds(end) : QString());
    if (unknown)
        parts << u"unknown since %1"_s.arg(milliseconds(unknown));
    parts.removeAll(QString());
    return parts.join(u' ');
}

RecordedCalls readCalls(const QString &folder, QStringList &problems)
{
    RecordedCalls calls;
    const QStringList files = QDir(folder).entryList({u"desk-*.jsonl"_s}, QDir::Files, QDir::Name);
    for (const QString &file : files) {
        for (const HistoryEvent &event : readHistory(folder + u'/' + file))
            take(calls, file.chopped(6), event, problems);
    }
    return calls;
}

QStringList figuresOf(const RecordedCalls &calls)
{
    QMap<QString, int> outcomes;
    QMap<QString, int> failures;
    std::vector<qint64> usual;
    std::vector<qint64> settling;
    int unknown = 0;
    for (const RecordedCall &call : calls) {
        if (call.unknown)
            ++unknown;
        if (call.state == RecordedCall::End::Ok) {
            ++outcomes[call.outcome];
            (call.unknown ? settling : usual)
                .push_back(call.end - (call.unknown ? call.unknown : call.begin));
        } else if (call.state == RecordedCall::End::Fail) {
            ++failures[call.error.section(u' ', 0, 0)];
        }
    }
    const auto list = [](const QMap<QString, int> &counts) {
        QStringList parts;
        int sum = 0;
        for (auto it = counts.begin(); it != counts.end(); ++it) {
            parts << u"%1 %2"_s.arg(it.value()).arg(it.key());
            sum += it.value();
        }
        return u"%1 (%2)"_s.arg(sum).arg(parts.join(u", "_s));
    };
    return {u"Calls: %1"_s.arg(calls.size()),
            u"  answered: "_s + list(outcomes),
            u"  not done: "_s + list(failures),
            u"  unknown for a while: %1, of them settled: %2"_s.arg(unknown).arg(settling.size()),
            u"  time to an answer: "_s + percentiles(usual),
            u"  time to settle what was unknown: "_s + percentiles(settling)};
}

} // namespace Branchline::Drill
