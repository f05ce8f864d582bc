// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/bulk/libraryimport.h"
#include "db/connection/session.h"

#include <QJsonObject>

namespace Branchline::Internal {

/// Asks main for the barcodes of copies that are about to go to a shard. What main has refused stays away,
/// and so does what it has given free since, as when the library was repaired or a book removed meanwhile: no
/// barcode may be on two copies.
class CopyClaims final
{
public:
    /// Opens a session of main, which lives in the calling thread.
    CopyClaims(const ConnectionUrl &main, const LibraryImportOptions &options);
    Q_DISABLE_COPY_MOVE(CopyClaims)

    /// Facts for write_exemplars of shard.sql about these rows, which begin in these lines of the file.
    [[nodiscard]] QJsonObject without(QByteArrayView rows, qint64 firstLine, qint64 lastLine);

private:
    std::unique_ptr<Session> m_main;
};

/// Waits for every removal of a book that may not have seen the claims, and gives free those of books that
/// are gone. May be repeated.
void settleClaims(Session &main);

} // namespace Branchline::Internal
