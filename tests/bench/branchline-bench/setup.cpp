// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/bench/branchline-bench/setup.h"

#include "db/cluster/branches.h"
#include "db/cluster/initialise.h"
#include "db/cluster/roles.h"
#include "db/schema/migrator.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QProcess>

#include <cstdio>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Bench {

namespace {

constexpr Statement addStaff{"add_staff"_L1, "SELECT public.add_staff(?::text, ?::text)"_L1};
constexpr Statement assignRight{"assign_right"_L1,
                                "SELECT public.assign_right(?::text, ?::text, ?::uuid)"_L1};
constexpr Statement sent{"sent"_L1, "SELECT (SELECT count(*) FROM public.books_ref) AS books, "
                                    "(SELECT count(*) FROM public.user_cards) AS cards, "
                                    "(SELECT count(*) FROM public.staff_assignments) AS rights"_L1};

void say(const QString &sentence)
{
    std::fprintf(stderr, "%s\n", qPrintable(sentence));
}

[[noreturn]] void fail(const QString &message)
{
    throw DbException({.kind = DbErrorKind::Internal, .message = message});
}

void createDatabase(Session &server, const QString &name, const QString &from = u"template0"_s)
{
    server.execText(u"create database"_s,
                    u"CREATE DATABASE %1 TEMPLATE %2 ENCODING 'UTF8'"_s.arg(name, from));
}

/// A database with main's tables and nothing in them but who may import books.
void makeImportTemplate(Session &server)
{
    const QString name = BenchLibrary::importTemplate;
    createDatabase(server, name);
    const auto session = openAdmin(name);
    prepareDatabase(*session);
    (void)migrateUp(*session, migrations(DatabaseRole::Main));
    session->exec(addStaff, {BenchLibrary::deskLogin, u"Desk"_s});
    session->exec(assignRight, {BenchLibrary::deskLogin, u"catalogue"_s, QVariant()});
}

QStringList branchCodes(const QString &file)
{
    QFile csv(file);
    if (!csv.open(QIODevice::ReadOnly))
        fail(u"%1 cannot be read: %2"_s.arg(file, csv.errorString()));
    QStringList codes;
    csv.readLine(); // the header
    while (!csv.atEnd())
        codes << QString::fromUtf8(csv.readLine()).section(u',', 0, 0);
    return codes;
}

/// Branches are placed by the program's own proposal.
void openBranches(const QStringList &codes)
{
    const BenchCluster cluster(BenchLibrary::adminLogin);
    for (const QString &code : codes)
        (void)addBranch(*cluster, {.code = code, .name = u"Library "_s + code.right(3)}).valueOrThrow();
}

/// Somebody who lends at every branch, one right each, looks things up and edits books; no administrator.
void employDesk()
{
    const auto main = openAdmin(BenchLibrary::mainDatabase);
    main->execText(u"create role"_s,
                   u"CREATE ROLE %1 LOGIN IN ROLE branchline_staff"_s.arg(BenchLibrary::deskLogin));
    Transaction transaction(*main);
    main->exec(addStaff, {BenchLibrary::deskLogin, u"Desk"_s});
    main->execText(u"desk rights"_s,
                   u"SELECT public.assign_right('%1', 'desk', b.id) FROM public.branches AS b"_s.arg(
                       BenchLibrary::deskLogin));
    for (const QString &right : {u"reports"_s, u"catalogue"_s})
        main->exec(assignRight, {BenchLibrary::deskLogin, right, QVariant()});
    transaction.commit();
}

void runScript(const QString &database, const QString &script, const QString &folder)
{
    QProcess psql;
    psql.setProcessChannelMode(QProcess::ForwardedChannels);
    psql.setWorkingDirectory(folder);
    psql.start(u"psql"_s, {u"-Xq"_s, u"-d"_s, database, u"-v"_s, "desk="_L1 + BenchLibrary::deskLogin,
                           u"-f"_s, QStringLiteral(BRANCHLINE_BENCH_SOURCE "/") + script});
    if (!psql.waitForFinished(-1) || psql.exitStatus() != QProcess::NormalExit || psql.exitCode() != 0)
        fail(u"psql could not run %1 in %2."_s.arg(script, database));
}

/// Until main's rows are on the shard.
void waitForReference(const QString &database)
{
    const auto counted = [](const QString &name) {
        const Rows rows = openAdmin(name)->exec(sent);
        return std::array{rows->row(0).number("books"), rows->row(0).number("cards"),
                          rows->row(0).number("rights")};
    };
    const auto wanted = counted(BenchLibrary::mainDatabase);
    for (const QDeadlineTimer deadline(240s); counted(database) != wanted;) {
        if (deadline.hasExpired())
            fail(u"main's rows do not reach %1."_s.arg(database));
        std::this_thread::sleep_for(200ms);
    }
}

} // namespace

void setUp(const BenchLibrary &library)
{
    AdminAddresses addresses{.main = BenchLibrary::url(BenchLibrary::mainDatabase), .shards = {}};
    {
        const auto server = openAdmin(u"postgres"_s);
        createDatabase(*server, BenchLibrary::mainDatabase);
        for (const QString &shard : library.shards) {
            createDatabase(*server, BenchLibrary::shardDatabase(shard));
            addresses.shards.emplace(shard, BenchLibrary::url(BenchLibrary::shardDatabase(shard)));
        }
    }
    (void)initialise(addresses, {.localStaffLogin = BenchLibrary::adminLogin, .progress = say})
        .valueOrThrow();
    openBranches(branchCodes(library.data + "/branches.csv"_L1));
    employDesk();
    makeImportTemplate(*openAdmin(u"postgres"_s));

    say(u"Filling main …"_s);
    runScript(BenchLibrary::mainDatabase, u"main.sql"_s, library.data);
    for (const QString &shard : library.shards) {
        const QString database = BenchLibrary::shardDatabase(shard);
        say(u"Filling %1 …"_s.arg(shard));
        waitForReference(database);
        runScript(database, u"shard.sql"_s, library.data);
    }
}

} // namespace Branchline::Bench
