// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/initialise.h"

#include <memory>

namespace Branchline {

namespace Internal {
class BulkState;
}

struct LibraryImportOptions
{
    QString directory;
    QString refusedFile; ///< where refused rows are told of; written when there are any
    bool echo = false;   ///< list statements on stderr, as SQL_ECHO does
    /// Above so many bytes of users.csv and books.csv together, their summaries reach the shards by a copy
    /// between two states of the replication instead of through it.
    qint64 copyAbove = 8 * 1024 * 1024;
    std::chrono::milliseconds patience = Patience::usualLimit; ///< as in InitOptions
};

/// What became of the rows of one file.
struct ImportedFile
{
    QString name;
    qint64 written = 0;
    qint64 present = 0; ///< were there before
    qint64 refused = 0;
};

struct LibraryImportReport
{
    bool wasThere = false;                ///< the same files are in already; nothing was done
    QDateTime finishedAt;                 ///< UTC; when they came in
    std::vector<ImportedFile> files;      ///< in their order
    QString refusedFile;                  ///< empty: nothing was refused
    std::chrono::milliseconds elapsed{0}; ///< of this call

    [[nodiscard]] qint64 written() const;
    [[nodiscard]] qint64 refused() const;
};

/// How far an import is.
struct LibraryImportProgress
{
    QString step;                       ///< a sentence
    qint64 rows = 0;                    ///< of this call
    double done = 0;                    ///< 0 to 1, of the whole
    double rowsPerSecond = 0;           ///< over the last seconds
    std::chrono::seconds remaining{-1}; ///< negative: not known
};

/// Brings a whole library in from the files that docs/IMPORT.md describes. Rows go past the triggers of their
/// tables after it is proved what those would have; each batch is one transaction together with how far its
/// file is, so the import may be killed at any time and run again, and ends at the same rows. Needs the
/// superuser logins that initialise() needs; one import, init or migration at a time.
class LibraryImport final
{
public:
    LibraryImport(AdminAddresses addresses, LibraryImportOptions options);
    ~LibraryImport();
    Q_DISABLE_COPY_MOVE(LibraryImport)

    /// Blocks until all is in; call once.
    [[nodiscard]] Result<LibraryImportReport> run();
    /// Any thread; the batches under way are finished, then run() ends with Canceled.
    void cancel();
    /// Any thread.
    [[nodiscard]] LibraryImportProgress progress() const;

private:
    const AdminAddresses m_addresses;
    const LibraryImportOptions m_options;
    std::unique_ptr<Internal::BulkState> m_state;
};

} // namespace Branchline
