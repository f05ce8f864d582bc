// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/catalogue/cataloguesession.h"

#include "models/watch.h"

using namespace std::chrono_literals;

namespace Branchline {

CatalogueSession::CatalogueSession(Cluster &cluster, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
{
    m_refresh.setInterval(2s);
    connect(&m_refresh, &QTimer::timeout, this, [this] {
        if (!m_selected.isNull() && !m_detail && !m_detailPending)
            readDetail(); // main did not answer when it was selected
        readCopies();
    });
    m_retry.setSingleShot(true);
    m_retry.setInterval(3s);
    connect(&m_retry, &QTimer::timeout, this, &CatalogueSession::repeatSearch);
}

bool CatalogueSession::hasMore() const
{
    return m_books.rowCount() >= listLimit;
}

void CatalogueSession::search(const QString &words)
{
    m_words = words.trimmed();
    m_retry.stop();
    // An older search that has not begun yet never reaches the server.
    m_pending.cancel();
    if (m_books.rowCount() == 0) {
        m_state = State::Loading;
        Q_EMIT stateChanged();
    }
    const quint64 generation = ++m_generation;
    m_pending = searchBooks(m_cluster, m_words, listLimit);
    watch(m_pending, this, [this, generation](const Result<Rows> &result) {
        if (generation == m_generation)
            searched(result);
    });
}

void CatalogueSession::searched(const Result<Rows> &result)
{
    if (result.isOk()) {
        m_error.reset();
        m_asOf = QDateTime::currentDateTime();
        m_state = (*result)->rowCount() > 0 ? State::Ready : State::NoMatch;
        m_books.setBooks(*result);
        countCopiesOfList();
    } else {
        m_error = result.error();
        m_state = m_books.rowCount() > 0 ? State::Stale : State::Failed;
        m_retry.start(); // the list recovers by itself
    }
    Q_EMIT stateChanged();
}

void CatalogueSession::countCopiesOfList()
{
    const quint64 generation = m_generation;
    watch(countCopies(m_cluster, m_books.bookIds()), this,
          [this, generation](const Combined<std::vector<CopyCount>> &counts) {
              if (generation != m_generation)
                  return;
              m_books.setCounts(counts);
              m_shardsTotal = counts.total();
              m_shardsMissing = counts.missing();
              Q_EMIT stateChanged();
          });
}

void CatalogueSession::select(const QUuid &book)
{
    if (book == m_selected && m_detail)
        return;
    m_selected = book;
    m_detail.reset();
    m_copies.clear();
    m_copiesAsOf = {};
    m_copiesPending = false;
    m_detailPending = false;
    Q_EMIT detailChanged();
    if (book.isNull())
        return;
    readDetail();
    readCopies();
}

void CatalogueSession::readDetail()
{
    m_detailPending = true;
    watch(readBook(m_cluster, m_selected), this, [this, asked = m_selected](const Result<BookEntry> &detail) {
        if (asked != m_selected)
            return;
        m_detailPending = !detail.isOk() && !detail.error().isUnavailable(); // asking again is no use
        if (!detail.isOk())
            return;
        m_detail = *detail;
        Q_EMIT detailChanged();
    });
}

void CatalogueSession::readCopies()
{
    if (m_selected.isNull() || m_copiesPending)
        return;
    m_copiesPending = true;
    watch(copiesOfBook(m_cluster, m_selected), this,
          [this, asked = m_selected](const Combined<std::vector<Copy>> &copies) {
              if (asked != m_selected)
                  return;
              m_copiesPending = false;
              m_copies.setCopies(copies, *m_cluster.directory());
              m_copiesAsOf = QDateTime::currentDateTime();
              m_copiesComplete = copies.isComplete();
              Q_EMIT detailChanged();
          });
}

void CatalogueSession::setOnScreen(bool onScreen)
{
    if (onScreen) {
        m_refresh.start();
        readCopies();
    } else {
        m_refresh.stop();
    }
}

} // namespace Branchline
