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

/// Finishes branches that were being added, then says what is not as it should be in a library that was made
/// from a backup: its schema, its health, and whatever `verify` finds.
[[nodiscard]] QStringList problemsOf(Context &context, const AdminAddresses &addresses);

} // namespace Branchline::Ctl
