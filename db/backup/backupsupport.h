// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/connectionurl.h"
#include "db/connection/session.h"

#include <QCoreApplication>
#include <QFile>

namespace Branchline::Internal {

/// The translation context of everything in db/backup.
struct BackupText final
{
    Q_DECLARE_TR_FUNCTIONS(Backup)
};

/// The error of what somebody has broken off.
[[nodiscard]] DbError cancelled();

/// Throws a DbException.
[[noreturn]] void failBackup(DbErrorKind kind, const QString &message, const QString &hint,
                             const QString &database = {});

/// All of a file; throws Conflict.
[[nodiscard]] QByteArray contentOf(const QString &name);
/// Throws Conflict with what the system says.
[[noreturn]] void failUnreadable(const QFile &file);

/// A session for work that takes as long as it takes; only a frozen server ends it. `database` is "main" or
/// "<name>_shard". Throws unless it is a superuser's; `what` ("backup") needs one.
[[nodiscard]] std::unique_ptr<Session> openAsSuperuser(const QString &database, const ConnectionUrl &url,
                                                       const QString &what);

/// The server that a session is connected to.
struct ServerFacts
{
    QString identifier; ///< the same for all databases of a running server, and no other's
    int major = 0;
};
[[nodiscard]] ServerFacts factsOf(Session &session);

/// How many rows a table has; `table` is quoted and has its schema.
[[nodiscard]] qint64 countRows(Session &session, const QString &table);

/// Runs a statement whose text is made at run time.
Rows query(Session &session, const QString &name, const QString &sql, const QVariantList &values = {});

} // namespace Branchline::Internal
