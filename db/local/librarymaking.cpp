// SPDX-License-Identifier: GPL-3.0-or-later
//
// The note in a local library's state that it is being made, which outlives a kill.
#include "db/local/filelock.h"
#include "db/local/locallayout.h"
#include "db/local/locallibrary.h"
#include "db/local/localstate.h"
#include "db/local/localsupport.h"

#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

Result<bool> LocalLibrary::beginMaking(LocalMaking making) const
{
    return guarded<bool>([&] {
        const ServerBinaries binaries = ServerBinaries::find(m_options.binaries).valueOrThrow();
        const LocalLayout layout(m_options.directory);
        bool wasMade = false;
        const ServerAccount account = layout.prepare(wasMade);
        const FileIdentity identity(account);
        const FileLock lock(layout.lockFile(), lockDeadline);
        auto state = LocalState::load(layout.stateFile());
        if (state && state->making.isEmpty())
            return false;
        if (state && state->making == "upgrade"_L1 && making != LocalMaking::Upgrade) {
            failLocal(
                DbErrorKind::Conflict,
                Local::tr("The upgrade of the local library in %1 is not finished.").arg(layout.directory()),
                Local::tr("Finish it with: branchlinectl local upgrade"));
        }
        if (!state) {
            state = LocalState::fresh(m_options.separateServers, m_options.shards);
            state->postgresMajor = binaries.major;
            state->ownsDirectory = wasMade;
        }
        state->making = making == LocalMaking::Demo      ? u"demo"_s
                        : making == LocalMaking::Upgrade ? u"upgrade"_s
                                                         : u"empty"_s;
        state->save(layout.stateFile());
        return true;
    });
}

Result<Done> LocalLibrary::finishMaking() const
{
    return guarded<Done>([&] {
        const LocalLayout layout(m_options.directory);
        const ServerAccount account = layout.owner();
        const FileIdentity identity(account);
        const FileLock lock(layout.lockFile(), lockDeadline);
        auto state = LocalState::load(layout.stateFile());
        if (!state)
            failLocal(DbErrorKind::NotFound,
                      Local::tr("There is no local library in %1 any more.").arg(layout.directory()),
                      Local::tr("Somebody has removed it meanwhile. Make it once more."));
        state->making.clear();
        state->save(layout.stateFile());
        return Done();
    });
}

} // namespace Branchline
