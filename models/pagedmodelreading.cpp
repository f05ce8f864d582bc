// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/pagedmodel.h"

#include "models/watch.h"

#include <algorithm>
#include <set>

namespace Branchline {

namespace {

/// The cells of a row but the last, which is its number.
QVariantList keyIn(const RowSet &rows, int row)
{
    QVariantList key;
    for (int column = 0; column + 1 < rows.columnCount(); ++column)
        key << rows.at(row, column);
    return key;
}

/// The keys of pages out of one part of a skeleton, and the number of its last row.
int appendKeys(std::vector<QVariantList> &keys, const RowSet &part)
{
    if (part.rowCount() == 0)
        return 0;
    for (int row = 0; row < part.rowCount(); ++row)
        keys.push_back(keyIn(part, row));
    return part.at(part.rowCount() - 1, part.columnCount() - 1).toInt();
}

} // namespace

// Reading a list: the first page, then the skeleton.

void PagedModel::begin(bool keepRows)
{
    cancelAll();
    ++m_generation;
    m_keepRows = keepRows;
    m_isReading = true;
    m_readAgain = false;
    m_state = State::Loading;
    m_first = m_fetch({}, m_pageRows);
    watch(m_first, this, [this, generation = m_generation](const Result<Rows> &result) {
        if (generation == m_generation)
            firstPageCame(result);
    });
    Q_EMIT stateChanged();
}

void PagedModel::firstPageCame(const Result<Rows> &result)
{
    if (!result)
        return fail(result.error());
    m_newKeys.clear();
    m_newPages.clear();
    m_newCount = (*result)->rowCount();
    const bool isWhole = m_newCount < m_pageRows;
    if (m_keepRows)
        m_newPages[0] = *result;
    else
        showFirstPage(*result);
    if (!isWhole)
        return readSkeleton();
    if (m_keepRows)
        applyReload();
    else
        m_countKnown = true;
    finish();
}

void PagedModel::showFirstPage(const Rows &rows)
{
    beginResetModel();
    m_pages.clear();
    m_keys.clear();
    m_columns = rows->columns();
    m_count = rows->rowCount();
    m_countKnown = false;
    m_isOther = false;
    putPage(0, rows);
    endResetModel();
    m_asOf = QDateTime::currentDateTime();
    if (m_count >= m_pageRows)
        m_state = State::Ready; // the first rows can be read; the length follows
    Q_EMIT stateChanged();
    if (m_count > 0)
        Q_EMIT rowsLoaded(0, m_count - 1);
}

void PagedModel::readSkeleton()
{
    m_skeletonFailed = false;
    m_keysFuture = m_skeleton(m_pageRows);
    auto *watcher = new QFutureWatcher<Result<Rows>>(this);
    const quint64 generation = m_generation;
    connect(watcher, &QFutureWatcherBase::resultReadyAt, this, [this, watcher, generation](int index) {
        if (generation == m_generation)
            skeletonCame(watcher->resultAt(index));
    });
    connect(watcher, &QFutureWatcherBase::finished, this, [this, watcher, generation] {
        watcher->deleteLater();
        if (generation == m_generation)
            skeletonEnded();
    });
    watcher->setFuture(m_keysFuture);
}

void PagedModel::skeletonCame(const Result<Rows> &part)
{
    if (m_skeletonFailed)
        return;
    if (!part) {
        m_skeletonFailed = true;
        return fail(part.error());
    }
    if (m_keepRows) {
        m_newCount = std::max(m_newCount, appendKeys(m_newKeys, **part));
        return;
    }
    const int count = appendKeys(m_keys, **part);
    if (count > m_count)
        setRows(count);
}

void PagedModel::skeletonEnded()
{
    if (m_skeletonFailed)
        return;
    if (m_keepRows)
        return readShownPages();
    m_countKnown = true;
    finish();
}

// A reload reads what is on screen before it changes anything, so that the eye loses nothing and a selected
// row that moved from one page to the next is found.
void PagedModel::readShownPages()
{
    std::vector<std::pair<quint64, int>> recent;
    for (const auto &[page, content] : m_pages)
        recent.emplace_back(content.used, page);
    std::sort(recent.rbegin(), recent.rend());
    const auto selected = selectedIds();
    for (const auto &[index, id] : selected)
        recent.insert(recent.begin(), {0, index.row() / m_pageRows});
    m_awaited.clear();
    const int pages = (m_newCount + m_pageRows - 1) / m_pageRows;
    for (const auto &[used, page] : recent) {
        const bool isNew = std::find(m_awaited.begin(), m_awaited.end(), page) == m_awaited.end();
        if (isNew && page > 0 && page < pages && m_awaited.size() < mostRequests)
            m_awaited.push_back(page);
    }
    if (m_awaited.empty()) {
        applyReload();
        return finish();
    }
    for (const int page : std::vector(m_awaited)) {
        const auto future = m_fetch(m_newKeys.at(static_cast<size_t>(page) - 1), m_pageRows);
        m_requests.push_back({page, future});
        watch(future, this, [this, page, generation = m_generation](const Result<Rows> &result) {
            if (generation != m_generation)
                return;
            std::erase_if(m_requests, [page](const Request &request) { return request.page == page; });
            if (!result)
                return fail(result.error());
            m_newPages[page] = *result;
            std::erase(m_awaited, page);
            if (!m_awaited.empty())
                return;
            applyReload();
            finish();
        });
    }
}

std::vector<std::pair<QModelIndex, QString>> PagedModel::selectedIds() const
{
    std::vector<std::pair<QModelIndex, QString>> held;
    const QModelIndexList indexes = persistentIndexList();
    for (const QModelIndex &index : indexes) {
        const auto page = m_pages.find(index.row() / m_pageRows);
        const int row = index.row() % m_pageRows;
        const bool isKnown = page != m_pages.end() && row < page->second.rows->rowCount();
        held.emplace_back(index, isKnown ? idIn(*page->second.rows, row) : QString());
    }
    return held;
}

void PagedModel::applyReload()
{
    if (m_newCount > m_count)
        setRows(m_newCount);
    Q_EMIT layoutAboutToBeChanged();
    const auto held = selectedIds();
    m_keys = std::move(m_newKeys);
    m_newKeys.clear();
    for (auto &[page, content] : m_pages)
        content.isOld = true;
    std::vector<std::pair<int, int>> loaded;
    for (const auto &[page, rows] : m_newPages) {
        putPage(page, rows);
        if (rows->rowCount() > 0)
            loaded.emplace_back(page * m_pageRows, page * m_pageRows + rows->rowCount() - 1);
    }
    m_newPages.clear();
    moveSelected(held);
    Q_EMIT layoutChanged();
    if (m_newCount < m_count)
        setRows(m_newCount);
    m_countKnown = true;
    for (const auto &[first, last] : loaded)
        Q_EMIT rowsLoaded(first, last);
}

/// Follows the ids. Two rows must never become one: Qt would mix them up for ever. So who holds on to a row
/// that was not in memory lets go of it when another row comes to stand there.
void PagedModel::moveSelected(std::vector<std::pair<QModelIndex, QString>> held)
{
    std::stable_partition(held.begin(), held.end(), [](const auto &one) { return !one.second.isEmpty(); });
    QModelIndexList from;
    QModelIndexList to;
    std::set<std::pair<int, int>> taken;
    for (const auto &[index, id] : held) {
        const int row = id.isEmpty() ? index.row() : rowOf(id);
        const bool isFree = row >= 0 && taken.emplace(row, index.column()).second;
        from << index;
        to << (isFree ? createIndex(row, index.column()) : QModelIndex());
    }
    changePersistentIndexList(from, to);
}

void PagedModel::finish()
{
    m_isReading = false;
    m_state = State::Ready;
    m_error.reset();
    m_asOf = QDateTime::currentDateTime();
    Q_EMIT stateChanged();
    if (m_readAgain)
        begin(true);
}

void PagedModel::fail(const DbError &error)
{
    cancelAll();
    ++m_generation; // nothing of this reading counts any more
    m_isReading = false;
    m_error = error;
    m_state = m_count > 0 ? State::Stale : State::Failed;
    Q_EMIT stateChanged();
}

void PagedModel::cancelAll()
{
    m_first.cancel();
    m_keysFuture.cancel();
    for (Request &request : m_requests)
        request.future.cancel();
    m_requests.clear();
    m_wanted.clear();
    m_dropped.clear();
    m_awaited.clear();
}

} // namespace Branchline
