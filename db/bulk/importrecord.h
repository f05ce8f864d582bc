// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/bulk/libraryfolder.h"
#include "db/bulk/libraryimport.h"
#include "db/connection/session.h"

namespace Branchline::Internal {

// What main remembers of an import, in its list of jobs: which files, and what became of them.

/// The report of an import of exactly these files that is done.
[[nodiscard]] std::optional<LibraryImportReport> finishedImport(Session &main, const LibraryFolder &folder);
/// Repeating it is harmless. An import of other files that was not finished is given up; its rows stay.
void beginImport(Session &main, const LibraryFolder &folder);
/// No import is under way any more.
void giveUpImports(Session &main);
/// Gathers what was refused in all databases, writes it to the file (none when nothing was), and notes that
/// the import is done. May be repeated until it is.
[[nodiscard]] LibraryImportReport endImport(Session &main, const std::vector<Session *> &shards,
                                            const LibraryFolder &folder, const QString &refusedFile);

} // namespace Branchline::Internal
