// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/bulk/libraryimport.h"
#include "db/connection/session.h"
#include "db/schema/migrations.h"

#include <functional>

namespace Branchline::Internal {

/// A session of the import. Its server ends what it does soon after the program has gone.
[[nodiscard]] std::unique_ptr<Session> openImport(const QString &database, const ConnectionUrl &url,
                                                  const LibraryImportOptions &options);
/// Keeps every other import, init and migration out of this database until the session ends, and waits for
/// the last batch of an import that was killed. A database is refused that is not of this program's version,
/// that a restore has left unfinished, or where somebody else works (Conflict, after some seconds: a program
/// that was killed may hold the lock a moment longer).
void enterDatabase(Session &session, DatabaseRole role);
/// Makes the import's own tables and functions. What an import of other files has left there is forgotten.
void prepareStaging(Session &session, DatabaseRole role, const QString &identity);
void dropStaging(Session &session);
/// Whether an import of these files, or with an empty identity of any, has left its staging there.
[[nodiscard]] bool hasStaging(Session &session, const QString &identity = {});

/// Does it again, twenty times at most, when it came into somebody's way (Retryable); `check` is asked
/// before.
void repeatedly(const std::function<void()> &act, const std::function<void()> &check = {});

} // namespace Branchline::Internal
