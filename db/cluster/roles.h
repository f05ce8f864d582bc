// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"

#include <QUuid>

namespace Branchline {

/// Makes the roles of DESIGN "Security" on the server of `session`, whatever of them is missing. Superuser
/// only.
void ensureRoles(Session &session);

/// Makes a staff login without a password and puts it into the group of administrators of all branches.
void ensureStaffLogin(Session &session, const QString &login);

/// Writes on the role that it is this member of the staff, as make_staff_login() does (staff_logins.sql).
void markStaffLogin(Session &session, const QString &login, const QUuid &staff);

/// Prepares a database for its migrations: extensions, who owns the schema, who may connect.
void prepareDatabase(Session &session);

/// Makes or renews the functions that make and end logins of the staff; false, and nothing done, when they
/// are those of this program. After the migrations; superuser only, since they act with the rights of whoever
/// calls this.
bool makeStaffLoginFunctions(Session &session);
/// Whether they are those of this program.
[[nodiscard]] bool hasStaffLoginFunctions(Session &session);

/// The SQL of ensureRoles() and prepareDatabase(), for a script.
[[nodiscard]] QString rolesSql();
[[nodiscard]] QString prepareDatabaseSql();

} // namespace Branchline
