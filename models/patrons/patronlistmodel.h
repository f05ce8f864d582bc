// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"
#include "models/pagedmodel.h"

namespace Branchline {

/// Patrons by name: all, or those that a search finds. GUI thread only.
class PatronListModel final : public PagedModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PatronListModel)

public:
    enum Column { Name, Card, Type, Home, Valid, State, ColumnCount };

    explicit PatronListModel(Cluster &cluster, QObject *parent = nullptr);

    /// Shows who is found by these words (see patronPage()); of several searches the newest counts.
    void search(const QString &words);
    [[nodiscard]] const QString &words() const { return m_words; }

    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

protected:
    [[nodiscard]] QVariant rowData(const RowSet &page, int row, int column, int role) const override;

private:
    [[nodiscard]] QString text(const RowSet::Row &row, int column) const;

    Cluster &m_cluster;
    QString m_words;
};

/// "2041 7718 4410": a number as it is printed on cards. Others stay as they are.
[[nodiscard]] QString spacedCard(const QString &card);

/// What keeps a patron from borrowing, as one short sentence; empty when nothing does. Kind is one of
/// Roles::Kind. blockedUntil is invalid when the block has no end.
struct PatronState
{
    QString text;
    int kind = 0;
};
[[nodiscard]] PatronState patronState(bool active, const QDate &expiresOn, bool isBlocked,
                                      const QDateTime &blockedUntil);

} // namespace Branchline
