// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/catalogue/selectedbook.h"

#include "models/watch.h"

namespace Branchline {

SelectedBook::SelectedBook(Cluster &cluster, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
{}

void SelectedBook::select(const QUuid &book)
{
    if (book == m_id && m_entry)
        return;
    m_id = book;
    m_entry.reset();
    m_copies.clear();
    m_copiesAsOf = {};
    m_copiesPending = false;
    m_entryPending = false;
    m_copiesAgain = false;
    m_entryAgain = false;
    m_isUnknown = false;
    Q_EMIT changed();
    if (!book.isNull())
        reload();
}

void SelectedBook::reload()
{
    if (m_id.isNull())
        return;
    readEntry();
    readCopies();
}

void SelectedBook::refresh()
{
    if (!m_id.isNull() && !m_entry && !m_entryPending && !m_isUnknown)
        readEntry(); // main did not answer when it was selected
    readCopies();
}

void SelectedBook::readEntry()
{
    m_entryAgain = m_entryPending;
    if (std::exchange(m_entryPending, true))
        return;
    watch(readBook(m_cluster, m_id), this, [this, asked = m_id](const Result<BookEntry> &entry) {
        if (asked != m_id)
            return;
        m_entryPending = false;
        m_isUnknown = !entry.isOk() && !entry.error().isUnavailable();
        if (std::exchange(m_entryAgain, false))
            readEntry();
        if (!entry.isOk())
            return;
        m_entry = *entry;
        Q_EMIT changed();
    });
}

void SelectedBook::readCopies()
{
    m_copiesAgain = m_copiesPending;
    if (m_id.isNull() || std::exchange(m_copiesPending, true))
        return;
    watch(copiesOfBook(m_cluster, m_id), this,
          [this, asked = m_id](const Combined<std::vector<Copy>> &copies) {
              if (asked != m_id)
                  return;
              m_copiesPending = false;
              if (std::exchange(m_copiesAgain, false))
                  readCopies();
              noteAnswers(copies);
              m_copies.setCopies(copies, *m_cluster.directory(), m_lastAnswers);
              m_copiesAsOf = QDateTime::currentDateTime();
              m_copiesComplete = copies.isComplete();
              Q_EMIT changed();
          });
}

} // namespace Branchline
