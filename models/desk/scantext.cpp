// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/desk/scantext.h"

#include "models/catalogue/copymodel.h"
#include "models/desk/reasontext.h"

#include <QCoreApplication>
#include <QLocale>
#include <QTimeZone>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("ScanText", text);
}

QString dueText(const CirculationAnswer &answer, const Directory &directory)
{
    return QLocale().toString(dateAt(answer.dueAt, answer.lendingBranch, directory), u"d MMM"_s);
}

void describeReturn(ScanRow &row, const CirculationAnswer &answer, const Directory &directory)
{
    row.state = ScanState::Returned;
    row.place = placeText(answer.place);
    if (answer.copyBranch == row.scan.deskBranch) {
        row.statusWord = tr("Shelve here");
    } else {
        const BranchEntry *owner = directory.branch(answer.copyBranch);
        row.isAway = true;
        row.statusWord = tr("Send to %1").arg(owner ? owner->name : tr("its branch"));
        row.place.clear();
    }
    row.isLate = answer.lateDays > 0;
    row.statusDetail = {answer.lateDays == 0   ? tr("On time")
                        : answer.lateDays == 1 ? tr("1 day late")
                                               : tr("%1 days late").arg(answer.lateDays)};
}

} // namespace

QDate dateAt(const QDateTime &time, const QUuid &branch, const Directory &directory)
{
    const BranchEntry *entry = directory.branch(branch);
    const QTimeZone zone(entry ? entry->timezone.toUtf8() : QByteArray());
    return time.toTimeZone(zone.isValid() ? zone : QTimeZone::utc()).date();
}

QString periodText(const CirculationAnswer &answer, const Directory &directory)
{
    // A renewed loan runs from today, not from the day on which it was lent.
    const QDateTime from =
        answer.outcome == Outcome::Renewed ? QDateTime::currentDateTimeUtc() : answer.lentAt;
    const auto days = static_cast<int>(dateAt(from, answer.lendingBranch, directory)
                                           .daysTo(dateAt(answer.dueAt, answer.lendingBranch, directory)));
    return days == 1 ? tr("1 day, rule %1").arg(answer.rule)
                     : tr("%1 days, rule %2").arg(days).arg(answer.rule);
}

void describeAnswer(ScanRow &row, DeskMode mode, const CirculationAnswer &answer, const Directory &directory)
{
    if (!answer.title.isEmpty())
        row.title = answer.title;
    row.subtitle = answer.authorLine;
    row.copyBranch = answer.copyBranch;
    row.canUndo = false;
    row.canEnd = false;
    switch (answer.outcome) {
    case Outcome::Lent:
        row.state = ScanState::Lent;
        row.statusWord = tr("Lent to %1").arg(dueText(answer, directory));
        row.statusDetail = {periodText(answer, directory)};
        if (row.scan.overrides.contains("limit"_L1))
            row.statusDetail = {tr("%1 · lent above the limit").arg(periodText(answer, directory))};
        row.canUndo = true;
        break;
    case Outcome::Renewed:
        row.state = ScanState::Renewed;
        row.statusWord = tr("Renewed to %1").arg(dueText(answer, directory));
        row.statusDetail = {mode == DeskMode::CheckOut ? tr("Was already on loan to this patron")
                                                       : periodText(answer, directory)};
        row.canUndo = true;
        break;
    case Outcome::Returned:
        describeReturn(row, answer, directory);
        row.canUndo = true;
        break;
    case Outcome::Refused:
        row.state = ScanState::Refused;
        row.statusWord = tr("Refused");
        row.statusDetail.clear();
        for (const Reason &reason : answer.reasons)
            row.statusDetail << reasonText(reason);
        break;
    case Outcome::Undone:
    case Outcome::Unknown:
    case Outcome::Failed:
        row.state = ScanState::Failed;
        row.statusWord = tr("Not done");
        row.statusDetail = {answer.error ? errorLine(*answer.error) : QString()};
        break;
    }
}

void describeUndone(ScanRow &row, const ScanRow &before, const CirculationAnswer &answer,
                    const Directory &directory)
{
    row = before;
    if (!answer.title.isEmpty()) {
        row.title = answer.title;
        row.subtitle = answer.authorLine;
    }
    row.state = ScanState::Undone;
    row.canUndo = false;
    row.isUndoing = false;
    row.isLate = false;
    row.place.clear();
    row.statusWord = tr("Undone %1").arg(QLocale().toString(QTime::currentTime(), QLocale::ShortFormat));
    if (before.state == ScanState::Lent)
        row.statusDetail = {tr("Back on the shelf as before")};
    else if (before.state == ScanState::Returned)
        row.statusDetail = {tr("On loan again, due %1").arg(dueText(answer, directory))};
    else if (before.state == ScanState::Renewed)
        row.statusDetail = {tr("Due %1 as before").arg(dueText(answer, directory))};
    else
        row.statusDetail = {tr("As it was before")};
}

void describeEnded(ScanRow &row, bool mayBeDone)
{
    row.state = ScanState::Failed;
    row.canEnd = false;
    row.statusWord = mayBeDone ? tr("Not certain") : tr("Not done");
    row.statusDetail = {mayBeDone ? tr("Stopped at this desk. It may have been done: search for the copy "
                                       "before it leaves the desk.")
                                  : tr("Stopped at this desk. Nothing was done.")};
}

} // namespace Branchline
