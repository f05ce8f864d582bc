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
        Change,     ///< ALTER ROLE
        Comment,    ///< COMMENT ON ROLE
        Membership, ///< GRANT group TO member
        Other
    };
    Kind kind = Kind::Other;
    QString sql;
    QString role;  ///< made or changed; of a membership the member
    QString group; ///< of a membership
    QString text;  ///< of a comment
};

/// Its statements in their order. Memberships lose who granted them, since that role need not exist
/// elsewhere.
[[nodiscard]] QList<RoleStatement> roleStatements(const QString &script);

/// A script of what concerns these roles only.
[[nodiscard]] QString scriptFor(const QList<RoleStatement> &statements, const QStringList &roles);

/// The statements that make the wanted roles, with what belongs to them.
[[nodiscard]] QStringList statementsFor(const QList<RoleStatement> &statements, const QStringList &wanted);

/// What a role's comment says; empty: it has none.
[[nodiscard]] QString commentOf(const QList<RoleStatement> &statements, const QString &role);

} // namespace Branchline::Internal
