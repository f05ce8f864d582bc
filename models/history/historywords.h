// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/history/history.h"

namespace Branchline {

/// "Changed", "Added", "Removed", "Card added", "Lending refused": what an entry is about, in words.
[[nodiscard]] QString historyActionText(const HistoryEntry &entry);

/// A column in words: "Home branch" for home_branch_id. One without a word of its own keeps its name.
[[nodiscard]] QString historyFieldText(const QString &field);

/// A value of a field in words: days and times as the person's country writes them, a time in the time zone
/// of the entry's branch; "yes" and "no"; "–" for nothing.
[[nodiscard]] QString historyValueText(const HistoryEntry &entry, const QString &field, const QString &value);

/// When it was, in the time zone of the entry's branch, which is named where it is not this computer's;
/// without a branch in this computer's.
[[nodiscard]] QString historyTimeText(const HistoryEntry &entry);

/// The workstation, or the program where it has none.
[[nodiscard]] QString historyDeskText(const QString &application);

} // namespace Branchline
