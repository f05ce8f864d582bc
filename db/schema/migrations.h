// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <vector>

namespace Branchline {

/// What a database is for; it decides which migrations belong to it.
enum class DatabaseRole { Main, Shard };

/// One step of a schema, as it is compiled into the program from db/schema/<role>/NNNN_name.sql.
struct Migration
{
    int id = 0;     ///< the number in the file name, from 1 without gaps
    QString name;   ///< the rest of the file name
    QString sql;    ///< run in one transaction as branchline_owner
    QString sha256; ///< of the text with LF line ends, in hexadecimal
};

/// All steps of a role in order. Thread-safe; read once.
[[nodiscard]] const std::vector<Migration> &migrations(DatabaseRole role);

/// What a superuser adds to every database after the steps, as often as one likes: the functions that make
/// and end logins of the staff.
[[nodiscard]] QString superuserFunctions();
/// What superuserFunctions() leaves as the comment of make_staff_login(), to tell whether it has to run.
[[nodiscard]] QString superuserFunctionsHash();

/// The schema version that this program works with: the number of the last step.
[[nodiscard]] int schemaVersion(DatabaseRole role);

} // namespace Branchline
