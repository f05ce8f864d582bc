// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/catalogue/availablelist.h"

#include "models/watch.h"

#include <QSqlField>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QFuture<Result<Rows>> ready(const Rows &rows)
{
    QPromise<Result<Rows>> promise;
    promise.start();
    promise.addResult(rows);
    promise.finish();
    return promise.future();
}

} // namespace

AvailableList::AvailableList(Cluster &cluster, BookQuestion question, OnShelf where, const QUuid &branch,
                             QObject *context)
    : m_cluster(cluster)
    , m_question(std::move(question))
    , m_where(where)
    , m_branch(branch)
    , m_context(context)
{}

PagedModel::Fetch AvailableList::fetch()
{
    return [self = shared_from_this()](const QVariantList &afterKey, int rows) {
        if (!afterKey.isEmpty())
            return ready(self->slice(afterKey.first().toInt(), rows));
        auto promise = std::make_shared<QPromise<Result<Rows>>>();
        promise->start();
        self->read(promise, rows);
        return promise->future();
    };
}

PagedModel::Skeleton AvailableList::skeleton()
{
    return [self = shared_from_this()](int pageRows) {
        QSqlRecord columns;
        columns.append(QSqlField(u"place"_s));
        columns.append(QSqlField(u"n"_s));
        std::vector<QVariant> cells;
        const int count = self->m_rows->rowCount();
        for (int end = pageRows; end < count + pageRows; end += pageRows)
            cells.insert(cells.end(), 2, std::min(end, count));
        return ready(std::make_shared<const RowSet>(columns, std::move(cells)));
    };
}

void AvailableList::read(const Promise &promise, int rows)
{
    const auto deliver = [promise](Result<Rows> result) {
        promise->addResult(std::move(result));
        promise->finish();
    };
    watch(readBookPage(m_cluster, m_question, {}, availableLimit), m_context,
          [self = shared_from_this(), deliver, rows](const Result<Rows> &titles) {
              if (!titles)
                  return deliver(titles.error());
              QList<QUuid> ids;
              for (int row = 0; row < (*titles)->rowCount(); ++row)
                  ids << (*titles)->row(row).uuid("id");
              watch(availableBooks(self->m_cluster, ids, self->m_branch), self->m_context,
                    [self, deliver, rows, list = *titles](const Combined<AvailableBooks> &available) {
                        self->choose(list, available);
                        deliver(self->slice(0, rows));
                    });
          });
}

void AvailableList::choose(const Rows &titles, const Combined<AvailableBooks> &available)
{
    QSet<QUuid> books;
    for (const auto &answer : available.shards) {
        if (answer.result.isOk())
            books.unite(m_where == OnShelf::Here ? answer.result->here : answer.result->anywhere);
    }
    std::vector<QVariant> cells;
    for (int row = 0; row < titles->rowCount(); ++row) {
        if (!books.contains(titles->row(row).uuid("id")))
            continue;
        for (int column = 0; column < titles->columnCount(); ++column)
            cells.push_back(titles->at(row, column));
    }
    m_rows = std::make_shared<const RowSet>(titles->columns(), std::move(cells));
    m_isCut = titles->rowCount() >= availableLimit;
}

Rows AvailableList::slice(int first, int rows) const
{
    std::vector<QVariant> cells;
    for (int row = first; row < std::min(first + rows, m_rows->rowCount()); ++row) {
        for (int column = 0; column < m_rows->columnCount(); ++column)
            cells.push_back(m_rows->at(row, column));
    }
    return std::make_shared<const RowSet>(m_rows->columns(), std::move(cells));
}

} // namespace Branchline
