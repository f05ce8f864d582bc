// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/snapshotresult.h"

#include <QSqlQueryModel>

namespace Branchline {

/// A QSqlQueryModel over rows that a worker thread fetched. Replacing them takes about a millisecond,
/// whatever their number, and no I/O happens in the GUI thread.
class SnapshotModel : public QSqlQueryModel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SnapshotModel)

public:
    explicit SnapshotModel(QObject *parent = nullptr);

    /// Shows these rows; null shows nothing.
    void setRows(const Rows &rows);
    [[nodiscard]] const Rows &rows() const { return m_rows; }

private:
    using QSqlQueryModel::setQuery; // needs a connection in the GUI thread

    SnapshotDriver m_driver;
    Rows m_rows;
};

} // namespace Branchline
