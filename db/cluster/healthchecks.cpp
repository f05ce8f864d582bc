// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/healthchecks.h"

#include "db/cluster/replication.h"

#include <QCoreApplication>
#include <QRegularExpression>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int oldestVersion = 150000;
/// Of the connections that a server allows, so many per cent may be in use without a warning.
constexpr int busyPercent = 90;

QString tr(const char *text)
{
    return QCoreApplication::translate("Health", text);
}

/// Whether commits are confirmed before they are on the disk (or, with a standby, on its disk).
void checkDurability(const Examined &database, Verdict &verdict)
{
    const auto &settings = database.state.settings;
    for (const QString &name : {u"fsync"_s, u"full_page_writes"_s}) {
        if (settings.value(name) == "off"_L1) {
            verdict.problems << tr("%1 is off on %2: loans can be lost and the database damaged when the "
                                   "server's computer stops. Set %1 = on in its postgresql.conf and reload "
                                   "the server.")
                                    .arg(name, database.name);
        }
    }
    const QString commit = settings.value(u"synchronous_commit"_s);
    const bool hasStandby = !settings.value(u"synchronous_standby_names"_s).isEmpty();
    if (commit == "off"_L1) {
        verdict.problems << tr("synchronous_commit is off on %1: loans that were confirmed can be lost when "
                               "the server stops. Set synchronous_commit = on in its postgresql.conf and "
                               "reload the server.")
                                .arg(database.name);
    } else if (commit == "local"_L1 && hasStandby) {
        verdict.problems << tr("synchronous_commit is “local” on %1, so its standby confirms nothing: loans "
                               "can be lost when the standby takes over. Set synchronous_commit = on in its "
                               "postgresql.conf and reload the server.")
                                .arg(database.name);
    }
    for (const UnsafeCommit &unsafe : database.state.unsafeCommits) {
        if (unsafe.value == "local"_L1 && !hasStandby)
            continue;
        const QString whose = unsafe.role.isEmpty() ? tr("for everybody") : tr("for %1").arg(unsafe.role);
        verdict.problems << tr("synchronous_commit was set to “%1” %2 on %3: loans that were confirmed can "
                               "be lost. Take it back with ALTER %4 … RESET synchronous_commit.")
                                .arg(unsafe.value, whose, database.name,
                                     unsafe.role.isEmpty() ? u"DATABASE"_s : u"ROLE"_s);
    }
}

/// How many standbys have to confirm a commit: "FIRST 2 (a, b)", "ANY 1 (a, b)", "2 (a, b)" or "a, b".
int standbysNeeded(const QString &names)
{
    if (names.trimmed().isEmpty())
        return 0;
    static const QRegularExpression counted(u"^\\s*(?:FIRST\\s+|ANY\\s+)?(\\d+)\\s*\\("_s,
                                            QRegularExpression::CaseInsensitiveOption);
    const auto match = counted.match(names);
    return match.hasMatch() ? match.captured(1).toInt() : 1;
}

void checkStandbys(const Examined &database, const HealthLimits &limits, Verdict &verdict)
{
    const ServerState &state = database.state;
    if (state.isInRecovery)
        return;
    const int needed = standbysNeeded(state.settings.value(u"synchronous_standby_names"_s));
    const auto present = std::count_if(state.standbys.begin(), state.standbys.end(), [](const Standby &s) {
        return s.syncState == "sync"_L1 || s.syncState == "quorum"_L1;
    });
    if (present < needed && state.settings.value(u"synchronous_commit"_s) != "local"_L1) {
        verdict.problems << tr("Synchronous standby servers of %1: %2 needed, %3 connected. Nobody can lend "
                               "or return there until they are. Start what is missing, or take it out of "
                               "synchronous_standby_names and reload the server.")
                                .arg(database.name)
                                .arg(needed)
                                .arg(present);
    }
    for (const Standby &standby : state.standbys) {
        if (standby.lagS && *standby.lagS > limits.lagWarning) {
            verdict.warnings << tr("The standby %1 of %2 is %3 behind. Look into its log and at the network "
                                   "between the two.")
                                    .arg(standby.name, database.name, durationText(*standby.lagS));
        }
    }
}

/// A server that desks are led to must be one that can be written to, with what the program needs.
void checkRole(const Examined &database, Verdict &verdict)
{
    const ServerState &state = database.state;
    if (state.versionNumber < oldestVersion) {
        verdict.problems << tr("%1 is on PostgreSQL %2; Branchline needs 15 or newer. Upgrade its server.")
                                .arg(database.name, state.version);
    }
    if (state.isInRecovery) {
        verdict.problems << tr("The address of %1 leads to a standby server, which only reads: nobody can "
                               "lend or return there. Name the primary server, or add "
                               "target_session_attrs=read-write to the address.")
                                .arg(database.name);
    } else if (state.settings.value(u"default_transaction_read_only"_s) == "on"_L1) {
        verdict.problems << tr("default_transaction_read_only is on for %1: nobody can lend or return there. "
                               "Set it to off and reload the server.")
                                .arg(database.name);
    }
    if (!state.waitingForRestart.isEmpty()) {
        verdict.warnings << tr("Changed settings do not count on %1 until its server is restarted: %2.")
                                .arg(database.name, state.waitingForRestart.join(", "_L1));
    }
}

void checkReplicationLimits(const Examined &database, Verdict &verdict)
{
    const ServerState &state = database.state;
    if (state.settings.value(u"wal_level"_s) != "logical"_L1) {
        if (database.isMain) {
            verdict.problems
                << tr("wal_level is “%1” on main: changes do not reach the shards. Set wal_level "
                      "= logical in its postgresql.conf and restart the server.")
                       .arg(state.settings.value(u"wal_level"_s));
        } else {
            verdict.warnings << tr("wal_level is “%1” on %2: no branch can be moved away from it. Set "
                                   "wal_level = logical in its postgresql.conf and restart the server.")
                                    .arg(state.settings.value(u"wal_level"_s), database.name);
        }
    }
    if (database.isMain && database.shards > 0 && state.number(u"max_slot_wal_keep_size"_s) < 0) {
        verdict.warnings << tr(
            "main keeps its log for a shard that stays away without a limit, until the disk "
            "is full and nobody can add a book. Set max_slot_wal_keep_size (such as 10GB) in "
            "its postgresql.conf and reload the server.");
    }
    const int shards = database.isMain ? database.shards : database.shardsOnServer;
    for (const LeastSetting &least : leastReplicationSettings(database.isMain, shards)) {
        if (state.number(least.name) < least.value) {
            verdict.problems
                << tr("%1 = %2 on %3 is too low for the reference tables, which need %4: changes "
                      "may not arrive. Set %1 = %4 in its postgresql.conf and restart the "
                      "server.")
                       .arg(least.name)
                       .arg(state.number(least.name))
                       .arg(database.name)
                       .arg(least.value);
        }
    }
}

void checkTransactions(const Examined &database, const HealthLimits &limits, Verdict &verdict)
{
    const ServerState &state = database.state;
    for (const OldTransaction &transaction : state.oldTransactions) {
        if (transaction.ageS < limits.longTransaction)
            continue;
        verdict.warnings
            << tr("A transaction of “%1” on %2 has been open for %3 (%4) and holds back clean-up "
                  "and replication. End that program's work, or run SELECT "
                  "pg_terminate_backend(%5) there.")
                   .arg(transaction.application.left(60), database.name, durationText(transaction.ageS),
                        transaction.state)
                   .arg(transaction.processId);
    }
    if (state.preparedTransactions > 0) {
        const int count = state.preparedTransactions;
        verdict.warnings
            << tr("On %1 somebody left %2 over, since %3 ago, with locks that hold back others and "
                  "clean-up. Branchline makes none: end them with ROLLBACK PREPARED, by their "
                  "names in pg_prepared_xacts.")
                   .arg(database.name,
                        count == 1 ? tr("1 prepared transaction") : tr("%1 prepared transactions").arg(count),
                        durationText(state.oldestPreparedS));
    }
}

void checkFreeConnections(const Examined &database, Verdict &verdict)
{
    const ServerState &state = database.state;
    const int allowed =
        state.number(u"max_connections"_s) - state.number(u"superuser_reserved_connections"_s);
    const auto check = [&](int used, int most, const QString &raise) {
        if (most < 0 || used * 100 < most * busyPercent)
            return;
        QStringList &list = used >= most ? verdict.problems : verdict.warnings;
        list << tr("%1 of the %2 connections that %3 allows are in use: further desks cannot connect. "
                   "Close programs that are not needed, or raise %4.")
                    .arg(used)
                    .arg(most)
                    .arg(database.name, raise);
    };
    check(state.connectionsOnServer, allowed, tr("max_connections of its server"));
    check(state.connectionsHere, state.connectionLimit, tr("the connection limit of the database"));
}

/// A row without a month stays in the log, but the months after it cannot be taken out whole.
void checkAuditMonths(const Examined &database, Verdict &verdict)
{
    if (database.state.isInRecovery)
        return;
    if (database.state.auditMonthsAhead < 3) {
        verdict.warnings
            << tr("The audit log of %1 has no place for the next three months. Run “branchlinectl "
                  "migrate up”: it makes the months of three years.")
                   .arg(database.name);
    }
    if (database.state.hasStrayAuditRows) {
        verdict.warnings << tr("The audit log of %1 has entries from before their month was made; nothing of "
                               "them is lost. Run “branchlinectl migrate up”: it sorts them in.")
                                .arg(database.name);
    }
}

/// Whoever began them believes the person gone, or wonders why nobody can lend to the patron.
void checkPurges(const Examined &database, Verdict &verdict)
{
    if (database.state.blankedPurges > 0) {
        verdict.warnings << tr("Purges of patrons that are not finished, since some shard still has their "
                               "loans: %1. Run “branchlinectl patron purge --unfinished” when all shards "
                               "answer.")
                                .arg(database.state.blankedPurges);
    }
    if (database.state.blockedPurges > 0) {
        verdict.warnings << tr("Patrons who can lend nothing, since a purge was begun more than an hour ago "
                               "and cut off: %1. Purge them again, or run “branchlinectl patron purge "
                               "--unfinished” to let them lend.")
                                .arg(database.state.blockedPurges);
    }
}

} // namespace

void checkServer(const Examined &database, const HealthLimits &limits, Verdict &verdict)
{
    checkDurability(database, verdict);
    checkRole(database, verdict);
    checkStandbys(database, limits, verdict);
    checkReplicationLimits(database, verdict);
    checkTransactions(database, limits, verdict);
    checkFreeConnections(database, verdict);
    checkAuditMonths(database, verdict);
    checkPurges(database, verdict);
    if (!database.isMain)
        checkSubscriptions(database, verdict);
}

QString bytesText(qint64 bytes)
{
    if (bytes < 1024)
        return tr("%1 bytes").arg(bytes);
    double value = static_cast<double>(bytes);
    QString unit;
    for (const QString &next : {u"kB"_s, u"MB"_s, u"GB"_s, u"TB"_s}) {
        if (value < 1024)
            break;
        value /= 1024;
        unit = next;
    }
    return QString::number(value, 'f', value < 10 ? 1 : 0) + u' ' + unit;
}

QString durationText(double seconds)
{
    if (seconds < 120)
        return tr("%1 s").arg(QString::number(seconds, 'f', seconds < 10 ? 1 : 0));
    if (seconds < 7200)
        return tr("%1 min").arg(QString::number(seconds / 60, 'f', 0));
    return tr("%1 h").arg(QString::number(seconds / 3600, 'f', 0));
}

} // namespace Branchline
