// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/pagedmodel.h"

#include "models/roles.h"
#include "models/watch.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr size_t mostWishes = 4;

} // namespace

PagedModel::PagedModel(QObject *parent)
    : QAbstractTableModel(parent)
{
    // Until the view has been painted: a scroll bar that is dragged wishes for one page after another.
    m_send.setSingleShot(true);
    m_send.setInterval(0);
    connect(&m_send, &QTimer::timeout, this, &PagedModel::sendWanted);
}

PagedModel::~PagedModel()
{
    cancelAll();
}

void PagedModel::setSource(Fetch fetch, Skeleton skeleton)
{
    m_fetch = std::move(fetch);
    m_skeleton = std::move(skeleton);
    m_isOther = true;
    begin(false);
}

void PagedModel::reload()
{
    if (!m_fetch)
        return;
    if (m_isReading)
        m_readAgain = true;
    else
        begin(m_state != State::Failed && !m_isOther);
}

// Pages that are looked at.

void PagedModel::want(int page) const
{
    if (m_wanted.empty() || m_wanted.back() != page) {
        std::erase(m_wanted, page);
        m_wanted.push_back(page);
    }
    if (!m_send.isActive())
        m_send.start();
}

void PagedModel::sendWanted()
{
    while (!m_wanted.empty() && !m_isOther) {
        const int page = m_wanted.back();
        m_wanted.pop_back();
        const bool isOnItsWay = std::any_of(m_requests.begin(), m_requests.end(),
                                            [page](const Request &r) { return r.page == page; });
        const auto have = m_pages.find(page);
        if (isOnItsWay || (have != m_pages.end() && !have->second.isOld))
            continue;
        if (page > 0 && static_cast<size_t>(page) > m_keys.size())
            continue; // its key is still on its way; the rows are painted again when it is there
        if (m_requests.size() >= mostRequests) {
            m_requests.front().future.cancel();
            m_dropped.push_back(m_requests.front().page);
            m_requests.erase(m_requests.begin());
        }
        const auto future = m_fetch(keyBefore(page), m_pageRows);
        m_requests.push_back({page, future});
        watch(future, this, [this, page, generation = m_generation](const Result<Rows> &result) {
            if (generation == m_generation)
                pageCame(page, result);
        });
        if (m_wanted.size() > mostWishes) {
            m_dropped.insert(m_dropped.end(), m_wanted.begin(), m_wanted.end());
            m_wanted.clear();
        }
    }
    m_wanted.clear();
}

void PagedModel::pageCame(int page, const Result<Rows> &result)
{
    std::erase_if(m_requests, [page](const Request &request) { return request.page == page; });
    if (!result) {
        if (!m_isReading)
            fail(result.error());
        return;
    }
    putPage(page, *result);
    const int first = page * m_pageRows;
    const int last = std::min(first + (*result)->rowCount(), m_count) - 1;
    if (last >= first) {
        Q_EMIT dataChanged(index(first, 0), index(last, columnCount() - 1));
        Q_EMIT rowsLoaded(first, last);
    }
    if (m_requests.empty() && !m_dropped.empty())
        showDropped();
}

/// A wish that was dropped may be for rows still on screen: they are painted again, and so wished for again.
void PagedModel::showDropped()
{
    for (const int page : std::exchange(m_dropped, {})) {
        const int first = page * m_pageRows;
        if (!m_pages.contains(page) && first < m_count)
            Q_EMIT dataChanged(index(first, 0),
                               index(std::min(first + m_pageRows, m_count) - 1, columnCount() - 1));
    }
}

void PagedModel::putPage(int page, const Rows &rows)
{
    m_pages[page] = {rows, ++m_clock, false};
    while (static_cast<int>(m_pages.size()) > m_mostPages) {
        const auto oldest =
            std::min_element(m_pages.begin(), m_pages.end(),
                             [](const auto &a, const auto &b) { return a.second.used < b.second.used; });
        m_pages.erase(oldest);
    }
}

void PagedModel::setRows(int count)
{
    if (count > m_count) {
        beginInsertRows({}, m_count, count - 1);
        m_count = count;
        endInsertRows();
    } else if (count < m_count) {
        beginRemoveRows({}, count, m_count - 1);
        m_count = count;
        std::erase_if(m_pages, [&](const auto &page) { return page.first * m_pageRows >= count; });
        endRemoveRows();
    }
}

QVariantList PagedModel::keyBefore(int page) const
{
    return page == 0 ? QVariantList() : m_keys.at(static_cast<size_t>(page) - 1);
}

// What is shown.

QString PagedModel::idIn(const RowSet &rows, int row) const
{
    return rowData(rows, row, 0, Roles::Id).toString();
}

int PagedModel::rowOf(const QString &id) const
{
    for (const auto &[page, content] : m_pages) {
        for (int row = 0; !content.isOld && row < content.rows->rowCount(); ++row) {
            if (idIn(*content.rows, row) == id)
                return page * m_pageRows + row;
        }
    }
    return -1;
}

bool PagedModel::isLoaded(int row) const
{
    const auto page = m_pages.find(row / m_pageRows);
    return row >= 0 && page != m_pages.end() && row % m_pageRows < page->second.rows->rowCount();
}

QVariant PagedModel::value(int row, const char *column) const
{
    if (!isLoaded(row))
        return {};
    return m_pages.at(row / m_pageRows).rows->row(row % m_pageRows).value(column);
}

int PagedModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : m_count;
}

int PagedModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : m_columns.count();
}

QVariant PagedModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid | CheckIndexOption::ParentIsInvalid))
        return {};
    const int number = index.row() / m_pageRows;
    const auto page = m_pages.find(number);
    const int row = index.row() % m_pageRows;
    const bool isThere = page != m_pages.end() && row < page->second.rows->rowCount();
    if (role == Qt::DisplayRole && (page == m_pages.end() || page->second.isOld))
        want(number);
    if (!isThere)
        return role == Qt::DisplayRole && index.column() == 0 ? QVariant(u"…"_s) : QVariant();
    page->second.used = ++m_clock;
    return rowData(*page->second.rows, row, index.column(), role);
}

QVariant PagedModel::rowData(const RowSet &page, int row, int column, int role) const
{
    if (role == Qt::DisplayRole)
        return page.at(row, column);
    if (role == Roles::Id)
        return page.row(row).value("id");
    return {};
}

} // namespace Branchline
