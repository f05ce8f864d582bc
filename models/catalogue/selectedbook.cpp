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
    if (!m_id.isNull() && !m_entry && !m_entryPending)
        readEntry(); // main did not answer when it was selected
    readCopies();
}

void SelectedBook::readEntry()
{
    m_entryPending = true;
    watch(readBook(m_cluster, m_id), this, [this, asked = m_id](const Result<BookEntry> &entry) {
        if (asked != m_id)
            return;
        m_entryPending = !entry.isOk() && !entry.error().isUnavailable(); // asking again is no use
        if (!entry.isOk())
            return;
        m_entry = *entry;
        Q_EMIT changed();
    });
}

void SelectedBook::readCopies()
{
    if (m_id.isNull() || m_copiesPending)
        return;
    m_copiesPending = true;
    watch(copiesOfBook(m_cluster, m_id), this,
          [this, asked = m_id](const Combined<std::vector<Copy>> &copies) {
              if (asked != m_id)
                  return;
              m_copiesPending = false;
              noteAnswers(copies);
              m_copies.setCopies(copies, *m_cluster.directory(), m_lastAnswers);
              m_copiesAsOf = QDateTime::currentDateTime();
              m_copiesComplete = copies.isComplete();
              Q_EMIT changed();
          });
}

} // namespace Branchline
