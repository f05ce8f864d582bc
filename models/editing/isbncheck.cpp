// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/editing/isbncheck.h"

#include "db/catalogue/isbn.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("IsbnCheck", text);
}

/// Digits and letters, without what separates them.
QString bare(const QString &text)
{
    QString out;
    for (const QChar c : text) {
        if (!c.isSpace() && c != u'-' && !(c >= QChar(0x2010) && c <= QChar(0x2015)))
            out += c.toUpper();
    }
    return out;
}

bool areDigits(QStringView text)
{
    return std::all_of(text.begin(), text.end(), [](QChar c) { return c >= u'0' && c <= u'9'; });
}

QChar lastOfThirteen(QStringView stem)
{
    int sum = 0;
    for (int i = 0; i < 12; ++i)
        sum += stem.at(i).digitValue() * (i % 2 == 0 ? 1 : 3);
    return QChar(u'0' + (10 - sum % 10) % 10);
}

QChar lastOfTen(QStringView stem)
{
    int sum = 0;
    for (int i = 0; i < 9; ++i)
        sum += stem.at(i).digitValue() * (10 - i);
    const int check = (11 - sum % 11) % 11;
    return check == 10 ? QChar(u'X') : QChar(u'0' + check);
}

FieldProblem wrongLastDigit(const QString &text, QChar is, QChar should)
{
    QString fixed = text.trimmed();
    fixed.back() = should;
    return {
        tr("The last digit does not fit: %1 should be %2. Check the number on the back of the title page.")
            .arg(is)
            .arg(should),
        fixed, tr("Use %1").arg(fixed)};
}

} // namespace

std::optional<FieldProblem> isbnProblem(const QString &text)
{
    const QString isbn = bare(text);
    if (isbn.isEmpty() || isbn13(text))
        return std::nullopt;
    const bool endsInX = isbn.size() == 10 && isbn.endsWith(u'X');
    if (!areDigits(endsInX ? QStringView(isbn).chopped(1) : QStringView(isbn)))
        return FieldProblem{
            tr("An ISBN has only digits, or an X as its tenth sign. Check the number on the back "
               "of the title page."),
            {},
            {}};
    if (isbn.size() == 13) {
        if (!isbn.startsWith("978"_L1) && !isbn.startsWith("979"_L1))
            return FieldProblem{tr("An ISBN of 13 digits begins with 978 or 979. This may be another barcode "
                                   "on the cover."),
                                {},
                                {}};
        return wrongLastDigit(text, isbn.back(), lastOfThirteen(isbn));
    }
    if (isbn.size() == 10)
        return wrongLastDigit(text, isbn.back(), lastOfTen(isbn));
    return FieldProblem{isbn.size() == 1 ? tr("An ISBN has 10 or 13 digits, this has 1.")
                                         : tr("An ISBN has 10 or 13 digits, this has %1.").arg(isbn.size()),
                        {},
                        {}};
}

bool isFullIsbn(const QString &text)
{
    const QString isbn = bare(text);
    return isbn.size() == 13 ||
           (isbn.size() == 10 && !isbn.startsWith("978"_L1) && !isbn.startsWith("979"_L1));
}

QString isbn10(const QString &text)
{
    const auto isbn = isbn13(text);
    if (!isbn || !isbn->startsWith("978"_L1))
        return {};
    const QString stem = isbn->mid(3, 9);
    return stem + lastOfTen(stem);
}

} // namespace Branchline
