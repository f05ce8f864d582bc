// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/demolibrarydata.h"
#include "db/connection/session.h"

#include <map>

namespace Branchline {

/// Where a demo branch lives, as main's directory says.
struct DemoPlace
{
    QString shard;
    qint64 epoch = 0;
};

/// Writes the copies, loans, events and daily figures of the branches placed on the shard in one transaction,
/// once the books and patrons have arrived there; nothing when they were written before. `ruleNumbers` are
/// main's, in the order of the library's rules. Throws Timeout when the reference tables do not arrive.
void writeDemoShard(Session &session, const QString &shard, const DemoLibrary &library,
                    const std::map<QUuid, DemoPlace> &places, const std::vector<int> &ruleNumbers);

} // namespace Branchline
