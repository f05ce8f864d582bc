// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/bulk/libraryimport.h"
#include "db/connection/session.h"
#include "db/schema/migrations.h"

namespace Branchline::Internal {

/// A session of the import. Its server ends what it does soon after the program has gone.
[[nodiscard]] std::unique_ptr<Session> openImport(const QString &database, const ConnectionUrl &url,
                                                  const LibraryImportOptions &options);
/// Keeps every other import, init and migration out of this database until the session ends; a database is
/// refused that is not of this program's version or where somebody else works (Conflict, after some seconds:
/// a program that was killed may hold the lock a moment longer).
void enterDatabase(Session &session, DatabaseRole role);
/// Makes the import's own tables and functions. What an import of other files has left there is forgotten.
void prepareStaging(Session &session, DatabaseRole role, const QString &identity);
void dropStaging(Session &session);

} // namespace Branchline::Internal
