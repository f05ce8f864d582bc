// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/importreport.h"
#include "db/connection/result.h"

#include <QFuture>

namespace Branchline {

/// Looks at a file as BookImport will read it, in a thread of the pool. InvalidValue when it cannot be
/// imported at all.
[[nodiscard]] QFuture<Result<ImportPreview>> previewImport(const QString &file);

} // namespace Branchline
