// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/fanout.h"

#include <QDate>

namespace Branchline {

/// What main knows about a patron.
struct PatronDetail
{
    struct Card
    {
        QString number;
        bool active = true;
        QDateTime since; ///< UTC
    };
    /// Why the patron may not borrow, and until when.
    struct Block
    {
        QUuid id;
        QString reason;
        QDateTime until; ///< UTC; invalid: until somebody ends it
        QString setBy;   ///< name of the staff member
        QDateTime setAt; ///< UTC
    };

    QUuid id;
    QString displayName; ///< "Given Family"
    QString typeName;
    QUuid homeBranch;
    QString branchName;
    QString email;
    QString address;
    QString phone;
    QDate bornOn; ///< invalid: not known
    bool active = true;
    QDate expiresOn;           ///< invalid: does not expire
    QDateTime since;           ///< UTC
    bool hasContact = false;   ///< false: email, address, phone and bornOn are not for this login
    std::vector<Card> cards;   ///< the one in use first
    std::vector<Block> blocks; ///< in force, the longest first

    [[nodiscard]] QString card() const { return cards.empty() ? QString() : cards.front().number; }
};

/// A loan in the record of a patron.
struct PatronLoan
{
    QUuid id;
    QUuid branch;        ///< the copy's
    QUuid lendingBranch; ///< of the desk that lent
    QString shard;       ///< bare name
    QUuid book;
    QString barcode;
    QString title;
    QString authorLine;
    QDateTime lentAt; ///< UTC
    QDateTime dueAt;  ///< UTC
    QDate dueOn;      ///< the day at the lending branch
    int dueIn = 0;    ///< days from today there; negative when overdue
    QDate returnedOn; ///< invalid while the loan is open
    QDateTime returnedAt;
    int lateDays = 0; ///< so far, or when it came back
    int renewals = 0;
    int mostRenewals = -1; ///< by the rule of the loan; -1: as often as one likes

    [[nodiscard]] bool operator==(const PatronLoan &) const = default;
};

/// The patron with this id; nothing when there is none, or when the patron was removed. Needs the right
/// "desk" or "patrons" at some branch; of how to reach the patron, "patrons" at the home branch. A patron of
/// another branch is noted in main's audit log.
[[nodiscard]] QFuture<Result<std::optional<PatronDetail>>> readPatron(Cluster &cluster, const QUuid &patron);

/// Open loans of a patron from every shard, or those that came back, at most `most` of each shard. Each shard
/// sorts its own: the longest overdue first, or the latest return. Open loans of branches at which the login
/// has neither "desk" nor "patrons" are noted in the shard's audit log; returned ones are left out.
[[nodiscard]] QFuture<Combined<std::vector<PatronLoan>>> patronLoans(Cluster &cluster, const QUuid &patron,
                                                                     bool returned, int most = 200);

/// All loans of the shards that answered, in one order.
[[nodiscard]] std::vector<PatronLoan> combinedLoans(const Combined<std::vector<PatronLoan>> &answers);

/// Ends a block now; harmless to repeat. Needs the right "patrons" at the patron's home branch.
[[nodiscard]] QFuture<Result<Done>> endBlock(Cluster &cluster, const QUuid &block);

} // namespace Branchline
