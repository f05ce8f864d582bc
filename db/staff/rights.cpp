// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/staff/rights.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement mine{"my_rights"_L1, "SELECT right_code, branch_id FROM public.my_rights()"_L1};
constexpr Statement superuser{
    "is_superuser_session"_L1,
    "SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = session_user"_L1};
const Call readCall{"read rights"_L1};

} // namespace

void Rights::add(const QString &right, const QUuid &branch)
{
    m_branches[right].insert(branch);
}

bool Rights::may(QLatin1StringView right, const QUuid &branch) const
{
    if (mayEverywhere(right))
        return true;
    return !branch.isNull() && m_branches.value(right).contains(branch);
}

bool Rights::mayAnywhere(QLatin1StringView right) const
{
    return m_isAll || m_branches.contains(right);
}

bool Rights::mayEverywhere(QLatin1StringView right) const
{
    return m_isAll || m_branches.value(right).contains(QUuid());
}

QFuture<Result<Rights>> readRights(Cluster &cluster)
{
    return cluster.main().run(readCall, [](Session &main) {
        Rights rights;
        const Rows rows = main.exec(mine);
        for (int i = 0; i < rows->rowCount(); ++i)
            rights.add(rows->row(i).text("right_code"), rows->row(i).uuid("branch_id"));
        if (main.exec(superuser)->row(0).flag("rolsuper"))
            rights.addAll();
        return rights;
    });
}

} // namespace Branchline
