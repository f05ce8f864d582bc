// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace Branchline::Internal {

/// One statement of what `pg_dumpall --roles-only` wrote.
struct RoleStatement
{
    enum class Kind {
        Create,     ///< CREATE ROLE
        Change,     ///< ALTER ROLE or COMMENT ON ROLE
        Membership, ///< GRANT group TO member
        Other
    };
    Kind kind = Kind::Other;
    QString sql;
    QString role;  ///< made or changed; of a membership the member
    QString group; ///< of a membership
};

/// Its statements in their order. Memberships lose who granted them, since that role need not exist
/// elsewhere.
[[nodiscard]] QList<RoleStatement> roleStatements(const QString &script);

/// The statements that make the wanted roles: with what belongs to them, and their memberships.
[[nodiscard]] QStringList statementsFor(const QList<RoleStatement> &statements, const QStringList &wanted);

} // namespace Branchline::Internal
