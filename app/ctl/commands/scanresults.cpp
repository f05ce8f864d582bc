// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands/scanresults.h"

#include "app/ctl/context.h"

#include <QCoreApplication>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

} // namespace

QJsonObject objectOf(const ScanResult &result)
{
    const CirculationAnswer &answer = result.answer;
    QJsonArray reasons;
    for (const Reason &reason : answer.reasons)
        reasons.append(QJsonObject{
            {u"code"_s, reason.code}, {u"text"_s, reason.text}, {u"overridable"_s, reason.overridable}});
    QJsonObject object{{u"barcode"_s, answer.barcode},
                       {u"request_id"_s, answer.requestId.toString(QUuid::WithoutBraces)},
                       {u"outcome"_s, result.isSent ? outcomeName(answer.outcome) : u"not_sent"_s},
                       {u"title"_s, jsonText(answer.title)},
                       {u"due_at"_s, jsonTime(answer.dueAt)},
                       {u"reasons"_s, reasons},
                       {u"rule"_s, jsonText(answer.rule)}};
    if (answer.error) {
        object.insert(u"error"_s, errorObject(*answer.error).value("error"_L1));
        object.insert(u"taken_ms"_s, static_cast<qint64>(result.taken.count()));
    }
    return object;
}

QString lineOf(const ScanResult &result, const QTimeZone &zone)
{
    const CirculationAnswer &answer = result.answer;
    if (!result.isSent)
        return tr("%1  not sent: the command was interrupted.").arg(answer.barcode);
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

int statusOf(const ScanResult &result)
{
    if (!result.isSent)
        return Refused;
    switch (result.answer.outcome) {
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
    return statusOf(*result.answer.error);
}

} // namespace Branchline::Ctl
