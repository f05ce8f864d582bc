// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/batch.h"
#include "app/ctl/commands/scanresults.h"
#include "app/ctl/context.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QTimeZone>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

/// More scans at once than a program could have connections make nothing faster.
constexpr int mostJobs = 64;

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QUuid requestIdOf(const Context &context)
{
    const bool isSingle = context.arguments().size() == 1;
    if (!context.isSet(u"request-id"_s))
        return isSingle ? newUuid() : newBatchId();
    const QUuid id(context.value(u"request-id"_s));
    if (id.isNull())
        throw UsageError(tr("--request-id takes a UUID."));
    return id;
}

/// With a single barcode the id is that of the scan, unless it is one that an earlier batch printed: then
/// this is a rest of that batch.
std::vector<Scan> scansOf(const Context &context, const Scan &common, const QUuid &request)
{
    const bool isOwnId = context.arguments().size() == 1 && !isBatchId(request);
    std::vector<Scan> scans;
    for (const QString &barcode : context.arguments()) {
        Scan scan = common;
        scan.barcode = barcode.trimmed();
        scan.requestId = isOwnId ? request : scanIdIn(request, scan.barcode);
        scans.push_back(scan);
    }
    return scans;
}

QString repeatHint(const QUuid &request)
{
    return tr("Repeat the same command with --request-id %1: nothing is done twice.")
        .arg(request.toString(QUuid::WithoutBraces));
}

/// What the command prints: the request id before anything is sent, and each result as it comes, so that
/// little is lost with a program that is killed.
class Output final
{
public:
    Output(Context &context, const QUuid &request, const QTimeZone &zone)
        : m_context(context)
        , m_request(request)
        , m_zone(zone)
    {}

    void begin(qsizetype scans)
    {
        if (m_context.isJsonLines())
            m_context.printLine(QJsonObject{{u"request_id"_s, idText()}, {u"barcodes"_s, scans}});
        else if (scans > 1 && !m_context.isSet(u"request-id"_s))
            m_context.note(tr("Request id %1. Should this command not come to its end, repeat it with "
                              "--request-id and this id: nothing is done twice.")
                               .arg(idText()));
    }

    void result(const ScanResult &result)
    {
        if (m_context.isJsonLines())
            m_context.printLine(objectOf(result));
        else if (!m_context.isJson())
            m_context.printLine(lineOf(result, m_zone));
    }

    int finish(const Batch &batch)
    {
        int status = Success;
        QJsonArray results;
        qsizetype unsent = 0;
        for (const ScanResult &result : batch.results()) {
            status = std::max(status, Ctl::statusOf(result));
            unsent += result.isSent ? 0 : 1;
            if (m_context.isJsonLines() && !result.isSent)
                m_context.printLine(objectOf(result));
            results.append(objectOf(result));
        }
        QJsonObject object{{u"request_id"_s, idText()}};
        if (batch.wasInterrupted())
            object.insert(u"interrupted"_s, true);
        if (m_context.isJsonLines()) {
            object.insert(u"status"_s, status);
            m_context.printLine(object);
        } else if (m_context.isJson()) {
            object.insert(u"results"_s, results);
            return m_context.finish(object, {}, status);
        } else if (batch.wasInterrupted()) {
            m_context.note(tr("Interrupted: %1 of %2 were not sent. %3")
                               .arg(unsent)
                               .arg(results.size())
                               .arg(repeatHint(m_request)));
        }
        return status;
    }

private:
    [[nodiscard]] QString idText() const { return m_request.toString(QUuid::WithoutBraces); }

    Context &m_context;
    const QUuid m_request;
    const QTimeZone m_zone;
};

/// Scans run one after another, in their order, as at a desk, unless --jobs asks for more at once.
int circulate(Context &context, const Interrupt &interrupt, const Scan &common, Batch::Send send)
{
    const int jobs = context.number(u"jobs"_s, 1, 1);
    if (jobs > mostJobs)
        throw UsageError(tr("--jobs takes at most %1.").arg(mostJobs));
    const QUuid request = requestIdOf(context);
    const BranchEntry desk = *context.cluster().directory()->branch(common.deskBranch);
    const QTimeZone zone(desk.timezone.toUtf8());
    Output output(context, request, zone.isValid() ? zone : QTimeZone::utc());
    Batch batch(context.cluster(), scansOf(context, common, request), send);
    output.begin(context.arguments().size());
    batch.run(static_cast<size_t>(jobs), interrupt, [&](size_t i) { output.result(batch.results()[i]); });
    return output.finish(batch);
}

int runCheckOut(Context &context)
{
    const Interrupt interrupt; // from here on the output is whole, whatever is sent or not
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
    return circulate(context, interrupt, scan, checkOut);
}

int runCheckIn(Context &context)
{
    const Interrupt interrupt;
    return circulate(context, interrupt, {.deskBranch = context.branch(context.required(u"branch"_s)).id},
                     checkIn);
}

int runRenew(Context &context)
{
    const Interrupt interrupt;
    return circulate(context, interrupt, {.deskBranch = context.branch(context.required(u"branch"_s)).id},
                     renew);
}

} // namespace

std::vector<Command> circulationCommands()
{
    const QCommandLineOption branch(
        u"branch"_s, tr("Code of the desk's branch: its rules and calendar count."), u"CODE"_s);
    const QCommandLineOption requestId(
        u"request-id"_s, tr("Repeat an earlier call: what it did gives the first answer again."), u"UUID"_s);
    const QCommandLineOption jobs(u"jobs"_s, tr("So many scans at once (1 to %1; 1).").arg(mostJobs), u"N"_s);
    const QCommandLineOption jsonLines(u"json-lines"_s,
                                       tr("Print one JSON object per line: the request id, each result as it "
                                          "comes, the exit status."));
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
                         jobs,
                         jsonLines},
             .example = u"branchlinectl checkout --branch hillside --patron 20410001 31000010"_s,
             .run = runCheckOut},
            {.name = u"checkin"_s,
             .summary = tr("Takes copies back."),
             .arguments = u"BARCODE…"_s,
             .leastArguments = 1,
             .mostArguments = -1,
             .options = {branch, requestId, jobs, jsonLines},
             .example = u"branchlinectl checkin --branch hillside 31000010"_s,
             .run = runCheckIn},
            {.name = u"renew"_s,
             .summary = tr("Renews the loans of copies."),
             .arguments = u"BARCODE…"_s,
             .leastArguments = 1,
             .mostArguments = -1,
             .options = {branch, requestId, jobs, jsonLines},
             .example = u"branchlinectl renew --branch hillside 31000010"_s,
             .run = runRenew}};
}

} // namespace Branchline::Ctl
