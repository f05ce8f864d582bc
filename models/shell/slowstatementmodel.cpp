// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/shell/slowstatementmodel.h"

#include "models/roles.h"
#include "models/texts.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// A shard may itself be called main.
QString databaseWords(const QString &name)
{
    if (name == "main"_L1)
        return SlowStatementModel::tr("main database");
    return name.endsWith("_shard"_L1) ? SlowStatementModel::tr("shard %1").arg(name.chopped(6)) : name;
}

/// How a statement ended, in words; the log has DbError's stable ones.
QString endingOf(const QString &ended)
{
    if (ended == "ok"_L1)
        return SlowStatementModel::tr("answered");
    if (ended == "connection_lost"_L1)
        return SlowStatementModel::tr("connection lost");
    if (ended == "timeout"_L1)
        return SlowStatementModel::tr("not in time");
    if (ended == "canceled"_L1)
        return SlowStatementModel::tr("given up");
    if (ended == "busy"_L1)
        return SlowStatementModel::tr("others were in its way");
    return SlowStatementModel::tr("failed");
}

} // namespace

SlowStatementModel::SlowStatementModel(QObject *parent)
    : QAbstractTableModel(parent)
{}

void SlowStatementModel::refresh(const StatementLog &log)
{
    quint64 count = log.slowCount();
    if (count == m_count)
        return;
    std::vector<SlowStatement> newestFirst = log.slow();
    // One that came between the two questions would be taken for an older one.
    while (log.slowCount() != count) {
        count = log.slowCount();
        newestFirst = log.slow();
    }
    update(std::move(newestFirst), count);
}

void SlowStatementModel::update(std::vector<SlowStatement> newestFirst, quint64 count)
{
    const int added = static_cast<int>(std::min<quint64>(count - m_count, newestFirst.size()));
    const int total = static_cast<int>(newestFirst.size());
    const int kept = total - added;
    m_count = count;
    if (const int old = static_cast<int>(m_rows.size()); old > kept) {
        beginRemoveRows({}, kept, old - 1);
        m_rows.resize(static_cast<size_t>(kept));
        endRemoveRows();
    }
    if (added == 0)
        return;
    beginInsertRows({}, 0, added - 1);
    m_rows = std::move(newestFirst);
    endInsertRows();
}

QString SlowStatementModel::text() const
{
    QString text;
    for (const SlowStatement &row : m_rows) {
        text +=
            u"%1  %2  %3  %4  %5 ms  %6\n"_s
                .arg(row.at.toUTC().toString(Qt::ISODateWithMs), row.database, row.operation, row.statement)
                .arg(row.taken.count())
                .arg(row.ended);
    }
    return text;
}

int SlowStatementModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int SlowStatementModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QString SlowStatementModel::wordsOf(const SlowStatement &row, int column)
{
    switch (column) {
    case Time: {
        const QDateTime local = row.at.toLocalTime();
        const bool isToday = local.date() == QDate::currentDate();
        return isToday ? clockText(local)
                       : shortDay(local.date()) + u' ' + QLocale().toString(local.time(), u"HH:mm"_s);
    }
    case DatabaseName:
        return databaseWords(row.database);
    case Operation:
        return row.operation;
    case StatementName:
        return row.statement;
    case Milliseconds:
        return QLocale().toString(static_cast<qlonglong>(row.taken.count()));
    default:
        return endingOf(row.ended);
    }
}

QVariant SlowStatementModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount())
        return {};
    const SlowStatement &row = m_rows[static_cast<size_t>(index.row())];
    if (role == Qt::DisplayRole || role == Qt::AccessibleTextRole) {
        const QString words = wordsOf(row, index.column());
        return role == Qt::AccessibleTextRole && index.column() == Milliseconds
                   ? tr("%1 milliseconds").arg(words)
                   : words;
    }
    if (role == Roles::IsNumber)
        return index.column() == Milliseconds;
    return {};
}

QVariant SlowStatementModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal)
        return {};
    const QString headings[] = {tr("Time"),      tr("Database"), tr("Operation"),
                                tr("Statement"), tr("ms"),       tr("Ended")};
    const QString samples[] = {u"00 Nov 00:00"_s,
                               tr("shard %1").arg(u"secondary"_s),
                               u"read a list of the branch"_s,
                               u"statement_of_a_name"_s,
                               u"10,000"_s,
                               tr("others were in its way")};
    if (section < 0 || section >= ColumnCount)
        return {};
    switch (role) {
    case Qt::DisplayRole:
        return headings[section];
    case Qt::TextAlignmentRole:
        return QVariant(Qt::AlignVCenter | (section == Milliseconds ? Qt::AlignRight : Qt::AlignLeft));
    case Roles::SampleText:
        return samples[section];
    case Roles::IsStretched:
        return section == StatementName;
    default:
        return {};
    }
}

} // namespace Branchline
