// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/catalogue/bookmodel.h"
#include "models/catalogue/copymodel.h"

#include <QObject>
#include <QTimer>

#include <optional>

namespace Branchline {

/// The catalogue page's state: the words searched for, the books found, the book selected and its copies. Of
/// several searches under way only the newest counts.
class CatalogueSession final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CatalogueSession)

public:
    enum class State {
        Loading, ///< the first rows are on their way
        Ready,
        NoMatch,
        Failed, ///< nothing to show
        Stale   ///< rows of an earlier answer are shown
    };

    explicit CatalogueSession(Cluster &cluster, QObject *parent = nullptr);

    [[nodiscard]] BookModel *books() { return &m_books; }
    [[nodiscard]] CopyModel *copies() { return &m_copies; }
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const QString &words() const { return m_words; }
    /// More books match than are listed.
    [[nodiscard]] bool hasMore() const;
    /// Local time of the last answer; invalid before the first.
    [[nodiscard]] const QDateTime &asOf() const { return m_asOf; }
    [[nodiscard]] const std::optional<DbError> &error() const { return m_error; }
    /// The shards of the last count, for "All 3 shards … were asked".
    [[nodiscard]] int shardsTotal() const { return m_shardsTotal; }
    [[nodiscard]] const QStringList &shardsMissing() const { return m_shardsMissing; }
    [[nodiscard]] bool hasSelection() const { return !m_selected.isNull(); }
    /// The selected book; nothing before it has been read, which is tried until it succeeds.
    [[nodiscard]] const std::optional<BookEntry> &detail() const { return m_detail; }
    /// Local time when the copies of the selected book were counted.
    [[nodiscard]] const QDateTime &copiesAsOf() const { return m_copiesAsOf; }
    [[nodiscard]] bool copiesAreComplete() const { return m_copiesComplete; }

    void search(const QString &words);
    void repeatSearch() { search(m_words); }
    /// Selects a book; a null id selects none.
    void select(const QUuid &book);
    /// While the page is on screen, the copies of the selected book are counted again every two seconds.
    void setOnScreen(bool onScreen);

Q_SIGNALS:
    void stateChanged();
    void detailChanged();

private:
    void searched(const Result<Rows> &result);
    void countCopiesOfList();
    void readDetail();
    void readCopies();

    static constexpr int listLimit = 200;

    Cluster &m_cluster;
    BookModel m_books;
    CopyModel m_copies;
    QTimer m_refresh;
    QTimer m_retry; ///< runs while main does not answer
    State m_state = State::Loading;
    QString m_words;
    quint64 m_generation = 0; ///< of the newest search; answers to older ones are dropped
    QFuture<Result<Rows>> m_pending;
    QDateTime m_asOf;
    std::optional<DbError> m_error;
    int m_shardsTotal = 0;
    QStringList m_shardsMissing;
    QUuid m_selected;
    std::optional<BookEntry> m_detail;
    QDateTime m_copiesAsOf;
    bool m_copiesComplete = false;
    bool m_copiesPending = false;
    bool m_detailPending = false;
};

} // namespace Branchline
