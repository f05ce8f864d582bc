// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/bulkplan.h"

#include <QHash>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

// Building the search vectors is most of the work in main, so it goes by several sessions.
constexpr int summaryLanes = 2;
constexpr size_t summaryRows = 1000;

// How long a byte of a file takes, compared with one of lendings.csv; for the time that remains.
constexpr double summaryWeight = 6;

/// The tables that a function of import_staging fills by the million.
QStringList filledBy(const QString &function)
{
    static const QHash<QString, QStringList> tables{
        {u"write_users"_s, {u"users"_s, u"user_cards"_s, u"users_ref"_s}},
        {u"write_authors"_s, {u"authors"_s}},
        {u"write_books"_s, {u"books"_s}},
        {u"write_book_translations"_s, {u"book_data"_s}},
        {u"write_book_authors"_s, {u"author_book"_s}},
        {u"write_book_categories"_s, {u"category_book"_s}},
        {u"write_barcodes"_s, {u"exemplar_barcodes"_s}},
        {u"write_exemplars"_s, {u"physical_exemplars"_s, u"desk_event"_s}},
        {u"write_lendings"_s, {u"book_lending"_s, u"desk_event"_s, u"charges"_s}}};
    return tables.value(function);
}

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
            summaries.isCounted = false;
            last.push_back({summaries});
        }
    }
    if (folder.has(u"exemplars"_s)) {
        BulkTask barcodes = task(u"exemplars"_s, u"exemplars"_s, u"write_barcodes"_s);
        barcodes.isCounted = false;
        last.push_back({barcodes});
    }
    m_mainStages.push_back(last);
}

BulkTask BulkPlan::task(const QString &name, const QString &file, const QString &function) const
{
    const LibraryFile &known = m_folder.files.at(file);
    return {.name = name,
            .source = known,
            .file = bulkFile(file),
            .function = function,
            .tables = filledBy(function),
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
