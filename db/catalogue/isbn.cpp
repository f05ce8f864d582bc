// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/isbn.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// ISO 2108: weights 1 and 3 in turn, the sum a multiple of ten.
QChar checkDigit13(QStringView digits)
{
    int sum = 0;
    for (int i = 0; i < 12; ++i)
        sum += digits.at(i).digitValue() * (i % 2 == 0 ? 1 : 3);
    return QChar(u'0' + (10 - sum % 10) % 10);
}

/// Weights 10 to 1, the sum a multiple of eleven; X stands for ten in the last place.
bool checkDigit10Fits(QStringView isbn)
{
    int sum = 0;
    for (int i = 0; i < 10; ++i)
        sum += (10 - i) * (isbn.at(i) == u'X' ? 10 : isbn.at(i).digitValue());
    return sum % 11 == 0;
}

bool isAsciiDigit(QChar c)
{
    return c >= u'0' && c <= u'9';
}

} // namespace

std::optional<QString> isbn13(const QString &text)
{
    QString isbn;
    for (const QChar c : text) {
        if (c.isSpace() || c == u'-' || (c >= QChar(0x2010) && c <= QChar(0x2015)))
            continue; // hyphens and dashes as they are printed
        isbn += c.toUpper();
    }
    const auto digits = std::count_if(isbn.cbegin(), isbn.cend(), isAsciiDigit);
    if (isbn.size() == 13 && digits == 13) {
        const bool isBook = isbn.startsWith("978"_L1) || isbn.startsWith("979"_L1);
        return isBook && checkDigit13(isbn) == isbn.at(12) ? std::optional(isbn) : std::nullopt;
    }
    const bool isTen = isbn.size() == 10 && (digits == 10 || (digits == 9 && isbn.at(9) == u'X'));
    if (!isTen || !checkDigit10Fits(isbn))
        return std::nullopt;
    const QString body = "978"_L1 + isbn.left(9);
    return body + checkDigit13(body);
}

} // namespace Branchline
