// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"
#include "db/schema/migrations.h"

#include <map>
#include <optional>

namespace Branchline {

/// What a schema is made of: kind and name of each object ("function", "public.has_right(text,uuid)") with a
/// hash of all that matters about it: definition, owner, rights, whether a trigger is enabled.
using SchemaCatalog = std::map<std::pair<QString, QString>, QString>;

/// One object that is not as it should be.
struct SchemaDifference
{
    enum class Kind { Missing, Extra, Changed };

    Kind kind = Kind::Changed;
    QString type;     ///< "function", "trigger" …
    QString name;     ///< for parts of a table "table.part"
    QString note;     ///< what is known about it: "it is disabled"; mostly empty
    QString found;    ///< its hash as it is; empty: it is not there
    QString expected; ///< its hash as it should be; empty: it does not belong

    /// A sentence that names the object, without the database.
    [[nodiscard]] QString sentence() const;
    /// "missing", "extra" or "changed", for scripts.
    [[nodiscard]] QString kindName() const;
};

/// The catalog of a database as it is.
[[nodiscard]] SchemaCatalog readCatalog(Session &session);

/// The catalog that a database with all steps of this program has. It was written down on PostgreSQL 15;
/// other versions spell some definitions differently.
[[nodiscard]] const SchemaCatalog &expectedCatalog(DatabaseRole role);

/// A line per object, sorted; and back.
[[nodiscard]] QString catalogText(const SchemaCatalog &catalog);
[[nodiscard]] SchemaCatalog parseCatalog(const QString &text);
/// One value that is the same for two databases exactly if their schemas are.
[[nodiscard]] QString catalogHash(const SchemaCatalog &catalog);

/// Writes down the catalog of a database as that of its last step, in whatever transaction is open. Needs the
/// owner's rights. An object that differed before the step and is still as it was found then is written down
/// as it should have been: it goes on being a difference.
void recordCatalog(Session &session, const std::vector<SchemaDifference> &before = {});
/// The same as SQL for a script, and the table that it needs.
[[nodiscard]] QString recordCatalogSql();
[[nodiscard]] QString catalogTableSql();

/// What a database was compared with.
struct SchemaComparison
{
    enum class Against {
        Program,  ///< the catalog that belongs to this program
        Recorded, ///< what the last migration left: the database has fewer steps, or another PostgreSQL
        Nothing   ///< neither is known
    };
    Against against = Against::Nothing;
    std::vector<SchemaDifference> differences; ///< sorted by type and name
    QString hash;                              ///< catalogHash() of what is there
};

/// Compares a database with what it should be. `isComplete`: whether it has all steps of the compiled-in
/// plan. `ignoredIndex`: of a step that was cut off; it says nothing.
[[nodiscard]] SchemaComparison compareSchema(Session &session, DatabaseRole role, bool isComplete,
                                             const QString &ignoredIndex = {});

} // namespace Branchline
