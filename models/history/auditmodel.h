// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/history/historymodel.h"

namespace Branchline {

/// The entries of a history one row each, to choose from: when, what, of which record, who and from which
/// desk. It follows the model that has them. GUI thread only.
class AuditModel final : public QAbstractTableModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(AuditModel)

public:
    enum Column { When, What, Record, Who, Desk, Branch, ColumnCount };

    /// \a entries outlives this model.
    explicit AuditModel(const HistoryModel &entries, QObject *parent = nullptr);

    /// Null for a row that there is not.
    [[nodiscard]] const HistoryEntry *entry(int row) const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] static QString text(const HistoryEntry &entry, int column);

    const HistoryModel &m_entries;
    int m_count = 0;
};

} // namespace Branchline
