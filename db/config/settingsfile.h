// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/result.h"

#include <QMap>
#include <QString>

namespace Branchline {

/// Reads a branchline.conf: lines `NAME = value`, empty lines and lines that begin with #. A file that does
/// not exist is empty; one that cannot be read or understood is an error that names file and line but not the
/// line's text.
[[nodiscard]] Result<QMap<QString, QString>> readSettingsFile(const QString &path);

} // namespace Branchline
