// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/resume.h"

namespace Branchline::Internal {

/// A table that main publishes, with the statements that bring its rows across to a shard. All functions
/// block and throw DbException.
class ReferenceTable final
{
public:
    ReferenceTable(Session &main, const QString &name);

    [[nodiscard]] const QString &name() const { return m_name; }
    /// Quoted where that is needed. The columns are those of main; a shard has at least these.
    [[nodiscard]] const QStringList &columns() const { return m_columns; }
    [[nodiscard]] const QStringList &keys() const { return m_keys; }
    /// Whether the key is the column id; else it may come again for another row.
    [[nodiscard]] bool isKeyedById() const { return m_isKeyedById; }
    /// The temporary table on the shard that fetch() fills.
    [[nodiscard]] QString staging() const { return QStringLiteral("branchline_resume_") + m_name; }

    /// Brings rows of main, those for which `condition` holds, into a temporary table of the shard's
    /// transaction; returns how many.
    qint64 fetch(Session &main, Session &shard, const QString &condition = {}) const;
    /// Writes those that differ into the shard's table, and notes how many were changed and inserted. Rows
    /// that a foreign key of a loan refers to are never locked against it. Who was purged stays so: main may
    /// come from a backup of before. `written`: the first part of the key of each row that was written.
    void write(Session &shard, ResumedTable &result, QStringList *written = nullptr) const;
    /// What a row t looks like of somebody who was purged, as a condition; empty for tables without persons.
    [[nodiscard]] QString purgedMark(const QString &alias) const;
    /// After a fetch() of all rows: removes what main does not have where that is harmless, and records it
    /// with the values; else counts it.
    void handleSurplus(Session &shard, ResumedTable &result) const;

private:
    [[nodiscard]] qint64 count(Session &shard, QLatin1StringView what, const QString &sql,
                               const QString &before = {}) const;
    [[nodiscard]] qint64 writeBy(Session &shard, QLatin1StringView what, const QString &sql,
                                 QStringList *written) const;
    [[nodiscard]] QStringList examples(Session &shard, const QString &surplus) const;

    QString m_name;
    QStringList m_columns;
    QStringList m_keys;
    bool m_isKeyedById = true;
};

} // namespace Branchline::Internal
