// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/editing/datetext.h"

#include <QLocale>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// The short form of the country, with all digits of the year: two of them would not tell 1926 from 2026.
QString formOfCountry()
{
    QString form = QLocale().dateFormat(QLocale::ShortFormat);
    if (!form.contains(u"yyyy"_s))
        form.replace(u"yy"_s, u"yyyy"_s);
    return form;
}

} // namespace

QString dateText(const QDate &date)
{
    return date.isValid() ? QLocale().toString(date, formOfCountry()) : QString();
}

QDate dateIn(const QString &text)
{
    const QString typed = text.trimmed();
    if (const QDate date = QDate::fromString(typed, Qt::ISODate); date.isValid())
        return date;
    QString form = formOfCountry();
    if (const QDate date = QLocale().toDate(typed, form); date.isValid() && date.year() > 1000)
        return date;
    form.replace(u"dd"_s, u"d"_s).replace(u"MM"_s, u"M"_s); // 3/4/1990 as well as 03/04/1990
    const QDate date = QLocale().toDate(typed, form);
    return date.isValid() && date.year() > 1000 ? date : QDate();
}

} // namespace Branchline
