// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/worker.h"

#include "db/connection/poolerrors.h"

#include <QLoggingCategory>

#include <libpq-fe.h>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

Q_LOGGING_CATEGORY(poolLog, "branchline.pool")

std::shared_ptr<pg_cancel> cancelerOf(const Session &session)
{
    return {PQgetCancel(session.handle()), PQfreeCancel};
}

} // namespace

Worker::Worker(std::shared_ptr<Pool> pool, std::shared_ptr<Seat> seat)
    : m_pool(std::move(pool))
    , m_seat(std::move(seat))
{}

void Worker::start(std::shared_ptr<Pool> pool, const std::shared_ptr<Seat> &seat)
{
    seat->thread = std::thread([pool = std::move(pool), seat] { Worker(pool, seat).run(); });
}

void Worker::Finished::deliver()
{
    if (!job)
        return;
    job->finish(error ? &*error : nullptr);
    job.reset();
    error.reset();
}

void Worker::run()
{
    bool isWanted = true;
    while (isWanted && connect()) {
        serve();
        close();
        isWanted = m_pool->beginConnect(*m_seat);
    }
    m_pool->left(*m_seat);
}

bool Worker::connect()
{
    DbError error;
    try {
        m_session = std::make_unique<Session>(m_pool->options().session);
        m_session->setProgress(&m_seat->progress);
        m_session->open();
        const bool isWanted = m_pool->opened(*m_seat, m_session->socket(), cancelerOf(*m_session));
        if (isWanted && m_pool->options().check)
            m_pool->options().check(*m_session);
        if (isWanted && m_pool->ready(*m_seat))
            return true;
        close();
        m_pool->discard(*m_seat);
        return false;
    } catch (const DbException &e) {
        error = e.error();
        if (error.kind == DbErrorKind::ConnectionLost) // but no call was under way
            error.kind = DbErrorKind::Unreachable;
    } catch (const std::exception &e) {
        error = defectError(m_pool->name(), "connect"_L1, e);
    }
    close(); // one that was not checked is not used
    m_pool->connectFailed(*m_seat, error);
    return false;
}

void Worker::close()
{
    m_pool->closing(*m_seat);
    m_session.reset();
}

void Worker::serve()
{
    Finished finished;
    for (;;) {
        JobPtr job = m_pool->release(*m_seat);
        finished.deliver();
        if (!job)
            job = m_pool->waitIdle(*m_seat);
        if (!job)
            return;
        for (bool again = true; again;) {
            const std::optional<Start> start = prepare();
            if (!start)
                return m_pool->giveBack(*m_seat, true);
            if (start == Start::Answered)
                break;
            const Next next = perform(job, finished);
            if (next == Next::Close)
                return finished.deliver();
            again = next == Next::Again;
        }
    }
}

std::optional<Worker::Start> Worker::prepare()
{
    for (bool isProven = false;; isProven = true) {
        if (!m_session->isUsable())
            return std::nullopt;
        const Start start = m_pool->begin(*m_seat, isProven);
        if (start != Start::Validate)
            return start;
        const bool isAlive = validate();
        m_pool->validated(*m_seat, isAlive);
        if (!isAlive)
            return std::nullopt;
    }
}

bool Worker::validate()
{
    // Twice: the first may be hit by a late request to cancel the call before.
    for (int i = 0; i < 2; ++i) {
        try {
            m_session->execText(u"validate"_s, u"SELECT 1"_s);
            return true;
        } catch (const DbException &e) {
            if (e.error().sqlState != "57014"_L1)
                return false;
        }
    }
    return false;
}

Worker::Next Worker::perform(const JobPtr &job, Finished &finished)
{
    using What = Pool::Verdict::What;
    std::optional<DbError> error = attempt(*job);
    const bool isGone = error && error->needsNewConnection();
    const bool isLeak = !isGone && m_session->inTransaction();
    const bool isClean = !isLeak || rollBack(*job);
    if (isLeak && !error)
        error = leakError(m_pool->name(), job->call().operation);
    Pool::Verdict verdict = m_pool->judge(*m_seat, std::move(error));
    if (verdict.what == What::Again && isClean) {
        m_pool->pauseBeforeRetry(*m_seat);
        return Next::Again;
    }
    if (verdict.what == What::Again)
        m_pool->giveBack(*m_seat, false);
    if (verdict.what == What::Answer && verdict.mayAnswer)
        finished = {job, std::move(verdict.error)};
    return isClean && verdict.isFit && verdict.what == What::Answer ? Next::Served : Next::Close;
}

std::optional<DbError> Worker::attempt(Job &job)
{
    m_session->setOperation(job.call().operation);
    try {
        job.work(*m_session);
        return std::nullopt;
    } catch (const DbException &e) {
        return e.error();
    } catch (const std::exception &e) {
        return defectError(m_pool->name(), job.call().operation, e);
    }
}

bool Worker::rollBack(const Job &job)
{
    qCWarning(poolLog).noquote() << u"“%1” left a transaction open on %2; it is rolled back."_s.arg(
        job.call().operation, m_pool->name());
    m_pool->noteLeak(*m_seat);
    try {
        m_session->execText(u"ROLLBACK"_s, u"ROLLBACK"_s);
        // Whatever is not idle now, such as a copy that was begun, goes with its connection.
        return !m_session->inTransaction();
    } catch (const DbException &) {
        return false;
    }
}

} // namespace Branchline
