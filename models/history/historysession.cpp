// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/history/historysession.h"

#include "models/watch.h"

namespace Branchline {

HistorySession::HistorySession(Cluster &cluster, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_model(new HistoryModel(this))
{}

void HistorySession::readRecord(const QString &table, const QUuid &row)
{
    m_model->setSubjectsShown(false);
    begin(
        [this, table, row](const HistoryKey &after) { return recordHistory(m_cluster, table, row, after); });
}

void HistorySession::readAudit(const HistoryFilter &filter)
{
    m_model->setSubjectsShown(true);
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
    m_model->clear();
    m_hasMore = false;
    m_missing.clear();
    ask(true);
}

void HistorySession::ask(bool isFirst)
{
    m_state = State::Loading;
    Q_EMIT stateChanged();
    watch(m_read(isFirst ? HistoryKey() : m_model->lastKey()), this,
          [this, isFirst, question = ++m_question](const Result<HistoryPage> &page) {
              if (question == m_question)
                  take(page, isFirst);
          });
}

void HistorySession::take(const Result<HistoryPage> &page, bool isFirst)
{
    if (page) {
        if (isFirst) {
            m_model->clear();
            m_missing.clear();
        }
        m_model->append(page->entries);
        m_hasMore = page->hasMore;
        m_missing += page->missing;
        m_missing.removeDuplicates();
        m_error.reset();
        m_state = State::Ready;
    } else {
        m_error = page.error();
        m_state = State::Failed;
    }
    Q_EMIT stateChanged();
}

} // namespace Branchline
