// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/result.h"
#include "db/connection/rowset.h"

#include <QAbstractTableModel>
#include <QDateTime>
#include <QFuture>
#include <QFutureWatcher>
#include <QTimer>

#include <functional>
#include <map>
#include <optional>

namespace Branchline {

/// A list of any length, of which only the pages near the eye are in memory. The first page is shown as soon
/// as it is there; the length, and where each page begins, come later, and from then on the scroll bar leads
/// anywhere at once. A page that is not there yet shows "…" in its first column and is asked for when it is
/// painted, the newest wish first; wishes scrolled past are dropped. Nothing here ever waits. GUI thread
/// only.
///
/// Derive from it and write rowData(), columnCount() and headerData().
class PagedModel : public QAbstractTableModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PagedModel)

public:
    enum class State {
        Empty,   ///< no source yet
        Loading, ///< the first rows are on their way; rows of before stay
        Ready,
        Failed, ///< nothing to show; error() says why
        Stale   ///< rows are shown, but the last call failed; error() says why
    };

    /// The `rows` rows after a key, in the order of the list; an empty key means from the beginning. A column
    /// `id` is what selections are kept by.
    using Fetch = std::function<QFuture<Result<Rows>>(const QVariantList &afterKey, int rows)>;
    /// Where pages of `pageRows` rows end: for the rows number pageRows, 2 × pageRows, … and for the very
    /// last row the columns of its key, as Fetch takes it, and as last column the row's number, counted from
    /// 1. No rows when the list is empty. A long list may be delivered as several results of one future, each
    /// going on after the last; the number of the last row in the last of them is the length of the list.
    using Skeleton = std::function<QFuture<Result<Rows>>(int pageRows)>;

    explicit PagedModel(QObject *parent = nullptr);
    ~PagedModel() override;

    /// Shows another list from its beginning. What is shown stays until the new first page is there.
    void setSource(Fetch fetch, Skeleton skeleton);
    /// Reads the same list again, because something changed or failed. What is shown stays until the new rows
    /// are there; selections follow their id. While a list is still being read, it is read once more after
    /// that.
    void reload();

    [[nodiscard]] State state() const { return m_state; }
    /// Why the state is Failed or Stale.
    [[nodiscard]] const std::optional<DbError> &error() const { return m_error; }
    /// rowCount() is the length of the list; before it is known there are at least as many rows.
    [[nodiscard]] bool isCountKnown() const { return m_countKnown; }
    /// Local time of the last answer; invalid before the first.
    [[nodiscard]] const QDateTime &asOf() const { return m_asOf; }

    /// The row with this id among the pages in memory, -1 when it is not there.
    [[nodiscard]] int rowOf(const QString &id) const;
    /// Whether the row is in memory.
    [[nodiscard]] bool isLoaded(int row) const;
    /// A column of a row by its name in the query; invalid while the row is not in memory.
    [[nodiscard]] QVariant value(int row, const char *column) const;

    /// Rows in one page. Set it before setSource(); 100 unless set.
    void setPageRows(int rows) { m_pageRows = rows; }
    [[nodiscard]] int pageRows() const { return m_pageRows; }
    /// Pages kept in memory; 40 unless set.
    void setMostPages(int pages) { m_mostPages = pages; }
    /// Pages in memory now.
    [[nodiscard]] int pagesInMemory() const { return static_cast<int>(m_pages.size()); }

    int rowCount(const QModelIndex &parent = {}) const override;
    /// The columns of the query, unless overridden.
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role = Qt::DisplayRole) const final;

Q_SIGNALS:
    /// State, error or whether the length is known changed.
    void stateChanged();
    /// The rows `first` to `last` are in memory, or there anew.
    void rowsLoaded(int first, int last);

protected:
    /// One cell of a row that is in memory: row `row` of `page`. Unless overridden, the query's column, and
    /// its column `id` for Roles::Id.
    [[nodiscard]] virtual QVariant rowData(const RowSet &page, int row, int column, int role) const;

private:
    static constexpr size_t mostRequests = 3; ///< two pages can be on screen at a time; the third is a spare

    struct Page
    {
        Rows rows;
        quint64 used = 0;   ///< when it was last looked at
        bool isOld = false; ///< of before the last reload: shown until the new one is there
    };
    struct Request
    {
        int page;
        QFuture<Result<Rows>> future;
    };

    void begin(bool keepRows);
    void firstPageCame(const Result<Rows> &result);
    void showFirstPage(const Rows &rows);
    void readSkeleton();
    void skeletonCame(const Result<Rows> &part);
    void skeletonEnded();
    void readShownPages();
    void applyReload();
    void finish();
    void fail(const DbError &error);
    void cancelAll();

    void want(int page) const;
    void sendWanted();
    void pageCame(int page, const Result<Rows> &result);
    void showDropped();
    void putPage(int page, const Rows &rows);
    void setRows(int count);
    [[nodiscard]] QVariantList keyBefore(int page) const;
    [[nodiscard]] QString idIn(const RowSet &rows, int row) const;
    /// The rows that somebody holds on to, with their ids; no id for a row that is not in memory.
    [[nodiscard]] std::vector<std::pair<QModelIndex, QString>> selectedIds() const;
    void moveSelected(std::vector<std::pair<QModelIndex, QString>> held);

    Fetch m_fetch;
    Skeleton m_skeleton;
    int m_pageRows = 100;
    int m_mostPages = 40;

    State m_state = State::Empty;
    std::optional<DbError> m_error;
    QDateTime m_asOf;
    int m_count = 0;
    bool m_countKnown = false;
    QSqlRecord m_columns;

    mutable std::map<int, Page> m_pages;
    mutable quint64 m_clock = 0;
    std::vector<QVariantList> m_keys; ///< key of the last row of each page

    quint64 m_generation = 0; ///< answers to calls of an older one are dropped
    bool m_isReading = false; ///< first page, skeleton or, in a reload, the pages shown are on their way
    bool m_keepRows = false;  ///< a reload, not another list
    bool m_isOther = false;   ///< the rows shown are of the list before: nothing can be asked for them
    bool m_readAgain = false;
    QFuture<Result<Rows>> m_first;
    QFuture<Result<Rows>> m_keysFuture;
    bool m_skeletonFailed = false;
    std::vector<QVariantList> m_newKeys; ///< of the reload under way
    int m_newCount = 0;
    std::map<int, Rows> m_newPages; ///< a reload changes all that is on screen in one step
    std::vector<int> m_awaited;

    mutable std::vector<int> m_wanted; ///< the newest wish last
    mutable QTimer m_send;
    std::vector<Request> m_requests; ///< the oldest first
    std::vector<int> m_dropped;      ///< perhaps still on screen
};

} // namespace Branchline
