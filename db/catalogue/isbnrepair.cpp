// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/isbnrepair.h"

#include "db/catalogue/isbn.h"

#include <QRegularExpression>

#include <vector>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// Fewer digits than this are no ISBN-10 without its leading zeros: with many zeros put before it, one number
/// in eleven passes for one.
constexpr qsizetype leastDigits = 6;

/// Without what spreadsheets and people put around a number: ="0439023483", '0439023483, ISBN 0439023483.
QString bare(const QString &cell)
{
    static const QRegularExpression around(u"^[='\"\\s]*(?:ISBN(?:-?1[03])?:?)?\\s*|[\"'\\s]+$"_s,
                                           QRegularExpression::CaseInsensitiveOption);
    static const QRegularExpression wholeFloat(u"\\.0*$"_s);
    QString text = cell.trimmed();
    text.remove(around);
    text.remove(wholeFloat);
    return text.toUpper();
}

/// The ISBN-13 of a number as it stands, or of an ISBN-10 that lost leading zeros.
QString fromDigits(const QString &text)
{
    if (const auto isbn = isbn13(text))
        return *isbn;
    static const QRegularExpression shortened(u"^[0-9]+X?$"_s);
    if (text.size() >= leastDigits && text.size() < 10 && shortened.match(text).hasMatch())
        return isbn13(text.rightJustified(10, u'0')).value_or(QString());
    return {};
}

/// A number in scientific notation: its digits, and the power of ten of the last one.
struct Scientific
{
    qint64 digits = 0;
    int exponent = 0;
};

std::optional<Scientific> scientific(const QString &text)
{
    static const QRegularExpression form(u"^([0-9])(?:[.,]([0-9]{0,14}))?E\\+?0*([0-9]{1,2})$"_s);
    const auto match = form.match(text);
    if (!match.hasMatch())
        return std::nullopt;
    const QString fraction = match.captured(2);
    return Scientific{(match.captured(1) + fraction).toLongLong(),
                      match.captured(3).toInt() - static_cast<int>(fraction.size())};
}

/// Every ISBN-13 that is written as this number when its last digits are rounded away.
std::vector<QString> candidates(const Scientific &number)
{
    std::vector<QString> fitting;
    if (number.exponent < 0 || number.exponent > 6)
        return fitting;
    qint64 step = 1;
    for (int i = 0; i < number.exponent; ++i)
        step *= 10;
    const qint64 middle = number.digits * step;
    for (qint64 value = middle - step / 2; value <= middle + step / 2; ++value) {
        const QString text = QString::number(value);
        if (text.size() == 13 && isbn13(text))
            fitting.push_back(text);
    }
    return fitting;
}

bool isRoundingOf(const Scientific &number, const QString &isbn)
{
    const std::vector<QString> fitting = candidates(number);
    return std::find(fitting.cbegin(), fitting.cend(), isbn) != fitting.cend();
}

} // namespace

FoundIsbn findIsbn(const QString &isbn10Cell, const QString &isbn13Cell)
{
    const QString ten = bare(isbn10Cell);
    const QString thirteen = bare(isbn13Cell);
    QString fromTen = fromDigits(ten);
    const QString fromThirteen = fromDigits(thirteen);
    std::optional<Scientific> rounded = scientific(thirteen);
    QString roundedCell = isbn13Cell.trimmed();
    if (!rounded && thirteen.isEmpty() && (rounded = scientific(ten))) // the only number, in the wrong column
        roundedCell = isbn10Cell.trimmed();

    if (!fromThirteen.isEmpty()) {
        if (fromTen.isEmpty() || fromTen == fromThirteen)
            return {.isbn13 = fromThirteen};
        return {.isbn13 = fromThirteen, .remark = FoundIsbn::Remark::Disagree, .cell = isbn10Cell.trimmed()};
    }
    if (!fromTen.isEmpty()) {
        if (thirteen.isEmpty() || (rounded && isRoundingOf(*rounded, fromTen)))
            return {.isbn13 = fromTen};
        return {.isbn13 = fromTen,
                .remark = rounded ? FoundIsbn::Remark::Disagree : FoundIsbn::Remark::Wrong,
                .cell = isbn13Cell.trimmed()};
    }
    if (rounded) {
        const std::vector<QString> fitting = candidates(*rounded);
        if (fitting.size() == 1)
            return {.isbn13 = fitting.front(), .isGuessed = rounded->exponent > 0};
        return {.isbn13 = {},
                .remark = FoundIsbn::Remark::LostDigits,
                .cell = roundedCell,
                .candidates = static_cast<int>(fitting.size())};
    }
    if (thirteen.isEmpty() && ten.isEmpty())
        return {};
    return {.isbn13 = {},
            .remark = FoundIsbn::Remark::Wrong,
            .cell = (thirteen.isEmpty() ? isbn10Cell : isbn13Cell).trimmed()};
}

} // namespace Branchline
