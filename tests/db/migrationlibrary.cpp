// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/migrationlibrary.h"

#include "db/cluster/roles.h"

using namespace Qt::StringLiterals;

namespace Branchline {

bool MigrationLibrary::start()
{
    return m_library.start();
}

DatabaseRole MigrationLibrary::roleOf(const QString &database)
{
    return database == "main"_L1 ? DatabaseRole::Main : DatabaseRole::Shard;
}

QString MigrationLibrary::templateName(DatabaseRole role, size_t steps)
{
    return (role == DatabaseRole::Main ? u"steps_main_%1"_s : u"steps_shard_%1"_s).arg(steps);
}

MigrationPlan MigrationLibrary::beginning(DatabaseRole role, size_t steps)
{
    MigrationPlan plan = migrations(role);
    plan.resize(std::min(steps, plan.size()));
    return plan;
}

ConnectionUrl MigrationLibrary::url(const QString &name) const
{
    return m_library.servers().url(u"main"_s).with(u"dbname"_s, name);
}

std::unique_ptr<Session> MigrationLibrary::open(const QString &name) const
{
    auto session = std::make_unique<Session>(SessionSettings{.database = name,
                                                             .url = url(name),
                                                             .application = u"test session"_s,
                                                             .statementTimeout = std::chrono::seconds(60)});
    session->open();
    return session;
}

void MigrationLibrary::copy(const QString &from, const QString &to) const
{
    try {
        const auto session = open(u"postgres"_s);
        session->execText(u"drop"_s, u"DROP DATABASE IF EXISTS %1 WITH (FORCE)"_s.arg(to));
        session->execText(u"copy"_s,
                          u"CREATE DATABASE %1 TEMPLATE %2 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE "
                          "'und'"_s.arg(to, from));
    } catch (const DbException &e) {
        qFatal("A database cannot be made: %s", qPrintable(e.error().message));
    }
}

/// From the nearest one with fewer steps, so that few steps are run twice.
void MigrationLibrary::makeTemplate(DatabaseRole role, size_t steps)
{
    std::set<size_t> &made = m_templates[role];
    if (made.contains(steps))
        return;
    const auto above = made.lower_bound(steps);
    const QString from = above == made.begin() ? u"template0"_s : templateName(role, *std::prev(above));
    copy(from, templateName(role, steps));
    try {
        const auto session = open(templateName(role, steps));
        if (above == made.begin())
            prepareDatabase(*session);
        if (steps > 0)
            (void)migrateUp(*session, beginning(role, steps));
    } catch (const DbException &e) {
        qFatal("%d steps cannot be made: %s", static_cast<int>(steps), qPrintable(e.error().message));
    }
    made.insert(steps);
}

void MigrationLibrary::make(const QString &database, size_t steps)
{
    const DatabaseRole role = roleOf(database);
    steps = std::min(steps, migrations(role).size());
    makeTemplate(role, steps);
    copy(templateName(role, steps), "m_"_L1 + database);
}

void MigrationLibrary::make(size_t mainSteps, size_t shardSteps)
{
    make(u"alpha_shard"_s, shardSteps);
    make(u"beta_shard"_s, shardSteps);
    make(u"main"_s, mainSteps);
}

void MigrationLibrary::makeComplete()
{
    make(migrations(DatabaseRole::Main).size(), migrations(DatabaseRole::Shard).size());
    const auto report = migrateLibrary(addresses()); // the functions for logins
    if (!report.isOk())
        qFatal("%s", qPrintable(report.error().message));
}

AdminAddresses MigrationLibrary::addresses() const
{
    return {.main = url(u"m_main"_s),
            .shards = {{u"alpha"_s, url(u"m_alpha_shard"_s)}, {u"beta"_s, url(u"m_beta_shard"_s)}}};
}

std::unique_ptr<Session> MigrationLibrary::session(const QString &database) const
{
    return open("m_"_L1 + database);
}

void MigrationLibrary::ddl(const QString &database, const QString &text) const
{
    try {
        session(database)->execText(text, text);
    } catch (const DbException &e) {
        qFatal("%s: %s", qPrintable(text), qPrintable(e.error().message));
    }
}

QString MigrationLibrary::value(const QString &database, const QString &text) const
{
    const QByteArray sql = text.toUtf8();
    const Rows rows = session(database)->exec({QLatin1StringView(sql), QLatin1StringView(sql)});
    return rows->rowCount() > 0 ? rows->at(0, 0).toString() : QString();
}

Ctl MigrationLibrary::ctl() const
{
    Ctl ctl;
    const AdminAddresses all = addresses();
    ctl.set(u"DATABASE_URL"_s, all.main.toUri());
    ctl.set(u"SHARDING_BRANCHES"_s, u"alpha,beta"_s);
    for (const auto &[name, address] : all.shards)
        ctl.set("DATABASE_URL_"_L1 + name.toUpper(), address.toUri());
    return ctl;
}

QString MigrationLibrary::hash(const QString &database) const
{
    return catalogHash(readCatalog(*session(database)));
}

QString MigrationLibrary::rightHash(DatabaseRole role)
{
    if (!m_rightHashes.contains(role)) {
        const QString name = role == DatabaseRole::Main ? u"main"_s : u"alpha_shard"_s;
        m_rightHashes[role] =
            catalogHash(readCatalog(*m_library.newSession(name, LocalLibrary::superuserName())));
    }
    return m_rightHashes.at(role);
}

} // namespace Branchline
