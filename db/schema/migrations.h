// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

#include <vector>

namespace Branchline {

/// What a step is called: "0010_views".
[[nodiscard]] QString stepName(int id, const QString &name);

/// What a database is for; it decides which migrations belong to it.
enum class DatabaseRole { Main, Shard };

/// One step of a schema, as it is compiled into the program from db/schema/<role>/NNNN_name.sql. The comment
/// lines at the file's beginning may say `-- works-with: N`, `-- transaction: no` and `-- dry-run: no`.
struct Migration
{
    int id = 0;      ///< the number in the file name, from 1 without gaps
    QString name;    ///< the rest of the file name
    QString sql;     ///< run as branchline_owner
    QString sha256;  ///< of the text with LF line ends, in hexadecimal
    QString chained; ///< sha256 of the chained one of the step before, the file's name and `sha256`
    /// Programs made for this version or a later one go on working with a database that has this step; the
    /// step's own number when none does.
    int worksWith = 0;
    /// Whether it runs in one transaction with its row of the history. One that does not is a single
    /// statement that may be repeated.
    bool inTransaction = true;
    /// Whether a dry run tries it. One that reads whole tables would do so under the locks of the steps
    /// before, which a dry run keeps.
    bool isTried = true;

    /// "0010_views"
    [[nodiscard]] QString fullName() const;
    /// The index that a step outside a transaction makes, which lies about invalid when that was cut off; or
    /// empty.
    [[nodiscard]] QString index() const;
};

/// All steps of a database in order.
using MigrationPlan = std::vector<Migration>;

/// The plan that is compiled in. Thread-safe; read once.
[[nodiscard]] const MigrationPlan &migrations(DatabaseRole role);

/// A plan with one step more: what a file NNNN_name.sql with this text would be.
[[nodiscard]] MigrationPlan withStep(MigrationPlan plan, const QString &name, const QString &sql);

/// What is wrong with how the steps of a plan are written, as sentences for whoever writes them; empty when
/// all is well.
[[nodiscard]] QStringList planFaults(const MigrationPlan &plan);

/// What a superuser adds to every database after the steps, as often as one likes: the functions that make
/// and end logins of the staff.
[[nodiscard]] QString superuserFunctions();
/// What superuserFunctions() leaves as the comment of make_staff_login(), to tell whether it has to run.
[[nodiscard]] QString superuserFunctionsHash();

/// The last version of a plan, and of the compiled-in one: what this program works with.
[[nodiscard]] int schemaVersion(const MigrationPlan &plan);
[[nodiscard]] int schemaVersion(DatabaseRole role);

} // namespace Branchline
