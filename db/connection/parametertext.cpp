// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/parametertext.h"

namespace Branchline {

namespace {

bool isNamePart(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<uchar>(c) >= 0x80;
}

/// Finds where quotes and comments end, by PostgreSQL's rules with standard_conforming_strings.
class Scanner final
{
public:
    explicit Scanner(QLatin1StringView sql)
        : m_sql(sql)
    {}

    /// The end of the quote or comment that begins at `at`; `at` itself when none does.
    [[nodiscard]] qsizetype skipFrom(qsizetype at) const
    {
        switch (charAt(at)) {
        case '\'':
            return endOfQuote(at, '\'', isEscapeText(at));
        case '"':
            return endOfQuote(at, '"', false);
        case '$':
            return endOfDollarQuote(at);
        case '-':
            return charAt(at + 1) == '-' ? endOfLine(at) : at;
        case '/':
            return charAt(at + 1) == '*' ? endOfComment(at) : at;
        default:
            return at;
        }
    }

private:
    [[nodiscard]] char charAt(qsizetype at) const
    {
        return at >= 0 && at < m_sql.size() ? m_sql.data()[at] : '\0';
    }
    [[nodiscard]] bool isEscapeText(qsizetype quote) const
    {
        const char before = charAt(quote - 1);
        return (before == 'e' || before == 'E') && !isNamePart(charAt(quote - 2));
    }
    [[nodiscard]] qsizetype endOfQuote(qsizetype at, char quote, bool backslashes) const
    {
        for (++at; at < m_sql.size(); ++at) {
            if (backslashes && charAt(at) == '\\')
                ++at;
            else if (charAt(at) == quote && charAt(at + 1) == quote)
                ++at;
            else if (charAt(at) == quote)
                return at + 1;
        }
        return m_sql.size();
    }
    [[nodiscard]] qsizetype endOfDollarQuote(qsizetype at) const
    {
        if (isNamePart(charAt(at - 1)) || (charAt(at + 1) >= '0' && charAt(at + 1) <= '9'))
            return at;
        qsizetype end = at + 1;
        while (isNamePart(charAt(end)))
            ++end;
        if (charAt(end) != '$')
            return at;
        const QLatin1StringView mark = m_sql.mid(at, end + 1 - at);
        const qsizetype close = m_sql.indexOf(mark, end + 1);
        return close < 0 ? m_sql.size() : close + mark.size();
    }
    [[nodiscard]] qsizetype endOfLine(qsizetype at) const
    {
        const qsizetype end = m_sql.indexOf(QLatin1Char('\n'), at);
        return end < 0 ? m_sql.size() : end;
    }
    /// Comments nest.
    [[nodiscard]] qsizetype endOfComment(qsizetype at) const
    {
        int depth = 0;
        while (at < m_sql.size()) {
            if (charAt(at) == '/' && charAt(at + 1) == '*') {
                ++depth;
                at += 2;
            } else if (charAt(at) == '*' && charAt(at + 1) == '/') {
                at += 2;
                if (--depth == 0)
                    return at;
            } else {
                ++at;
            }
        }
        return at;
    }

    QLatin1StringView m_sql;
};

} // namespace

ParameterText withNumberedParameters(QLatin1StringView sql)
{
    const Scanner scanner(sql);
    ParameterText text;
    text.sql.reserve(sql.size() + 16);
    for (qsizetype at = 0; at < sql.size();) {
        const qsizetype end = scanner.skipFrom(at);
        if (end > at) {
            text.sql += QString(sql.mid(at, end - at)).toUtf8();
            at = end;
            continue;
        }
        const char c = sql.data()[at++];
        if (c == '?')
            text.sql += '$' + QByteArray::number(++text.parameters);
        else if (static_cast<uchar>(c) < 0x80)
            text.sql += c;
        else
            text.sql += QString(QLatin1Char(c)).toUtf8();
    }
    return text;
}

} // namespace Branchline
