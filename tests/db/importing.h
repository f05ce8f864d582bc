// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/bulk/libraryimport.h"
#include "tests/db/librarycsv.h"
#include "tests/support/preparedlibrary.h"

namespace Branchline {

/// Files on disk, ready to be imported, and what an import of them refuses.
class ImportFolder final
{
public:
    explicit ImportFolder(const LibraryCsv &csv) { csv.write(m_folder.path()); }
    Q_DISABLE_COPY_MOVE(ImportFolder)

    [[nodiscard]] QString path() const { return m_folder.path(); }
    [[nodiscard]] LibraryImportOptions options(qint64 copyAbove = 8 << 20) const;
    /// Ends the test program when the import fails.
    [[nodiscard]] LibraryImportReport import(const PreparedLibrary &library,
                                             qint64 copyAbove = 8 << 20) const;
    /// What the file of refused rows says of each line: "users.csv 3" → reason.
    [[nodiscard]] QMap<QString, QString> refused() const;

private:
    QTemporaryDir m_folder;
};

[[nodiscard]] const ImportedFile &fileOf(const LibraryImportReport &report, const QString &name);

} // namespace Branchline
