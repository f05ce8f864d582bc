// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/bulk/bulkbatch.h"
#include "db/bulk/libraryfolder.h"
#include "db/bulk/libraryimport.h"
#include "db/connection/session.h"

#include <QJsonObject>

#include <atomic>
#include <deque>
#include <mutex>

namespace Branchline::Internal {

/// What all tasks of one import tell and are told; thread-safe.
class BulkState final
{
public:
    /// Throws Canceled once somebody has asked for it, or another task has failed.
    void check() const;
    void cancel() { m_isCancelled = true; }
    /// Something went wrong: the other tasks end between two batches.
    void fail() { m_hasFailed = true; }

    void say(const QString &step);
    /// How much there is to do, and how much of it was done before; see BulkTask::weight.
    void begin(double total, double done);
    void add(qint64 rows, double work);
    [[nodiscard]] LibraryImportProgress progress() const;

private:
    using Clock = std::chrono::steady_clock;
    struct Moment
    {
        Clock::time_point at;
        qint64 rows = 0;
        double work = 0;
    };

    std::atomic<bool> m_isCancelled = false;
    std::atomic<bool> m_hasFailed = false;
    mutable std::mutex m_mutex;
    QString m_step;
    qint64 m_rows = 0;
    double m_work = 0;
    double m_total = 0;
    std::deque<Moment> m_moments; ///< of the last seconds
};

/// Rows of one file that go into one database.
struct BulkTask
{
    QString name; ///< unique in its database: the key of its progress
    LibraryFile source;
    BulkFile file;
    QString function;   ///< of import_staging
    QStringList tables; ///< that it fills
    RowFilter filter = {};
    const Shelves *shelves = nullptr;
    size_t batchRows = 5000;
    QJsonObject facts;     ///< for the function: file name, checksum, ids
    double weight = 1;     ///< of a byte of the file compared with others, for the time that remains
    double share = 1;      ///< of the file, that goes to this database
    bool isCounted = true; ///< whether its rows count; another task of the file has told of them otherwise
    /// Asked for each batch what another database has to say of its rows; more facts.
    std::function<QJsonObject(QByteArrayView rows, qint64 firstLine, qint64 lastLine)> lookup = {};

    [[nodiscard]] double work() const { return weight * share * static_cast<double>(source.size); }
};

/// How far a task is.
struct TaskProgress
{
    qint64 line = 0;
    qint64 position = 0;
    qint64 written = 0;
    qint64 present = 0;
    qint64 refused = 0;
    bool isDone = false;
};
[[nodiscard]] TaskProgress taskProgress(Session &session, const QString &task);
void finishTask(Session &session, const QString &task);

/// Brings the rest of the rows in, batch by batch: each is one transaction together with how far the file is
/// then, so it may be killed at any time. Throws DbException; Canceled between two batches.
void runTask(Session &session, const BulkTask &task, BulkState &state);

} // namespace Branchline::Internal
