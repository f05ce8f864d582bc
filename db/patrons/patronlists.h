// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/patrons/patrons.h"

namespace Branchline {

/// The first `rows` patrons by name behind a key (empty: from the beginning of the list); the columns
/// `sort_family`, `sort_given` and `sort_id` of a row are its key. `query` has beginnings of words of the
/// name, in any order and without regard to accents and capitals, or a whole card number or e-mail address;
/// empty: the patrons at home where the login has the right "desk" or "patrons". A search of patrons of all
/// branches is noted in main's audit log, once an hour. Columns: id, card, display_name, family_name,
/// given_name, type_code, type_name, branch_id, branch_code, branch, active, expires_on, is_blocked,
/// blocked_until (UTC; NULL: without an end). Needs the right "desk" or "patrons" at some branch.
[[nodiscard]] QFuture<Result<Rows>> patronPage(Cluster &cluster, const QString &query, bool descending,
                                               const QVariantList &afterKey, int rows);

/// Where the pages of that list end: sort_family, sort_given, sort_id and place (counted from 1) of every
/// `pageRows`-th patron and of the last one, whose place is the number of patrons found.
[[nodiscard]] QFuture<Result<Rows>> patronKeys(Cluster &cluster, const QString &query, bool descending,
                                               int pageRows);

/// The phone numbers of these patrons; who has none, or is at home where the login has not the right
/// "patrons", is not in the answer.
[[nodiscard]] QFuture<Result<QHash<QUuid, QString>>> patronPhones(Cluster &cluster,
                                                                  const QList<QUuid> &patrons);

} // namespace Branchline
