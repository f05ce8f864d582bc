// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QLocale>

namespace Branchline {

/// The time of day up to the second, in the zone of `time`; empty for an invalid time.
[[nodiscard]] inline QString clockText(const QDateTime &time)
{
    return time.isValid() ? QLocale().toString(time.time(), QStringLiteral("HH:mm:ss")) : QString();
}

/// Day and month, with the year unless it is this one; empty for an invalid date.
[[nodiscard]] inline QString shortDay(const QDate &date)
{
    const bool isThisYear = date.year() == QDate::currentDate().year();
    return date.isValid()
               ? QLocale().toString(date, isThisYear ? QStringLiteral("d MMM") : QStringLiteral("d MMM yyyy"))
               : QString();
}

/// The first letters of the first and the last word of a name, as capitals.
[[nodiscard]] inline QString initialsOf(const QString &name)
{
    const QStringList words = name.split(u' ', Qt::SkipEmptyParts);
    if (words.isEmpty())
        return {};
    return (words.first().left(1) + (words.size() > 1 ? words.last().left(1) : QString())).toUpper();
}

} // namespace Branchline
