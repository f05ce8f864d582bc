// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/catalogue/availablelist.h"
#include "models/catalogue/bookmodel.h"
#include "models/catalogue/facets.h"
#include "models/catalogue/selectedbook.h"
#include "models/live/calm.h"
#include "models/live/changefeed.h"

#include <QTimer>

#include <optional>

namespace Branchline {

/// The catalogue page's state: what is asked for, the titles found, what they can be narrowed to, and the
/// book selected with its copies. Of several questions under way only the newest counts.
class CatalogueSession final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CatalogueSession)

public:
    enum class State {
        Loading, ///< the first rows are on their way; rows of before stay
        Ready,
        NoMatch,
        Failed, ///< nothing to show
        Stale   ///< rows of an earlier answer are shown
    };

    CatalogueSession(Cluster &cluster, ChangeFeed &feed, QObject *parent = nullptr);

    [[nodiscard]] BookModel *books() { return &m_books; }
    [[nodiscard]] CopyModel *copies() { return m_selected.copies(); }
    [[nodiscard]] State state() const;
    [[nodiscard]] const QString &words() const { return m_question.words; }
    /// The rows shown are the answer to another question than the newest; shownWords() are its words.
    [[nodiscard]] bool showsOther() const { return m_shownGeneration != m_generation; }
    [[nodiscard]] const QString &shownWords() const { return m_shownWords; }
    [[nodiscard]] const BookQuestion &question() const { return m_question; }
    [[nodiscard]] OnShelf onShelf() const { return m_onShelf; }
    /// How many values the list is narrowed to.
    [[nodiscard]] int filterCount() const;
    /// Titles on the shelf were looked for among the first availableLimit only.
    [[nodiscard]] bool isCut() const { return m_available && m_available->isCut(); }
    /// Local time of the last answer; invalid before the first.
    [[nodiscard]] const QDateTime &asOf() const { return m_books.asOf(); }
    [[nodiscard]] const std::optional<DbError> &error() const { return m_books.error(); }
    /// The shards of the last count, for "All 3 shards … were asked".
    [[nodiscard]] int shardsTotal() const { return m_shardsTotal; }
    [[nodiscard]] const QStringList &shardsMissing() const { return m_shardsMissing; }
    /// What somebody may have meant whose words found nothing.
    [[nodiscard]] const std::optional<Suggestion> &suggestion() const { return m_suggestion; }
    /// What the list can be narrowed to.
    [[nodiscard]] const std::vector<FacetGroup> &facets() const { return m_facets; }
    /// Their counts are those of the list shown.
    [[nodiscard]] bool facetsAreCounted() const { return m_here >= 0; }

    [[nodiscard]] bool hasSelection() const { return !m_selected.id().isNull(); }
    /// The selected book; nothing before it has been read, which is tried until it succeeds.
    [[nodiscard]] const std::optional<BookEntry> &detail() const { return m_selected.entry(); }
    /// Local time when the copies of the selected book were counted.
    [[nodiscard]] const QDateTime &copiesAsOf() const { return m_selected.copiesAsOf(); }
    [[nodiscard]] bool copiesAreComplete() const { return m_selected.copiesAreComplete(); }

    void search(const QString &words);
    void repeatSearch();
    void setOrder(BookOrder order);
    /// Chooses a value to narrow the list to, or no longer.
    void narrow(FacetGroup::Kind kind, const QString &value, bool on);
    void removeFilters();
    /// The desk's branch, for "on the shelf here".
    void setBranch(const BranchEntry &branch);
    /// Selects a book; a null id selects none.
    void select(const QUuid &book) { m_selected.select(book); }
    /// Copies are counted for the rows on screen only.
    void setVisibleRows(int first, int last);
    /// While the page is on screen, titles and copies are read again when they change.
    void setOnScreen(bool onScreen);

Q_SIGNALS:
    void stateChanged();
    void facetsChanged();
    void detailChanged();

private:
    void ask();
    void modelChanged();
    void findSuggestion();
    void countVisible();
    void readFacets();
    void countOnShelf();
    void showFacets();
    void heard(const QString &shard, const Changes &changes);
    void heardFromMain(const Changes &changes);
    [[nodiscard]] QSet<QUuid> booksOnScreen() const;

    Cluster &m_cluster;
    BookModel m_books;
    SelectedBook m_selected;
    std::shared_ptr<AvailableList> m_available; ///< only while narrowed to what is on the shelf

    BookQuestion m_question;
    OnShelf m_onShelf = OnShelf::Any;
    QUuid m_branch;
    QString m_branchName;
    QString m_shownWords;
    quint64 m_shownGeneration = 0;
    quint64 m_generation = 0; ///< of the newest question; answers to older ones are dropped
    std::optional<Suggestion> m_suggestion;
    bool m_suggestionAsked = false;

    std::vector<FacetValue> m_values;
    std::vector<FacetGroup> m_facets;
    QHash<QString, QString> m_categoryNames;
    int m_here = -1;     ///< titles on the shelf here, -1: not counted
    int m_anywhere = -1; ///< at any branch
    bool m_shelfIsMore = false;
    QTimer m_facetDelay;
    QFuture<Result<std::vector<FacetValue>>> m_facetCall;
    QFuture<Result<Rows>> m_shelfCall;

    int m_firstVisible = 0;
    int m_lastVisible = 40;
    bool m_countPending = false;
    bool m_countAgain = false;
    int m_shardsTotal = 0;
    QStringList m_shardsMissing;
    QTimer m_countDelay;
    ChangeWatch m_watch;
    Calm m_reload;  ///< titles changed, perhaps of this list
    QTimer m_retry; ///< runs while main does not answer
};

} // namespace Branchline
