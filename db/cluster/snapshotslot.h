// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/session.h"

#include <memory>

struct pg_conn;

namespace Branchline::Internal {

/// Drops a slot of main that has lost its subscription, whoever still reads it; nothing when there is none.
void dropSlot(Session &main, const QString &name);

/// A logical replication slot on main, made together with a snapshot: the slot brings exactly what is
/// committed after the snapshot. The snapshot can be taken over by a transaction of main while this object
/// lives; the slot stays. Blocks, and throws DbException.
class SnapshotSlot final
{
public:
    /// Makes the slot; one of that name is dropped first, whoever still reads it. Making one waits for every
    /// transaction that is open on the server: Timeout after 30 s, naming their programs.
    SnapshotSlot(Session &main, const QString &name);
    ~SnapshotSlot();
    Q_DISABLE_COPY_MOVE(SnapshotSlot)

    /// For SET TRANSACTION SNAPSHOT.
    [[nodiscard]] const QString &snapshot() const { return m_snapshot; }

private:
    void open();
    void make(const QString &name);
    [[noreturn]] void fail() const;

    Session &m_main;
    std::unique_ptr<pg_conn, void (*)(pg_conn *)> m_connection;
    QString m_snapshot;
};

} // namespace Branchline::Internal
