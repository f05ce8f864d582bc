// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/giveup.h"

#include "db/bulk/bulkdatabase.h"
#include "db/bulk/copyclaims.h"
#include "db/bulk/importrecord.h"
#include "db/bulk/importshards.h"
#include "db/cluster/resume.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

namespace {

constexpr Statement runFacts{
    "import_run"_L1, "SELECT r.identity, r.started_at, (SELECT coalesce(sum(p.written), 0)::bigint FROM "
                     "import_staging.progress AS p) AS rows FROM import_staging.run AS r"_L1};
constexpr Statement rowsOf{
    "import_rows_written"_L1,
    "SELECT coalesce(sum(written), 0)::bigint AS rows FROM import_staging.progress"_L1};
// write_books leaves the summaries to a later task.
constexpr Statement summarise{
    "import_summarise"_L1,
    "WITH bare AS (SELECT b.id FROM public.books AS b WHERE b.deleted_at IS NULL "
    "                AND NOT EXISTS (SELECT FROM public.books_ref AS r WHERE r.id = b.id) LIMIT 1000), "
    "     done AS MATERIALIZED (SELECT public.refresh_books(ARRAY(SELECT bare.id FROM bare))) "
    "SELECT (SELECT count(*) FROM bare) AS books, (SELECT count(*) FROM done) AS calls"_L1};
QString tr(const char *text)
{
    return QCoreApplication::translate("BulkImport", text);
}

void summariseBooks(Session &main)
{
    qint64 left = 0;
    do
        repeatedly([&] { left = main.exec(summarise)->row(0).number("books"); });
    while (left > 0);
}

GivenUpImport giveUp(const AdminAddresses &addresses, const LibraryImportOptions &options)
{
    const auto main = openImport(u"main"_s, addresses.main, options);
    enterDatabase(*main, DatabaseRole::Main);
    if (!hasStaging(*main)) {
        throw DbException({.kind = DbErrorKind::NotFound,
                           .message = tr("No import of a library is under way."),
                           .database = main->database()});
    }
    const ImportShards shards = enterShards(*main, addresses, options);
    const Rows run = main->exec(runFacts);
    const QString identity = run->row(0).text("identity");
    GivenUpImport result{.startedAt = run->row(0).time("started_at"), .rows = run->row(0).number("rows")};
    prepareStaging(*main, DatabaseRole::Main, identity);
    summariseBooks(*main);
    settleClaims(*main);
    if (hasReplication(targetsOf(shards)))
        waitForReplication(*main, targetsOf(shards));
    else
        resumeReplication(*main, targetsOf(shards), {});
    adoptBranches(*Directory::read(*main), shards);
    for (const ImportShard &shard : shards) {
        prepareStaging(*shard.session, DatabaseRole::Shard, identity);
        result.rows += shard.session->exec(rowsOf)->row(0).number("rows");
        result.missing += settleCopies(*shard.session);
        tellPrograms(*shard.session);
    }
    tellPrograms(*main);
    giveUpImports(*main);
    dropAllStaging(*main, shards);
    return result;
}

} // namespace

Result<GivenUpImport> giveUpImport(const AdminAddresses &addresses, const LibraryImportOptions &options)
{
    try {
        return giveUp(addresses, options);
    } catch (const DbException &e) {
        return e.error();
    }
}

} // namespace Branchline
