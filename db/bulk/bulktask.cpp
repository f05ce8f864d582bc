// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/bulktask.h"

#include "db/bulk/bulkdatabase.h"
#include "db/bulk/rowcopy.h"

#include <QCoreApplication>
#include <QJsonDocument>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Internal {

namespace {

constexpr Statement readProgress{
    "import_progress"_L1,
    "SELECT line, position, written, present, refused, is_done FROM import_staging.progress WHERE task = ?::text"_L1};
constexpr Statement markDone{"import_task_done"_L1,
                             "INSERT INTO import_staging.progress (task, is_done) VALUES (?::text, true) "
                             "ON CONFLICT (task) DO UPDATE SET is_done = true"_L1};
constexpr Statement enterBatch{"import_enter_batch"_L1,
                               "SELECT import_staging.enter_batch(?::text, ?::bigint)"_L1};

constexpr auto rateWindow = 20s;

QString tr(const char *text)
{
    return QCoreApplication::translate("BulkImport", text);
}

/// One task under way.
class Writer
{
public:
    Writer(Session &session, const BulkTask &task, BulkState &state)
        : m_session(session)
        , m_task(task)
        , m_state(state)
        , m_name("import " + task.name.toLatin1())
        , m_sql("SELECT written, present, refused FROM import_staging." + task.function.toLatin1() +
                "(?::jsonb)")
    {
        makeStagingTable(session, task.file);
    }

    void run(const TaskProgress &begun)
    {
        BulkReader reader(m_task.source.path, m_task.file, m_task.filter, m_task.shelves);
        if (begun.position > 0)
            reader.seek(begun.position, begun.line);
        m_position = begun.position;
        BulkBatch batch;
        do {
            m_state.check();
            reader.fill(batch, m_task.batchRows);
            if (batch.rows.empty())
                continue;
            write(batch, 0, batch.rows.size());
            if (++m_batches == m_nextLook)
                lookAtTables();
        } while (!batch.isAtEnd);
    }

private:
    /// The rows from `first` to before `last`. What a constraint refuses that the functions do not know is
    /// found by halving, and costs itself only.
    void write(const BulkBatch &batch, size_t first, size_t last)
    {
        const bool isWhole = last == batch.rows.size();
        const QJsonObject facts{{u"last_line"_s, isWhole ? batch.lastLine : batch.rows[last - 1].lastLine},
                                {u"position"_s, isWhole ? batch.position : batch.rows[last - 1].position},
                                {u"first_line"_s, batch.rows[first].line}};
        try {
            attempt(batch.slice(first, last), facts);
        } catch (const DbException &e) {
            if (!isAboutRows(e.error()))
                throw DbException(placed(e.error(), facts));
            if (last - first > 1) {
                const size_t middle = first + (last - first) / 2;
                write(batch, first, middle);
                write(batch, middle, last);
                return;
            }
            const QByteArray row = refusedRow(m_task.file, batch.rows[first].line, reasonOf(e.error()));
            attempt(row, facts);
        }
        const double share = static_cast<double>(facts.value("position"_L1).toInteger() - m_position) /
                             static_cast<double>(m_task.source.size);
        m_state.add(m_task.isCounted ? static_cast<qint64>(last - first) : 0, m_task.work() * share);
        m_position = facts.value("position"_L1).toInteger();
    }

    /// Plans that were made while the tables were small, or when nothing was known of them, take the wrong
    /// index and read whole branches for every row. This makes them anew.
    void lookAtTables()
    {
        m_nextLook *= 8;
        if (m_task.tables.isEmpty())
            return;
        repeatedly([this] {
            m_session.execText(u"analyze"_s, "ANALYZE public."_L1 + m_task.tables.join(", public."_L1));
        });
    }

    /// A value or a constraint; or an index that has no room for a value (54000).
    static bool isAboutRows(const DbError &error)
    {
        return error.sqlState.startsWith("22"_L1) || error.sqlState.startsWith("23"_L1) ||
               error.sqlState == "54000"_L1;
    }

    /// The server's words, but where they quote the value.
    static QString reasonOf(const DbError &error)
    {
        return error.sqlState.startsWith("22"_L1)
                   ? tr("The database takes one of its values not as what it should be (SQLSTATE %1).")
                         .arg(error.sqlState)
                   : tr("The database refuses it: %1").arg(error.message);
    }

    /// Which rows it was about.
    [[nodiscard]] DbError placed(DbError error, const QJsonObject &facts) const
    {
        if (error.kind == DbErrorKind::Canceled)
            return error;
        error.message += u' ' + tr("This was at lines %1 to %2 of %3.")
                                    .arg(facts.value("first_line"_L1).toInteger())
                                    .arg(facts.value("last_line"_L1).toInteger())
                                    .arg(m_task.source.path);
        if (error.hint.isEmpty())
            error.hint = tr("What is in stays. Run the same command again, and it goes on from there.");
        return error;
    }

    void attempt(QByteArrayView rows, const QJsonObject &facts)
    {
        repeatedly([&] { once(rows, facts); }, [this] { m_state.check(); });
    }

    void once(QByteArrayView rows, QJsonObject facts)
    {
        for (auto it = m_task.facts.begin(); it != m_task.facts.end(); ++it)
            facts.insert(it.key(), it.value());
        facts.insert(u"task"_s, m_task.name);
        if (m_task.lookup) {
            const QJsonObject found = m_task.lookup(rows, facts.value("first_line"_L1).toInteger(),
                                                    facts.value("last_line"_L1).toInteger());
            for (auto it = found.begin(); it != found.end(); ++it)
                facts.insert(it.key(), it.value());
        }
        Transaction transaction(m_session);
        m_session.exec(enterBatch, {m_task.name, m_position});
        copyIn(m_session, rows);
        m_session.exec({QLatin1StringView(m_name), QLatin1StringView(m_sql)},
                       {QString::fromUtf8(QJsonDocument(facts).toJson(QJsonDocument::Compact))});
        transaction.commit();
    }

    Session &m_session;
    const BulkTask &m_task;
    BulkState &m_state;
    const QByteArray m_name;
    const QByteArray m_sql;
    qint64 m_position = 0; ///< up to which the file is in
    int m_batches = 0;
    int m_nextLook = 1; ///< after so many batches
};

} // namespace

void BulkState::check() const
{
    if (m_isCancelled || m_hasFailed) {
        throw DbException({.kind = DbErrorKind::Canceled,
                           .message = tr("The import was cancelled; what is in stays."),
                           .hint = tr("Run the same command again, and it goes on from there.")});
    }
}

void BulkState::say(const QString &step)
{
    const std::lock_guard lock(m_mutex);
    m_step = step;
}

void BulkState::begin(double total, double done)
{
    const std::lock_guard lock(m_mutex);
    m_total = total;
    m_work = done;
}

void BulkState::add(qint64 rows, double work)
{
    const std::lock_guard lock(m_mutex);
    m_rows += rows;
    m_work += work;
    m_moments.push_back({Clock::now(), m_rows, m_work});
    while (m_moments.back().at - m_moments.front().at > rateWindow)
        m_moments.pop_front();
}

LibraryImportProgress BulkState::progress() const
{
    const std::lock_guard lock(m_mutex);
    LibraryImportProgress now{.step = m_step, .rows = m_rows};
    if (m_total > 0)
        now.done = std::min(1.0, m_work / m_total);
    if (m_moments.size() < 2)
        return now;
    const Moment &first = m_moments.front();
    const double seconds = std::chrono::duration<double>(Clock::now() - first.at).count();
    now.rowsPerSecond = static_cast<double>(m_rows - first.rows) / seconds;
    const double speed = (m_work - first.work) / seconds;
    if (speed > 0)
        now.remaining = std::chrono::seconds(static_cast<qint64>((m_total - m_work) / speed));
    return now;
}

TaskProgress taskProgress(Session &session, const QString &task)
{
    const Rows rows = session.exec(readProgress, {task});
    if (rows->rowCount() == 0)
        return {};
    const auto row = rows->row(0);
    return {row.number("line"),    row.number("position"), row.number("written"),
            row.number("present"), row.number("refused"),  row.flag("is_done")};
}

void finishTask(Session &session, const QString &task)
{
    session.exec(markDone, {task});
}

void runTask(Session &session, const BulkTask &task, BulkState &state)
{
    const TaskProgress begun = taskProgress(session, task.name);
    if (begun.isDone)
        return;
    Writer(session, task, state).run(begun);
    task.source.requireUnchanged();
    finishTask(session, task.name);
}

} // namespace Branchline::Internal
