// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/placements.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr Statement placesInMain{
    "places_in_main"_L1,
    "SELECT b.id::text AS branch_id, coalesce(s.name, '') AS shard, coalesce(p.epoch, 0) AS epoch, "
    "coalesce(p.state, '') AS state, b.deleted_at IS NOT NULL AS is_removed "
    "FROM public.branches AS b LEFT JOIN public.branch_placement AS p ON p.branch_id = b.id "
    "LEFT JOIN public.shards AS s ON s.id = p.shard_id AND s.deleted_at IS NULL ORDER BY b.id"_L1};
constexpr Statement movingBranches{
    "moving_branches"_L1,
    "SELECT branch_id::text AS id FROM public.branch_moves WHERE finished_at IS NULL"_L1};
constexpr Statement placesOnShard{
    "places_on_shard"_L1,
    "SELECT branch_id::text AS branch_id, epoch, state FROM public.branch_placement"_L1};
// Rows of a branch that was moved away stay for a while; its row says “retired” then.
constexpr Statement foreignRows{
    "foreign_rows"_L1,
    "SELECT r.name, r.branch_id::text AS id, r.number FROM ("
    " SELECT 'physical_exemplars' AS name, branch_id, count(*) AS number FROM public.physical_exemplars "
    "GROUP BY 2"
    " UNION ALL SELECT 'book_lending', branch_id, count(*) FROM public.book_lending GROUP BY 2"
    " UNION ALL SELECT 'charges', branch_id, count(*) FROM public.charges GROUP BY 2) AS r "
    "LEFT JOIN public.branch_placement AS p ON p.branch_id = r.branch_id "
    "WHERE coalesce(p.state, '') <> 'retired' AND r.branch_id <> ALL (?::uuid[]) ORDER BY r.name, r.branch_id"_L1};
constexpr Statement adoptBranch{"adopt_branch_again"_L1, "SELECT public.adopt_branch(?::uuid, ?::bigint)"_L1};
constexpr Statement placeAgain{
    "place_again"_L1,
    "INSERT INTO public.branch_placement AS p (branch_id, shard_id, epoch) VALUES "
    "(?::uuid, ?::uuid, ?::bigint) "
    "ON CONFLICT (branch_id) DO UPDATE SET epoch = excluded.epoch, state = 'active' "
    "WHERE p.shard_id = excluded.shard_id AND p.epoch < excluded.epoch RETURNING 1 AS done"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Reconcile", text);
}

struct Place
{
    QString shard;
    qint64 epoch = 0;
    QString state = {};
    bool isRemoved = false;
};

/// A shard's row of a branch.
struct Here
{
    const ShardDatabase *shard = nullptr;
    qint64 epoch = 0;
    QString state = {};
};

struct Places
{
    std::map<QString, Place> inMain;
    std::map<QString, std::vector<Here>> onShards; ///< by branch
};

Places read(Databases &databases)
{
    Places places;
    const Rows rows = databases.main->exec(placesInMain);
    for (int i = 0; i < rows->rowCount(); ++i) {
        const auto row = rows->row(i);
        places.inMain[row.text("branch_id")] = {row.text("shard"), row.number("epoch"), row.text("state"),
                                                row.flag("is_removed")};
    }
    for (const ShardDatabase &shard : databases.shards) {
        const Rows there = shard.session->exec(placesOnShard);
        for (int i = 0; i < there->rowCount(); ++i) {
            const auto row = there->row(i);
            places.onShards[row.text("branch_id")].push_back(
                {&shard, row.number("epoch"), row.text("state")});
        }
    }
    return places;
}

std::vector<Here> rowsOf(const Places &places, const QString &branch)
{
    const auto rows = places.onShards.find(branch);
    return rows == places.onShards.end() ? std::vector<Here>() : rows->second;
}

/// Whether nothing but the shard's own word is missing: nobody else has the branch or is about to, and
/// everybody has been asked.
bool mayBeTold(const Databases &databases, const std::vector<Here> &rows)
{
    return databases.isComplete &&
           std::all_of(rows.begin(), rows.end(), [](const Here &one) { return one.state == "retired"_L1; });
}

/// Whether a shard's active row is newer than what main says, and no other shard says anything else.
bool mayBeWritten(const Databases &databases, const Place &main, const std::vector<Here> &rows,
                  const Here &here)
{
    const auto isOther = [&](const Here &one) {
        return one.shard != here.shard && one.state != "retired"_L1;
    };
    return databases.isComplete && !here.shard->id.isEmpty() &&
           std::none_of(rows.begin(), rows.end(), isOther) &&
           (main.shard.isEmpty() || (main.shard == here.shard->name && main.epoch < here.epoch));
}

/// What is wrong about a row of a shard; that of a branch that was moved away is right everywhere but at
/// home.
QString codeOf(const Databases &databases, const Place &main, const std::vector<Here> &rows, const Here &here)
{
    const bool isHome = main.shard == here.shard->name;
    if (here.state == "active"_L1) {
        if (isHome && main.epoch == here.epoch && main.state == "active"_L1)
            return {};
        if (mayBeWritten(databases, main, rows, here))
            return u"branch_unplaced"_s;
        return isHome ? u"placement_unclear"_s : u"branch_active_elsewhere"_s;
    }
    return here.state == "retired"_L1 && !isHome ? QString() : u"placement_unclear"_s;
}

/// What is wrong about the branch's own shard when that has no row of it.
QString codeOfMissing(const Databases &databases, const std::vector<Here> &rows)
{
    return mayBeTold(databases, rows) ? u"placement_missing"_s : u"placement_unclear"_s;
}

} // namespace

std::vector<Finding> comparePlacements(Databases &databases)
{
    const QStringList moving = ids(databases.main->exec(movingBranches));
    const Places places = read(databases);
    std::vector<Finding> findings;
    const auto add = [&](const QString &code, const QString &database, const QString &branch) {
        if (!code.isEmpty())
            findingOf(findings, code, database, u"branch_placement"_s).add(branch);
    };
    for (const auto &[branch, rows] : places.onShards) {
        if (moving.contains(branch))
            continue;
        const auto known = places.inMain.find(branch);
        const Place main = known == places.inMain.end() ? Place() : known->second;
        for (const Here &here : rows)
            add(codeOf(databases, main, rows, here), here.shard->session->database(), branch);
    }
    for (const auto &[branch, place] : places.inMain) {
        const std::vector<Here> rows = rowsOf(places, branch);
        if (place.shard.isEmpty() && rows.empty() && !place.isRemoved && !moving.contains(branch))
            add(u"placement_unclear"_s, databases.main->database(), branch);
    }
    for (const ShardDatabase &shard : databases.shards) {
        if (shard.id.isEmpty())
            findingOf(findings, u"shard_unknown"_s, shard.session->database(), u"shards"_s).add(shard.name);
        QStringList owned = moving;
        for (const auto &[branch, place] : places.inMain) {
            if (place.shard != shard.name)
                continue;
            owned << branch;
            const std::vector<Here> rows = rowsOf(places, branch);
            const bool isKnown =
                std::any_of(rows.begin(), rows.end(), [&](const Here &one) { return one.shard == &shard; });
            if (!isKnown && !moving.contains(branch))
                add(codeOfMissing(databases, rows), shard.session->database(), branch);
        }
        const Rows rows = shard.session->exec(foreignRows, {arrayLiteral(owned)});
        for (int i = 0; i < rows->rowCount(); ++i) {
            const auto row = rows->row(i);
            Finding &finding =
                findingOf(findings, u"rows_elsewhere"_s, shard.session->database(), row.text("name"));
            finding.add(row.text("id"));
            finding.count += row.number("number") - 1;
            finding.note = tr("The examples are ids of branches.");
        }
    }
    return findings;
}

void repairPlacements(Databases &databases, const std::vector<Finding> &findings,
                      const std::function<void(const QString &)> &say)
{
    const Places places = read(databases);
    for (const Finding &finding : findings) {
        const ShardDatabase *shard = shardOf(databases, finding.database);
        if (!shard)
            continue;
        for (const QString &branch : finding.keys) {
            const auto main = places.inMain.find(branch);
            if (main == places.inMain.end())
                continue; // not until the branch itself is back
            const std::vector<Here> rows = rowsOf(places, branch);
            const auto here =
                std::find_if(rows.begin(), rows.end(), [&](const Here &one) { return one.shard == shard; });
            if (finding.code == "placement_missing"_L1 && here == rows.end() && mayBeTold(databases, rows)) {
                shard->session->exec(adoptBranch, {branch, main->second.epoch});
                say(tr("Told %1 that the branch %2 lives there.").arg(finding.database, branch));
            } else if (finding.code == "branch_unplaced"_L1 && here != rows.end() &&
                       here->state == "active"_L1 && mayBeWritten(databases, main->second, rows, *here)) {
                if (databases.main->exec(placeAgain, {branch, shard->id, here->epoch})->rowCount() > 0)
                    say(tr("Wrote into main that the branch %1 lives on %2.").arg(branch, finding.database));
            }
        }
    }
}

} // namespace Branchline::Internal
