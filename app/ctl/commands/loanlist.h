// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/context.h"
#include "db/circulation/loans.h"

namespace Branchline::Ctl {

[[nodiscard]] QJsonObject loanObject(const Loan &loan);
[[nodiscard]] QString loanTable(const std::vector<Loan> &loans);

/// Puts "loans" (the newest `limit`), "more", "complete" and "shards" into an object.
void addLoans(QJsonObject &object, const Combined<std::vector<Loan>> &answers, int limit);
/// The newest `limit` loans of all answers, whether there are more, and which shards answered.
[[nodiscard]] QString loansText(const Combined<std::vector<Loan>> &answers, int limit);

} // namespace Branchline::Ctl
