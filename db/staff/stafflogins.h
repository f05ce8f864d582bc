// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/routing/cluster.h"

#include <functional>

namespace Branchline {

/// A login of the staff on one server.
struct ServerLogin
{
    bool isPresent = false;
    bool maySignIn = false;
    bool hasPassword = false;
    QString group;
    int sessions = 0;
};

/// What one server says about the logins of the staff. Roles belong to a server, so databases that share one
/// are one entry.
struct ServerLogins
{
    QString id; ///< the server's own; empty when it did not answer
    QStringList databases;
    QMap<QString, ServerLogin> logins;
    std::optional<DbError> error;
};

/// What one server did.
struct ServerOutcome
{
    QStringList databases;
    QString done; ///< a stable word: made, opened, kept, ended, changed; empty with an error
    int sessionsEnded = 0;
    std::optional<DbError> error;
};

/// What became of a change that every server has to make.
struct StaffReport
{
    QString login;
    std::vector<ServerOutcome> servers;
    /// Of the password that was set, so that what is open can be finished without keeping the password. Not
    /// to be shown or written down.
    QString verifier = {};

    [[nodiscard]] bool isComplete() const;
};

namespace Internal {

/// One step on one database of each server; returns the outcome's word.
using LoginStep = std::function<QString(Session &, ServerOutcome &)>;

/// Asks main and every shard, all at once, what it has of a login, or with an empty text of all. A shard to
/// which the member of staff has not come yet is asked again for some seconds. `done` must not block; it is
/// called once, where Database::submit() says.
void readServerLogins(Cluster &cluster, const QString &login,
                      std::function<void(std::vector<ServerLogins>)> done);
/// Does the step once on each server that answered, all at once. `done` as above.
void onServers(Cluster &cluster, const QString &login, const std::vector<ServerLogins> &servers,
               const LoginStep &step, std::function<void(StaffReport)> done);
/// The SCRAM-SHA-256 verifier of a password, computed here.
[[nodiscard]] QString verifierOf(Session &session, const QString &login, const QString &password);

} // namespace Internal

} // namespace Branchline
