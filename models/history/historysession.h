// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/history/historymodel.h"

#include <optional>

namespace Branchline {

/// A history as it is read page by page: of one record, or of everything that a filter leaves. GUI thread
/// only.
class HistorySession final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(HistorySession)

public:
    enum class State {
        Empty, ///< not asked yet
        Loading,
        Ready,
        Failed ///< see error(); pages that came before are still there
    };

    explicit HistorySession(Cluster &cluster, QObject *parent = nullptr);

    /// From the newest entry on. What was shown before goes when the answer is there; late answers to earlier
    /// questions do not count.
    void readRecord(const QString &table, const QUuid &row);
    void readAudit(const HistoryFilter &filter);
    /// The same again from the newest entry on.
    void reload();
    /// The page behind the last one; nothing while one is on its way or there is none.
    void readMore();

    [[nodiscard]] HistoryModel *model() const { return m_model; }
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const std::optional<DbError> &error() const { return m_error; }
    [[nodiscard]] bool hasMore() const { return m_hasMore; }
    /// How far back everything was looked at when a filter finds little: there are entries behind it, and
    /// readMore() goes on. Invalid where the last entry says as much.
    [[nodiscard]] const QDateTime &lookedBackTo() const { return m_lookedBackTo; }
    /// Databases whose entries are not in the pages.
    [[nodiscard]] const QStringList &missing() const { return m_missing; }
    /// How many databases were asked.
    [[nodiscard]] int databases() const { return m_databases; }

Q_SIGNALS:
    void stateChanged();

private:
    using Read = std::function<QFuture<Result<HistoryPage>>(const HistoryKey &after)>;

    void begin(Read read);
    void ask(bool isFirst);
    void read(bool isFirst);
    void take(const Result<HistoryPage> &page, bool isFirst);

    Cluster &m_cluster;
    HistoryModel *m_model;
    Read m_read;
    State m_state = State::Empty;
    std::optional<DbError> m_error;
    QStringList m_missing;
    int m_databases = 0;
    bool m_hasMore = false;
    bool m_isNew = false; ///< the entries that are there answer another question
    HistoryKey m_last;    ///< where the next page begins
    QDateTime m_lookedBackTo;
    int m_found = 0;        ///< since somebody asked
    int m_rounds = 0;       ///< questions since then
    quint64 m_question = 0; ///< the number of the newest; others' answers are dropped
};

} // namespace Branchline
