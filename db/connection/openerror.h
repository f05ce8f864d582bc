// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/connectionurl.h"
#include "db/connection/dberror.h"

#include <chrono>

namespace Branchline {

/// Why a session could not be opened, in plain sentences. Qt's driver hands on nothing but libpq's sentence
/// `text`, in the language of server and client. Where that is one that is known, it is believed; else the
/// server is asked once more in a way that shows codes, unless the attempt took so long that this one would
/// too (`taken`). So a wrong certificate is told as what it is. Blocks, for some seconds at most.
[[nodiscard]] DbError openError(const QString &database, const ConnectionUrl &url, const QString &text,
                                std::chrono::milliseconds taken);

} // namespace Branchline
