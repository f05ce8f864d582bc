// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/cluster/restoremark.h"

#include "db/cluster/replicationsource.h"

#include <QCoreApplication>

#include <array>
#include <utility>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

using State = RestoreMark::State;

constexpr std::array sentences{
    std::pair{State::Begun, "Branchline: a restore of this database is not finished"_L1},
    std::pair{State::BegunInPlace, "Branchline: a restore into this empty database is not finished"_L1},
    std::pair{State::Filled, "Branchline: a restore has filled this database and is not finished"_L1},
    std::pair{State::Finished, "Branchline: restored"_L1},
};
constexpr auto fromBackup = ", from the backup "_L1;

constexpr Statement commentOn{
    "restore_mark"_L1, "SELECT coalesce(pg_catalog.shobj_description(d.oid, 'pg_database'), '') AS comment "
                       "  FROM pg_catalog.pg_database AS d WHERE d.datname = ?::name"_L1};

QString textOf(const RestoreMark &mark)
{
    for (const auto &[state, sentence] : sentences) {
        if (state == mark.state)
            return quotedLiteral(sentence + fromBackup + mark.backup);
    }
    return u"NULL"_s;
}

} // namespace

RestoreMark restoreMark(Session &server, const QString &database)
{
    const Rows rows = server.exec(commentOn, {database});
    const QString comment = rows->rowCount() > 0 ? rows->row(0).text("comment") : QString();
    const qsizetype end = comment.indexOf(fromBackup);
    for (const auto &[state, sentence] : sentences) {
        if (end >= 0 && comment.left(end) == sentence)
            return {state, comment.mid(end + fromBackup.size())};
    }
    return {};
}

void setRestoreMark(Session &server, const QStringList &databases, const RestoreMark &mark)
{
    Transaction transaction(server);
    for (const QString &name : databases) {
        server.execText(u"mark database"_s,
                        u"COMMENT ON DATABASE %1 IS %2"_s.arg(quotedName(name), textOf(mark)));
    }
    transaction.commit();
}

bool isUnfinishedRestore(Session &session)
{
    return restoreMark(session, session.settings().url.database()).isUnfinished();
}

void refuseUnfinishedRestore(Session &session)
{
    if (!isUnfinishedRestore(session))
        return;
    throw DbException(
        {.kind = DbErrorKind::Conflict,
         .message = QCoreApplication::translate("Restore", "%1 is what a restore has left unfinished.")
                        .arg(session.database()),
         .hint = QCoreApplication::translate("Restore",
                                             "Run the command that was interrupted again: branchlinectl "
                                             "restore, or branchlinectl local upgrade."),
         .database = session.database()});
}

} // namespace Branchline::Internal
