// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/circulation/circulation.h"
#include "app/ctl/context.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QTimeZone>

#include <algorithm>
#include <atomic>
#include <thread>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

/// More scans at once than a program could have connections make nothing faster.
constexpr int mostJobs = 64;

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

/// An answer and how long the scan took, waiting for a connection included.
struct TimedAnswer
{
    CirculationAnswer answer;
    std::chrono::milliseconds taken{0};
};

QJsonObject objectOf(const TimedAnswer &timed)
{
    const CirculationAnswer &answer = timed.answer;
    QJsonArray reasons;
    for (const Reason &reason : answer.reasons)
        reasons.append(QJsonObject{
            {u"code"_s, reason.code}, {u"text"_s, reason.text}, {u"overridable"_s, reason.overridable}});
    QJsonObject object{{u"barcode"_s, answer.barcode},
                       {u"request_id"_s, answer.requestId.toString(QUuid::WithoutBraces)},
                       {u"outcome"_s, outcomeName(answer.outcome)},
                       {u"title"_s, jsonText(answer.title)},
                       {u"due_at"_s, jsonTime(answer.dueAt)},
                       {u"reasons"_s, reasons},
                       {u"rule"_s, jsonText(answer.rule)}};
    if (answer.error) {
        object.insert(u"error"_s, errorObject(*answer.error).value("error"_L1));
        object.insert(u"taken_ms"_s, static_cast<qint64>(timed.taken.count()));
    }
    return object;
}

QString lineOf(const CirculationAnswer &answer, const QTimeZone &zone)
{
    const QString due = answer.dueAt.toTimeZone(zone).toString(u"ddd d MMM yyyy HH:mm"_s);
    switch (answer.outcome) {
    case Outcome::Lent:
        return tr("%1  lent: “%2”, due %3, rule %4").arg(answer.barcode, answer.title, due, answer.rule);
    case Outcome::Returned:
        return answer.lateDays > 0 ? tr("%1  returned: “%2”, %3 days late")
                                         .arg(answer.barcode, answer.title)
                                         .arg(answer.lateDays)
                                   : tr("%1  returned: “%2”, on time").arg(answer.barcode, answer.title);
    case Outcome::Renewed:
        return tr("%1  renewed: “%2”, due %3, rule %4").arg(answer.barcode, answer.title, due, answer.rule);
    case Outcome::Undone:
        return tr("%1  undone: “%2”").arg(answer.barcode, answer.title);
    case Outcome::Refused: {
        QStringList texts;
        for (const Reason &reason : answer.reasons)
            texts << reason.text;
        return tr("%1  refused: %2").arg(answer.barcode, texts.join(u' '));
    }
    case Outcome::Unknown:
        return tr("%1  not known: %2 Ask again with --request-id %3: nothing is done twice.")
            .arg(answer.barcode, answer.error->message, answer.requestId.toString(QUuid::WithoutBraces));
    case Outcome::Failed:
        break;
    }
    return tr("%1  failed: %2 %3").arg(answer.barcode, answer.error->message, answer.error->hint);
}

int statusOf(const CirculationAnswer &answer)
{
    switch (answer.outcome) {
    case Outcome::Lent:
    case Outcome::Returned:
    case Outcome::Renewed:
    case Outcome::Undone:
        return Success;
    case Outcome::Refused:
        return Refused;
    case Outcome::Unknown:
        return NotReachable;
    case Outcome::Failed:
        break;
    }
    return Ctl::statusOf(*answer.error);
}

QUuid requestIdOf(const Context &context)
{
    if (!context.isSet(u"request-id"_s))
        return newUuid();
    if (context.arguments().size() != 1)
        throw UsageError(tr("--request-id goes with exactly one barcode."));
    const QUuid id(context.value(u"request-id"_s));
    if (id.isNull())
        throw UsageError(tr("--request-id takes a UUID."));
    return id;
}

/// The answers in the order of the scans, of which at most `jobs` are under way at once.
std::vector<TimedAnswer> answersTo(Cluster &cluster, const std::vector<Scan> &scans, size_t jobs,
                                   QFuture<CirculationAnswer> (*call)(Cluster &, const Scan &))
{
    std::vector<TimedAnswer> answers(scans.size());
    std::atomic<size_t> next{0};
    const auto work = [&] {
        for (size_t i = next++; i < scans.size(); i = next++) {
            const auto start = std::chrono::steady_clock::now();
            answers[i].answer = await(call(cluster, scans[i]));
            answers[i].taken = std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::steady_clock::now() - start);
        }
    };
    std::vector<std::jthread> others;
    for (size_t i = 1; i < std::min(jobs, scans.size()); ++i)
        others.emplace_back(work);
    work();
    others.clear(); // waits for them
    return answers;
}

/// Scans run one after another, in their order, as at a desk, unless --jobs asks for more at once.
int circulate(Context &context, const Scan &common,
              QFuture<CirculationAnswer> (*call)(Cluster &, const Scan &))
{
    const int jobs = context.number(u"jobs"_s, 1, 1);
    if (jobs > mostJobs)
        throw UsageError(tr("--jobs takes at most %1.").arg(mostJobs));
    std::vector<Scan> scans;
    for (const QString &barcode : context.arguments()) {
        Scan scan = common;
        scan.barcode = barcode.trimmed();
        scan.requestId = requestIdOf(context);
        scans.push_back(scan);
    }
    const BranchEntry desk = *context.cluster().directory()->branch(common.deskBranch);
    const QTimeZone zone(desk.timezone.toUtf8());
    QJsonArray results;
    QStringList lines;
    int status = Success;
    for (const TimedAnswer &timed : answersTo(context.cluster(), scans, static_cast<size_t>(jobs), call)) {
        results.append(objectOf(timed));
        lines << lineOf(timed.answer, zone.isValid() ? zone : QTimeZone::utc());
        status = std::max(status, statusOf(timed.answer));
    }
    return context.finish({{u"results"_s, results}}, lines.join(u'\n'), status);
}

int runCheckOut(Context &context)
{
    Scan scan{.deskBranch = context.branch(context.required(u"branch"_s)).id,
              .card = context.required(u"patron"_s)};
    if (context.isSet(u"due"_s)) {
        scan.dueOn = QDate::fromString(context.value(u"due"_s), Qt::ISODate);
        if (!scan.dueOn.isValid())
            throw UsageError(tr("--due takes a date such as 2026-12-24."));
    }
    scan.overrides = context.values(u"override"_s);
    scan.overrideReason = context.value(u"reason"_s).trimmed();
    if (!scan.overrides.isEmpty() && scan.overrideReason.isEmpty())
        throw UsageError(tr("--override needs a --reason."));
    return circulate(context, scan, checkOut);
}

int runCheckIn(Context &context)
{
    return circulate(context, {.deskBranch = context.branch(context.required(u"branch"_s)).id}, checkIn);
}

int runRenew(Context &context)
{
    return circulate(context, {.deskBranch = context.branch(context.required(u"branch"_s)).id}, renew);
}

} // namespace

std::vector<Command> circulationCommands()
{
    const QCommandLineOption branch(
        u"branch"_s, tr("Code of the desk's branch: its rules and calendar count."), u"CODE"_s);
    const QCommandLineOption requestId(
        u"request-id"_s, tr("Repeat an earlier call: it gives the first answer again."), u"UUID"_s);
    const QCommandLineOption jobs(u"jobs"_s, tr("So many scans at once (1 to %1; 1).").arg(mostJobs), u"N"_s);
    return {{.name = u"checkout"_s,
             .summary = tr("Lends copies to a patron; renews those that this patron has."),
             .arguments = u"BARCODE…"_s,
             .leastArguments = 1,
             .mostArguments = -1,
             .options = {branch,
                         {u"patron"_s, tr("The patron's card."), u"CARD"_s},
                         {u"due"_s,
                          tr("Due on this day instead of the rule's; needs the right override:due_date."),
                          u"DATE"_s},
                         {u"override"_s,
                          tr("Lend although a rule says no with this code, such as limit; needs the right "
                             "override:CODE. May be repeated."),
                          u"CODE"_s},
                         {u"reason"_s, tr("Why; kept with the loan."), u"TEXT"_s},
                         requestId,
                         jobs},
             .example = u"branchlinectl checkout --branch hillside --patron 20410001 31000010"_s,
             .run = runCheckOut},
            {.name = u"checkin"_s,
             .summary = tr("Takes copies back."),
             .arguments = u"BARCODE…"_s,
             .leastArguments = 1,
             .mostArguments = -1,
             .options = {branch, requestId, jobs},
             .example = u"branchlinectl checkin --branch hillside 31000010"_s,
             .run = runCheckIn},
            {.name = u"renew"_s,
             .summary = tr("Renews the loans of copies."),
             .arguments = u"BARCODE…"_s,
             .leastArguments = 1,
             .mostArguments = -1,
             .options = {branch, requestId, jobs},
             .example = u"branchlinectl renew --branch hillside 31000010"_s,
             .run = runRenew}};
}

} // namespace Branchline::Ctl
