// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/newbranches.h"

#include "db/bulk/bulktask.h"
#include "db/bulk/cellvalues.h"
#include "db/routing/placement.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr Statement knowsBranch{"knows_branch"_L1,
                                "SELECT EXISTS (SELECT FROM public.branches WHERE id = ?::uuid) AS known"_L1};
constexpr Statement addBranch{"add_branch"_L1,
                              "SELECT public.add_branch(?::uuid, ?::text, ?::text, ?::text) AS id"_L1};
constexpr Statement placeBranch{"place_branch"_L1, "SELECT public.place_branch(?::uuid, ?::uuid, false)"_L1};
constexpr Statement refuse{"import_refuse"_L1, "INSERT INTO import_staging.refused (file, line, reason) "
                                               "VALUES (?::text, ?::bigint, ?::text)"_L1};
constexpr Statement count{"import_count"_L1,
                          "INSERT INTO import_staging.progress (task, written, present, refused, is_done) "
                          "VALUES (?::text, ?::bigint, ?::bigint, ?::bigint, true)"_L1};
constexpr Statement materials{
    "import_materials"_L1,
    "SELECT (SELECT m.id FROM public.material_types AS m WHERE m.deleted_at IS NULL "
    "         ORDER BY m.code <> 'book', m.code = 'reference', m.created_at, m.id LIMIT 1) AS ordinary, "
    "       (SELECT m.id FROM public.material_types AS m WHERE m.deleted_at IS NULL AND m.code = "
    "'reference') "
    "           AS reference"_L1};
QString tr(const char *text)
{
    return QCoreApplication::translate("BulkImport", text);
}

QString textOf(std::string_view cell)
{
    return QString::fromUtf8(cell.data(), static_cast<qsizetype>(cell.size()));
}

/// Counts the rows of a file that is read in one go, and tells of those that are refused.
class Tally
{
public:
    Tally(Session &main, QString task)
        : m_main(main)
        , m_task(std::move(task))
    {}

    void refuse(qint64 line, const QString &reason)
    {
        m_main.exec(Internal::refuse, {m_task + ".csv"_L1, line, reason});
        ++refused;
    }
    void end() { m_main.exec(count, {m_task, written, present, refused}); }

    qint64 written = 0;
    qint64 present = 0;
    qint64 refused = 0;

private:
    Session &m_main;
    const QString m_task;
};

void place(Session &main, const QUuid &branch)
{
    // Read anew each time: a proposal depends on the branches placed before.
    const auto directory = Directory::read(main);
    const BranchEntry *known = directory->branch(branch);
    if (known && !known->shard.isEmpty())
        return;
    const auto chosen = proposeShard(branch, directory->candidates());
    if (!chosen) {
        throw DbException({.kind = DbErrorKind::Conflict,
                           .message = tr("No shard takes new branches."),
                           .hint = tr("Prepare the databases with “branchlinectl init”, or add a shard."),
                           .database = main.database()});
    }
    main.exec(placeBranch, {branch, directory->shards()[*chosen].id});
}

/// Of a branch that is there with this code and name, add_branch() says which it is.
void add(Session &main, const QUuid &id, const BulkReader::Values &row)
{
    const Rows added =
        main.exec(addBranch, {id, textOf(row.cells[1]), textOf(row.cells[2]), textOf(row.cells[3])});
    const QString given = added->row(0).text("id");
    if (QUuid(given) != id) {
        throw DbException({.kind = DbErrorKind::Conflict,
                           .message = tr("The branch %1 is there, with the id %2; name it by that id.")
                                          .arg(textOf(row.cells[1]), given),
                           .database = main.database(),
                           .sqlState = u"LB007"_s});
    }
}

/// False with the reason when a place is out of the range that a copy's may have.
QString placeProblem(const ShelfPlace &place)
{
    if (place.room && *place.room > 9999)
        return tr("The room must be between 0 and 9999.");
    if (place.floor && (*place.floor < -20 || *place.floor > 200))
        return tr("The floor must be between -20 and 200.");
    if (place.bookshelf && *place.bookshelf > 99999)
        return tr("The shelf must be between 0 and 99999.");
    return {};
}

} // namespace

void addNewBranches(Session &main, const LibraryFolder &folder)
{
    if (taskProgress(main, u"branches"_s).isDone)
        return;
    Transaction transaction(main);
    Tally tally(main, u"branches"_s);
    BulkReader reader(folder.path(u"branches"_s), bulkFile(u"branches"_s), {}, nullptr);
    BulkReader::Values row;
    while (reader.next(row)) {
        if (!row.problem.isEmpty()) {
            tally.refuse(row.line, row.problem);
            continue;
        }
        const QUuid id = *idOf(row.cells[0]);
        const bool isKnown = main.exec(knowsBranch, {id})->row(0).flag("known");
        main.execText(u"savepoint"_s, u"SAVEPOINT branch"_s);
        try {
            if (!isKnown)
                add(main, id, row);
            place(main, id);
            ++(isKnown ? tally.present : tally.written);
        } catch (const DbException &e) {
            // What the functions say of the row; everything else ends the import.
            if (!e.error().sqlState.startsWith("LB"_L1))
                throw;
            main.execText(u"savepoint"_s, u"ROLLBACK TO SAVEPOINT branch"_s);
            tally.refuse(row.line, e.error().message);
        }
    }
    tally.end();
    transaction.commit();
}

Shelves readShelves(Session &main, const LibraryFolder &folder)
{
    Shelves shelves;
    if (!folder.has(u"shelves"_s))
        return shelves;
    const bool isTold = taskProgress(main, u"shelves"_s).isDone;
    Transaction transaction(main);
    Tally tally(main, u"shelves"_s);
    BulkReader reader(folder.path(u"shelves"_s), bulkFile(u"shelves"_s), {}, nullptr);
    BulkReader::Values row;
    while (reader.next(row)) {
        QString problem = row.problem;
        if (problem.isEmpty()) {
            const QUuid id = *idOf(row.cells[0]);
            const ShelfPlace place{*idOf(row.cells[1]), digitsOf(row.cells[2]), integerOf(row.cells[3]),
                                   digitsOf(row.cells[4])};
            problem = shelves.contains(id) ? tr("An earlier line of this file has the same id.")
                                           : placeProblem(place);
            if (problem.isEmpty())
                shelves.insert(id, place);
        }
        if (problem.isEmpty())
            ++tally.written;
        else if (!isTold)
            tally.refuse(row.line, problem);
    }
    if (!isTold)
        tally.end();
    transaction.commit();
    return shelves;
}

void requireAllShards(const Directory &directory, const AdminAddresses &addresses)
{
    for (const ShardEntry &shard : directory.shards()) {
        if (!addresses.shards.contains(shard.name)) {
            throw DbException({.kind = DbErrorKind::NotConfigured,
                               .message = tr("The address of the shard %1 is not set.").arg(shard.name),
                               .hint = tr("Set SHARDING_BRANCHES and DATABASE_URL_<NAME> for every shard.")});
        }
    }
}

QJsonObject materialTypes(Session &main)
{
    const Rows rows = main.exec(materials);
    if (rows->row(0).isNull("ordinary")) {
        throw DbException({.kind = DbErrorKind::Conflict,
                           .message = tr("The library has no material type."),
                           .hint = tr("Prepare the databases with “branchlinectl init”."),
                           .database = main.database()});
    }
    return {{u"material"_s, rows->row(0).text("ordinary")},
            {u"reference_material"_s, rows->row(0).text("reference")}};
}

} // namespace Branchline::Internal
