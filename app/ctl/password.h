// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/clusterconfig.h"

#include <QString>

namespace Branchline::Ctl {

/// A password of which nothing is shown: asked for twice at a terminal, else the first line of standard
/// input. Never an argument, which every user of the machine could read. Throws UsageError when there is
/// none, when the two differ, or on Ctrl+C.
[[nodiscard]] QString readNewPassword(const QString &prompt);

/// At a terminal, asks for the password that main's server wants and no place holds, without echo; shards
/// are signed in to with it, too. Programs and scripts are not asked: the server refuses them. Throws
/// UsageError as above.
void signInAtTerminal(ClusterConfig &config);

} // namespace Branchline::Ctl
