// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/rowset.h"

#include <QSqlDriver>
#include <QSqlResult>

namespace Branchline {

/// A driver without a server: QSqlQueryModel needs one to ask about features. Make one in the GUI thread and
/// keep it as long as models read from SnapshotResults.
class SnapshotDriver final : public QSqlDriver
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SnapshotDriver)

public:
    explicit SnapshotDriver(QObject *parent = nullptr);

    bool hasFeature(DriverFeature feature) const override;
    bool open(const QString &, const QString &, const QString &, const QString &, int,
              const QString &) override;
    void close() override {}
    QSqlResult *createResult() const override;
};

/// The rows of a RowSet as the result of a query, so that a QSqlQueryModel shows rows which a worker thread
/// fetched: `model.setQuery(QSqlQuery(new SnapshotResult(driver, rows)))`. It does no I/O.
class SnapshotResult final : public QSqlResult
{
    Q_DISABLE_COPY_MOVE(SnapshotResult)

public:
    /// `rows` may be null: an inactive result without columns.
    SnapshotResult(const QSqlDriver *driver, Rows rows);

protected:
    QVariant data(int field) override;
    bool isNull(int field) override;
    bool reset(const QString &) override { return false; }
    bool fetch(int row) override;
    bool fetchFirst() override { return fetch(0); }
    bool fetchLast() override;
    int size() override;
    int numRowsAffected() override { return -1; }
    QSqlRecord record() const override;

private:
    Rows m_rows;
};

} // namespace Branchline
