// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArrayView>
#include <QVariant>

#include <vector>

namespace Branchline {

/// The values of a statement in PostgreSQL's text form, as libpq takes them. Types are the server's business:
/// it knows them from the casts in the SQL.
class ParameterValues final
{
public:
    /// Takes booleans, whole and real numbers, texts, bytes, UUIDs, dates, times of day and moments (written
    /// in UTC with milliseconds). What is invalid or a null of its type (QString(), QUuid(), QDate()) is
    /// NULL; an empty text is not. Throws a DbException: Internal for a type that it does not know, such as a
    /// list (see arrayLiteral()), InvalidValue for a text with a zero character, which PostgreSQL cannot
    /// store.
    explicit ParameterValues(const QVariantList &values);

    [[nodiscard]] int count() const { return static_cast<int>(m_pointers.size()); }
    /// One pointer per value, null for NULL; valid as long as this object.
    [[nodiscard]] const char *const *data() const { return m_pointers.data(); }

private:
    std::vector<QByteArray> m_texts;
    std::vector<const char *> m_pointers;
};

/// A value that the server sent in text form, by the number of its type. Sessions speak ISO dates.
/// boolean → bool, smallint and integer → int, bigint → qlonglong, real, double precision and numeric →
/// double, date → QDate, time → QTime, timestamptz → QDateTime in UTC (timestamp: taken as local time), bytea
/// → QByteArray; everything else, uuid, json and arrays included, → QString. Moments are rounded to
/// milliseconds. Infinite dates and moments, which Qt cannot express, are invalid ones.
[[nodiscard]] QVariant decodeValue(unsigned int type, QByteArrayView text);

} // namespace Branchline
