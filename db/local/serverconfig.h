// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/local/localstate.h"
#include "db/local/serveraccount.h"

namespace Branchline::Internal {

/// The superuser of every server of a local library; used by start, init and migrate only.
[[nodiscard]] QString superuserName();

/// Writes branchline.conf, pg_hba.conf and pg_ident.conf into a data folder and has postgresql.conf include
/// the first. Files that are right already stay untouched; the server must not run. Throws a DbException.
void writeServerConfig(const QString &dataDirectory, const LocalServerEntry &server, int shardCount,
                       const QString &socketDirectory, const ServerAccount &account);

} // namespace Branchline::Internal
