// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/libraryimport.h"

#include "db/bulk/bulkdatabase.h"
#include "db/bulk/bulkplan.h"
#include "db/bulk/bulktask.h"
#include "db/bulk/copyclaims.h"
#include "db/bulk/importrecord.h"
#include "db/bulk/importshards.h"
#include "db/bulk/newbranches.h"
#include "db/cluster/replication.h"
#include "db/cluster/resume.h"
#include "db/routing/directory.h"

#include <QCoreApplication>

#include <functional>
#include <future>

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("BulkImport", text);
}

/// Waits for all, then throws what the first one that failed threw; tells the others to stop at once.
void inParallel(BulkState &state, std::vector<std::function<void()>> lanes)
{
    std::vector<std::future<void>> running;
    std::atomic<bool> hasFailed = false;
    for (auto &lane : lanes) {
        running.push_back(std::async(std::launch::async, [&state, &hasFailed, lane = std::move(lane)] {
            try {
                lane();
            } catch (...) {
                // Only the first failure is the reason; the others were told to stop.
                const bool isFirst = !hasFailed.exchange(true);
                state.fail();
                if (isFirst)
                    throw;
            }
        }));
    }
    std::exception_ptr failure;
    for (auto &lane : running) {
        try {
            lane.get();
        } catch (...) {
            failure = std::current_exception();
        }
    }
    if (failure)
        std::rethrow_exception(failure);
}

/// One run of an import.
class Run
{
public:
    Run(const AdminAddresses &addresses, const LibraryImportOptions &options, BulkState &state)
        : m_addresses(addresses)
        , m_options(options)
        , m_state(state)
    {}

    LibraryImportReport run()
    {
        try {
            return runAll();
        } catch (const DbException &e) {
            if (!m_isSuspended)
                throw;
            DbError error = e.error();
            error.hint += u' ' + tr("Until then the shards hear of no new block, card or right: "
                                    "“branchlinectl init --resume” makes their replication again at once.");
            throw DbException(error);
        }
    }

private:
    LibraryImportReport runAll()
    {
        m_state.say(tr("Reading the files …"));
        m_folder = readLibraryFolder(m_options.directory, [this] { m_state.check(); });
        m_state.say(tr("Connecting to main and the shards …"));
        m_main = openImport(u"main"_s, m_addresses.main, m_options);
        enterDatabase(*m_main, DatabaseRole::Main);
        if (auto report = finishedImport(*m_main, m_folder)) {
            if (hasStaging(*m_main, m_folder.identity)) { // killed between its last two steps
                m_shards = enterShards(*m_main, m_addresses, m_options);
                dropAllStaging(*m_main, m_shards);
            }
            return *report;
        }
        m_shards = enterShards(*m_main, m_addresses, m_options);
        prepare();
        fillMain();
        bringReferences();
        fillShards();
        return finish();
    }

    [[nodiscard]] std::vector<ReplicationTarget> targets() const { return targetsOf(m_shards); }

    void prepare()
    {
        prepareStaging(*m_main, DatabaseRole::Main, m_folder.identity);
        for (const ImportShard &shard : m_shards)
            prepareStaging(*shard.session, DatabaseRole::Shard, m_folder.identity);
        beginImport(*m_main, m_folder);
        m_plan = BulkPlan(m_folder, m_shards.size());
        m_shelves = readShelves(*m_main, m_folder);
        addNewBranches(*m_main, m_folder);
        m_directory = Directory::read(*m_main);
        countWork();
    }

    /// For the time that remains.
    void countWork()
    {
        double total = 0;
        double done = 0;
        const auto count = [&](Session &session, const BulkTask &task) {
            const TaskProgress progress = taskProgress(session, task.name);
            const double share = task.source.size > 0 ? static_cast<double>(progress.position) /
                                                            static_cast<double>(task.source.size)
                                                      : 0;
            total += task.work();
            done += task.work() * (progress.isDone ? 1 : share);
        };
        for (const auto &stage : m_plan.mainStages()) {
            for (const BulkTasks &lane : stage) {
                for (const BulkTask &task : lane)
                    count(*m_main, task);
            }
        }
        for (const ImportShard &shard : m_shards) {
            for (const BulkTask &task : shardTasks(shard))
                count(*shard.session, task);
        }
        m_state.begin(total, done);
    }

    void fillMain()
    {
        if (taskProgress(*m_main, u"references"_s).isDone)
            return;
        const qint64 references = m_folder.size(u"users"_s) + m_folder.size(u"books"_s);
        m_isSuspended = references > m_options.copyAbove || !hasReplication(targets());
        if (m_isSuspended)
            suspendReplication(*m_main, targets());
        m_state.say(tr("Bringing books and patrons into main …"));
        for (const auto &stage : m_plan.mainStages()) {
            std::vector<std::function<void()>> lanes;
            for (const BulkTasks &lane : stage) {
                lanes.emplace_back([this, &lane] {
                    const auto session = openImport(u"main"_s, m_addresses.main, m_options);
                    for (BulkTask task : lane) {
                        task.shelves = &m_shelves;
                        runTask(*session, task, m_state);
                    }
                });
            }
            inParallel(m_state, std::move(lanes));
            analyze(*m_main);
        }
        settleClaims(*m_main);
    }

    static void analyze(Session &session)
    {
        repeatedly([&session] { session.execText(u"analyze"_s, u"ANALYZE"_s); });
    }

    /// What the shards know of books and patrons: through the replication, or past it when it is much.
    void bringReferences()
    {
        if (!taskProgress(*m_main, u"references"_s).isDone) {
            m_state.check();
            m_state.say(tr("Bringing the summaries of books and patrons to the shards …"));
            if (m_isSuspended)
                resumeReplication(*m_main, targets(), [this](const ResumedTable &) { m_state.check(); });
            else
                waitForReplication(*m_main, targets());
            m_isSuspended = false;
            finishTask(*m_main, u"references"_s);
        } else {
            waitForReplication(*m_main, targets());
        }
        adoptBranches(*m_directory, m_shards);
    }

    [[nodiscard]] BulkTasks shardTasks(const ImportShard &shard) const
    {
        // What belongs to no branch goes to the first shard, which refuses it.
        const QString first = m_shards.front().name;
        QHash<QUuid, QString> places;
        for (const BranchEntry &branch : m_directory->branches()) {
            if (!branch.shard.isEmpty())
                places.insert(branch.id, branch.shard);
        }
        const bool takesStrays = shard.name == first;
        const auto accepts = [places, first, here = shard.name](const QUuid &branch) {
            return places.value(branch, first) == here;
        };
        return m_plan.shardTasks({.column = "branch_id"_L1, .accepts = accepts, .takesStrays = takesStrays});
    }

    void fillShards()
    {
        m_state.say(tr("Bringing copies and loans to the shards …"));
        const QJsonObject materials = materialTypes(*m_main);
        std::vector<std::function<void()>> lanes;
        for (const ImportShard &shard : m_shards) {
            lanes.emplace_back([this, &shard, materials] {
                const auto session = openImport(shard.name + "_shard"_L1, shard.url, m_options);
                CopyClaims claims(m_addresses.main, m_options);
                analyze(*session);
                for (BulkTask task : shardTasks(shard)) {
                    task.shelves = &m_shelves;
                    if (task.name == "exemplars"_L1) {
                        for (auto it = materials.begin(); it != materials.end(); ++it)
                            task.facts.insert(it.key(), it.value());
                        task.lookup = std::bind_front(&CopyClaims::without, &claims);
                    }
                    runTask(*session, task, m_state);
                }
                analyze(*session);
                settleCopies(*session);
                tellPrograms(*session);
            });
        }
        inParallel(m_state, std::move(lanes));
    }

    LibraryImportReport finish()
    {
        m_state.say(tr("Finishing …"));
        // Every book was written twice: without and with its words.
        repeatedly([this] { m_main->execText(u"vacuum"_s, u"VACUUM (ANALYZE) public.books"_s); });
        tellPrograms(*m_main);
        std::vector<Session *> shards;
        for (const ImportShard &shard : m_shards)
            shards.push_back(shard.session.get());
        LibraryImportReport report = endImport(*m_main, shards, m_folder, m_options.refusedFile);
        dropAllStaging(*m_main, m_shards);
        return report;
    }

    const AdminAddresses &m_addresses;
    const LibraryImportOptions &m_options;
    BulkState &m_state;
    LibraryFolder m_folder;
    BulkPlan m_plan;
    Shelves m_shelves;
    DirectoryPtr m_directory;
    std::unique_ptr<Session> m_main;
    ImportShards m_shards;
    bool m_isSuspended = false;
};

} // namespace

qint64 LibraryImportReport::written() const
{
    qint64 sum = 0;
    for (const ImportedFile &file : files)
        sum += file.written;
    return sum;
}

qint64 LibraryImportReport::refused() const
{
    qint64 sum = 0;
    for (const ImportedFile &file : files)
        sum += file.refused;
    return sum;
}

LibraryImport::LibraryImport(AdminAddresses addresses, LibraryImportOptions options)
    : m_addresses(std::move(addresses))
    , m_options(std::move(options))
    , m_state(std::make_unique<BulkState>())
{}

LibraryImport::~LibraryImport() = default;

Result<LibraryImportReport> LibraryImport::run()
{
    const auto begun = std::chrono::steady_clock::now();
    try {
        LibraryImportReport report = Run(m_addresses, m_options, *m_state).run();
        report.elapsed =
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
        return report;
    } catch (const DbException &e) {
        return e.error();
    }
}

void LibraryImport::cancel()
{
    m_state->cancel();
}

LibraryImportProgress LibraryImport::progress() const
{
    return m_state->progress();
}

} // namespace Branchline
