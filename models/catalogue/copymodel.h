// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/copies.h"

#include <QAbstractTableModel>

namespace Branchline {

/// The copies of one book, one row for each branch, status and place: Branch, Status, Place, Count. Branches
/// on shards that did not answer are listed as not known, never left out.
class CopyModel final : public QAbstractTableModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CopyModel)

public:
    enum Column { Branch, State, Place, Count, ColumnCount };

    explicit CopyModel(QObject *parent = nullptr);

    void setCopies(const Combined<std::vector<Copy>> &copies, const Directory &directory);
    void clear();
    /// "6 of 11 available", or what is not known.
    [[nodiscard]] QString summary() const { return m_summary; }

    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row
    {
        QString branch;
        QString state;
        int kind = 0;
        QString place;
        int count = 0; ///< 0: not known
    };

    [[nodiscard]] Row rowFor(const Copy &copy, const Directory &directory) const;

    std::vector<Row> m_rows;
    QString m_summary;
};

/// "Floor 2, Room 3, Bookshelf 17"; empty when nothing is known.
[[nodiscard]] QString placeText(const ShelfPlace &place);
/// The same for narrow columns: "Floor 2, Room 3, shelf 17".
[[nodiscard]] QString shortPlaceText(const ShelfPlace &place);

/// A copy's status as a word.
[[nodiscard]] QString statusText(const QString &status);

} // namespace Branchline
