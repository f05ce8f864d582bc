// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/importrows.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("BookImport", text);
}

/// Two rows with the same key are the same book as far as the file tells.
quint64 titleKey(const CleanBook &book)
{
    return qHash(book.title + u'\n' + book.authors.value(0) + u'\n' +
                     QString::number(book.year.value_or(9999)),
                 0x6b6f6f62);
}

QString problemText(const CsvRow &row)
{
    switch (row.problem) {
    case CsvRow::Problem::None:
        return {};
    case CsvRow::Problem::Quotes:
        return tr("A quotation mark is not closed, or stands inside a cell that does not begin with one.");
    case CsvRow::Problem::TooLong:
        return tr("The row is longer than 1 MB.");
    case CsvRow::Problem::Encoding:
        return tr("The row has bytes that are not UTF-8.");
    }
    return {};
}

DbError noTitles(const QStringList &names)
{
    return {.kind = DbErrorKind::InvalidValue,
            .message = tr("The file has no column with titles. Its first line reads: %1.")
                           .arg(names.join(", "_L1).left(300)),
            .hint = tr("Name the columns in the first line, such as title, authors, isbn13, "
                       "original_publication_year, language_code.")};
}

} // namespace

ImportRows::ImportRows()
    : m_reader(m_source)
{}

Result<Done> ImportRows::open(const QString &file, const std::function<bool()> &isCancelled)
{
    if (const auto opened = m_source.open(file, isCancelled); !opened)
        return opened;
    QByteArray line = m_reader.peekLine();
    // What Excel reads and writes to name the separator.
    if (line.size() == 5 && line.toLower().startsWith("sep=")) {
        m_reader.setSeparator(line.at(4));
        m_reader.skipLine();
    } else {
        m_reader.setSeparator(BookColumns::separatorOf(line));
    }
    CsvRow header;
    if (!m_reader.next(header) || header.problem != CsvRow::Problem::None)
        return noTitles({QString::fromUtf8(header.raw.left(200)).simplified()});
    m_columns = BookColumns(header.cells);
    if (!m_columns.has(BookField::Title))
        return noTitles(m_columns.names());
    return Done{};
}

QStringList ImportRows::remarks() const
{
    QStringList remarks;
    if (m_source.encoding() == TextSource::Encoding::Windows1252) {
        remarks << tr(
            "The file is not UTF-8; it was read as Windows-1252. If letters with accents are wrong, "
            "save it as UTF-8 and import it again.");
    } else if (m_source.encoding() == TextSource::Encoding::Utf8Damaged) {
        remarks << tr("Some bytes of the file are not UTF-8; the rows with them are rejected.");
    } else if (m_source.encoding() != TextSource::Encoding::Utf8) {
        remarks << tr("The file was read as %1.").arg(m_source.encodingName());
    }
    if (!m_columns.unused().isEmpty())
        remarks << tr("Columns that are not used: %1.").arg(m_columns.unused().join(", "_L1).left(500));
    return remarks;
}

bool ImportRows::next(ImportRow &row)
{
    do {
        if (!m_reader.next(row.source))
            return false;
    } while (row.source.problem == CsvRow::Problem::None &&
             std::all_of(row.source.cells.cbegin(), row.source.cells.cend(),
                         [](const QByteArray &cell) { return cell.isEmpty(); }));
    if (row.source.problem != CsvRow::Problem::None) {
        row.book.problem = problemText(row.source);
        return true;
    }
    QByteArrayList &cells = row.source.cells;
    while (cells.size() > m_columns.count() && cells.last().isEmpty())
        cells.removeLast();
    if (cells.size() != m_columns.count()) {
        row.book.problem = tr("The row has %1 cells, the first line of the file has %2.")
                               .arg(cells.size())
                               .arg(m_columns.count());
        return true;
    }
    row.book = cleanBook(m_columns, cells);
    if (row.book.problem.isEmpty())
        noteKeys(row);
    return true;
}

void ImportRows::noteKeys(ImportRow &row)
{
    const auto line = static_cast<quint32>(row.source.line);
    const quint64 title = titleKey(row.book);
    row.keys = {title};
    if (!row.book.id.isNull())
        row.keys.append(qHash(row.book.id));
    const auto sameTitle = m_linesByTitle.constFind(title);
    row.titleSeen = sameTitle != m_linesByTitle.cend();
    if (row.titleSeen && row.book.isbn13.isEmpty() && row.book.id.isNull())
        row.firstLine = *sameTitle;
    if (!row.titleSeen)
        m_linesByTitle.insert(title, line);
    if (row.book.isbn13.isEmpty())
        return;
    const quint64 isbn = row.book.isbn13.toULongLong();
    row.keys.append(isbn);
    const auto sameIsbn = m_linesByIsbn.constFind(isbn);
    if (sameIsbn != m_linesByIsbn.cend())
        row.firstLine = *sameIsbn;
    else
        m_linesByIsbn.insert(isbn, line);
}

} // namespace Branchline
