// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"
#include "models/shell/slowstatementmodel.h"

#include <QDateTime>
#include <QObject>
#include <QTimer>

#include <vector>

namespace Branchline {

/// What the lights of the status bar show about one database.
struct DatabaseState
{
    enum class Light { Idle, Ok, Slow, Down };
    QString name;  ///< "main" or "<name>_shard"
    QString label; ///< "main database", or the bare name of a shard
    bool isMain = false;
    Light light = Light::Idle;
    int milliseconds =
        0;           ///< that the database took for the last answer; waiting for a connection is not counted
    QDateTime since; ///< when it turned down; invalid while it is not
    QString problem; ///< why it is down, or why nobody knows: a sentence and the next step
    PoolGauges pool; ///< this program's connections to it
};

/// Asks every database once a second whether it answers, over the connections that the program has anyway,
/// and reads the directory again every 30 seconds. A light turns at the latest 2.5 seconds after its database
/// stopped answering. A question that found no free connection says nothing about the database: the light
/// stays as it was. GUI thread only; it never waits.
class ClusterMonitor final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ClusterMonitor)

public:
    explicit ClusterMonitor(Cluster &cluster, QObject *parent = nullptr);

    void start();
    /// Main first, then the shards by name.
    [[nodiscard]] const std::vector<DatabaseState> &databases() const { return m_databases; }
    /// "3 of 3 shards", or "2 of 3 shards, missing: tertiary", after "Main database does not answer;" while
    /// it does not; empty until something is known.
    [[nodiscard]] QString summary() const;
    /// The last slow statements of this program.
    [[nodiscard]] SlowStatementModel *slowStatements() { return &m_slow; }
    /// The login that the databases know, as soon as one has answered.
    [[nodiscard]] const QString &login() const { return m_login; }

Q_SIGNALS:
    /// A light, an answer time or the list of databases changed.
    void changed();
    /// A directory was read, from main or from the workstation's copy.
    void directoryChanged();
    void loginKnown();
    /// A database answers again: "main database" or "shard north".
    void recovered(const QString &label);

private:
    void tick();
    void probeShards();
    void readDirectory();
    void probe(const QString &name, const QString &label, bool isMain, Database *database);
    struct Answer
    {
        QString login;
        int milliseconds = 0;
    };
    void probed(const QString &name, const Result<Answer> &answer);
    void noteFailure(DatabaseState &state, const DbError &error);
    DatabaseState &stateOf(const QString &name, const QString &label, bool isMain);

    Cluster &m_cluster;
    QTimer m_timer;
    std::vector<DatabaseState> m_databases;
    QStringList m_probing; ///< names whose answer is still awaited
    QString m_login;
    SlowStatementModel m_slow;
    int m_ticksToDirectory = 0;
    bool m_readingDirectory = false;
};

} // namespace Branchline
