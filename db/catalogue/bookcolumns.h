// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayList>
#include <QStringList>

#include <array>

namespace Branchline {

/// What `import books` can make use of.
enum class BookField {
    Id,
    Isbn10,
    Isbn13,
    Title,
    Subtitle,
    Authors,
    MoreAuthors,
    Year,
    Language,
    Publisher,
    OriginalTitle,
    Categories,
    Count
};

/// Which column of a file holds what, from its header.
class BookColumns final
{
public:
    BookColumns() = default;
    /// Column names are compared without capitals, blanks and punctuation, and have the usual other names.
    explicit BookColumns(const QByteArrayList &header);

    /// The separator with which a header line has the most known columns: comma, semicolon, tab or bar.
    [[nodiscard]] static char separatorOf(const QByteArray &headerLine);

    [[nodiscard]] bool has(BookField field) const { return m_columns[static_cast<size_t>(field)] >= 0; }
    /// The text of a cell; empty when the file has no such column.
    [[nodiscard]] QString text(const QByteArrayList &cells, BookField field) const;
    [[nodiscard]] qsizetype count() const { return m_names.size(); }
    [[nodiscard]] qsizetype known() const;
    [[nodiscard]] const QStringList &names() const { return m_names; }
    /// Columns that the import does not read, by name; those of a rejects file are not among them.
    [[nodiscard]] const QStringList &unused() const { return m_unused; }

private:
    std::array<qsizetype, static_cast<size_t>(BookField::Count)> m_columns{};
    QStringList m_names;
    QStringList m_unused;
};

} // namespace Branchline
