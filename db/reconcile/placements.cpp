// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/placements.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr Statement placesInMain{
    "places_in_main"_L1,
    "SELECT b.id::text AS branch_id, coalesce(s.name, '') AS shard, coalesce(p.epoch, 0) AS epoch "
    "FROM public.branches AS b LEFT JOIN public.branch_placement AS p ON p.branch_id = b.id "
    "LEFT JOIN public.shards AS s ON s.id = p.shard_id "
    "WHERE NOT EXISTS (SELECT FROM public.branch_moves AS m WHERE m.branch_id = b.id AND m.finished_at IS "
    "NULL) "
    "ORDER BY b.id"_L1};
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
    "place_again"_L1, "INSERT INTO public.branch_placement AS p (branch_id, shard_id, epoch) VALUES "
                      "(?::uuid, ?::uuid, ?::bigint) "
                      "ON CONFLICT (branch_id) DO UPDATE SET epoch = excluded.epoch, state = 'active' "
                      "WHERE p.shard_id = excluded.shard_id AND p.epoch < excluded.epoch"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Reconcile", text);
}

struct Place
{
    QString shard;
    qint64 epoch = 0;
};

struct Here
{
    const ShardDatabase *shard = nullptr;
    qint64 epoch = 0;
};

struct Places
{
    std::map<QString, Place> inMain;
    std::map<QString, std::vector<Here>> active; ///< by branch
    std::map<QString, QSet<QString>> known;      ///< branches of which a shard has a row, by shard
};

Places read(Databases &databases)
{
    Places places;
    const Rows rows = databases.main->exec(placesInMain);
    for (int i = 0; i < rows->rowCount(); ++i) {
        const auto row = rows->row(i);
        places.inMain[row.text("branch_id")] = {row.text("shard"), row.number("epoch")};
    }
    for (const ShardDatabase &shard : databases.shards) {
        const Rows there = shard.session->exec(placesOnShard);
        for (int i = 0; i < there->rowCount(); ++i) {
            const auto row = there->row(i);
            places.known[shard.name].insert(row.text("branch_id"));
            if (row.text("state") == "active"_L1)
                places.active[row.text("branch_id")].push_back({&shard, row.number("epoch")});
        }
    }
    return places;
}

/// What is wrong about an active row of a shard.
QString codeOf(const Place &main, const Here &here, bool isOnly)
{
    if (main.shard == here.shard->name)
        return main.epoch == here.epoch  ? QString()
               : main.epoch < here.epoch ? u"branch_unplaced"_s
                                         : u"branch_active_elsewhere"_s;
    return main.shard.isEmpty() && isOnly ? u"branch_unplaced"_s : u"branch_active_elsewhere"_s;
}

} // namespace

std::vector<Finding> comparePlacements(Databases &databases)
{
    const QStringList moving = ids(databases.main->exec(movingBranches));
    const Places places = read(databases);
    std::vector<Finding> findings;
    for (const auto &[branch, active] : places.active) {
        if (moving.contains(branch))
            continue;
        const auto known = places.inMain.find(branch);
        const Place main = known == places.inMain.end() ? Place() : known->second;
        for (const Here &here : active) {
            const QString code = codeOf(main, here, active.size() == 1 && databases.isComplete);
            if (!code.isEmpty())
                findingOf(findings, code, here.shard->session->database(), u"branch_placement"_s).add(branch);
        }
    }
    for (const ShardDatabase &shard : databases.shards) {
        QStringList owned = moving;
        for (const auto &[branch, place] : places.inMain) {
            const auto known = places.known.find(shard.name);
            if (place.shard != shard.name)
                continue;
            owned << branch;
            if (known == places.known.end() || !known->second.contains(branch))
                findingOf(findings, u"placement_missing"_s, shard.session->database(), u"branch_placement"_s)
                    .add(branch);
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
        const auto shard =
            std::find_if(databases.shards.begin(), databases.shards.end(), [&](const ShardDatabase &one) {
                return one.session->database() == finding.database;
            });
        if (shard == databases.shards.end())
            continue;
        for (const QString &branch : finding.keys) {
            const auto main = places.inMain.find(branch);
            const auto active = places.active.find(branch);
            if (main == places.inMain.end())
                continue; // not until the branch itself is back
            if (finding.code == "placement_missing"_L1) {
                shard->session->exec(adoptBranch, {branch, main->second.epoch});
                say(tr("Told %1 that the branch %2 lives there.").arg(finding.database, branch));
            } else if (finding.code == "branch_unplaced"_L1 && active != places.active.end() &&
                       active->second.size() == 1) {
                databases.main->exec(placeAgain, {branch, shard->id, active->second.front().epoch});
                say(tr("Wrote into main that the branch %1 lives on %2.").arg(branch, finding.database));
            }
        }
    }
}

} // namespace Branchline::Internal
