// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/books.h"
#include "models/catalogue/copymodel.h"

#include <QObject>

#include <optional>

namespace Branchline {

/// One book and its copies, read again until they are there, and counted again on request. Answers that come
/// after another book was selected are dropped.
class SelectedBook final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SelectedBook)

public:
    explicit SelectedBook(Cluster &cluster, QObject *parent = nullptr);

    [[nodiscard]] const QUuid &id() const { return m_id; }
    /// Nothing before it has been read.
    [[nodiscard]] const std::optional<BookEntry> &entry() const { return m_entry; }
    [[nodiscard]] CopyModel *copies() { return &m_copies; }
    /// Local time when the copies were counted.
    [[nodiscard]] const QDateTime &copiesAsOf() const { return m_copiesAsOf; }
    [[nodiscard]] bool copiesAreComplete() const { return m_copiesComplete; }

    /// A null id selects none.
    void select(const QUuid &book);
    /// Reads the copies again, and the book if it could not be read before.
    void refresh();
    /// Reads the book again, too: it was edited perhaps.
    void reload();
    /// Notes which shards have answered another question just now: when their copies were last seen.
    template <typename Value>
    void noteAnswers(const Combined<Value> &answers)
    {
        for (const auto &answer : answers.shards) {
            if (answer.result.isOk())
                m_lastAnswers.insert(answer.shard, answers.asOf);
        }
    }

Q_SIGNALS:
    void changed();

private:
    void readEntry();
    void readCopies();

    Cluster &m_cluster;
    QUuid m_id;
    std::optional<BookEntry> m_entry;
    CopyModel m_copies;
    QHash<QString, QDateTime> m_lastAnswers; ///< by shard, UTC
    QDateTime m_copiesAsOf;
    bool m_copiesComplete = false;
    bool m_copiesPending = false;
    bool m_copiesAgain = false; ///< wished for while an answer is awaited
    bool m_entryPending = false;
    bool m_entryAgain = false;
    bool m_isUnknown = false; ///< there is no such book: asking again is no use
};

} // namespace Branchline
