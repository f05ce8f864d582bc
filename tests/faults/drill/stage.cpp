// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/stage.h"

#include "tests/faults/drill/plainsql.h"

using namespace Qt::StringLiterals;

namespace Branchline::Drill {

namespace {

constexpr int copiesPerBranch = 2;
constexpr int patrons = 4;

/// PostgreSQL 15 lets nobody end the child that tells a new client that the server is shutting down. When
/// that client is cut off and says nothing, a stop lasts as long as a client may take to sign in, which is a
/// minute by default.
void shortenSignIn(PlainSql &sql)
{
    sql.run(u"ALTER SYSTEM SET authentication_timeout = '5s'"_s);
    sql.run(u"SELECT pg_reload_conf()"_s);
}

} // namespace

Stage::Stage()
    : m_faults(TestLibrary::Servers::Separate, {u"alpha"_s, u"beta"_s, u"gamma"_s})
{}

bool Stage::start()
{
    if (!m_faults.start())
        return false;
    for (const QString &database : databases()) {
        m_addresses.insert(database, m_faults.servers().url(database).toConnInfo());
        PlainSql sql(address(database));
        shortenSignIn(sql);
    }

    // One branch on each shard, and one more, so that a shard has two.
    PreparedLibrary &library = m_faults.library();
    QStringList homes = library.shards();
    homes << homes.first();
    for (const QString &shard : std::as_const(homes))
        m_branches.push_back(library.addBranch(shard));
    library.setRule(nullptr, u"adult"_s, u"book"_s, u"21 days"_s);
    for (int i = 0; i < patrons; ++i)
        m_cards << library.addPatron(m_branches.front());
    for (const BranchEntry &branch : m_branches) {
        for (int i = 0; i < copiesPerBranch; ++i)
            m_copies << library.addCopy(branch);
    }
    return true;
}

QString Stage::copyOf(const BranchEntry &branch) const
{
    for (size_t i = 0; i < m_branches.size(); ++i) {
        if (m_branches[i].id == branch.id)
            return m_copies.at(static_cast<int>(i) * copiesPerBranch);
    }
    return {};
}

} // namespace Branchline::Drill
