// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/fanout.h"

namespace Branchline {

/// One loan for a list.
struct Loan
{
    QUuid id;
    QUuid branch; ///< the copy's branch
    QString branchCode;
    QString barcode;
    QString title;
    QString card;
    QDateTime lentAt;     ///< UTC
    QDateTime dueAt;      ///< UTC
    QDateTime returnedAt; ///< UTC; invalid while the loan is open
};

/// Loans of one branch's copies, newest first, at most `most`. One statement on one shard.
[[nodiscard]] QFuture<Result<std::vector<Loan>>> loansOfBranch(Cluster &cluster, const QUuid &branch,
                                                               bool onlyOpen, int most = 1000);

/// Loans of one patron from every shard.
[[nodiscard]] QFuture<Combined<std::vector<Loan>>> loansOfPatron(Cluster &cluster, const QString &card,
                                                                 bool onlyOpen);

/// Loans of all branches, at most `most` of each shard, newest first.
[[nodiscard]] QFuture<Combined<std::vector<Loan>>> loansOfAll(Cluster &cluster, bool onlyOpen,
                                                              int most = 1000);

} // namespace Branchline
