// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/desk/renewals.h"
#include "models/live/changefeed.h"
#include "models/patrons/patronloanmodel.h"

namespace Branchline {

/// The record of one patron: the person from main, the loans from every shard, and renewing them. While on
/// screen it reads again what a database says has changed of this patron, and the loans once a minute, since
/// they become overdue by themselves. GUI thread only.
class PatronRecordSession final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PatronRecordSession)

public:
    enum class State {
        Closed,
        Loading, ///< the person is on the way
        Ready,
        Gone,   ///< there is no such patron any more
        Failed, ///< main does not answer, and nothing is known of the person
        Stale   ///< main does not answer; what is shown is of before
    };

    PatronRecordSession(Cluster &cluster, ChangeFeed &feed, QObject *parent = nullptr);

    void open(const QUuid &patron);
    void close();
    void refresh();
    void setOnScreen(bool onScreen);
    void setDesk(const BranchEntry &branch) { m_desk = branch; }

    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const QUuid &patron() const { return m_patron; }
    [[nodiscard]] const std::optional<PatronDetail> &detail() const { return m_detail; }
    [[nodiscard]] const std::optional<DbError> &error() const { return m_error; }
    [[nodiscard]] PatronLoanModel *loans() { return &m_loans; }
    [[nodiscard]] PatronLoanModel *history() { return &m_history; }
    [[nodiscard]] const Renewals &renewals() const { return m_renewals; }
    /// Local time when the loans were read; invalid before the first answer.
    [[nodiscard]] const QDateTime &loansAsOf() const { return m_loansAsOf; }
    [[nodiscard]] int shardsTotal() const { return m_shardsTotal; }
    [[nodiscard]] const QStringList &shardsMissing() const { return m_missing; }
    [[nodiscard]] int overdue() const;
    /// Person and loans have been read.
    [[nodiscard]] bool isReady() const { return m_state != State::Loading && m_loansAsOf.isValid(); }

    /// Renews the ticked loans, or all.
    void renewMarked();
    void renewAll();
    void endBlock(const QUuid &block);

Q_SIGNALS:
    void changed();
    void marksChanged();
    /// Renewing goes on, or has come to its end.
    void renewalsChanged();
    /// Ending a block did not succeed.
    void refused(const DbError &error);

private:
    /// One of the things that are read; while its answer is awaited, a further wish waits for that.
    struct Reading
    {
        bool isAsked = false;
        bool again = false;
    };

    void watchChanges();
    void heard(const QString &shard, const Changes &changes);
    void readPerson();
    void readLoans(bool returned);
    void readAllLoans();
    [[nodiscard]] static bool mayRead(Reading &reading);
    [[nodiscard]] static bool isWishedAgain(Reading &reading);
    void renew(const std::vector<PatronLoan> &loans);

    Cluster &m_cluster;
    PatronLoanModel m_loans{PatronLoanModel::Kind::Open};
    PatronLoanModel m_history{PatronLoanModel::Kind::Returned};
    Renewals m_renewals;
    ChangeWatch m_watch;
    QTimer m_minute;
    bool m_isOnScreen = false;
    BranchEntry m_desk;
    QUuid m_patron;
    State m_state = State::Closed;
    std::optional<PatronDetail> m_detail;
    std::optional<DbError> m_error;
    QDateTime m_loansAsOf;
    int m_shardsTotal = 0;
    QStringList m_missing;
    Reading m_person;
    Reading m_open;
    Reading m_returned;
    quint64 m_generation = 0;
};

} // namespace Branchline
