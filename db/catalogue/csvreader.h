// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/textsource.h"

#include <QByteArrayList>

#include <deque>

struct csv_parser;

namespace Branchline {

/// One row of a CSV file, or what is in its place.
struct CsvRow
{
    enum class Problem {
        None,
        Quotes, ///< a quotation mark that is not closed, or stands inside a cell that does not begin with one
        TooLong, ///< more bytes or lines than a row may have; `raw` is only its beginning
        Encoding ///< bytes that are not UTF-8 in a file that is
    };
    qint64 line = 0;      ///< where it begins, counted from 1
    QByteArrayList cells; ///< UTF-8, without the blanks around unquoted ones; empty when there is a problem
    Problem problem = Problem::None;
    QByteArray raw; ///< the text of the row that has a problem
};

/// Reads a CSV file row by row (libcsv, strict). A row that is not well-formed is reported and costs itself
/// only: reading goes on at the next line, whatever an unclosed quotation mark would have swallowed. Holds
/// one row in memory, and of a row that is too long its beginning.
class CsvReader final
{
public:
    static constexpr qsizetype mostBytes = 1024 * 1024; ///< of a row
    static constexpr qsizetype mostLines = 1000;        ///< of a row

    /// `source` has been opened and outlives the reader.
    explicit CsvReader(TextSource &source);
    ~CsvReader();
    Q_DISABLE_COPY_MOVE(CsvReader)

    /// Comma until it is set; set before the first row is read.
    void setSeparator(char separator) { m_separator = separator; }
    [[nodiscard]] char separator() const { return m_separator; }
    /// The first line that is not blank, without its end; empty when there is none or it is too long.
    [[nodiscard]] QByteArray peekLine();
    /// Passes over that line.
    void skipLine();

    /// Reads the next row that has anything in it. False at the end of the file.
    [[nodiscard]] bool next(CsvRow &row);

private:
    struct Line
    {
        QByteArray bytes; ///< with its end
        bool isTooLong = false;
    };
    enum class Fed { Row, Open, Broken };

    [[nodiscard]] bool takeLine(Line &line);
    [[nodiscard]] bool readLine(Line &line);
    [[nodiscard]] qsizetype endOfLine(qsizetype from);
    [[nodiscard]] bool fill();
    [[nodiscard]] Fed feed(const QByteArray &line, CsvRow &row);
    [[nodiscard]] Fed finish(CsvRow &row);
    void reset();
    [[nodiscard]] bool isBlank(const QByteArray &line) const;
    void fail(CsvRow &row, CsvRow::Problem problem, std::deque<Line> &lines);

    TextSource &m_source;
    std::unique_ptr<csv_parser> m_parser;
    char m_separator = ',';
    QByteArray m_buffer;
    qsizetype m_from = 0; ///< where the unread part of the buffer begins
    bool m_atEnd = false;
    std::deque<Line> m_again; ///< lines to be read once more after a row that was broken
    qint64 m_line = 0;        ///< number of the line last taken
};

/// A cell as it is written into a CSV file: in quotation marks when it must be.
[[nodiscard]] QByteArray csvCell(const QByteArray &text, char separator);

} // namespace Branchline
