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

/// Loans of one branch's copies, newest first, at most `most`. One statement on one shard. Needs the right
/// "desk" there.
[[nodiscard]] QFuture<Result<std::vector<Loan>>> loansOfBranch(Cluster &cluster, const QUuid &branch,
                                                               bool onlyOpen, int most = 1000);

/// Loans of one patron from every shard: the open ones of all branches (those of other branches are noted in
/// the audit log), the returned ones of the login's own branches. Needs "desk" or "patrons" somewhere.
[[nodiscard]] QFuture<Combined<std::vector<Loan>>> loansOfPatron(Cluster &cluster, const QString &card,
                                                                 bool onlyOpen);

/// Loans of all branches at which the login has the right "desk", at most `most` of each shard, newest first.
[[nodiscard]] QFuture<Combined<std::vector<Loan>>> loansOfAll(Cluster &cluster, bool onlyOpen,
                                                              int most = 1000);

} // namespace Branchline
