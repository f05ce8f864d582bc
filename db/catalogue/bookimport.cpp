// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/bookimport.h"

#include "db/catalogue/importfiles.h"
#include "db/catalogue/importrows.h"

#include <QHash>
#include <QSet>

#include <array>
#include <condition_variable>
#include <deque>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

using Clock = std::chrono::steady_clock;

/// So many rows one after another that fail alone, each for a reason of the program, are no bad rows.
constexpr int mostDefects = 20;

} // namespace

/// The import itself: one thread reads and cleans the next batch while main writes the two before, each by a
/// connection of its own. Batches are settled in the order of the file.
class BookImport::Run final
{
public:
    Run(Cluster &cluster, ImportOptions options)
        : m_options(std::move(options))
        , m_lanes{Lane{cluster.newMain()}, Lane{cluster.newMain()}}
    {}
    ~Run()
    {
        cancel();
        for (const Lane &lane : m_lanes)
            lane.main->stop();
        if (m_thread.joinable())
            m_thread.join();
    }
    Q_DISABLE_COPY_MOVE(Run)

    QFuture<Result<ImportReport>> start()
    {
        m_started = Clock::now();
        m_promise.start();
        auto future = m_promise.future();
        m_thread = std::thread([this] {
            m_promise.addResult(perform());
            m_promise.finish();
        });
        return future;
    }

    void cancel()
    {
        const std::lock_guard lock(m_mutex);
        m_cancelled = true;
        m_changed.notify_all();
    }

    ImportProgress progress() const
    {
        const std::lock_guard lock(m_mutex);
        ImportProgress now = m_progress;
        now.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - m_started);
        return now;
    }

private:
    struct Batch
    {
        std::vector<ImportRow> rows;
        QSet<quint64> keys;
        qint64 bytes = 0; ///< position in the file after it
        qint64 lastLine = 0;
    };
    using Pointers = std::vector<const ImportRow *>;
    using Answer = Result<std::vector<ImportAnswer>>;
    struct Lane
    {
        std::unique_ptr<Database> main;
        quint64 batches = 0; ///< that were sent
    };
    struct Sent
    {
        Batch batch;
        Database *main = nullptr;
        QFuture<Answer> answer;
    };
    using Answers = QHash<const ImportRow *, ImportAnswer>;

    Result<ImportReport> perform()
    {
        try {
            m_rows.open(m_options.file, [this] { return isCancelled(); }).orThrow();
            prepareFiles();
        } catch (const DbException &e) {
            return e.error();
        }
        try {
            importRows();
        } catch (const DbException &e) {
            m_report.error = e.error();
        }
        m_report.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - m_started);
        try {
            m_report.rejectsFile = m_rejects.finish();
            m_report.notesFile = m_notes.finish();
        } catch (const DbException &e) {
            if (!m_report.error)
                m_report.error = e.error();
        }
        m_report.counts = progress().counts;
        return m_report;
    }

    void prepareFiles();
    void importRows();
    [[nodiscard]] bool readBatch(Batch &batch);
    [[nodiscard]] bool hasToWait(const Batch &batch) const;
    void send(Batch batch);
    void settleOldest();
    void settleRest();
    void settle(const Sent &sent, Answer first);
    void settleRows(Database &main, const Pointers &rows, Answer result, Answers &answers);
    [[nodiscard]] Pointers goodRows(const Batch &batch) const;
    [[nodiscard]] bool waitAndTryAgain(const DbError &error, Clock::time_point giveUp);
    void take(const ImportRow &row, const ImportAnswer &answer);
    void reject(const ImportRow &row, const QString &reason);
    void note(const ImportRow &row, const QString &text);
    template <typename Change>
    void count(Change change)
    {
        const std::lock_guard lock(m_mutex);
        change(m_progress);
    }
    [[nodiscard]] bool isCancelled() const
    {
        const std::lock_guard lock(m_mutex);
        return m_cancelled;
    }

    const ImportOptions m_options;
    ImportRows m_rows;
    LateCsvFile m_rejects;
    LateCsvFile m_notes;
    ImportReport m_report;
    std::unique_ptr<ImportRow> m_carried; ///< read, but of the next batch
    std::array<Lane, 2> m_lanes;
    std::deque<Sent> m_sent; ///< and not settled, in the order of the file
    quint64 m_batches = 0;   ///< that were sent
    int m_defects = 0;

    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_cancelled = false;
    ImportProgress m_progress;
    Clock::time_point m_started = Clock::now();

    QPromise<Result<ImportReport>> m_promise;
    std::thread m_thread;
};

void BookImport::Run::prepareFiles()
{
    count([this](ImportProgress &p) { p.size = m_rows.source().size(); });
    m_report.remarks = m_rows.remarks();
    const bool mark = m_rows.source().hasByteOrderMark();
    const QString rejects =
        m_options.rejectsFile.isEmpty() ? nameBeside(m_options.file, u"rejects"_s) : m_options.rejectsFile;
    const QString notes =
        m_options.notesFile.isEmpty() ? nameBeside(m_options.file, u"notes"_s) : m_options.notesFile;
    requireThreeFiles(m_options.file, rejects, notes);
    const QStringList header = m_rows.columns().names() + QStringList{u"line"_s, u"reason"_s};
    m_rejects.prepare(rejects, header, m_rows.separator(), mark).orThrow();
    m_notes.prepare(notes, {u"line"_s, u"title"_s, u"note"_s}, m_rows.separator(), mark).orThrow();
}

void BookImport::Run::importRows()
{
    try {
        for (Batch batch; !isCancelled() && readBatch(batch); batch = {}) {
            while (hasToWait(batch))
                settleOldest();
            send(std::move(batch));
        }
        while (!m_sent.empty())
            settleOldest();
    } catch (const DbException &) { // of the disk or of main; what is under way counts
        settleRest();
        throw;
    }
    m_report.isCancelled = isCancelled();
}

/// One of two rows about one book must be in the catalogue before the other is looked at.
bool BookImport::Run::hasToWait(const Batch &batch) const
{
    return m_sent.size() == m_lanes.size() ||
           std::any_of(m_sent.cbegin(), m_sent.cend(),
                       [&batch](const Sent &sent) { return sent.batch.keys.intersects(batch.keys); });
}

void BookImport::Run::send(Batch batch)
{
    // The oldest is settled first, so the lane of the one before the last is free.
    Lane &lane = m_lanes[m_batches++ % m_lanes.size()];
    // Whenever what is in has doubled.
    const bool freshPlans = (lane.batches & (lane.batches - 1)) == 0;
    ++lane.batches;
    m_sent.push_back({std::move(batch), lane.main.get(), {}});
    Sent &sent = m_sent.back();
    sent.answer = sendBatch(*sent.main, goodRows(sent.batch), freshPlans);
}

void BookImport::Run::settleOldest()
{
    const Sent sent = std::move(m_sent.front());
    m_sent.pop_front();
    settle(sent, await(sent.answer));
}

/// After a failure: nothing is tried again, but what went in is reported.
void BookImport::Run::settleRest()
{
    const qint64 lastLine = m_report.lastLine; // what comes after the failure is not all in
    for (; !m_sent.empty(); m_sent.pop_front()) {
        if (Answer answer = await(m_sent.front().answer))
            settle(m_sent.front(), std::move(answer));
    }
    m_report.lastLine = lastLine;
}

bool BookImport::Run::readBatch(Batch &batch)
{
    const auto most = static_cast<size_t>(std::max(1, m_options.batchRows));
    while (batch.rows.size() < most) {
        ImportRow row;
        if (m_carried)
            row = std::move(*std::exchange(m_carried, nullptr));
        else if (!m_rows.next(row))
            break;
        // The first of two rows about one book must be in the catalogue before the second is looked at.
        if (row.firstLine > 0 && !batch.rows.empty() && row.firstLine >= batch.rows.front().source.line) {
            m_carried = std::make_unique<ImportRow>(std::move(row));
            break;
        }
        batch.lastLine = row.source.line;
        for (const quint64 key : row.keys)
            batch.keys.insert(key);
        batch.rows.push_back(std::move(row));
    }
    batch.bytes = m_rows.source().position();
    return !batch.rows.empty();
}

BookImport::Run::Pointers BookImport::Run::goodRows(const Batch &batch) const
{
    Pointers good;
    for (const ImportRow &row : batch.rows) {
        if (row.book.problem.isEmpty())
            good.push_back(&row);
    }
    return good;
}

/// Counts and files are changed only here, once the batch is in: what is reported is what is there.
void BookImport::Run::settle(const Sent &sent, Answer first)
{
    const Batch &batch = sent.batch;
    Answers answers;
    std::exception_ptr failure;
    try {
        settleRows(*sent.main, goodRows(batch), std::move(first), answers);
    } catch (const DbException &) {
        failure = std::current_exception(); // parts of the batch may be in nevertheless
    }
    for (const ImportRow &row : batch.rows) {
        const auto answer = answers.constFind(&row);
        if (answer != answers.cend())
            take(row, *answer);
        else if (!failure)
            reject(row, row.book.problem);
    }
    if (failure)
        std::rethrow_exception(failure);
    m_report.lastLine = batch.lastLine;
    count([&batch](ImportProgress &p) { p.bytes = batch.bytes; });
}

void BookImport::Run::settleRows(Database &main, const Pointers &rows, Answer result, Answers &answers)
{
    const auto giveUp = Clock::now() + m_options.patience;
    while (!result && waitAndTryAgain(result.error(), giveUp)) {
        result = await(sendBatch(main, rows));
        count([](ImportProgress &p) { p.isWaiting = false; });
    }
    if (result) {
        m_defects = 0;
        for (size_t i = 0; i < rows.size(); ++i)
            answers.insert(rows[i], result->at(i));
        return;
    }
    const DbError error = result.error();
    const bool isRow = error.kind == DbErrorKind::InvalidValue || error.kind == DbErrorKind::Conflict ||
                       error.kind == DbErrorKind::Internal ||
                       (error.kind == DbErrorKind::Timeout && rows.size() > 1 && !error.sqlState.isEmpty());
    if (!isRow || m_defects >= mostDefects || isCancelled())
        throw DbException(error);
    if (rows.size() == 1) {
        m_defects += error.kind == DbErrorKind::Internal ? 1 : 0;
        answers.insert(rows.front(), {.reason = error.message});
        return;
    }
    // One row spoils the batch: the halves find it.
    const auto middle = rows.begin() + static_cast<std::ptrdiff_t>(rows.size() / 2);
    for (const Pointers &half : {Pointers(rows.begin(), middle), Pointers(middle, rows.end())})
        settleRows(main, half, await(sendBatch(main, half)), answers);
}

bool BookImport::Run::waitAndTryAgain(const DbError &error, Clock::time_point giveUp)
{
    const bool isPassing = error.kind == DbErrorKind::Unreachable ||
                           error.kind == DbErrorKind::ConnectionLost ||
                           error.kind == DbErrorKind::Retryable ||
                           (error.kind == DbErrorKind::Timeout && error.sqlState.isEmpty());
    if (!isPassing || Clock::now() >= giveUp)
        return false;
    std::unique_lock lock(m_mutex);
    m_progress.isWaiting = error.isUnavailable();
    return !m_changed.wait_for(lock, 500ms, [this] { return m_cancelled; });
}

void BookImport::Run::take(const ImportRow &row, const ImportAnswer &answer)
{
    if (answer.outcome == ImportAnswer::Outcome::Rejected)
        return reject(row, answer.reason);
    for (const QString &text : row.book.notes)
        note(row, text);
    if (!answer.reason.isEmpty())
        note(row, answer.reason);
    count([&answer](ImportProgress &p) {
        ++p.counts.read;
        ++(answer.outcome == ImportAnswer::Outcome::Added     ? p.counts.added
           : answer.outcome == ImportAnswer::Outcome::Updated ? p.counts.updated
                                                              : p.counts.unchanged);
    });
}

void BookImport::Run::reject(const ImportRow &row, const QString &reason)
{
    const qsizetype columns = m_rows.columns().count();
    QByteArrayList cells = row.source.problem == CsvRow::Problem::None
                               ? row.source.cells
                               : QByteArrayList{row.source.raw.left(2000)};
    while (cells.size() < columns)
        cells << QByteArray();
    // More cells than columns: the rest stands in the last one.
    while (cells.size() > columns) {
        const QByteArray last = cells.takeLast();
        cells.last() += m_rows.separator() + last;
    }
    m_rejects.write(cells + QByteArrayList{QByteArray::number(row.source.line), reason.toUtf8()});
    if (m_report.firstRejects.size() < ImportReport::mostShown)
        m_report.firstRejects.push_back({row.source.line, row.book.title, reason});
    count([](ImportProgress &p) {
        ++p.counts.read;
        ++p.counts.rejected;
    });
}

void BookImport::Run::note(const ImportRow &row, const QString &text)
{
    m_notes.write({QByteArray::number(row.source.line), row.book.title.toUtf8(), text.toUtf8()});
    if (m_report.firstNotes.size() < ImportReport::mostShown)
        m_report.firstNotes.push_back({row.source.line, row.book.title, text});
    count([](ImportProgress &p) { ++p.counts.notes; });
}

BookImport::BookImport(Cluster &cluster, ImportOptions options)
    : m_run(std::make_unique<Run>(cluster, std::move(options)))
{}

BookImport::~BookImport() = default;

QFuture<Result<ImportReport>> BookImport::start()
{
    return m_run->start();
}

void BookImport::cancel()
{
    m_run->cancel();
}

ImportProgress BookImport::progress() const
{
    return m_run->progress();
}

} // namespace Branchline
