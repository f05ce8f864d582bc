// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"

namespace Branchline::Internal {

/// How far a restore has come with a database: the comment on it, which is seen from every database of its
/// server.
struct RestoreMark
{
    enum class State {
        None,
        Begun,        ///< by a restore that made the database; what it holds is worth nothing
        BegunInPlace, ///< as Begun, in an empty database that somebody else had made
        Filled,       ///< every row is there, and people may be at work already: it is never emptied again
        Finished
    };
    State state = State::None;
    QString backup; ///< which one it comes from: BackupManifest::identifier

    [[nodiscard]] bool isBegun() const { return state == State::Begun || state == State::BegunInPlace; }
    [[nodiscard]] bool isUnfinished() const { return isBegun() || state == State::Filled; }
};

/// The mark of any database of the server; of one that does not exist: None.
[[nodiscard]] RestoreMark restoreMark(Session &server, const QString &database);
/// Marks all of them, or none; they are on the server of the session.
void setRestoreMark(Session &server, const QStringList &databases, const RestoreMark &mark);

/// Whether the database of a session is what a restore has left unfinished.
[[nodiscard]] bool isUnfinishedRestore(Session &session);
/// Throws Conflict, and the next step, when it is.
void refuseUnfinishedRestore(Session &session);

} // namespace Branchline::Internal
