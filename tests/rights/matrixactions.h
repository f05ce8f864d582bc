// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/rights/rightslibrary.h"

#include <functional>
#include <optional>

namespace Branchline {

/// What became of an attempt; a refusal is one for want of a right, anything else throws or fails the test.
enum class Attempt { Allowed, Refused };

/// A row of the table in docs/RIGHTS.md and the two ways to try it at a place.
struct MatrixAction
{
    QString name;
    QString database; ///< for the SQL: "main" or "shard", that of the place
    /// One value: empty, "0" or "f" when nothing was shown or done. %branch, %epoch, %card, %child, %patron,
    /// %kept, %free, %lent, %copy, %new and %request stand for the place's.
    QString sql;
    /// The program's own call; nothing where there is none.
    std::function<Attempt(Cluster &, Place &)> call;
    QString note;         ///< what the audit log says of it at another branch
    QString noteDatabase; ///< where: "main" or "shard"
};

[[nodiscard]] std::vector<MatrixAction> matrixActions();

} // namespace Branchline
