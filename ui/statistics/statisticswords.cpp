// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/statistics/statisticswords.h"

#include <QCoreApplication>
#include <QLocale>

#include <cmath>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Statistics", text);
}

QString clock(const QDateTime &time, bool seconds = true)
{
    return QLocale().toString(time.time(), seconds ? u"HH:mm:ss"_s : u"HH:mm"_s);
}

QString percent(double value)
{
    return tr("%1 %").arg(QLocale().toString(value, 'f', 1));
}

QString otherBranches(const StatisticsFigures &figures)
{
    const qsizetype others = figures.notCounted.size() - 1;
    if (others < 0)
        return {};
    const QString &first = figures.notCounted.first();
    if (others == 0)
        return first;
    return others == 1 ? tr("%1 and %2").arg(first, figures.notCounted.last())
                       : tr("%1 and %2 other branches").arg(first).arg(others);
}

} // namespace

QString coverageSentence(const StatisticsFigures &figures)
{
    if (figures.state == StatisticsFigures::State::Failed)
        return {};
    if (figures.state == StatisticsFigures::State::Loading) {
        return figures.waiting.isEmpty() ? tr("The shards of this library are being looked up.")
                                         : tr("Asking %1.").arg(figures.waiting.join(u", "_s));
    }
    QString text;
    if (figures.state == StatisticsFigures::State::Stale)
        text = tr("Shown as of %1.").arg(clock(figures.asOf));
    else if (figures.answered == figures.total)
        text = figures.total == 1
                   ? tr("The only shard has answered, as of %1.").arg(clock(figures.asOf))
                   : tr("All %1 shards have answered, as of %2.").arg(figures.total).arg(clock(figures.asOf));
    else
        text = tr("%1 of %2 shards have answered, as of %3.")
                   .arg(figures.answered)
                   .arg(figures.total)
                   .arg(clock(figures.asOf));
    if (figures.oldest.secsTo(figures.asOf) >= 2)
        text += u' ' + tr("The oldest part is of %1.").arg(clock(figures.oldest));
    if (!figures.waiting.isEmpty())
        text += u' ' + tr("Still waiting for %1.").arg(figures.waiting.join(u", "_s));
    return text;
}

FiguresWords missingWords(const StatisticsFigures &figures)
{
    using State = StatisticsFigures::State;
    const QString names = figures.missing.join(u", "_s);
    if (figures.state == State::Stale)
        return {tr("Shown as of %1.").arg(clock(figures.asOf, false)) + u' ' +
                    (figures.total == 1 ? tr("The shard does not answer.") : tr("No shard answers.")),
                tr("You can read these figures. Branchline asks again every second.")};
    if (figures.state != State::Partial)
        return {};
    const QString first =
        tr("%1 of %2 shards answered, missing: %3.").arg(figures.answered).arg(figures.total).arg(names);
    const QString branches = otherBranches(figures);
    if (branches.isEmpty())
        return {first, tr("No branch lives there.")};
    if (figures.usesLastKnown)
        return {first,
                tr("The figures of %1 are those of %2.").arg(branches, clock(figures.lastKnown, false))};
    return {first, figures.notCounted.size() == 1 ? tr("%1 is not in these figures.").arg(branches)
                                                  : tr("%1 are not in these figures.").arg(branches)};
}

QString rangeName(FiguresRange range)
{
    switch (range) {
    case FiguresRange::Days30:
        return tr("Last 30 days");
    case FiguresRange::Weeks12:
        return tr("Last 12 weeks");
    case FiguresRange::Months12:
        break;
    }
    return tr("Last 12 months");
}

QString chartTitle(FiguresRange range)
{
    switch (range) {
    case FiguresRange::Days30:
        return tr("Loans and returns per day");
    case FiguresRange::Weeks12:
        return tr("Loans and returns per week");
    case FiguresRange::Months12:
        break;
    }
    return tr("Loans and returns per month");
}

QString changeWords(qint64 now, qint64 before)
{
    if (before <= 0)
        return {};
    const double change = 100.0 * static_cast<double>(now - before) / static_cast<double>(before);
    if (std::abs(change) < 0.05)
        return tr("unchanged");
    return change > 0 ? tr("up %1").arg(percent(change)) : tr("down %1").arg(percent(-change));
}

QString share(qint64 part, qint64 whole)
{
    return whole > 0 ? percent(100.0 * static_cast<double>(part) / static_cast<double>(whole)) : QString();
}

QString activitySentence(const StatisticsFigures &figures)
{
    const QLocale locale;
    const QString loans = locale.toString(figures.span.loans);
    const QString today = locale.toString(figures.loansToday);
    const QString change = changeWords(figures.span.loans, figures.before.loans);
    return change.isEmpty() ? tr("%1 loans, %2 today").arg(loans, today)
                            : tr("%1 loans, %2; %3 today").arg(loans, change, today);
}

} // namespace Branchline
