// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/booklist.h"
#include "models/pagedmodel.h"

#include <memory>

namespace Branchline {

/// Which titles are listed by what stands on the shelf.
enum class OnShelf { Any, Here, Anywhere };

/// The titles of a question of which a copy is on the shelf now. Titles are in main and copies on the shards,
/// so the first availableLimit titles are read and then asked for on every shard. GUI thread only.
class AvailableList final : public std::enable_shared_from_this<AvailableList>
{
public:
    /// `context` is who watches the calls.
    AvailableList(Cluster &cluster, BookQuestion question, OnShelf where, const QUuid &branch,
                  QObject *context);

    /// For PagedModel::setSource().
    [[nodiscard]] PagedModel::Fetch fetch();
    [[nodiscard]] PagedModel::Skeleton skeleton();
    /// There were more titles than could be looked through.
    [[nodiscard]] bool isCut() const { return m_isCut; }

private:
    using Promise = std::shared_ptr<QPromise<Result<Rows>>>;

    void read(const Promise &promise, int rows);
    void choose(const Rows &titles, const Combined<AvailableBooks> &available);
    [[nodiscard]] Rows slice(int first, int rows) const;

    Cluster &m_cluster;
    const BookQuestion m_question;
    const OnShelf m_where;
    const QUuid m_branch;
    QObject *m_context;
    Rows m_rows = std::make_shared<const RowSet>();
    bool m_isCut = false;
};

} // namespace Branchline
