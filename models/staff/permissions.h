// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/staff/rights.h"

namespace Branchline {

/// What a window knows of the rights of the person at it, with the sentences for what is not allowed. The
/// rights are those of docs/RIGHTS.md; PostgreSQL decides, whatever stands here. A value.
class Permissions final
{
public:
    /// Nothing is known yet: nothing is refused, since the database answers; but see unknown().
    Permissions() = default;
    explicit Permissions(Rights rights)
        : m_rights(std::move(rights))
        , m_isKnown(true)
    {}

    [[nodiscard]] bool isKnown() const { return m_isKnown; }
    [[nodiscard]] const Rights &rights() const { return m_rights; }
    /// Known to have no right at all.
    [[nodiscard]] bool hasNone() const { return m_isKnown && m_rights.isEmpty(); }

    /// Why something may not be done that needs the right at this branch; empty when it may, or while the
    /// rights or the branch are not known. \a action completes "You may not …", such as "lend books".
    [[nodiscard]] QString refusal(QLatin1StringView right, const BranchEntry &branch,
                                  const QString &action) const;
    /// The same for what needs one of the rights there.
    [[nodiscard]] QString refusal(std::initializer_list<QLatin1StringView> rights, const BranchEntry &branch,
                                  const QString &action) const;
    /// The same for what needs the right at any branch.
    [[nodiscard]] QString refusalAnywhere(QLatin1StringView right, const QString &action) const;
    /// Why nothing can be saved before the rights are known; empty once they are.
    [[nodiscard]] QString unknown() const;

private:
    Rights m_rights;
    bool m_isKnown = false;
};

/// The tooltip of what is not allowed; \a action completes "You may not …", such as "lend books".
[[nodiscard]] QString noRightText(const QString &action, const QString &branch);
/// The same for what belongs to no branch.
[[nodiscard]] QString noRightText(const QString &action);

} // namespace Branchline
