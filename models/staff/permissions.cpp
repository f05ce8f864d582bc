// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/staff/permissions.h"

#include <QCoreApplication>

namespace Branchline {

namespace {

QString notKnownText()
{
    return QCoreApplication::translate(
        "Rights", "Branchline does not know yet what you may do. It asks again by itself.");
}

} // namespace

QString Permissions::refusal(QLatin1StringView right, const BranchEntry &branch, const QString &action) const
{
    if (!m_isKnown)
        return notKnownText();
    return m_rights.may(right, branch.id) ? QString() : noRightText(action, branch.name);
}

QString Permissions::refusalAnywhere(QLatin1StringView right, const QString &action) const
{
    if (!m_isKnown)
        return notKnownText();
    return m_rights.mayAnywhere(right) ? QString() : noRightText(action);
}

QString Permissions::knownRefusal(QLatin1StringView right, const BranchEntry &branch,
                                  const QString &action) const
{
    return m_isKnown ? refusal(right, branch, action) : QString();
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
