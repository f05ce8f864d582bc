// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/staff/staff.h"

namespace Branchline {

/// A right in plain words.
struct RightWords
{
    QString name;        ///< "Lend and take back"
    QString explanation; ///< a sentence
};

/// The codes that can be given, in the order in which they are shown.
[[nodiscard]] QStringList rightCodes();
/// A code that is not known here has itself for a name.
[[nodiscard]] RightWords rightWords(const QString &code);

/// The groups a login may be in, as PostgreSQL names them, those with the least first.
[[nodiscard]] QStringList staffGroups();
/// "Desk", and what the group is for; a group that is not known has its own name.
[[nodiscard]] RightWords groupWords(const QString &group);

/// What was asked of the servers about one member of staff.
struct StaffAct
{
    enum class Kind { Add, Return, Disable, Login, OwnPassword };
    Kind kind = Kind::Add;
    NewStaff staff; ///< with a password only until it is handed over
};

/// What became of it: the error of main, which did nothing then, or what each server did.
struct StaffOutcome
{
    StaffAct act;
    Result<StaffReport> report;

    /// Every server has done it.
    [[nodiscard]] bool isComplete() const { return report && report->isComplete(); }
    /// Some have, and asking again may finish it.
    [[nodiscard]] bool isPartial() const { return report && !report->isComplete(); }
};

/// What a message bar says about it: one short sentence, and what there is to do.
struct OutcomeWords
{
    QString first;
    QString rest;
};
[[nodiscard]] OutcomeWords outcomeWords(const StaffOutcome &outcome);

/// "main, main_shard and secondary_shard".
[[nodiscard]] QString listWords(const QStringList &words);

} // namespace Branchline
