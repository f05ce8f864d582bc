// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/schema/lockwitness.h"

#include <QCoreApplication>

#include <condition_variable>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Internal {

namespace {

constexpr Statement blockers{
    "migration_blockers"_L1,
    "SELECT a.pid, coalesce(a.usename, '') AS login, coalesce(a.application_name, '') AS program, "
    "       coalesce(extract(epoch FROM now() - a.xact_start), 0)::int AS seconds "
    "  FROM unnest(pg_catalog.pg_blocking_pids(?::int)) AS b (pid) "
    "  JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b.pid ORDER BY a.xact_start LIMIT 3"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Migrator", text);
}

} // namespace

LockWitness::LockWitness(SessionSettings settings, qint64 backend, std::function<void(const QString &)> first)
    : m_first(std::move(first))
    , m_thread([this, settings = std::move(settings), backend](const std::stop_token &stop) {
        run(stop, settings, backend);
    })
{}

QString LockWitness::seen() const
{
    const std::scoped_lock lock(m_mutex);
    return m_seen;
}

void LockWitness::run(const std::stop_token &stop, const SessionSettings &settings, qint64 backend)
{
    std::mutex mutex;
    std::condition_variable_any stopped;
    try {
        Session session(settings);
        session.open();
        while (!stop.stop_requested()) {
            const Rows rows = session.exec(blockers, {backend});
            QStringList names;
            for (int i = 0; i < rows->rowCount(); ++i) {
                const auto row = rows->row(i);
                names << tr("process %1 (login %2, program %3, in a transaction for %4 s)")
                             .arg(row.text("pid"), row.text("login"), row.text("program"),
                                  row.text("seconds"));
            }
            if (!names.isEmpty()) {
                const QString all = names.join(", "_L1);
                if (m_first && seen().isEmpty())
                    m_first(all);
                const std::scoped_lock lock(m_mutex);
                m_seen = all;
            }
            std::unique_lock lock(mutex);
            stopped.wait_for(lock, stop, 100ms, [] { return false; });
        }
    } catch (const DbException &) {
        return; // it only makes a message better
    }
}

} // namespace Branchline::Internal
