// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/books.h"
#include "db/routing/fanout.h"

#include <QDate>

namespace Branchline {

/// What is needed to register a patron.
struct NewPatron
{
    QUuid id = newUuid();
    QString card;
    QString familyName;
    QString givenName;
    QString typeCode;
    QUuid homeBranch;
};

/// A patron for a list.
struct Patron
{
    QUuid id;
    QString card;
    QString displayName; ///< "Given Family"
    QString sortName;    ///< "Family, Given"
    QString typeCode;
    QString typeName;
    QString branchCode; ///< of the home branch
    bool active = true;
    QDate expiresOn; ///< invalid: does not expire
};

/// What a desk shows about the patron whose card was scanned.
struct PatronAtDesk
{
    QUuid id;
    QString card;
    QString displayName;
    QString typeName;
    QUuid homeBranch;
    bool active = true;
    QDate expiresOn;
    int openLoans = 0; ///< of the shards that answered
    int overdue = 0;
};

/// Registers a patron on main, or finds the one who has the card (a card of somebody else is a Conflict).
[[nodiscard]] QFuture<Result<Added>> addPatron(Cluster &cluster, const NewPatron &patron);

/// Patrons by name, at most `most`, of the branches at which the login has the right "desk" or "patrons".
[[nodiscard]] QFuture<Result<std::vector<Patron>>> listPatrons(Cluster &cluster, int most = 1000);

/// Patrons for a search box, at most `most`: whoever has the card number or e-mail address first, then those
/// of whose name every word of `text` begins a word. None for an empty text. Needs the right "desk" or
/// "patrons".
[[nodiscard]] QFuture<Result<std::vector<Patron>>> searchPatrons(Cluster &cluster, const QString &text,
                                                                 int most);

/// The patron with a card; nothing when there is none. Needs the right "desk" or "patrons" somewhere.
[[nodiscard]] QFuture<Result<std::optional<Patron>>> findPatron(Cluster &cluster, const QString &card);

/// The patron with a card as every shard knows it: each shard has the person, and the loans that live there.
[[nodiscard]] QFuture<Combined<std::optional<PatronAtDesk>>> patronAtDesk(Cluster &cluster,
                                                                          const QString &card);

/// Adds the loans of all answers up; nothing when no shard knows the card.
[[nodiscard]] std::optional<PatronAtDesk>
combinedPatron(const Combined<std::optional<PatronAtDesk>> &answers);

} // namespace Branchline
