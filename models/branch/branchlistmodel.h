// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/branch/branchlists.h"
#include "models/pagedmodel.h"

#include <QSet>

namespace Branchline {

/// One list of a branch: its copies, its loans, or what happened today. Columns tell by their headings what
/// they can be sorted by and which are only shown on demand. Lists of loans begin with a box to tick; what is
/// ticked stays so by its id, also when it is scrolled away, until it leaves the list. GUI thread only.
class BranchListModel final : public PagedModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BranchListModel)

public:
    enum class Column {
        Mark,
        Days,
        Patron,
        Phone,
        Card,
        UserType,
        Title,
        Author,
        Barcode,
        Material,
        Lent,
        Due,
        State,
        Renewals,
        Place,
        Since,
        Time,
        Event,
        Desk
    };
    /// A ticked loan.
    struct Marked
    {
        QString barcode;
        QString title;
        QString patron;
    };

    BranchListModel(Cluster &cluster, BranchList list, QObject *parent = nullptr);

    [[nodiscard]] BranchList list() const { return m_list; }
    /// Shows the list of another branch, without a filter. Nothing is read before refresh().
    void setBranch(const BranchEntry &branch);
    void setFilter(const BranchFilter &filter);
    [[nodiscard]] const BranchFilter &filter() const { return m_filter; }
    void setOrder(const BranchOrder &order);
    [[nodiscard]] const BranchOrder &order() const { return m_order; }
    /// Sorts by a column: by the SortKey of its heading.
    void sortBy(const QString &key, bool descending);
    /// Reads the list for the first time, or again.
    void refresh();

    /// The ticked rows by id.
    [[nodiscard]] const QHash<QString, Marked> &marked() const { return m_marked; }
    void clearMarks();
    /// Ticks every row in memory, or none.
    void markAll(bool marked);

    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    /// A tick of the heading is one for all rows.
    bool setHeaderData(int section, Qt::Orientation orientation, const QVariant &value, int role) override;
    bool setData(const QModelIndex &index, const QVariant &value, int role) override;
    Qt::ItemFlags flags(const QModelIndex &index) const override;

Q_SIGNALS:
    void marksChanged();

protected:
    [[nodiscard]] QVariant rowData(const RowSet &page, int row, int column, int role) const override;

private:
    [[nodiscard]] Column columnAt(int section) const { return m_columns.at(section); }
    [[nodiscard]] QString text(const RowSet::Row &row, Column column) const;
    [[nodiscard]] QString eventText(const QString &kind) const;
    [[nodiscard]] int kindOf(const RowSet::Row &row, Column column) const;
    [[nodiscard]] QString phone(const RowSet::Row &row) const;
    void showRows();
    void readPhones(int first, int last);
    void mark(int row, bool marked);

    Cluster &m_cluster;
    const BranchList m_list;
    const QList<Column> m_columns;
    BranchEntry m_branch;
    BranchFilter m_filter;
    BranchOrder m_order;
    bool m_isShown = false;
    QHash<QString, Marked> m_marked;
    QHash<QUuid, QString> m_phones; ///< empty: has none
};

} // namespace Branchline
