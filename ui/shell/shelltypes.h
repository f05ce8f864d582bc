// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/statuslight.h"

#include <QString>

namespace Branchline {

/// A branch as the switcher offers it.
struct BranchItem
{
    QString id;
    QString code;
    QString name;
    QString shard; ///< bare name of the shard that holds it; empty while it has none
    StatusLight::State state = StatusLight::State::Idle; ///< of that shard
};

/// A database as the status bar shows it.
struct DatabaseLight
{
    QString name;  ///< stable, for instance "north_shard"
    QString label; ///< shown, for instance "north"
    StatusLight::State state = StatusLight::State::Idle;
    QString tooltip;          ///< a sentence; the state in words when empty
    bool isMain = false;      ///< the main database
    bool isOwn = false;       ///< the shard of the current branch
    int milliseconds = -1;    ///< time of the last answer, -1 not known
    QString connections = {}; ///< this program's connections in words; empty: not known
    bool isTight = false;     ///< they are nearly all in use
    QString since = {};       ///< time of day from which on it does not answer; may be empty
    QString remark = {};      ///< what is done about it, and who has the connections: sentences; may be empty
};

} // namespace Branchline
