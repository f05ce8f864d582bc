// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/copies.h"
#include "models/snapshotmodel.h"

#include <QHash>

namespace Branchline {

/// The books that a search found: Title, Author, Year, Language from main, and Status and Copies counted over
/// all shards, which arrive a moment later.
class BookModel final : public SnapshotModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BookModel)

public:
    enum Column { Title, Author, Year, Language, State, Copies, ColumnCount };

    explicit BookModel(QObject *parent = nullptr);

    /// Shows the books of searchBooks(); their counts are not known yet.
    void setBooks(const Rows &books);
    /// The counts of all shards for the books shown. A book on a shard that did not answer is marked as not
    /// known.
    void setCounts(const Combined<std::vector<CopyCount>> &counts);
    [[nodiscard]] QList<QUuid> bookIds() const;

    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Availability
    {
        int copies = 0;
        int available = 0;
    };

    [[nodiscard]] QVariant text(int row, int column) const;
    [[nodiscard]] QString stateText(const Availability &counts) const;
    [[nodiscard]] int stateKind(const Availability &counts) const;
    [[nodiscard]] Availability availability(int row) const;

    QHash<QUuid, Availability> m_counts;
    bool m_countsKnown = false;
    bool m_countsComplete = false;
};

/// An ISO 639 code as a word in the user's language; the code itself when it is not known.
[[nodiscard]] QString languageName(const QString &code);

} // namespace Branchline
