// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/cellvalues.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace Branchline::Internal {

namespace {

int hexDigit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

/// The number in a field of digits only.
std::optional<int> fixed(std::string_view text)
{
    int value = 0;
    for (const char c : text) {
        if (!isDigit(c))
            return {};
        value = value * 10 + (c - '0');
    }
    return value;
}

/// Seconds east of UTC of "Z", "+02", "+0200" or "+02:00".
std::optional<int> offsetOf(std::string_view text)
{
    if (text == "Z" || text == "z")
        return 0;
    if (text.size() < 3 || (text[0] != '+' && text[0] != '-'))
        return {};
    const auto hours = fixed(text.substr(1, 2));
    std::string_view rest = text.substr(3);
    if (!rest.empty() && rest.front() == ':')
        rest.remove_prefix(1);
    const auto minutes = rest.empty() && text.size() == 3 ? std::optional(0) : fixed(rest);
    if (!hours || !minutes || (text.size() != 3 && rest.size() != 2) || *hours > 15 || *minutes > 59)
        return {};
    const int seconds = *hours * 3600 + *minutes * 60;
    return text[0] == '-' ? -seconds : seconds;
}

/// The fraction of a second in microseconds, and how many characters it takes with its point.
std::optional<std::pair<int, size_t>> fractionOf(std::string_view text)
{
    if (text.empty() || text[0] != '.')
        return std::pair{0, size_t(0)};
    size_t at = 1;
    int value = 0;
    for (; at < text.size() && isDigit(text[at]); ++at) {
        if (at > 6)
            return {};
        value = value * 10 + (text[at] - '0');
    }
    if (at == 1)
        return {};
    for (size_t digits = at - 1; digits < 6; ++digits)
        value *= 10;
    return std::pair{value, at};
}

} // namespace

std::optional<QUuid> idOf(std::string_view cell)
{
    if (cell.size() != 36)
        return {};
    std::array<char, 16> bytes{};
    size_t count = 0;
    for (size_t i = 0; i < cell.size();) {
        if (i == 8 || i == 13 || i == 18 || i == 23) {
            if (cell[i++] != '-')
                return {};
            continue;
        }
        const int high = hexDigit(cell[i]);
        const int low = hexDigit(cell[i + 1]);
        if (high < 0 || low < 0)
            return {};
        bytes[count++] = static_cast<char>(high * 16 + low);
        i += 2;
    }
    return QUuid::fromRfc4122(QByteArrayView(bytes.data(), bytes.size()));
}

std::optional<int> integerOf(std::string_view cell)
{
    int value = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error != std::errc() || end != cell.data() + cell.size())
        return {};
    return value;
}

bool isNumber(std::string_view cell)
{
    const auto first = std::find_if(cell.begin(), cell.end(), isDigit);
    const auto last = std::find_if_not(first, cell.end(), isDigit);
    const bool isNegative = first == cell.begin() + 1 && cell.front() == '-';
    return last - first <= 9 && std::none_of(last, cell.end(), isDigit) && !isNegative;
}

std::optional<int> digitsOf(std::string_view cell)
{
    const auto first = std::find_if(cell.begin(), cell.end(), isDigit);
    const auto last = std::find_if_not(first, cell.end(), isDigit);
    if (first == last || last - first > 9)
        return {};
    return fixed(std::string_view(first, last));
}

std::optional<int> dateOf(std::string_view cell)
{
    using namespace std::chrono;
    if (cell.size() != 10 || cell[4] != '-' || cell[7] != '-')
        return {};
    const auto y = fixed(cell.substr(0, 4));
    const auto m = fixed(cell.substr(5, 2));
    const auto d = fixed(cell.substr(8, 2));
    if (!y || !m || !d || *y < 1)
        return {};
    const year_month_day date{year(*y), month(static_cast<unsigned>(*m)), day(static_cast<unsigned>(*d))};
    if (!date.ok())
        return {};
    return static_cast<int>((sys_days(date) - sys_days(year(2000) / 1 / 1)).count());
}

std::optional<qint64> timeOf(std::string_view cell)
{
    if (cell.size() < 20 || (cell[10] != 'T' && cell[10] != ' ') || cell[13] != ':' || cell[16] != ':')
        return {};
    const auto date = dateOf(cell.substr(0, 10));
    const auto hours = fixed(cell.substr(11, 2));
    const auto minutes = fixed(cell.substr(14, 2));
    const auto seconds = fixed(cell.substr(17, 2));
    const auto fraction = fractionOf(cell.substr(19));
    if (!date || !hours || !minutes || !seconds || !fraction || *hours > 23 || *minutes > 59 || *seconds > 59)
        return {};
    const auto offset = offsetOf(cell.substr(19 + fraction->second));
    if (!offset)
        return {};
    const qint64 whole = qint64(*date) * 86400 + *hours * 3600 + *minutes * 60 + *seconds - *offset;
    return whole * 1000000 + fraction->first;
}

std::optional<bool> flagOf(std::string_view cell)
{
    if (cell == "t" || cell == "true")
        return true;
    return cell == "f" || cell == "false" ? std::optional(false) : std::nullopt;
}

bool isText(std::string_view cell)
{
    const bool isAscii =
        std::all_of(cell.begin(), cell.end(), [](char c) { return static_cast<signed char>(c) > 0; });
    return isAscii || (cell.find('\0') == std::string_view::npos &&
                       QUtf8StringView(cell.data(), static_cast<qsizetype>(cell.size())).isValidUtf8());
}

bool isCopyStatus(std::string_view cell)
{
    static constexpr std::string_view known[] = {"available", "lent",      "lost",   "missing",
                                                 "damaged",   "withdrawn", "repair", "reference"};
    return std::find(std::begin(known), std::end(known), cell) != std::end(known);
}

} // namespace Branchline::Internal
