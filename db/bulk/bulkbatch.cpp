// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/bulkbatch.h"

#include "db/bulk/cellvalues.h"
#include "db/connection/dberror.h"

#include <QCoreApplication>
#include <QtEndian>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

// A batch of long records is a short one.
constexpr qsizetype enoughBytes = 8 * 1024 * 1024;

QString tr(const char *text)
{
    return QCoreApplication::translate("BulkImport", text);
}

template <typename Number>
void append(QByteArray &bytes, Number value)
{
    const Number big = qToBigEndian(value);
    bytes.append(reinterpret_cast<const char *>(&big), sizeof big);
}

template <typename Number>
void appendField(QByteArray &bytes, Number value)
{
    append(bytes, qint32(sizeof value));
    append(bytes, value);
}

void appendField(QByteArray &bytes, std::string_view text)
{
    append(bytes, static_cast<qint32>(text.size()));
    bytes.append(text.data(), static_cast<qsizetype>(text.size()));
}

void appendNull(QByteArray &bytes)
{
    append(bytes, qint32(-1));
}

void appendField(QByteArray &bytes, std::optional<int> value)
{
    if (value)
        appendField(bytes, qint32(*value));
    else
        appendNull(bytes);
}

/// line, reason, the file's columns and the place of the shelf.
qint16 fieldsOf(const BulkFile &file)
{
    return static_cast<qint16>(2 + file.columns.size() + (hasShelf(file) ? 3 : 0));
}

QString kindText(CellKind kind)
{
    switch (kind) {
    case CellKind::Id:
        return tr("an id (UUID)");
    case CellKind::Text:
        return tr("UTF-8 text");
    case CellKind::Integer:
        return tr("a whole number");
    case CellKind::Number:
        return tr("text with one number of at most nine digits");
    case CellKind::Time:
        return tr("a time with its offset, such as 2025-03-04T10:11:12+00:00");
    case CellKind::Date:
        return tr("a date, such as 2025-03-04");
    case CellKind::Flag:
        return tr("t or f");
    case CellKind::Status:
        return tr("one of available, lent, lost, missing, damaged, withdrawn, repair, reference");
    }
    return {};
}

} // namespace

void BulkBatch::clear()
{
    bytes.resize(0);
    rows.clear();
    isAtEnd = false;
}

QByteArrayView BulkBatch::slice(size_t first, size_t last) const
{
    const qsizetype begin = rows[first].begin;
    const qsizetype end = last < rows.size() ? rows[last].begin : bytes.size();
    return QByteArrayView(bytes).sliced(begin, end - begin);
}

QByteArray refusedRow(const BulkFile &file, qint64 line, const QString &reason)
{
    QByteArray bytes;
    const qint16 fields = fieldsOf(file);
    append(bytes, fields);
    appendField(bytes, static_cast<qint32>(line));
    const QByteArray text = reason.toUtf8();
    appendField(bytes, std::string_view(text.constData(), static_cast<size_t>(text.size())));
    for (int i = 2; i < fields; ++i)
        appendNull(bytes);
    return bytes;
}

BulkReader::BulkReader(const QString &path, const BulkFile &file, RowFilter filter, const Shelves *shelves)
    : m_file(file)
    , m_filter(std::move(filter))
    , m_shelves(shelves)
    , m_records(path)
{
    readHeader(path);
}

void BulkReader::readHeader(const QString &path)
{
    QStringList missing;
    (void)m_records.next(m_record); // an empty file names no column
    const auto &header = m_record.cells;
    for (const BulkColumn &column : m_file.columns) {
        const auto found = std::find(header.begin(), header.end(), std::string_view(column.name));
        m_places.push_back(found == header.end() ? -1 : static_cast<int>(found - header.begin()));
        if (column.isRequired && found == header.end())
            missing << QString::fromLatin1(column.name);
        if (m_filter.column == QLatin1StringView(column.name))
            m_filterColumn = static_cast<int>(&column - m_file.columns.data());
    }
    m_width = header.size();
    if (missing.isEmpty())
        return;
    throw DbException(
        {.kind = DbErrorKind::InvalidValue,
         .message = tr("The first line of %1 does not name the column %2.").arg(path, missing.join(", "_L1)),
         .hint = tr("The columns of each file are listed in docs/IMPORT.md.")});
}

std::string_view BulkReader::cell(size_t column) const
{
    const int place = m_places[column];
    return place < 0 ? std::string_view() : m_record.cells[static_cast<size_t>(place)];
}

/// The id by which rows are shared out; nothing where the row has none.
std::optional<QUuid> BulkReader::filterId() const
{
    if (m_record.problem || m_record.cells.size() != m_width)
        return {};
    return idOf(cell(static_cast<size_t>(m_filterColumn)));
}

QString BulkReader::problemOf(size_t column) const
{
    const BulkColumn &known = m_file.columns[column];
    const std::string_view text = cell(column);
    if (text.empty())
        return tr("%1 is empty.").arg(QLatin1StringView(known.name));
    return tr("%1 is not %2.").arg(QLatin1StringView(known.name), kindText(known.kind));
}

bool BulkReader::appendCell(QByteArray &bytes, size_t column)
{
    const BulkColumn &known = m_file.columns[column];
    const std::string_view text = cell(column);
    if (text.empty()) {
        appendNull(bytes);
        return !known.isRequired;
    }
    switch (known.kind) {
    case CellKind::Id:
        if (const auto id = idOf(text)) {
            append(bytes, qint32(16));
            bytes += id->toRfc4122();
            return true;
        }
        return false;
    case CellKind::Text:
        appendField(bytes, text);
        return isText(text);
    case CellKind::Status:
        appendField(bytes, text);
        return isCopyStatus(text);
    case CellKind::Integer:
        if (const auto number = integerOf(text)) {
            appendField(bytes, qint32(*number));
            return true;
        }
        return false;
    case CellKind::Number:
        appendField(bytes, digitsOf(text));
        return isNumber(text);
    case CellKind::Time:
        if (const auto time = timeOf(text)) {
            appendField(bytes, *time);
            return true;
        }
        return false;
    case CellKind::Date:
        if (const auto date = dateOf(text)) {
            appendField(bytes, qint32(*date));
            return true;
        }
        return false;
    case CellKind::Flag:
        if (const auto flag = flagOf(text)) {
            appendField(bytes, qint8(*flag));
            return true;
        }
        return false;
    }
    return false;
}

/// A copy has the place of its shelf.
bool BulkReader::appendShelf(QByteArray &bytes)
{
    const auto column = [this](const char *name) {
        const auto found =
            std::find_if(m_file.columns.begin(), m_file.columns.end(),
                         [&](const BulkColumn &c) { return std::string_view(c.name) == name; });
        return idOf(cell(static_cast<size_t>(found - m_file.columns.begin())));
    };
    const auto shelf = column("shelf_id");
    ShelfPlace place;
    if (shelf) {
        const auto found = m_shelves->constFind(*shelf);
        if (found == m_shelves->constEnd()) {
            m_problem = tr("There is no shelf with this id.");
            return false;
        }
        place = *found;
        if (place.branch != column("branch_id")) {
            m_problem = tr("The shelf is one of another branch.");
            return false;
        }
    }
    appendField(bytes, place.room);
    appendField(bytes, place.floor);
    appendField(bytes, place.bookshelf);
    return true;
}

void BulkReader::appendRow(BulkBatch &batch)
{
    const qsizetype begin = batch.bytes.size();
    batch.rows.push_back({begin, m_record.line, m_records.line(), m_records.position()});
    m_problem.clear();
    if (m_record.problem) {
        m_problem = tr(m_record.problem);
    } else if (m_record.cells.size() != m_width) {
        m_problem = tr("The line has %1 cells, the first line of the file has %2.")
                        .arg(m_record.cells.size())
                        .arg(m_width);
    } else {
        append(batch.bytes, fieldsOf(m_file));
        appendField(batch.bytes, static_cast<qint32>(m_record.line));
        appendNull(batch.bytes);
        for (size_t i = 0; i < m_file.columns.size() && m_problem.isEmpty(); ++i) {
            if (!appendCell(batch.bytes, i))
                m_problem = problemOf(i);
        }
        if (m_problem.isEmpty() && (!hasShelf(m_file) || appendShelf(batch.bytes)))
            return;
    }
    batch.bytes.resize(begin);
    batch.bytes += refusedRow(m_file, m_record.line, m_problem);
}

void BulkReader::fill(BulkBatch &batch, size_t most)
{
    batch.clear();
    while (batch.rows.size() < most && batch.bytes.size() < enoughBytes) {
        if (!m_records.next(m_record)) {
            batch.isAtEnd = true;
            break;
        }
        if (m_filter.accepts) {
            const auto id = filterId();
            if (id ? !m_filter.accepts(*id) : !m_filter.takesStrays)
                continue;
        }
        appendRow(batch);
    }
    batch.lastLine = m_records.line();
    batch.position = m_records.position();
}

bool BulkReader::next(Values &values)
{
    if (!m_records.next(m_record))
        return false;
    values.line = m_record.line;
    values.cells.clear();
    values.problem.clear();
    if (m_record.problem) {
        values.problem = tr(m_record.problem);
        return true;
    }
    if (m_record.cells.size() != m_width) {
        values.problem = tr("The line has %1 cells, the first line of the file has %2.")
                             .arg(m_record.cells.size())
                             .arg(m_width);
        return true;
    }
    QByteArray unused;
    for (size_t i = 0; i < m_file.columns.size(); ++i) {
        if (!appendCell(unused, i)) {
            values.problem = problemOf(i);
            return true;
        }
        values.cells.push_back(cell(i));
    }
    return true;
}

} // namespace Branchline::Internal
