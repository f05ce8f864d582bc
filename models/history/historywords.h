// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/history/history.h"

namespace Branchline {

/// "Changed", "Added", "Removed", "Card added", "Lending refused": what an entry is about, in words.
[[nodiscard]] QString historyActionText(const HistoryEntry &entry);

/// What kind of record an entry is about, and which: "Copy 31000010", "Book The Trial"; the kind alone where
/// the rest is not for this login.
[[nodiscard]] QString historyRecordText(const HistoryEntry &entry);

/// The branch where it was done: of a refusal that of the desk, else that of the record. Empty without one.
[[nodiscard]] QString historyPlaceText(const HistoryEntry &entry);

/// A column in words: "Home branch" for home_branch_id. Never the name of a column.
[[nodiscard]] QString historyFieldText(const QString &field);

/// A value of a field in words: days and times as the person's country writes them, a time in the time zone
/// of the entry's branch; "yes" and "no"; "–" for nothing, but nothing before what was noted of a login.
[[nodiscard]] QString historyValueText(const HistoryEntry &entry, const QString &field, const QString &value);

/// A value that is a code, such as a status, the part of a person in a book or a right, in words; any other
/// value as it is.
[[nodiscard]] QString historyCodeText(const QString &table, const QString &field, const QString &value);

/// When it was, in the time zone of the entry's branch, which is named where it is not this computer's;
/// without a branch in this computer's. With seconds where one entry stands alone.
[[nodiscard]] QString historyTimeText(const HistoryEntry &entry, bool hasSeconds = false);

/// The workstation, or the program where it has none.
[[nodiscard]] QString historyDeskText(const QString &application);

} // namespace Branchline
