// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/snapshotslot.h"

#include "db/cluster/replicationsource.h"

#include <QCoreApplication>
#include <QDeadlineTimer>

#include <libpq-fe.h>

#include <array>
#include <chrono>
#include <poll.h>
#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline::Internal {

namespace {

constexpr auto longestWait = 30s;

constexpr Statement slotReader{
    "slot_reader"_L1,
    "SELECT coalesce(active_pid, 0) AS pid FROM pg_replication_slots WHERE slot_name = ?::name"_L1};
constexpr Statement endReader{"end_slot_reader"_L1, "SELECT pg_terminate_backend(?::int)"_L1};
constexpr Statement dropIdleSlot{"drop_slot"_L1, "SELECT pg_drop_replication_slot(?::name)"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Replication", text);
}

using PgResult = std::unique_ptr<PGresult, decltype(&PQclear)>;

} // namespace

// A process that still sends does so into the void.
void dropSlot(Session &main, const QString &name)
{
    const QDeadlineTimer deadline(longestWait);
    for (;;) {
        const Rows rows = main.exec(slotReader, {name});
        if (rows->rowCount() == 0)
            return;
        const qint64 reader = rows->row(0).number("pid");
        if (reader == 0) {
            main.exec(dropIdleSlot, {name});
            return;
        }
        if (deadline.hasExpired()) {
            throw DbException({.kind = DbErrorKind::Timeout,
                               .message = tr("The replication slot %1 on main is still in use.").arg(name),
                               .hint = tr("Run init --resume again."),
                               .database = main.database()});
        }
        main.exec(endReader, {static_cast<int>(reader)});
        std::this_thread::sleep_for(20ms);
    }
}

SnapshotSlot::SnapshotSlot(Session &main, const QString &name)
    : m_main(main)
    , m_connection(nullptr, &PQfinish)
{
    dropSlot(main, name);
    open();
    make(name);
}

SnapshotSlot::~SnapshotSlot() = default;

/// Slots with a snapshot are made by a connection of the replication protocol only.
void SnapshotSlot::open()
{
    const QString address = m_main.settings()
                                .url.forWriting()
                                .with(u"replication"_s, u"database"_s)
                                .with(u"application_name"_s, m_main.settings().application)
                                .with(u"connect_timeout"_s, u"10"_s)
                                .with(u"options"_s, u"-c idle_in_transaction_session_timeout=0"_s)
                                .toConnInfo();
    m_connection.reset(PQconnectdb(address.toUtf8().constData()));
    if (PQstatus(m_connection.get()) != CONNECTION_OK)
        fail();
}

void SnapshotSlot::make(const QString &name)
{
    const QString command = u"CREATE_REPLICATION_SLOT \"%1\" LOGICAL pgoutput EXPORT_SNAPSHOT"_s.arg(name);
    if (PQsendQuery(m_connection.get(), command.toUtf8().constData()) == 0)
        fail();
    const QDeadlineTimer deadline(longestWait);
    while (PQisBusy(m_connection.get()) != 0) {
        pollfd waiting{.fd = PQsocket(m_connection.get()), .events = POLLIN, .revents = 0};
        if (::poll(&waiting, 1, static_cast<int>(deadline.remainingTime())) < 0 && errno != EINTR)
            fail();
        if (deadline.hasExpired()) {
            // The half-made slot goes with the connection.
            std::array<char, 256> reason{};
            const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> cancel(PQgetCancel(m_connection.get()),
                                                                            PQfreeCancel);
            PQcancel(cancel.get(), reason.data(), static_cast<int>(reason.size()));
            throw DbException(slotDelayed(m_main));
        }
        if (PQconsumeInput(m_connection.get()) == 0)
            fail();
    }
    const PgResult result(PQgetResult(m_connection.get()), &PQclear);
    const int column = PQfnumber(result.get(), "snapshot_name");
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK || column < 0)
        fail();
    m_snapshot = QString::fromUtf8(PQgetvalue(result.get(), 0, column));
    const PgResult end(PQgetResult(m_connection.get()), &PQclear);
}

void SnapshotSlot::fail() const
{
    throw DbException(
        {.kind =
             PQstatus(m_connection.get()) == CONNECTION_OK ? DbErrorKind::Conflict : DbErrorKind::Unreachable,
         .message = tr("A replication slot cannot be made on main."),
         .hint =
             tr("PostgreSQL says: %1").arg(QString::fromUtf8(PQerrorMessage(m_connection.get())).trimmed()),
         .database = m_main.database()});
}

} // namespace Branchline::Internal
