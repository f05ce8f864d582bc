// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/bulkplan.h"

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

// Building the search vectors is most of the work in main, so it goes by several sessions.
constexpr int summaryLanes = 2;
constexpr size_t summaryRows = 1000;

// How long a byte of a file takes, compared with one of lendings.csv; for the time that remains.
constexpr double summaryWeight = 6;

RowFilter share(int lane)
{
    return {.column = "book_id"_L1,
            .accepts = [lane](const QUuid &id) { return id.data4[7] % summaryLanes == lane; },
            .takesStrays = lane == 0};
}

} // namespace

BulkPlan::BulkPlan(const LibraryFolder &folder, size_t shards)
    : m_folder(folder)
    , m_shards(shards)
{
    m_mainStages.push_back(
        {tasks({u"user_types"_s, u"users"_s}), tasks({u"authors"_s, u"categories"_s, u"books"_s})});
    m_mainStages.push_back(
        {tasks({u"book_translations"_s, u"book_categories"_s}), tasks({u"book_authors"_s})});
    std::vector<BulkTasks> last;
    if (folder.has(u"books"_s)) {
        for (int lane = 0; lane < summaryLanes; ++lane) {
            BulkTask summaries = task(u"summaries %1"_s.arg(lane), u"books"_s, u"write_summaries"_s);
            summaries.file.columns.resize(1);
            summaries.filter = share(lane);
            summaries.batchRows = summaryRows;
            summaries.weight = summaryWeight;
            summaries.share = 1.0 / summaryLanes;
            last.push_back({summaries});
        }
    }
    if (folder.has(u"exemplars"_s))
        last.push_back({task(u"exemplars"_s, u"exemplars"_s, u"write_barcodes"_s)});
    m_mainStages.push_back(last);
}

BulkTask BulkPlan::task(const QString &name, const QString &file, const QString &function) const
{
    const LibraryFile &known = m_folder.files.at(file);
    return {.name = name,
            .path = known.path,
            .size = known.size,
            .file = bulkFile(file),
            .function = function,
            .facts = {{u"file"_s, file + ".csv"_L1}, {u"sha256"_s, known.sha256}}};
}

BulkTasks BulkPlan::tasks(std::initializer_list<QString> files) const
{
    BulkTasks list;
    for (const QString &file : files) {
        if (m_folder.has(file))
            list.push_back(task(file, file, "write_"_L1 + file));
    }
    return list;
}

BulkTasks BulkPlan::shardTasks(const RowFilter &filter) const
{
    BulkTasks list = tasks({u"exemplars"_s, u"lendings"_s});
    for (BulkTask &task : list) {
        task.filter = filter;
        task.share = 1.0 / static_cast<double>(m_shards);
    }
    return list;
}

} // namespace Branchline::Internal
