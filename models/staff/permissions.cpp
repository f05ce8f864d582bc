// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/staff/permissions.h"

#include <QCoreApplication>

#include <algorithm>

namespace Branchline {

QString Permissions::refusal(QLatin1StringView right, const BranchEntry &branch, const QString &action) const
{
    return refusal({right}, branch, action);
}

QString Permissions::refusal(std::initializer_list<QLatin1StringView> rights, const BranchEntry &branch,
                             const QString &action) const
{
    const auto has = [&](QLatin1StringView right) { return m_rights.may(right, branch.id); };
    if (!m_isKnown || branch.id.isNull() || std::any_of(rights.begin(), rights.end(), has))
        return {};
    return noRightText(action, branch.name);
}

QString Permissions::refusalAnywhere(QLatin1StringView right, const QString &action) const
{
    return !m_isKnown || m_rights.mayAnywhere(right) ? QString() : noRightText(action);
}

QString Permissions::unknown() const
{
    return m_isKnown
               ? QString()
               : QCoreApplication::translate(
                     "Rights", "Branchline does not know yet what you may do. It asks again by itself.");
}

QString noRightText(const QString &action, const QString &branch)
{
    return QCoreApplication::translate("Rights",
                                       "You may not %1 at %2. A colleague with that right can sign in here.")
        .arg(action, branch);
}

QString noRightText(const QString &action)
{
    return QCoreApplication::translate("Rights",
                                       "You may not %1. A colleague with that right can sign in here.")
        .arg(action);
}

} // namespace Branchline
