// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <Qt>

namespace Branchline {

/// What models tell views beyond Qt's own roles. Views never use the column numbers of an SQL statement.
namespace Roles {

enum Role {
    Id = Qt::UserRole + 1, ///< QString: the row's key, kept across resets
    StatusKind,            ///< int, one of Kind
    IsNumber,              ///< bool: end-aligned
    Match,                 ///< QString: the part that a search matched

    // Rows of a desk's scan list
    Number,       ///< int, from 1 in the order of scanning
    State,        ///< int, one of ScanState
    Title,        ///< QString
    Subtitle,     ///< QString, the authors
    Barcode,      ///< QString
    StatusWord,   ///< QString, such as "Lent to 14 Dec"
    StatusDetail, ///< QStringList, one line for each reason
    Time,         ///< QString, when it was scanned
    Place,        ///< QString, where the copy stands
    Late,         ///< bool: StatusDetail says that the copy came back late
    CanUndo,      ///< bool: what this scan did can be taken back
    CanEnd,       ///< bool: it waits for something that may never come, and staff may stop that

    // Bars of a chart
    Value,     ///< qint64, the length of the bar
    Part,      ///< qint64, the part of Value that is drawn apart
    IsCounted, ///< bool: there is a value; else the row says why not

    // Lists with columns to choose from
    InkKind,    ///< int, one of Kind: the colour of words that need no icon
    IsMarked,   ///< bool: the box in front of the row is ticked
    IsStrong,   ///< bool: written in the colour of text, as titles are
    SortKey,    ///< of a heading, QString: the order of this column; empty: it has none
    IsOptional, ///< of a heading, bool: not shown unless somebody chooses the column
    SampleText, ///< of a heading, QString: as long as what the column will hold
    IsStretched ///< of a heading, bool: takes the room that is left
};

/// What a status means; it decides colour and icon.
enum Kind { None, Available, Lent, Overdue, Refused, Unknown, Offline };

} // namespace Roles

/// How far a scan has come.
enum class ScanState {
    Pending, ///< waiting for its turn, or for a database that does not answer
    Lent,
    Returned,
    Refused,
    Unknown, ///< the answer was lost; it is being asked for again
    Failed,  ///< asking again would not help, or staff no longer wait: nothing was done, or the row says
             ///< otherwise
    Info,    ///< a copy was looked up without a patron: nothing was changed
    Renewed,
    Undone
};

} // namespace Branchline
