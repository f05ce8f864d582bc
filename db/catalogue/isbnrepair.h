// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace Branchline {

/// What the two ISBN cells of a file come to.
struct FoundIsbn
{
    enum class Remark {
        None,
        Wrong,      ///< `cell` is no ISBN: a digit is wrong, missing or too many
        LostDigits, ///< `cell` lost digits in a spreadsheet, and `candidates` numbers fit what is left
        Disagree    ///< both cells are good and differ; the one that is not `cell` was taken
    };
    QString isbn13;         ///< empty when there is none, or none for sure
    bool isGuessed = false; ///< lost digits were worked out from the check digit alone
    Remark remark = Remark::None;
    QString cell = {}; ///< what the remark is about, as it stands in the file
    int candidates = 0;
};

/// Finds the ISBN of a row. ISBN-10 that lost its leading zeros gets them back; ISBN-13 in scientific
/// notation ("9.78043902348e+12") is rebuilt where a valid ISBN-10 gives it, or where only one number with a
/// right check digit is written like that. Never a number that is only likely.
[[nodiscard]] FoundIsbn findIsbn(const QString &isbn10Cell, const QString &isbn13Cell);

} // namespace Branchline
