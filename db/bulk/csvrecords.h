// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFile>

#include <string>
#include <string_view>
#include <vector>

namespace Branchline::Internal {

/// One record of a file of the bulk format. The cells point into the reader's memory, until the next record.
struct CsvRecord
{
    qint64 line = 0; ///< where it begins, counted from 1
    std::vector<std::string_view> cells;
    const char *problem = nullptr; ///< why it has no cells, as a sentence; a literal
};

/// Reads CSV as COPY writes it (UTF-8, comma, quotes doubled inside quotes, LF or CR LF) at some hundred MB a
/// second and from any record on: CsvReader of the catalogue guesses what people's files mean, and takes a
/// hundred times as long. A record with an unclosed quotation mark costs itself only. Throws DbException when
/// the file cannot be read.
class CsvRecords final
{
public:
    static constexpr qint64 mostBytes = 1024 * 1024; ///< of a record

    explicit CsvRecords(const QString &file);
    Q_DISABLE_COPY_MOVE(CsvRecords)

    /// Goes on at a position() that a reader of the same file had, before which it had read `line` lines.
    void seek(qint64 position, qint64 line);
    /// Behind the last record.
    [[nodiscard]] qint64 position() const { return m_base + static_cast<qint64>(m_at); }
    /// The last line of the last record.
    [[nodiscard]] qint64 line() const { return m_line; }

    /// False at the end of the file.
    [[nodiscard]] bool next(CsvRecord &record);

private:
    enum class Split { Whole, Open, Broken };

    [[nodiscard]] bool more();
    void splitPlain(std::string_view text, CsvRecord &record) const;
    [[nodiscard]] Split splitQuoted(CsvRecord &record, size_t &end);
    void takeLine(CsvRecord &record, const char *problem);

    QFile m_file;
    std::vector<char> m_buffer;
    size_t m_size = 0; ///< filled bytes
    size_t m_at = 0;   ///< begin of the next record
    qint64 m_base = 0; ///< position of the buffer in the file
    qint64 m_line = 0;
    bool m_isAtEnd = false;
    std::string m_unquoted;
};

} // namespace Branchline::Internal
