// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/drill/desks.h"
#include "tests/faults/drill/fencer.h"

namespace Branchline::Drill {

/// A defect that is put in on purpose, to see whether the drill notices: in the databases, in the desks, or
/// both.
struct SeededBug
{
    QString name;
    QString deskFlaw = {};    ///< DeskJob::flaw
    QString deskOptions = {}; ///< PGOPTIONS of the desks
    /// Changes of functions on the shards: what is replaced in the text of which function. Other SQL has no
    /// function.
    struct Change
    {
        QString function;
        QString text;
        QString by;
    };
    std::vector<Change> changes = {};
};

/// All seeded bugs, and one named "none" that changes nothing.
[[nodiscard]] const std::vector<SeededBug> &seededBugs();

/// Puts the bug into the shards. Ends the program when the product is no longer what the bug is written for.
void plant(const SeededBug &bug, Stage &stage);

/// The faults that bring every seeded bug to light within seconds, and that nothing else minds: calls are cut
/// while they wait for a copy that is locked, and branches are fenced under load.
void runTargeted(Stage &stage, Fencer &fencer);

} // namespace Branchline::Drill
