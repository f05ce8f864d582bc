// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/history/historysession.h"

#include "models/watch.h"

namespace Branchline {

namespace {
constexpr int enough = 50;     ///< entries fill a window
constexpr int mostRounds = 20; ///< questions in a row; then a person says whether to go on
} // namespace

HistorySession::HistorySession(Cluster &cluster, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_model(new HistoryModel(this))
{}

void HistorySession::readRecord(const QString &table, const QUuid &row)
{
    begin(
        [this, table, row](const HistoryKey &after) { return recordHistory(m_cluster, table, row, after); });
}

void HistorySession::readAudit(const HistoryFilter &filter)
{
    begin([this, filter](const HistoryKey &after) { return auditPage(m_cluster, filter, after); });
}

void HistorySession::reload()
{
    if (m_read)
        ask(true);
}

void HistorySession::readMore()
{
    if (m_read && m_hasMore && m_state != State::Loading)
        ask(false);
}

void HistorySession::begin(Read read)
{
    m_read = std::move(read);
    m_hasMore = false;
    m_lookedBackTo = {};
    m_isNew = true;
    ask(true);
}

void HistorySession::ask(bool isFirst)
{
    m_state = State::Loading;
    m_found = 0;
    m_rounds = 0;
    Q_EMIT stateChanged();
    read(isFirst);
}

void HistorySession::read(bool isFirst)
{
    ++m_rounds;
    watch(m_read(isFirst ? HistoryKey() : m_last), this,
          [this, isFirst, question = ++m_question](const Result<HistoryPage> &page) {
              if (question == m_question)
                  take(page, isFirst);
          });
}

void HistorySession::take(const Result<HistoryPage> &page, bool isFirst)
{
    if (!page) {
        if (std::exchange(m_isNew, false))
            m_model->clear();
        m_error = page.error();
        m_state = State::Failed;
        Q_EMIT stateChanged();
        return;
    }
    if (isFirst) {
        m_isNew = false;
        m_model->clear();
        m_missing.clear();
    }
    m_model->append(page->entries);
    m_databases = page->databases;
    m_hasMore = page->hasMore;
    m_last = page->last;
    m_found += static_cast<int>(page->entries.size());
    const bool isCutShort = m_hasMore && (page->entries.empty() || page->entries.back().key != m_last);
    m_lookedBackTo = isCutShort ? QDateTime::fromMSecsSinceEpoch(m_last.micros / 1000, Qt::UTC) : QDateTime();
    m_missing += page->missing;
    m_missing.removeDuplicates();
    m_error.reset();
    // A filter that finds little is looked for further back, for a while.
    const bool goesOn = isCutShort && m_found < enough && m_rounds < mostRounds;
    m_state = goesOn ? State::Loading : State::Ready;
    if (goesOn)
        read(false);
    Q_EMIT stateChanged();
}

} // namespace Branchline
