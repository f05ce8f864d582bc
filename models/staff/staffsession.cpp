// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/staff/staffsession.h"

#include "models/watch.h"

#include <QDateTime>

namespace Branchline {

using Kind = StaffAct::Kind;

StaffSession::StaffSession(Cluster &cluster, ChangeFeed &feed, QObject *parent)
    : QObject(parent)
    , m_cluster(cluster)
    , m_changes(feed)
    , m_model(new StaffModel(this))
    , m_rights(new RightsModel(this))
{
    connect(&m_changes, &ChangeWatch::heard, this, [this](const QString &, const Changes &changes) {
        if (changes.has(ChangeKind::Settings))
            read();
    });
    connect(m_rights, &RightsModel::changeRequested, this, &StaffSession::change);
    watch(ownLogin(cluster), this, [this](const Result<QString> &login) {
        if (login)
            m_me = *login;
        Q_EMIT changed();
    });
}

void StaffSession::setPermissions(const Permissions &permissions)
{
    m_permissions = permissions;
    refresh();
}

bool StaffSession::isReady() const
{
    return m_state == State::NotAllowed ||
           (m_state != State::Loading && (m_serversKnown || m_state == State::Failed));
}

void StaffSession::setHere(const QUuid &branch)
{
    m_here = branch;
}

void StaffSession::setOnScreen(bool onScreen)
{
    m_isOnScreen = onScreen;
    m_changes.setInterest({.main = onScreen});
    if (onScreen)
        refresh();
}

void StaffSession::refresh()
{
    if (!m_isOnScreen || !m_permissions.isKnown())
        return;
    if (!mine().mayAnywhere(QLatin1StringView("library"))) {
        m_state = State::NotAllowed;
        m_staff = {};
        show();
        return;
    }
    read();
    if (mayManage())
        readServers();
    else
        m_serversKnown = true; // nobody tells
}

void StaffSession::read()
{
    if (!m_isOnScreen || !mine().mayAnywhere(QLatin1StringView("library")))
        return;
    m_again = m_isReading;
    if (std::exchange(m_isReading, true))
        return;
    watch(listStaff(m_cluster, false), this, [this](const Result<StaffList> &staff) {
        m_isReading = false;
        take(staff);
        if (std::exchange(m_again, false))
            read();
    });
}

void StaffSession::readServers()
{
    m_serversAgain = m_isReadingServers;
    if (std::exchange(m_isReadingServers, true))
        return;
    watch(readStaffLogins(m_cluster), this, [this](const std::vector<ServerLogins> &servers) {
        m_isReadingServers = false;
        m_serversKnown = true;
        m_staff.servers = servers;
        show();
        if (std::exchange(m_serversAgain, false))
            readServers();
    });
}

void StaffSession::take(const Result<StaffList> &staff)
{
    if (staff) {
        m_staff.members = staff->members;
        m_state = State::Ready;
        m_error.reset();
        m_asOf = QDateTime::currentDateTime();
    } else if (staff.error().kind == DbErrorKind::NotAllowed) {
        m_state = State::NotAllowed;
        m_error = staff.error();
        m_staff = {};
    } else {
        m_state = m_asOf.isValid() ? State::Stale : State::Failed;
        m_error = staff.error();
    }
    show();
}

void StaffSession::show()
{
    m_model->setStaff(m_staff, m_cluster.directory());
    m_rights->setMember(chosen(), m_cluster.directory(), mine(), m_here);
    Q_EMIT changed();
}

void StaffSession::choose(const QString &login)
{
    if (login == m_chosen)
        return;
    m_chosen = login;
    m_rights->setMember(chosen(), m_cluster.directory(), mine(), m_here);
    Q_EMIT changed();
}

void StaffSession::change(const StaffRight &right, bool on)
{
    const QString login = m_chosen;
    m_rights->setWaiting(right, true);
    const auto done = on ? assignRight(m_cluster, login, right) : revokeRight(m_cluster, login, right);
    watch(done, this, [this, login, right, on](const Result<Done> &result) {
        if (result) {
            // As main has it now, whether or not the list can be read again.
            for (StaffMember &member : m_staff.members) {
                if (member.login != login)
                    continue;
                std::erase(member.rights, right);
                if (on)
                    member.rights.push_back(right);
            }
        }
        if (login == m_chosen)
            m_rights->setWaiting(right, false);
        show();
        if (!result)
            Q_EMIT changeRefused(result.error());
        read();
    });
}

void StaffSession::start(const StaffAct &act)
{
    if (m_isActing)
        return;
    switch (act.kind) {
    case Kind::Add:
    case Kind::Return:
    case Kind::Login:
        return run(act, addStaff(m_cluster, act.staff));
    case Kind::Disable:
        return run(act, disableStaff(m_cluster, act.staff.login));
    case Kind::OwnPassword:
        return run(act, changePassword(m_cluster, act.staff.login, act.staff.password));
    }
}

void StaffSession::retry()
{
    if (m_isActing || !m_outcome || !m_outcome->isPartial())
        return;
    StaffAct act = m_outcome->act;
    act.staff.verifier = m_outcome->report->verifier;
    if (act.kind == Kind::OwnPassword)
        return run(act, finishPassword(m_cluster, *m_outcome->report));
    start(act);
}

void StaffSession::run(const StaffAct &act, const QFuture<Result<StaffReport>> &report)
{
    m_isActing = true;
    Q_EMIT acting();
    StaffAct known = act;
    known.staff.password.clear(); // what is open is finished with the verifier
    watch(report, this, [this, known](const Result<StaffReport> &result) {
        m_isActing = false;
        m_outcome = StaffOutcome{known, result};
        refresh();
        Q_EMIT acted();
    });
}

} // namespace Branchline
