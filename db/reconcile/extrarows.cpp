// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/adoption.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

/// Rows of a table that go with rows of another one.
struct Companion
{
    QLatin1StringView table;
    QLatin1StringView of;
    QLatin1StringView query; ///< the keys, as id, that go with the keys that are given
};

constexpr Companion companions[] = {
    {"user_cards"_L1, "users_ref"_L1,
     "SELECT id::text AS id FROM public.user_cards WHERE user_id = ANY (?::uuid[])"_L1},
    {"user_blocks"_L1, "users_ref"_L1,
     "SELECT id::text AS id FROM public.user_blocks WHERE user_id = ANY (?::uuid[])"_L1},
    {"user_types"_L1, "users_ref"_L1,
     "SELECT DISTINCT user_type_id::text AS id FROM public.users_ref WHERE id = ANY (?::uuid[])"_L1},
    {"branches"_L1, "users_ref"_L1,
     "SELECT DISTINCT home_branch_id::text AS id FROM public.users_ref WHERE id = ANY (?::uuid[])"_L1},
    {"branch_settings"_L1, "branches"_L1,
     "SELECT branch_id || '/' || key AS id FROM public.branch_settings WHERE branch_id = ANY (?::uuid[])"_L1},
    {"branch_calendar"_L1, "branches"_L1,
     "SELECT branch_id || '/' || id AS id FROM public.branch_calendar WHERE branch_id = ANY (?::uuid[])"_L1}};

QString tr(const char *text)
{
    return QCoreApplication::translate("Reconcile", text);
}

bool isRight(const QString &table)
{
    return table.startsWith("staff"_L1);
}

/// The keys of every table that stand as ref_extra on any shard.
std::map<QString, QStringList> extraKeys(const std::vector<Finding> &findings)
{
    std::map<QString, QStringList> keys;
    for (const Finding &finding : findings) {
        if (finding.code == "ref_extra"_L1 && !isRight(finding.table))
            keys[finding.table] += finding.keys;
    }
    for (auto &[table, some] : keys)
        some.removeDuplicates();
    return keys;
}

/// Those that something needs, by table.
std::map<QString, QSet<QString>> neededKeys(Databases &databases, const std::map<QString, QStringList> &extra)
{
    std::map<QString, QSet<QString>> needed;
    for (const auto &[table, keys] : extra) {
        const QStringList some = referredTo(databases, table, keys);
        needed[table] = QSet<QString>(some.begin(), some.end());
    }
    for (const Companion &one : companions) {
        const auto keys = extra.find(one.table);
        if (keys == extra.end() || needed[one.of].isEmpty())
            continue;
        const QSet<QString> candidates(keys->second.begin(), keys->second.end());
        for (const QStringList &some : batches(needed[one.of].values())) {
            for (const ShardDatabase &shard : databases.shards) {
                const QStringList with =
                    ids(ask(*shard.session, "companions"_L1, one.query, {arrayLiteral(some)}));
                needed[one.table].unite(candidates & QSet<QString>(with.begin(), with.end()));
            }
        }
    }
    return needed;
}

} // namespace

QString obstacle(const Databases &databases)
{
    if (!databases.isComplete)
        return tr("Not until every shard answers.");
    for (const ShardDatabase &shard : databases.shards) {
        if (shard.comparable.size() < static_cast<qsizetype>(referenceStreams().size()))
            return tr("Not until %1 has caught up with main.").arg(shard.session->database());
    }
    return {};
}

namespace {

/// Moves keys of a finding to another code.
void recode(std::vector<Finding> &findings, size_t from, const QString &code, const QSet<QString> &keys,
            const QString &note)
{
    if (keys.isEmpty())
        return;
    Finding moved{.code = code, .database = findings[from].database, .table = findings[from].table};
    moved.note = note;
    for (const QString &key : findings[from].keys) {
        if (keys.contains(key))
            moved.add(key);
    }
    findings[from].keys.removeIf([&](const QString &key) { return keys.contains(key); });
    findings[from].count -= moved.count;
    findings.push_back(std::move(moved));
}

void separateExtra(Databases &databases, std::vector<Finding> &findings)
{
    const std::map<QString, QStringList> extra = extraKeys(findings);
    const auto needed = neededKeys(databases, extra);
    const QString note = obstacle(databases);
    const size_t number = findings.size();
    for (size_t i = 0; i < number; ++i) {
        if (findings[i].code != "ref_extra"_L1)
            continue;
        if (isRight(findings[i].table)) {
            findings[i].code = u"right_extra"_s;
            continue;
        }
        findings[i].note = note;
        const auto keys = needed.find(findings[i].table);
        const QSet<QString> all(findings[i].keys.begin(), findings[i].keys.end());
        recode(findings, i, u"ref_extra_unused"_s, keys == needed.end() ? all : all - keys->second, note);
    }
}

/// Who was purged on the shard and is a person on main.
QSet<QString> purgedHere(Databases &databases, Session &shard, const Finding &finding)
{
    const ReferenceTable table(*databases.main, finding.table);
    const QString mark = table.purgedMark(u"t"_s);
    QSet<QString> purged;
    if (mark.isEmpty())
        return purged;
    for (const QStringList &some : batches(finding.keys)) {
        const auto marked = [&](Session &session) {
            const QStringList keys = ids(
                ask(session, "purged_rows"_L1,
                    u"SELECT t.id::text AS id FROM public.%1 AS t WHERE t.id = ANY (?::uuid[]) AND %2"_s.arg(
                        finding.table, mark),
                    {arrayLiteral(some)}));
            return QSet<QString>(keys.begin(), keys.end());
        };
        purged.unite(marked(shard) - marked(*databases.main));
    }
    return purged;
}

void separatePurged(Databases &databases, std::vector<Finding> &findings)
{
    const size_t number = findings.size();
    for (size_t i = 0; i < number; ++i) {
        const ShardDatabase *shard = shardOf(databases, findings[i].database);
        if (shard && (findings[i].code == "ref_changed"_L1 || findings[i].code == "update_skipped"_L1))
            recode(findings, i, u"purge_undone"_s, purgedHere(databases, *shard->session, findings[i]), {});
    }
}

} // namespace

void classifyRows(Databases &databases, std::vector<Finding> &findings)
{
    separateExtra(databases, findings);
    separatePurged(databases, findings);
    std::vector<Finding> all;
    for (Finding &one : findings) {
        if (one.count <= 0 && one.keys.isEmpty())
            continue;
        // A row may differ in both ways, one of them twice.
        Finding &known = findingOf(all, one.code, one.database, one.table);
        known.count += one.count;
        known.keys += one.keys;
        known.note = one.note;
        known.versions.insert(one.versions);
    }
    findings = std::move(all);
}

} // namespace Branchline::Internal
