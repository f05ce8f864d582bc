// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"

namespace Branchline::Internal {

/// `name` as an SQL identifier.
[[nodiscard]] QString quotedName(QString name);
/// `text` as an SQL literal.
[[nodiscard]] QString quotedLiteral(QString text);

/// The slot on main that feeds a stream (the name of its publication) of a shard. Slots belong to the whole
/// server: the number of the main database keeps two libraries on one server apart.
[[nodiscard]] QString slotName(Session &main, const QString &shard, const QString &stream);

/// Whether that session reaches its server by a socket of the same machine; the replicator then needs no
/// password.
[[nodiscard]] bool isLocal(const ConnectionUrl &main);
/// Throws Conflict when a database other than this one on main's server sends its changes to shards: both
/// would give the replicator a password.
void refuseOtherLibrary(Session &server, const QString &database);
/// Where main is reached over the network, gives the replicator a new random password; else an empty one.
[[nodiscard]] QString renewPassword(Session &main);
/// How a shard's server reaches main, as an SQL literal for CREATE or ALTER SUBSCRIPTION. It holds the
/// password.
[[nodiscard]] QString replicationSource(const ConnectionUrl &main, const QString &password);
/// The replicator's password stands in the statements that follow: the server must not write them down.
void keepOutOfLog(Session &session);

/// The error for a slot that was not made in time, since it has to wait for transactions, naming their
/// programs.
[[nodiscard]] DbError slotDelayed(Session &main);

} // namespace Branchline::Internal
