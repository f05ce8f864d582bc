// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/csvrecords.h"

#include "db/connection/dberror.h"

#include <QCoreApplication>

#include <algorithm>
#include <cstring>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr size_t step = 256 * 1024;
constexpr std::string_view byteOrderMark = "\xEF\xBB\xBF";

bool isTooLong(size_t bytes)
{
    return bytes > static_cast<size_t>(CsvRecords::mostBytes);
}

/// A line without the CR of CR LF.
std::string_view withoutReturn(std::string_view text)
{
    if (!text.empty() && text.back() == '\r')
        text.remove_suffix(1);
    return text;
}

} // namespace

CsvRecords::CsvRecords(const QString &file)
    : m_file(file)
{
    if (!m_file.open(QIODevice::ReadOnly | QIODevice::Unbuffered)) {
        throw DbException({.kind = DbErrorKind::InvalidValue,
                           .message = QCoreApplication::translate("BulkImport", "%1 cannot be read: %2.")
                                          .arg(file, m_file.errorString())});
    }
}

void CsvRecords::seek(qint64 position, qint64 line)
{
    m_file.seek(position);
    m_base = position;
    m_line = line;
    m_at = m_size = 0;
    m_isAtEnd = false;
}

/// Reads on; what has been given out moves to the front. False at the end of the file.
bool CsvRecords::more()
{
    if (m_isAtEnd)
        return false;
    if (m_at > 0) {
        std::memmove(m_buffer.data(), m_buffer.data() + m_at, m_size - m_at);
        m_base += static_cast<qint64>(m_at);
        m_size -= m_at;
        m_at = 0;
    }
    if (m_buffer.size() < m_size + step)
        m_buffer.resize(m_size + step);
    const qint64 count = m_file.read(m_buffer.data() + m_size, static_cast<qint64>(step));
    if (count < 0) {
        throw DbException({.kind = DbErrorKind::InvalidValue,
                           .message = QCoreApplication::translate("BulkImport", "%1 cannot be read: %2.")
                                          .arg(m_file.fileName(), m_file.errorString())});
    }
    const bool isBegin = m_base == 0 && m_size == 0;
    m_isAtEnd = count == 0;
    m_size += static_cast<size_t>(count);
    if (isBegin && std::string_view(m_buffer.data(), m_size).starts_with(byteOrderMark))
        m_at = byteOrderMark.size();
    return count > 0;
}

void CsvRecords::splitPlain(std::string_view text, CsvRecord &record) const
{
    for (;;) {
        const size_t comma = text.find(',');
        record.cells.push_back(text.substr(0, comma));
        if (comma == std::string_view::npos)
            return;
        text.remove_prefix(comma + 1);
    }
}

/// A record with quotation marks, which may go over several lines; `end` is behind it when it is whole.
CsvRecords::Split CsvRecords::splitQuoted(CsvRecord &record, size_t &end)
{
    // Cells are put together in m_unquoted and found in it when it no longer moves.
    std::vector<std::pair<size_t, size_t>> cells;
    m_unquoted.clear();
    size_t at = m_at;
    for (;;) {
        const size_t begin = m_unquoted.size();
        if (at < m_size && m_buffer[at] == '"') {
            ++at;
            for (;;) {
                const char *const from = m_buffer.data() + at;
                const auto *quote = static_cast<const char *>(std::memchr(from, '"', m_size - at));
                if (!quote)
                    return Split::Open;
                m_unquoted.append(from, quote);
                at += static_cast<size_t>(quote - from) + 1;
                if (at >= m_size || m_buffer[at] != '"')
                    break;
                m_unquoted += '"';
                ++at;
            }
        } else {
            while (at < m_size && m_buffer[at] != ',' && m_buffer[at] != '\n')
                m_unquoted += m_buffer[at++];
            if (!m_unquoted.empty() && m_unquoted.back() == '\r' && (at >= m_size || m_buffer[at] == '\n'))
                m_unquoted.pop_back();
        }
        cells.emplace_back(begin, m_unquoted.size() - begin);
        if (at < m_size && m_buffer[at] == '\r') {
            if (at + 1 >= m_size && !m_isAtEnd)
                return Split::Open;
            if (at + 1 >= m_size || m_buffer[at + 1] == '\n')
                ++at;
        }
        if (at >= m_size || m_buffer[at] == '\n')
            break;
        if (m_buffer[at] != ',')
            return Split::Broken;
        ++at;
    }
    if (at >= m_size && !m_isAtEnd)
        return Split::Open;
    for (const auto &[begin, length] : cells)
        record.cells.emplace_back(m_unquoted.data() + begin, length);
    end = std::min(at + 1, m_size);
    return Split::Whole;
}

/// The next line is in the place of a record that is none; what comes after it is read as if it were not.
void CsvRecords::takeLine(CsvRecord &record, const char *problem)
{
    record.cells.clear();
    record.problem = problem;
    record.line = ++m_line;
    for (;;) {
        const auto *end = static_cast<const char *>(std::memchr(m_buffer.data() + m_at, '\n', m_size - m_at));
        if (end) {
            m_at = static_cast<size_t>(end - m_buffer.data()) + 1;
            return;
        }
        m_at = m_size; // a line without end need not be kept
        if (!more())
            return;
    }
}

bool CsvRecords::next(CsvRecord &record)
{
    for (;;) {
        record.cells.clear();
        record.problem = nullptr;
        const char *const begin = m_buffer.data() + m_at;
        const size_t left = m_size - m_at;
        const auto *lineEnd = left > 0 ? static_cast<const char *>(std::memchr(begin, '\n', left)) : nullptr;
        if (!lineEnd && !m_isAtEnd && !isTooLong(left)) {
            (void)more();
            continue;
        }
        if (left == 0)
            return false;
        const std::string_view line(begin, lineEnd ? static_cast<size_t>(lineEnd - begin) : left);
        if (isTooLong(line.size())) {
            takeLine(record, QT_TRANSLATE_NOOP("BulkImport", "The line is longer than 1 MB."));
            return true;
        }
        if (line.find('"') == std::string_view::npos) {
            m_at += std::min(line.size() + 1, left);
            record.line = ++m_line;
            if (withoutReturn(line).empty())
                continue; // a blank line is no record
            splitPlain(withoutReturn(line), record);
            return true;
        }
        size_t end = 0;
        const Split split = splitQuoted(record, end);
        // The end of the file may be the end of the record.
        if (split == Split::Open && !isTooLong(left) && !m_isAtEnd) {
            (void)more();
            continue;
        }
        // How much happens to be read ahead must not decide.
        const bool isWhole = split == Split::Whole && !isTooLong(end - m_at);
        if (isWhole) {
            record.line = m_line + 1;
            m_line += std::count(m_buffer.data() + m_at, m_buffer.data() + end, '\n');
            if (m_buffer[end - 1] != '\n')
                ++m_line;
            m_at = end;
            return true;
        }
        takeLine(record,
                 split == Split::Broken
                     ? QT_TRANSLATE_NOOP("BulkImport", "There is text behind a closing quotation mark.")
                     : QT_TRANSLATE_NOOP("BulkImport", "A quotation mark is not closed within 1 MB."));
        return true;
    }
}

} // namespace Branchline::Internal
