// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/filterchip.h"

class QAbstractItemModel;

namespace Branchline {

/// A filter that a list offers beside its words.
struct FilterField
{
    QString key; ///< told by the signal
    QString name;
    bool single = false; ///< one choice at a time
    QList<FilterChip::Choice> choices;
};

/// One list of the branch page.
struct BranchTab
{
    enum class Kind { OnLoan, Overdue, DueSoon, Lost, Copies, Today };

    QString key;
    Kind kind = Kind::OnLoan; ///< decides the words
    QString title;
    QAbstractItemModel *model = nullptr; ///< not owned; headings as models/roles.h says; may come later
    QList<FilterField> filters;
};

/// Loading: rows of before stay. Empty: there are none, with or without a filter. Failed: no rows and no
/// answer. Stale: rows of before, no answer now. NotAllowed: the note's error says what is not.
enum class BranchListState { Loading, Ready, Empty, Failed, Stale, NotAllowed };

/// What belongs to the state of a list.
struct BranchNote
{
    int count = 0;
    bool isCountKnown = true; ///< otherwise there are at least so many
    QString asOf;             ///< time of day of the rows
    QString shardName;        ///< of the branch
    QString error;            ///< what went wrong, one sentence
    QString hint;             ///< what to do about it, one sentence
};

} // namespace Branchline
