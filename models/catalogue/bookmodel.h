// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/copies.h"
#include "models/pagedmodel.h"

#include <QHash>

namespace Branchline {

/// The titles of the catalogue, any number of them: title, author and so on from main, and Status and Copies
/// counted over all shards for the rows on screen, which arrive a moment later.
class BookModel final : public PagedModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BookModel)

public:
    enum Column { Title, Author, Year, Language, State, Copies, Isbn, Publisher, Categories, ColumnCount };

    explicit BookModel(QObject *parent = nullptr);

    /// The words that are underlined.
    void setMatch(const QString &words) { m_match = words; }
    /// The counts of all shards for these books. A book on a shard that did not answer is marked as not
    /// known.
    void setCounts(const QList<QUuid> &books, const Combined<std::vector<CopyCount>> &counts);
    /// The books in a range of rows, as far as they are in memory.
    [[nodiscard]] QList<QUuid> bookIds(int first, int last) const;

    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

protected:
    QVariant rowData(const RowSet &page, int row, int column, int role) const override;

private:
    struct Availability
    {
        int copies = 0;
        int available = 0;
        bool isComplete = false;
        bool operator==(const Availability &) const = default;
    };

    [[nodiscard]] QVariant text(const RowSet &page, int row, int column) const;
    [[nodiscard]] QString copiesText(const Availability &counts) const;

    QString m_match;
    QHash<QUuid, Availability> m_counts; ///< of books that were on screen
};

/// A year as people write it: “1983”, “19 BC” for -19.
[[nodiscard]] QString yearText(int year);

/// An ISO 639 code as a word in the user's language; the code itself when it is not known.
[[nodiscard]] QString languageName(const QString &code);

} // namespace Branchline
