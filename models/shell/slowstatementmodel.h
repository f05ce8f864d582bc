// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/statementlog.h"

#include <QAbstractTableModel>

#include <vector>

namespace Branchline {

/// The last statements of this program that took long, newest first. GUI thread only; it never waits.
class SlowStatementModel final : public QAbstractTableModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SlowStatementModel)

public:
    enum Column { Time, DatabaseName, Operation, StatementName, Milliseconds, Ended, ColumnCount };

    explicit SlowStatementModel(QObject *parent = nullptr);

    /// Takes over what the log has new. Rows that stay keep their place under a selection.
    void refresh(const StatementLog &log);
    /// Puts `newestFirst` in front, `count` being the number of slow statements ever.
    void update(std::vector<SlowStatement> newestFirst, quint64 count);
    /// The statements as text for a report, times in UTC, one line for each; empty when there are none.
    [[nodiscard]] QString text() const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] static QString wordsOf(const SlowStatement &row, int column);

    std::vector<SlowStatement> m_rows;
    quint64 m_count = 0;
};

} // namespace Branchline
