// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/statuslight.h"

#include <QList>
#include <QString>
#include <QStringList>

namespace Branchline {

/// NotAllowed: whoever is signed in may not see the staff.
enum class StaffListState { Loading, Ready, Failed, Stale, NotAllowed };

/// What belongs to the state of the list.
struct StaffListNote
{
    QString words;         ///< searched for; empty: everybody
    int count = 0;         ///< of rows
    int total = 0;         ///< of the staff
    QString asOf;          ///< time of day
    QString error;         ///< what went wrong, one sentence
    QString hint;          ///< what to do about it, one sentence
    bool mayManage = true; ///< may add and disable
};

/// What one server has of a member of staff.
struct StaffServerFacts
{
    StatusLight::State light = StatusLight::State::Idle;
    QString name;  ///< its databases
    QString words; ///< "may sign in, 1 open session"
};

/// What the record of a member of staff shows beside the rights. Texts are ready to read.
struct StaffFacts
{
    QString login;
    QString name;
    QString initials;
    QString state;
    int stateKind = 0; ///< one of Roles::Kind
    QString group;     ///< stable name; empty: not known
    QString groupName; ///< in words
    QString line;      ///< login, rights in short, sessions
    bool isActive = true;
    bool isMe = false;
    bool mayManage = false;
    QString whyNot;   ///< a sentence beside what may not be done; empty: all may be done
    QStringList open; ///< what servers still have to do: a sentence each
    int rights = 0;
    int sessions = -1; ///< -1: not known
    QList<StaffServerFacts> servers;

    /// Disabled in main, and some server has not heard of it yet.
    [[nodiscard]] bool isHalfDisabled() const { return !isActive && !open.isEmpty(); }
};

/// What the sheet of the staff is for.
enum class StaffSheetMode {
    Add,
    Return, ///< somebody who was disabled
    Login,  ///< another password or group
    Own     ///< one's own password
};

/// What was filled in. The password is handed over, not kept.
struct StaffForm
{
    QString login;
    QString name;
    QString group;
    QString password; ///< empty: it stays as it is
};

} // namespace Branchline
