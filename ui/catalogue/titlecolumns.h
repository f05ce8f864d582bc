// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace Branchline {

class TableView;

/// The columns of the list of titles that are always there; further ones may follow.
enum TitleListColumn { TitleColumn, AuthorColumn, YearColumn, LanguageColumn, StatusColumn, CopiesColumn };

/// The longest word a title's status can have, in the user's language.
[[nodiscard]] QString longestStatus();

/// Gives author, year, language and copies the width of their words in the first rows, in logical pixels, so
/// that the title keeps what it can of \a room, the width of the whole list. The copies get at least
/// \a copiesWidth; the answer is what they got.
int fitTitleColumns(TableView &table, int room, int copiesWidth);

} // namespace Branchline
