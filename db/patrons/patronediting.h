// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/copyediting.h"
#include "db/patrons/patrons.h"

namespace Branchline {

/// A library card.
struct PatronCard
{
    QString number;
    bool active = true;

    bool operator==(const PatronCard &) const = default;
};

/// Everything about a patron that a form edits. It holds personal data: it is never logged or cached on disk.
struct PatronRecord
{
    QUuid id;
    QString familyName;
    QString givenName;
    QString typeCode;
    QUuid homeBranch;
    QString email;
    QString phone;
    QString address;
    QDate bornOn;    ///< invalid: not known
    QDate expiresOn; ///< invalid: does not expire
    bool active = true;
    QList<PatronCard> cards; ///< by number
    Revision revision;
};

/// The record of a patron, also of a removed one. Needs the right "patrons" at the home branch.
[[nodiscard]] QFuture<Result<PatronRecord>> readPatronRecord(Cluster &cluster, const QUuid &id);

/// Registers a patron with everything in one transaction; `record.id` must be new. Refused with "card_taken"
/// (subject: the number, other: who has it). May be repeated with the same id.
[[nodiscard]] QFuture<Result<Saved<PatronRecord>>> registerPatron(Cluster &cluster,
                                                                  const PatronRecord &record);

/// Saves a patron in one transaction against the version that was read; needs the right at the home branch
/// that was and at the one that shall be. Refused with "removed" or "card_taken". May be repeated.
[[nodiscard]] QFuture<Result<Saved<PatronRecord>>> updatePatron(Cluster &cluster, const PatronRecord &record,
                                                                qint64 expectedVersion);

/// Soft delete, with the cards. Every shard is asked first: refused with "open_loans" (subject: how many) or,
/// when one does not answer, with "shards_missing" (subject: their names). May be repeated.
[[nodiscard]] QFuture<Result<Saved<PatronRecord>>> removePatron(Cluster &cluster, const QUuid &id,
                                                                qint64 expectedVersion);

/// Brings a removed patron back with the cards that went along. Refused with "card_taken". May be repeated.
[[nodiscard]] QFuture<Result<Saved<PatronRecord>>> restorePatron(Cluster &cluster, const QUuid &id);

/// The kinds of patrons of the library, by name.
[[nodiscard]] QFuture<Result<std::vector<CodeName>>> userTypes(Cluster &cluster);

} // namespace Branchline
