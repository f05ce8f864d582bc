// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/changes.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <map>
#include <memory>

namespace Branchline {

class ChangeWatch;

/// Asks the databases what changed, for everything that is on screen: each database that somebody watches at
/// most once per interval, with one small statement however many watch, and none that nobody watches. A
/// change at another desk is known after an interval at the latest. Nothing is missed: each question goes on
/// from the last answer, and after a silence anything may have changed. One for the program, shorter-lived
/// than the cluster. GUI thread only; it never waits.
class ChangeFeed final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ChangeFeed)

public:
    explicit ChangeFeed(Cluster &cluster, QObject *parent = nullptr);
    ~ChangeFeed() override;

    /// Nobody sees the window: it is enough to ask now and then. Seen again, every database is asked at once.
    void setSeen(bool seen);
    /// The directory was read, and branches may live elsewhere: asks what is watched now and was not before.
    void directoryChanged();

private:
    friend class ChangeWatch;
    struct Watched
    {
        QTimer timer;          ///< runs between an answer and the next question
        QString mark;          ///< of the last answer, also while nobody watches
        bool isAsked = false;  ///< an answer is awaited
        bool isSilent = false; ///< the last question had none
        bool isBehind = false; ///< asked for once more while an answer is awaited
    };

    void add(ChangeWatch *watch) { m_watches.append(watch); }
    void remove(ChangeWatch *watch) { m_watches.removeAll(watch); }
    [[nodiscard]] bool isWatched(const QString &shard) const;
    Watched &watched(const QString &shard);
    void ask(const QString &shard);
    void answered(const QString &shard, const Result<ChangesAnswer> &answer);

    Cluster &m_cluster;
    QList<ChangeWatch *> m_watches;
    std::map<QString, std::unique_ptr<Watched>> m_watched; ///< by bare name of the shard, empty for main
    bool m_isSeen = true;
};

/// What one view wants to know of. Without an interest it hears nothing and costs nothing. The feed outlives
/// it. GUI thread only.
class ChangeWatch final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ChangeWatch)

public:
    struct Interest
    {
        bool main = false;
        bool allShards = false;
        QUuid branch; ///< the shard of this branch, wherever it lives
    };

    explicit ChangeWatch(ChangeFeed &feed, QObject *parent = nullptr);
    ~ChangeWatch() override;

    /// From now on. What is shown is read after this call, or before the answer that heard() brings next.
    void setInterest(const Interest &interest);
    void stop() { setInterest({}); }
    [[nodiscard]] bool isOn() const;
    /// The patrons and books of which Changes::concerns() will be asked; called before each question, since
    /// rows are scrolled. A list of a hundred is small.
    void setAbout(std::function<QSet<QUuid>()> about) { m_about = std::move(about); }

Q_SIGNALS:
    /// A database answered; the shard is its bare name, empty for main. Mostly nothing has changed.
    void heard(const QString &shard, const Branchline::Changes &changes);
    /// A database did not answer, which is tried again.
    void silent(const QString &shard, const Branchline::DbError &error);

private:
    friend class ChangeFeed;
    [[nodiscard]] QStringList shards() const;

    ChangeFeed &m_feed;
    Interest m_interest;
    std::function<QSet<QUuid>()> m_about;
};

} // namespace Branchline
