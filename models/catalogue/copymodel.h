// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/copies.h"

#include <QAbstractTableModel>
#include <QHash>

namespace Branchline {

/// The copies of one book, one row for each branch, status and place: Branch, Status, Place, Count. Branches
/// on shards that did not answer are listed as not known, never left out, with the time at which they were
/// last seen and how many copies they had then.
class CopyModel final : public QAbstractTableModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CopyModel)

public:
    enum Column { Branch, State, Place, Count, ColumnCount };

    explicit CopyModel(QObject *parent = nullptr);

    /// The answers about the book. `lastAnswers` says, by shard, when it last answered anything (UTC), for
    /// those that have never told about this book.
    void setCopies(const Combined<std::vector<Copy>> &copies, const Directory &directory,
                   const QHash<QString, QDateTime> &lastAnswers = {});
    /// Forgets the book, and what was seen of it.
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
        int count = 0; ///< -1: not known
    };
    /// What a shard last told about this book.
    struct Seen
    {
        QDateTime at;             ///< UTC
        QHash<QUuid, int> copies; ///< by branch
    };

    [[nodiscard]] Row rowFor(const Copy &copy, const Directory &directory) const;
    [[nodiscard]] Row unknownRow(const BranchEntry &branch, const QDateTime &lastAnswer) const;

    std::vector<Row> m_rows;
    QHash<QString, Seen> m_seen; ///< by shard
    QString m_summary;
};

/// "Floor 2, Room 3, Bookshelf 17"; empty when nothing is known.
[[nodiscard]] QString placeText(const ShelfPlace &place);
/// The same for narrow columns: "Floor 2, Room 3, shelf 17".
[[nodiscard]] QString shortPlaceText(const ShelfPlace &place);

/// A copy's status as a word.
[[nodiscard]] QString statusText(const QString &status);

} // namespace Branchline
