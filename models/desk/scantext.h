// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/desk/scanmodel.h"

namespace Branchline {

/// The day of `time` at a branch: in its time zone, or in UTC for a branch that is not known.
[[nodiscard]] QDate dateAt(const QDateTime &time, const QUuid &branch, const Directory &directory);

/// Writes into the row what became of its scan; not for Outcome::Unknown and Outcome::Undone.
/// Outcome::Failed: surely nothing was done.
void describeAnswer(ScanRow &row, DeskMode mode, const CirculationAnswer &answer, const Directory &directory);

/// Writes into the row that what it did was taken back now. `before` is the row as it was.
void describeUndone(ScanRow &row, const ScanRow &before, const CirculationAnswer &answer,
                    const Directory &directory);

/// Writes into the row that nobody waits for the answer to its scan any more. `mayBeDone`: an answer is owed.
void describeEnded(ScanRow &row, bool mayBeDone);

/// "21 days, rule 12": the period and the rule of a loan that was lent or renewed now.
[[nodiscard]] QString periodText(const CirculationAnswer &answer, const Directory &directory);

} // namespace Branchline
