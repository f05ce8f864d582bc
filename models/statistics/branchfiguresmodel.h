// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/statistics.h"

#include <QAbstractTableModel>

#include <optional>

namespace Branchline {

/// The branches with their figures, those on loan most first; then, always last, the branches of shards that
/// do not answer: they say "Not counted" and never 0. GUI thread only.
class BranchFiguresModel final : public QAbstractTableModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BranchFiguresModel)

public:
    enum Column { Branch, Shard, Copies, Available, Lent, Overdue, Utilisation, ColumnCount };

    struct Row
    {
        QUuid id;
        QString name;
        QString shard;
        std::optional<BranchFigures> figures; ///< nothing: never answered since the program started
        QDateTime seenAt;                     ///< local time at which they were right
        bool isCounted = true;                ///< the sums of the page contain them
        bool isSilent = false;                ///< the shard does not answer
    };

    explicit BranchFiguresModel(QObject *parent = nullptr)
        : QAbstractTableModel(parent)
    {}

    void setRows(std::vector<Row> rows);
    [[nodiscard]] const std::vector<Row> &branches() const { return m_rows; }
    /// Rows with figures that are counted; they stand first.
    [[nodiscard]] int countedRows() const;

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order) override;

private:
    [[nodiscard]] QVariant text(const Row &row, int column) const;
    [[nodiscard]] QString spoken(const Row &row) const;
    [[nodiscard]] QString notCountedText(const Row &row) const;
    [[nodiscard]] bool comesBefore(const Row &left, const Row &right) const;

    std::vector<Row> m_rows;
    int m_sortColumn = Lent;
    Qt::SortOrder m_sortOrder = Qt::DescendingOrder;
};

} // namespace Branchline
