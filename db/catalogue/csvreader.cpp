// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/csvreader.h"

#include <csv.h>

#include <QUtf8StringView>

#include <algorithm>

namespace Branchline {

namespace {

/// What is kept of a row that is too long.
constexpr qsizetype keptBytes = 200;

struct Sink
{
    QByteArrayList *cells;
    bool isRow = false;
};

void onCell(void *text, size_t size, void *sink)
{
    *static_cast<Sink *>(sink)->cells
        << QByteArray(static_cast<const char *>(text), static_cast<qsizetype>(size));
}

void onRow(int, void *sink)
{
    static_cast<Sink *>(sink)->isRow = true;
}

QByteArray beginningOf(const QByteArray &text)
{
    QByteArray kept = text.left(keptBytes);
    // Not in the middle of a character.
    while (!kept.isEmpty() && !QUtf8StringView(kept).isValidUtf8() && kept.size() > keptBytes - 4)
        kept.chop(1);
    return kept;
}

} // namespace

CsvReader::CsvReader(TextSource &source)
    : m_source(source)
    , m_parser(std::make_unique<csv_parser>())
{
    csv_init(m_parser.get(), CSV_STRICT | CSV_STRICT_FINI);
}

CsvReader::~CsvReader()
{
    csv_free(m_parser.get());
}

void CsvReader::reset()
{
    csv_free(m_parser.get());
    csv_init(m_parser.get(), CSV_STRICT | CSV_STRICT_FINI);
    csv_set_delim(m_parser.get(), static_cast<unsigned char>(m_separator));
}

bool CsvReader::fill()
{
    if (m_atEnd)
        return false;
    m_buffer.remove(0, m_from);
    m_from = 0;
    const QByteArray piece = m_source.read();
    m_atEnd = piece.isEmpty();
    m_buffer += piece;
    return !m_atEnd;
}

/// Just after the next LF, CR LF or CR; -1 when the buffer must be filled first.
qsizetype CsvReader::endOfLine(qsizetype from)
{
    const auto *const begin = m_buffer.cbegin();
    const auto *const end =
        std::find_if(begin + from, m_buffer.cend(), [](char c) { return c == '\n' || c == '\r'; });
    if (end == m_buffer.cend())
        return -1;
    const qsizetype at = end - begin;
    if (*end == '\n')
        return at + 1;
    if (at + 1 < m_buffer.size())
        return m_buffer.at(at + 1) == '\n' ? at + 2 : at + 1;
    return m_atEnd ? at + 1 : -1; // the LF may be in the next piece
}

bool CsvReader::readLine(Line &line)
{
    line = {};
    qsizetype seen = 0;
    for (;;) {
        const qsizetype end = endOfLine(m_from + seen);
        if (end >= 0) {
            if (!line.isTooLong)
                line.bytes = m_buffer.mid(m_from, end - m_from);
            m_from = end;
            return true;
        }
        const qsizetype waiting = m_buffer.size() - m_from;
        if (waiting > mostBytes || (line.isTooLong && waiting > 1)) {
            if (!line.isTooLong)
                line.bytes = beginningOf(m_buffer.mid(m_from, keptBytes));
            line.isTooLong = true;
            m_from = m_buffer.size() - 1; // a CR at the end may belong to an LF
        }
        seen = std::max<qsizetype>(0, m_buffer.size() - m_from - 1);
        if (!fill()) {
            if (!line.isTooLong)
                line.bytes = m_buffer.mid(m_from);
            m_from = m_buffer.size();
            return !line.bytes.isEmpty();
        }
    }
}

bool CsvReader::takeLine(Line &line)
{
    bool isTaken = true;
    if (m_again.empty()) {
        isTaken = readLine(line);
    } else {
        line = std::move(m_again.front());
        m_again.pop_front();
    }
    m_line += isTaken ? 1 : 0;
    return isTaken;
}

bool CsvReader::isBlank(const QByteArray &line) const
{
    return std::all_of(line.cbegin(), line.cend(), [this](char c) {
        return c == '\n' || c == '\r' || ((c == ' ' || c == '\t') && c != m_separator);
    });
}

QByteArray CsvReader::peekLine()
{
    Line line;
    while (takeLine(line)) {
        const QByteArray text = line.bytes.trimmed();
        if (text.isEmpty() && !line.isTooLong)
            continue;
        --m_line;
        m_again.push_front(line);
        return line.isTooLong ? QByteArray() : text;
    }
    return {};
}

void CsvReader::skipLine()
{
    Line line;
    std::ignore = takeLine(line);
}

CsvReader::Fed CsvReader::feed(const QByteArray &line, CsvRow &row)
{
    Sink sink{&row.cells};
    const auto size = static_cast<size_t>(line.size());
    if (csv_parse(m_parser.get(), line.constData(), size, onCell, onRow, &sink) != size)
        return Fed::Broken;
    return sink.isRow ? Fed::Row : Fed::Open;
}

CsvReader::Fed CsvReader::finish(CsvRow &row)
{
    Sink sink{&row.cells};
    return csv_fini(m_parser.get(), onCell, onRow, &sink) == 0 && sink.isRow ? Fed::Row : Fed::Broken;
}

/// The first line of a broken row is lost; the others are read again.
void CsvReader::fail(CsvRow &row, CsvRow::Problem problem, std::deque<Line> &lines)
{
    row.cells.clear();
    row.problem = problem;
    row.raw = lines.front().bytes;
    while (row.raw.endsWith('\n') || row.raw.endsWith('\r'))
        row.raw.chop(1);
    m_line -= static_cast<qint64>(lines.size()) - 1;
    lines.pop_front();
    m_again.insert(m_again.begin(), std::make_move_iterator(lines.begin()),
                   std::make_move_iterator(lines.end()));
}

bool CsvReader::next(CsvRow &row)
{
    row = {};
    std::deque<Line> lines(1);
    do {
        if (!takeLine(lines.front()))
            return false;
    } while (!lines.front().isTooLong && isBlank(lines.front().bytes));
    row.line = m_line;
    if (lines.front().isTooLong) {
        fail(row, CsvRow::Problem::TooLong, lines);
        return true;
    }
    reset();
    qsizetype bytes = lines.front().bytes.size();
    Fed fed = feed(lines.front().bytes, row);
    while (fed == Fed::Open) {
        const QByteArray &last = lines.back().bytes;
        if (!last.endsWith('\n') && !last.endsWith('\r')) {
            fed = finish(row);
            break;
        }
        Line line;
        if (!takeLine(line)) {
            fed = Fed::Broken;
            break;
        }
        bytes += line.bytes.size();
        lines.push_back(std::move(line));
        if (lines.back().isTooLong || bytes > mostBytes || static_cast<qsizetype>(lines.size()) > mostLines)
            fed = Fed::Broken;
        else
            fed = feed(lines.back().bytes, row);
    }
    if (fed != Fed::Row) {
        fail(row, CsvRow::Problem::Quotes, lines);
    } else if (m_source.encoding() == TextSource::Encoding::Utf8Damaged &&
               !std::all_of(lines.cbegin(), lines.cend(),
                            [](const Line &line) { return QUtf8StringView(line.bytes).isValidUtf8(); })) {
        row.cells.clear();
        row.problem = CsvRow::Problem::Encoding;
        for (const Line &line : lines)
            row.raw += line.bytes;
        row.raw = row.raw.trimmed();
    }
    return true;
}

QByteArray csvCell(const QByteArray &text, char separator)
{
    const bool isPlain =
        std::none_of(text.cbegin(), text.cend(),
                     [separator](char c) {
                         return c == separator || c == '"' || c == '\n' || c == '\r' || c == '\t';
                     }) &&
        !text.startsWith(' ') && !text.endsWith(' ');
    if (isPlain)
        return text;
    QByteArray quoted(2 * text.size() + 2, Qt::Uninitialized);
    quoted.truncate(static_cast<qsizetype>(csv_write(quoted.data(), static_cast<size_t>(quoted.size()),
                                                     text.constData(), static_cast<size_t>(text.size()))));
    return quoted;
}

} // namespace Branchline
