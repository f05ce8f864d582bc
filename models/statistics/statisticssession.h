// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/live/changefeed.h"
#include "models/statistics/activitymodel.h"
#include "models/statistics/branchfiguresmodel.h"
#include "models/statistics/statisticsfigures.h"

#include <QObject>
#include <QTimer>

#include <chrono>
#include <map>
#include <optional>

namespace Branchline {

/// The statistics page's state. Every shard is asked for itself: what one says is shown as soon as it is
/// there, and a silent one delays no other. While the page is on screen a shard is read when it tells of a
/// change, and once a minute. GUI thread only; it never waits.
class StatisticsSession final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StatisticsSession)

public:
    StatisticsSession(Cluster &cluster, ChangeFeed &feed, QObject *parent = nullptr);

    [[nodiscard]] BranchFiguresModel *branches() { return &m_branches; }
    [[nodiscard]] ActivityModel *activity() { return &m_activity; }
    [[nodiscard]] const StatisticsFigures &figures() const { return m_figures; }

    void setRange(FiguresRange range);
    /// The branch that sums and days are about; null for all. Branches are compared whatever it is.
    void setBranch(const QUuid &branch);
    /// Counts the older figures of shards that do not answer, until these answer again.
    void useLastKnown();
    void setOnScreen(bool onScreen);
    /// Reads every shard again.
    void refresh();

Q_SIGNALS:
    /// figures() and the models are new; they often say the same as before, at a later time.
    void changed();

private:
    enum class ShardState { Waiting, Answered, Missing };
    struct Shard
    {
        ShardState state = ShardState::Waiting;
        std::optional<ShardFigures> known;
        QString key;      ///< of the range and branch that `known` was read for
        QDateTime seenAt; ///< local time at which `known` was right
        /// When it was read; not by the wall clock, which may be set back.
        std::optional<std::chrono::steady_clock::time_point> readAt;
        QString problem;      ///< why it does not answer
        bool isAsked = false; ///< an answer is awaited
        bool again = false;   ///< something changed while it is awaited
        QDate rolledUpOn;     ///< local day on which nothing was left to roll up
    };

    void readOld();
    [[nodiscard]] bool isOld(const Shard &shard) const;
    void heard(const QString &name, const Changes &changes);
    void read(const QString &name);
    void noteRead(const QString &name, const QString &key, const Result<ShardFigures> &result);
    void noteSilence(const QString &name, const DbError &error);
    void rollUp();
    [[nodiscard]] QString currentKey() const;
    [[nodiscard]] QDate today() const;

    void recompute();
    [[nodiscard]] bool isCounted(const Shard &shard) const;
    void addCoverage(StatisticsFigures &figures) const;
    void addSums(StatisticsFigures &figures) const;
    void addPeriods(StatisticsFigures &figures) const;
    void showBranches();

    Cluster &m_cluster;
    BranchFiguresModel m_branches;
    ActivityModel m_activity;
    StatisticsFigures m_figures;
    std::map<QString, Shard> m_shards; ///< by bare name
    FiguresRange m_range = FiguresRange::Days30;
    QUuid m_branch;
    ChangeWatch m_watch;
    QTimer m_rollUpTimer;
    bool m_usesLastKnown = false;
    bool m_isRollingUp = false;
};

} // namespace Branchline
