// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/monitor/programreport.h"

#include <QStringList>

namespace Branchline {

/// What a running program of this user answered.
struct ProgramAnswer
{
    qint64 pid = 0;                      ///< of the program
    bool isThisProgram = false;          ///< it is the one that asks
    std::optional<ProgramReport> report; ///< not set: it did not answer, or with something else
    QString problem;                     ///< then: a sentence that says which
};

struct ProgramReports
{
    std::vector<ProgramAnswer> programs; ///< by process number
    QStringList problems;                ///< folders and sockets that were not trusted: sentences
};

/// Asks every Branchline program that runs on this workstation under this user's account for its report, all
/// at once, and waits at most `deadline` for all of them together. One that is frozen or busy is said not to
/// answer. What a killed program left behind is removed on the way. Blocks; never from the GUI thread.
[[nodiscard]] ProgramReports readReports(std::chrono::milliseconds deadline = std::chrono::milliseconds(300));

} // namespace Branchline
