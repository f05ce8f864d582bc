// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/catalogue/cataloguesession.h"

#include "models/watch.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr auto countDelay = 30ms;  ///< while rows are scrolled past
constexpr auto facetDelay = 250ms; ///< counts wait until nobody types
constexpr int shelfSample = 2000;  ///< titles looked at to count those on the shelf

} // namespace

CatalogueSession::CatalogueSession(Cluster &cluster, ChangeFeed &feed, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_selected(cluster)
    , m_watch(feed)
    , m_reload([this] { m_books.reload(); })
{
    connect(&m_books, &PagedModel::stateChanged, this, &CatalogueSession::modelChanged);
    connect(&m_books, &QAbstractItemModel::modelAboutToBeReset, this, [this] {
        m_books.setMatch(m_question.words);
        m_shownWords = m_question.words;
        m_shownGeneration = m_generation;
    });
    connect(&m_books, &PagedModel::rowsLoaded, this, [this](int first, int last) {
        if (first <= m_lastVisible && last >= m_firstVisible && !m_countDelay.isActive())
            m_countDelay.start();
    });
    connect(&m_selected, &SelectedBook::changed, this, &CatalogueSession::detailChanged);
    m_countDelay.setSingleShot(true);
    m_countDelay.setInterval(countDelay);
    connect(&m_countDelay, &QTimer::timeout, this, &CatalogueSession::countVisible);
    m_facetDelay.setSingleShot(true);
    m_facetDelay.setInterval(facetDelay);
    connect(&m_facetDelay, &QTimer::timeout, this, &CatalogueSession::readFacets);
    m_watch.setAbout([this] { return booksOnScreen(); });
    connect(&m_watch, &ChangeWatch::heard, this, &CatalogueSession::heard);
    connect(&m_watch, &ChangeWatch::silent, this, [this](const QString &shard) {
        if (shard.isEmpty() || m_shardsMissing.contains(shard))
            return; // main's list tries again by itself
        m_selected.refresh();
        countVisible();
    });
    m_retry.setSingleShot(true);
    m_retry.setInterval(3s);
    connect(&m_retry, &QTimer::timeout, this, &CatalogueSession::repeatSearch);
}

CatalogueSession::State CatalogueSession::state() const
{
    switch (m_books.state()) {
    case PagedModel::State::Failed:
        return State::Failed;
    case PagedModel::State::Stale:
        return State::Stale;
    case PagedModel::State::Ready:
        return m_books.rowCount() > 0 ? State::Ready : State::NoMatch;
    case PagedModel::State::Loading:
        // Asking once more after a failure changes nothing that is on screen.
        if (m_books.error())
            return m_books.rowCount() > 0 ? State::Stale : State::Failed;
        break;
    case PagedModel::State::Empty:
        break;
    }
    return State::Loading;
}

int CatalogueSession::filterCount() const
{
    const BookFilter &filter = m_question.filter;
    return static_cast<int>(filter.languages.size() + filter.categories.size() + filter.decades.size()) +
           (m_onShelf == OnShelf::Any ? 0 : 1);
}

void CatalogueSession::search(const QString &words)
{
    m_question.words = words.trimmed();
    ask();
}

void CatalogueSession::setOrder(BookOrder order)
{
    if (std::exchange(m_question.order, order) != order)
        ask();
}

void CatalogueSession::narrow(FacetGroup::Kind kind, const QString &value, bool on)
{
    if (kind == FacetGroup::Kind::Shelf)
        m_onShelf = !on ? OnShelf::Any : value == "here"_L1 ? OnShelf::Here : OnShelf::Anywhere;
    else
        toggle(m_question.filter, kind, value, on);
    ask();
}

void CatalogueSession::removeFilters()
{
    m_question.filter = {};
    m_onShelf = OnShelf::Any;
    ask();
}

void CatalogueSession::setBranch(const BranchEntry &branch)
{
    m_branch = branch.id;
    m_branchName = branch.name;
    m_here = -1;
    if (m_books.state() == PagedModel::State::Empty)
        return;
    if (m_onShelf == OnShelf::Here)
        ask();
    else
        m_facetDelay.start();
}

void CatalogueSession::ask()
{
    m_retry.stop();
    m_facetCall.cancel();
    m_shelfCall.cancel();
    ++m_generation;
    m_suggestion.reset();
    m_suggestionAsked = false;
    m_here = -1;
    m_anywhere = -1;
    m_firstVisible = 0; // a list begins at its beginning
    m_lastVisible = 40;
    if (m_onShelf == OnShelf::Any) {
        m_available.reset();
        m_books.setSource(
            [&cluster = m_cluster, question = m_question](const QVariantList &after, int rows) {
                return readBookPage(cluster, question, after, rows);
            },
            [&cluster = m_cluster, question = m_question](int rows) {
                return readBookPageEnds(cluster, question, rows);
            });
    } else {
        m_available = std::make_shared<AvailableList>(m_cluster, m_question, m_onShelf, m_branch, this);
        m_books.setSource(m_available->fetch(), m_available->skeleton());
    }
    showFacets();
    m_facetDelay.start();
}

void CatalogueSession::repeatSearch()
{
    m_retry.stop();
    if (m_books.state() == PagedModel::State::Empty)
        return ask();
    m_books.reload();
    m_selected.reload();
    m_facetDelay.start();
}

void CatalogueSession::modelChanged()
{
    if (m_books.error() && m_books.state() != PagedModel::State::Loading)
        m_retry.start(); // the list recovers by itself
    if (state() == State::NoMatch) {
        countVisible(); // of nothing: which shards answer
        findSuggestion();
    }
    Q_EMIT stateChanged();
}

void CatalogueSession::findSuggestion()
{
    if (m_question.words.isEmpty() || std::exchange(m_suggestionAsked, true))
        return;
    watch(suggestSearch(m_cluster, m_question.words), this,
          [this, generation = m_generation](const Result<std::vector<Suggestion>> &found) {
              if (generation != m_generation || !found || found->empty())
                  return;
              m_suggestion = found->front();
              Q_EMIT stateChanged();
          });
}

void CatalogueSession::setVisibleRows(int first, int last)
{
    if (first == m_firstVisible && last == m_lastVisible)
        return;
    m_firstVisible = first;
    m_lastVisible = last;
    if (!m_countDelay.isActive())
        m_countDelay.start();
}

void CatalogueSession::countVisible()
{
    if (std::exchange(m_countPending, true)) {
        m_countAgain = true;
        return;
    }
    const QList<QUuid> books = m_books.bookIds(m_firstVisible, m_lastVisible);
    watch(countCopies(m_cluster, books), this, [this, books](const Combined<std::vector<CopyCount>> &counts) {
        m_countPending = false;
        m_books.setCounts(books, counts);
        m_selected.noteAnswers(counts);
        const bool isNew = m_shardsTotal != counts.total() || m_shardsMissing != counts.missing();
        const QStringList missing = counts.missing();
        // Whoever notices first that a shard is silent says so of the open book too.
        if (std::any_of(missing.begin(), missing.end(),
                        [this](const QString &shard) { return !m_shardsMissing.contains(shard); }))
            m_selected.refresh();
        m_shardsTotal = counts.total();
        m_shardsMissing = missing;
        if (isNew) {
            showFacets(); // marks the counts of copies as those of a part
            Q_EMIT stateChanged();
        }
        if (std::exchange(m_countAgain, false))
            m_countDelay.start();
    });
}

void CatalogueSession::readFacets()
{
    m_facetCall = readBookFacets(m_cluster, m_question);
    watch(m_facetCall, this,
          [this, generation = m_generation](const Result<std::vector<FacetValue>> &values) {
              if (generation != m_generation || !values)
                  return;
              m_values = *values;
              m_here = -1;
              m_anywhere = -1;
              showFacets();
              countOnShelf();
          });
}

void CatalogueSession::countOnShelf()
{
    m_shelfCall = readBookPage(m_cluster, m_question, {}, shelfSample);
    watch(m_shelfCall, this, [this, generation = m_generation](const Result<Rows> &titles) {
        if (generation != m_generation || !titles)
            return;
        QList<QUuid> books;
        for (int row = 0; row < (*titles)->rowCount(); ++row)
            books << (*titles)->row(row).uuid("id");
        watch(availableBooks(m_cluster, books, m_branch), this,
              [this, generation, count = books.size()](const Combined<AvailableBooks> &available) {
                  if (generation != m_generation)
                      return;
                  AvailableBooks all;
                  for (const auto &answer : available.shards) {
                      if (!answer.result.isOk())
                          continue;
                      all.here.unite(answer.result->here);
                      all.anywhere.unite(answer.result->anywhere);
                  }
                  m_here = static_cast<int>(all.here.size());
                  m_anywhere = static_cast<int>(all.anywhere.size());
                  m_shelfIsMore = count >= shelfSample || !available.isComplete();
                  showFacets();
              });
    });
}

void CatalogueSession::showFacets()
{
    m_facets = facetGroups(m_values, m_question.filter, m_categoryNames);
    const bool isPart = m_shelfIsMore || !m_shardsMissing.isEmpty();
    FacetGroup shelf{FacetGroup::Kind::Shelf, tr("Available now"), {}};
    if (!m_branch.isNull())
        shelf.options.push_back(
            {u"here"_s, tr("At %1").arg(m_branchName), m_here, isPart, m_onShelf == OnShelf::Here});
    shelf.options.push_back(
        {u"anywhere"_s, tr("At any branch"), m_anywhere, isPart, m_onShelf == OnShelf::Anywhere});
    m_facets.insert(m_facets.begin(), shelf);
    Q_EMIT facetsChanged();
}

void CatalogueSession::setOnScreen(bool onScreen)
{
    if (onScreen == m_watch.isOn())
        return;
    m_watch.setInterest({.main = onScreen, .allShards = onScreen});
    if (!onScreen)
        return m_reload.stop();
    m_selected.refresh();
    countVisible();
}

QSet<QUuid> CatalogueSession::booksOnScreen() const
{
    const QList<QUuid> rows = m_books.bookIds(m_firstVisible, m_lastVisible);
    QSet<QUuid> books(rows.begin(), rows.end());
    if (hasSelection())
        books.insert(m_selected.id());
    return books;
}

void CatalogueSession::heard(const QString &shard, const Changes &changes)
{
    if (shard.isEmpty())
        return heardFromMain(changes);
    const bool isBack = m_shardsMissing.contains(shard);
    if (isBack || changes.concerns(ChangeKind::Copies, booksOnScreen()))
        countVisible();
    if (isBack || (hasSelection() && changes.concerns(ChangeKind::Copies, {m_selected.id()})))
        m_selected.refresh();
}

void CatalogueSession::heardFromMain(const Changes &changes)
{
    const bool isFirst = m_books.state() == PagedModel::State::Empty;
    if (!isFirst && changes.concerns(ChangeKind::Books, booksOnScreen()))
        m_books.reload();
    else if (!isFirst && changes.has(ChangeKind::Books))
        m_reload.wish();
    if (hasSelection() && (!detail() || changes.concerns(ChangeKind::Books, {m_selected.id()})))
        m_selected.reload();
}

} // namespace Branchline
