// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/context.h"
#include "db/backup/backup.h"

namespace Branchline::Ctl {

class Interrupt;

/// What `backup` and `restore` take both.
[[nodiscard]] QList<QCommandLineOption> backupCommandOptions();
/// Their values; both arguments must outlive them.
[[nodiscard]] BackupOptions backupOptions(Context &context, const Interrupt &interrupt);

[[nodiscard]] qint64 rowsOf(const BackedUpDatabase &database);
/// {"name", "rows", "lsn", "time"}
[[nodiscard]] QJsonObject databaseObject(const BackedUpDatabase &database);

} // namespace Branchline::Ctl
