// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/reconcile.h"

#include "db/cluster/migrationtargets.h"
#include "db/reconcile/adoption.h"
#include "db/reconcile/barcodes.h"
#include "db/reconcile/foreignkeys.h"
#include "db/reconcile/openloans.h"
#include "db/reconcile/placements.h"
#include "db/reconcile/references.h"
#include "db/reconcile/rowchecks.h"
#include "db/reconcile/streams.h"
#include "db/routing/shardidentity.h"
#include "db/schema/sessionlock.h"

#include <QCoreApplication>

#include <algorithm>
#include <thread>

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

namespace {

/// Repairs may bring to light what they could not see before: a copy whose book has arrived, rows whose
/// stream goes again.
constexpr int mostRounds = 4;

constexpr Statement isSuperuser{"is_superuser"_L1,
                                "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"_L1};
constexpr Statement importBegun{"import_begun"_L1,
                                "SELECT to_regclass('import_staging.run') IS NOT NULL AS is_begun"_L1};
constexpr Statement importStarted{
    "import_started"_L1, "SELECT coalesce(min(started_at)::text, '') AS at FROM import_staging.run"_L1};
constexpr Statement shardIds{"shard_ids"_L1,
                             "SELECT id::text AS id, name FROM public.shards WHERE deleted_at IS NULL"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Reconcile", text);
}

std::unique_ptr<Session> openDatabase(const Target &target, const ReconcileOptions &options)
{
    auto session = std::make_unique<Session>(
        SessionSettings{.database = target.database,
                        .url = target.url,
                        .application = u"branchlinectl %1 verify"_s.arg(QSysInfo::machineHostName()),
                        .statementTimeout = std::chrono::milliseconds(0),
                        .lockTimeout = std::chrono::milliseconds(0),
                        .echo = options.echo,
                        .patience = {options.patience, options.progress}});
    session->open();
    // A plan for any place in a table reads and sorts all of it for each range.
    session->execText(u"plan each statement anew"_s, u"SET plan_cache_mode = force_custom_plan"_s);
    if (!session->exec(isSuperuser)->row(0).flag("rolsuper")) {
        throw DbException({.kind = DbErrorKind::NotAllowed,
                           .message = tr("Verifying needs a superuser of %1.").arg(target.database),
                           .hint = tr("Name a superuser in the database's address."),
                           .database = target.database});
    }
    return session;
}

class Run final
{
public:
    Run(const AdminAddresses &addresses, const ReconcileOptions &options)
        : m_addresses(addresses)
        , m_options(options)
    {
        connect();
    }

    Reconciliation reconcile()
    {
        m_result.isRepaired = m_options.isRepairWanted;
        if (m_options.isRepairWanted)
            takeLock();
        m_result.findings = look();
        if (m_options.isRepairWanted)
            repair();
        return std::move(m_result);
    }

    QStringList resynchronise(const QString &shard)
    {
        for (const DbError &error : m_result.silent)
            throw DbException(error);
        takeLock();
        Internal::resynchronise(m_databases, {shard}, noted());
        return m_result.repairs;
    }

private:
    void takeLock()
    {
        takeSessionLock(*m_databases.main, setUpLock, [this] {
            say(tr("Somebody else sets up or repairs this library; waiting for the end of that."));
        });
    }

    void say(const QString &line) const
    {
        if (m_options.progress)
            m_options.progress(line);
    }

    std::function<void(const QString &)> noted()
    {
        return [this](const QString &line) {
            m_result.repairs << line;
            say(line);
        };
    }

    void connect()
    {
        for (const Target &target : targetsOf(m_addresses)) {
            try {
                auto session = openDatabase(target, m_options);
                if (target.role == DatabaseRole::Main)
                    m_databases.main = std::move(session);
                else
                    m_databases.shards.push_back(
                        {.name = target.shard, .id = {}, .session = std::move(session)});
            } catch (const DbException &e) {
                if (target.role == DatabaseRole::Main)
                    throw;
                m_result.silent.push_back(e.error());
            }
        }
        findUnnamed();
    }

    /// A shard that main knows and nobody named would be left out without a word.
    void findUnnamed()
    {
        const Rows rows = m_databases.main->exec(shardIds);
        for (int i = 0; i < rows->rowCount(); ++i) {
            const QString name = rows->row(i).text("name");
            const auto known = std::find_if(m_databases.shards.begin(), m_databases.shards.end(),
                                            [&](const ShardDatabase &one) { return one.name == name; });
            if (known != m_databases.shards.end())
                known->id = rows->row(i).text("id");
            else if (!m_addresses.shards.contains(name))
                m_result.silent.push_back(
                    {.kind = DbErrorKind::NotConfigured,
                     .message = tr("The address of the shard %1 is not set.").arg(name),
                     .hint = tr("Set DATABASE_URL_%1 beside DATABASE_URL.").arg(name.toUpper()),
                     .database = name + "_shard"_L1});
        }
        m_databases.isComplete = m_result.silent.empty();
        // With two addresses swapped everything would differ, and a repair would carry that out.
        for (const ShardDatabase &shard : m_databases.shards)
            requireIdentity(*shard.session, shard.name, shard.id);
    }

    [[nodiscard]] bool isWanted(const QStringList &tables) const
    {
        return m_options.table.isEmpty() || tables.contains(m_options.table);
    }

    /// A branch that is being added is on main first.
    std::vector<Finding> placements()
    {
        const auto first = comparePlacements(m_databases);
        if (first.empty())
            return {};
        std::this_thread::sleep_for(m_options.pause);
        std::vector<Finding> both;
        for (Finding &second : comparePlacements(m_databases)) {
            const auto before = std::find_if(first.begin(), first.end(), [&](const Finding &one) {
                return one.code == second.code && one.database == second.database &&
                       one.table == second.table;
            });
            if (before == first.end())
                continue;
            if (second.code != "rows_elsewhere"_L1) { // counts rows, and its keys are branches
                second.keys.removeIf([&](const QString &key) { return !before->keys.contains(key); });
                second.count = second.keys.size();
            }
            if (!second.keys.isEmpty())
                both.push_back(std::move(second));
        }
        return both;
    }

    /// Rows that are on their way look like damage, and what a repair made of them would be in their way.
    std::vector<Finding> importsUnderWay()
    {
        std::vector<Finding> found;
        const auto ask = [&found](Session &session) {
            if (!session.exec(importBegun)->row(0).flag("is_begun"))
                return;
            const QString started = session.exec(importStarted)->row(0).text("at");
            found.push_back({.code = u"import_under_way"_s,
                             .database = session.database(),
                             .table = u"import_staging"_s,
                             .count = 1,
                             .note = tr("It was begun at %1.").arg(started)});
        };
        ask(*m_databases.main);
        for (const ShardDatabase &shard : m_databases.shards)
            ask(*shard.session);
        return found;
    }

    std::vector<Finding> look()
    {
        std::vector<Finding> all = importsUnderWay();
        if (!all.empty())
            return all;
        const auto add = [&all](std::vector<Finding> some) {
            for (Finding &one : some) {
                Finding &known = findingOf(all, one.code, one.database, one.table);
                known.count += one.count;
                known.keys += one.keys;
                known.versions.insert(one.versions);
                known.note = one.note;
            }
        };
        say(tr("Waiting for main's changes to arrive on the shards …"));
        add(lookAtStreams(m_databases, m_options.arrival));
        say(tr("Comparing the copies of main's tables …"));
        add(compareReferences(
            m_databases,
            {.table = m_options.table, .rangeRows = m_options.rangeRows, .wait = m_options.arrival}));
        classifyRows(m_databases, all);
        if (isWanted({u"branch_placement"_s}))
            add(placements());
        if (isWanted({u"exemplar_barcodes"_s, u"physical_exemplars"_s})) {
            say(tr("Comparing main's list of barcodes with the copies …"));
            add(compareBarcodes(m_databases, {.pause = m_options.pause, .claimAge = m_options.claimAge}));
        }
        say(tr("Checking copies and loans …"));
        if (isWanted({u"book_lending"_s}))
            add(findLoansTwice(m_databases));
        add(checkRows(m_databases, m_options.table));
        if (m_options.table.isEmpty())
            add(checkForeignKeys(m_databases));
        return all;
    }

    [[nodiscard]] bool isToRepair(const Finding &finding) const
    {
        return kindOf(finding).isMechanical ||
               (finding.code == "ref_extra_unused"_L1 && m_options.extra != ExtraRows::Kept);
    }

    void repair()
    {
        std::vector<Finding> findings = m_result.findings;
        for (int round = 0; round < mostRounds; ++round) {
            if (std::none_of(findings.begin(), findings.end(),
                             [this](const Finding &one) { return isToRepair(one); }))
                break;
            const qsizetype before = m_result.repairs.size();
            // What is made of other rows comes after them.
            repairStreams(m_databases, findings, noted());
            repairRows(m_databases, findings, noted());
            repairReferences(m_databases, findings, noted());
            repairExtraRows(m_databases, findings, m_options.extra, noted());
            repairPlacements(m_databases, findings, noted());
            repairBarcodes(m_databases, findings, m_options.claimAge, noted());
            findings = look();
            if (m_result.repairs.size() == before)
                break;
        }
        m_result.left = findings;
    }

    const AdminAddresses &m_addresses;
    const ReconcileOptions &m_options;
    Databases m_databases;
    Reconciliation m_result;
};

} // namespace

bool Reconciliation::isComplete() const
{
    const auto &last = isRepaired ? left : findings;
    return silent.empty() && std::none_of(last.begin(), last.end(),
                                          [](const Finding &one) { return one.code == "apply_behind"_L1; });
}

QStringList verifiableTables()
{
    QStringList tables{u"branch_placement"_s, u"exemplar_barcodes"_s};
    for (const ReferenceStream &stream : referenceStreams())
        tables += stream.tables;
    for (const RowCheck &check : rowChecks())
        tables << check.table;
    tables.removeDuplicates();
    tables.sort();
    return tables;
}

Result<Reconciliation> reconcile(const AdminAddresses &addresses, const ReconcileOptions &options)
{
    try {
        return Run(addresses, options).reconcile();
    } catch (const DbException &e) {
        return e.error();
    }
}

Result<QStringList> resynchroniseShard(const AdminAddresses &addresses, const QString &shard,
                                       const ReconcileOptions &options)
{
    try {
        return Run(addresses, options).resynchronise(shard);
    } catch (const DbException &e) {
        return e.error();
    }
}

} // namespace Branchline
