// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"

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
    int milliseconds = 0; ///< of the last answer
    QString problem;      ///< why it is down: a sentence and the next step
};

/// Asks every database once a second whether it answers, over the connection that the program has anyway, and
/// reads the directory again every 30 seconds. A light turns at the latest 2.5 seconds after its database
/// stopped answering. GUI thread only; it never waits.
class ClusterMonitor final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ClusterMonitor)

public:
    explicit ClusterMonitor(Cluster &cluster, QObject *parent = nullptr);

    void start();
    /// Main first, then the shards by name.
    [[nodiscard]] const std::vector<DatabaseState> &databases() const { return m_databases; }
    /// "3 of 3 shards", or "2 of 3 shards, missing: tertiary"; empty until the shards are known.
    [[nodiscard]] QString summary() const;
    /// The login that the databases know, as soon as one has answered.
    [[nodiscard]] const QString &login() const { return m_login; }

Q_SIGNALS:
    /// A light, an answer time or the list of databases changed.
    void changed();
    /// A directory was read, from main or from the workstation's copy.
    void directoryChanged();
    void loginKnown();
    /// A database answers again.
    void recovered(const QString &label);

private:
    void tick();
    void probeShards();
    void readDirectory();
    void probe(const QString &name, const QString &label, bool isMain, Database *database);
    void probed(const QString &name, std::chrono::steady_clock::time_point start,
                const Result<QString> &login);
    DatabaseState &stateOf(const QString &name, const QString &label, bool isMain);

    Cluster &m_cluster;
    QTimer m_timer;
    std::vector<DatabaseState> m_databases;
    QStringList m_probing; ///< names whose answer is still awaited
    QString m_login;
    int m_ticksToDirectory = 0;
    bool m_readingDirectory = false;
};

} // namespace Branchline
