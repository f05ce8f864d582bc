// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/poolgauges.h"
#include "db/connection/statementlog.h"

#include <QJsonObject>

#include <optional>
#include <vector>

namespace Branchline {

class Cluster;

/// One database as one program sees it.
struct DatabaseReport
{
    PoolGauges pool;
    QString problem; ///< why the last call could not use the database; empty when it could
};

/// What one running program knows about its own connections. Names and figures only: no SQL text, no values,
/// no address and nothing about patrons.
struct ProgramReport
{
    qint64 pid = 0;
    QString program; ///< "branchline" or "branchlinectl"
    QString version;
    QString desk;        ///< as in the servers' session lists, without the operation
    QDateTime startedAt; ///< since when it counts, UTC
    QDateTime asOf;      ///< UTC
    std::vector<DatabaseReport> databases;
    std::vector<StatementTotals> statements;
    std::chrono::milliseconds slowAfter{0};
    quint64 slowCount = 0;           ///< slow statements since startedAt
    std::vector<SlowStatement> slow; ///< the last of them, newest first

    [[nodiscard]] QJsonObject toJson() const;
    /// Nothing when the object is no report.
    [[nodiscard]] static std::optional<ProgramReport> fromJson(const QJsonObject &object);
};

/// The report of this program about the databases that `cluster` has used. Thread-safe; waits for nothing.
[[nodiscard]] ProgramReport reportOf(const Cluster &cluster, const QDateTime &startedAt);

/// "closed", "open" or "half_open".
[[nodiscard]] QString breakerName(PoolGauges::Breaker breaker);

} // namespace Branchline
