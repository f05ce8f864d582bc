// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/live/changefeed.h"
#include "models/staff/permissions.h"
#include "models/staff/rightsmodel.h"
#include "models/staff/staffmodel.h"
#include "models/staff/staffwords.h"

namespace Branchline {

/// The staff as a page shows and changes it: the list, the rights of the one that is chosen, and one act at a
/// time that every server has to do. GUI thread only; it never waits.
class StaffSession final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StaffSession)

public:
    enum class State {
        Loading,
        Ready,
        Stale,     ///< main does not answer; what is shown is of asOf()
        Failed,    ///< nothing was read yet, see error()
        NotAllowed ///< whoever is signed in may not see the staff
    };

    /// Cluster and feed outlive it.
    StaffSession(Cluster &cluster, ChangeFeed &feed, QObject *parent = nullptr);

    [[nodiscard]] StaffModel *model() const { return m_model; }
    /// Of the chosen member.
    [[nodiscard]] RightsModel *rights() const { return m_rights; }
    [[nodiscard]] State state() const { return m_state; }
    [[nodiscard]] const std::optional<DbError> &error() const { return m_error; }
    [[nodiscard]] const QDateTime &asOf() const { return m_asOf; }
    /// Main and the servers have been asked and have answered, or not.
    [[nodiscard]] bool isReady() const;
    /// What whoever is signed in may do; until it is known nothing is read.
    void setPermissions(const Permissions &permissions);
    [[nodiscard]] const Rights &mine() const { return m_permissions.rights(); }
    [[nodiscard]] const QString &me() const { return m_me; }
    /// May add and disable, which needs the right at every branch.
    [[nodiscard]] bool mayManage() const { return mine().mayEverywhere(QLatin1StringView("library")); }

    /// The branch of the desk.
    void setHere(const QUuid &branch);
    /// Only on screen it follows what others change.
    void setOnScreen(bool onScreen);
    void refresh();
    /// Empty: nobody.
    void choose(const QString &login);
    [[nodiscard]] const QString &chosenLogin() const { return m_chosen; }
    /// The chosen member; null without one, or while the list that has it is on its way.
    [[nodiscard]] const StaffMember *chosen() const { return m_model->member(m_chosen); }

    /// Asks main to give a right to the chosen member, or to take it.
    void change(const StaffRight &right, bool on);
    /// Begins an act; nothing while another one runs. acted() tells how it ended.
    void start(const StaffAct &act);
    /// Goes on with the last act where servers have not done it; nothing when there is nothing open.
    void retry();
    [[nodiscard]] bool isActing() const { return m_isActing; }
    /// The last act that ended; null before the first.
    [[nodiscard]] const StaffOutcome *outcome() const { return m_outcome ? &*m_outcome : nullptr; }

Q_SIGNALS:
    /// The list, the chosen member, or the state.
    void changed();
    /// An act began.
    void acting();
    /// It ended, see outcome().
    void acted();
    /// Main did not change the right; it is as before.
    void changeRefused(const Branchline::DbError &error);

private:
    void read();
    void readServers();
    void take(const Result<StaffList> &staff);
    void show();
    void run(const StaffAct &act, const QFuture<Result<StaffReport>> &report);

    Cluster &m_cluster;
    Permissions m_permissions;
    ChangeWatch m_changes;
    StaffModel *m_model;
    RightsModel *m_rights;
    StaffList m_staff;
    State m_state = State::Loading;
    std::optional<DbError> m_error;
    QDateTime m_asOf;
    QString m_me;
    QString m_chosen;
    QUuid m_here;
    std::optional<StaffOutcome> m_outcome;
    bool m_isOnScreen = false;
    bool m_isActing = false;
    bool m_isReading = false;
    bool m_again = false;
    bool m_isReadingServers = false;
    bool m_serversAgain = false;
    bool m_serversKnown = false;
};

} // namespace Branchline
