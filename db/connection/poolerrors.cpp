// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/connection/poolerrors.h"

#include <QCoreApplication>
#include <QStringList>

namespace Branchline {

namespace {

/// A list of everybody would fill the screen.
constexpr size_t mostHolders = 5;

QString tr(const char *text)
{
    return QCoreApplication::translate("Database", text);
}

QString nameOf(const ConnectionHolder &holder)
{
    const QString age = QString::number(static_cast<double>(holder.age.count()) / 1000, 'f', 1);
    if (holder.statement.isEmpty())
        return tr("“%1” for %2 s").arg(holder.operation, age);
    return tr("“%1” (statement %2) for %3 s").arg(holder.operation, holder.statement, age);
}

} // namespace

DbError lateError(const QString &database, QLatin1StringView operation, bool outcomeUnknown)
{
    return {.kind = DbErrorKind::Timeout,
            .message = tr("%1 did not answer in time.").arg(database),
            .hint = tr("Try again; if it lasts, check the server and the network."),
            .database = database,
            .statement = QString(operation),
            .outcomeUnknown = outcomeUnknown};
}

DbError canceledError(const QString &database, QLatin1StringView operation, bool outcomeUnknown)
{
    return {.kind = DbErrorKind::Canceled,
            .message = tr("The call to %1 was cancelled.").arg(database),
            .hint = tr("Repeat it when the answer is wanted after all."),
            .database = database,
            .statement = QString(operation),
            .outcomeUnknown = outcomeUnknown};
}

DbError endingError(const QString &database, QLatin1StringView operation, bool outcomeUnknown)
{
    return {.kind = DbErrorKind::Timeout,
            .message = tr("The connections to %1 were closed before it answered.").arg(database),
            .hint = tr("Repeat it when the program runs again."),
            .database = database,
            .statement = QString(operation),
            .outcomeUnknown = outcomeUnknown};
}

DbError exhaustedError(const QString &database, QLatin1StringView operation,
                       const std::vector<ConnectionHolder> &holders)
{
    QStringList names;
    for (size_t i = 0; i < std::min(holders.size(), mostHolders); ++i)
        names << nameOf(holders[i]);
    if (holders.size() > mostHolders)
        names << tr("and %1 more").arg(holders.size() - mostHolders);
    return {.kind = DbErrorKind::PoolExhausted,
            .message = tr("No connection to %1 came free in time. In use by: %2.")
                           .arg(database, names.join(QStringLiteral("; "))),
            .hint = tr("Try again when these are done; if it lasts, look at what they wait for with "
                       "“branchlinectl health”, or raise DATABASE_POOL_SIZE."),
            .database = database,
            .statement = QString(operation)};
}

DbError hangingError(const QString &database)
{
    return {.kind = DbErrorKind::Unreachable,
            .message = tr("%1 cannot be reached: connecting to it takes too long.").arg(database),
            .hint = tr("Check the server and the network; the program goes on by itself when it answers."),
            .database = database};
}

DbError leakError(const QString &database, QLatin1StringView operation)
{
    return {.kind = DbErrorKind::Internal,
            .message =
                tr("A call to %1 did not end its transaction; what it did was rolled back.").arg(database),
            .hint = tr("Report it as a defect."),
            .database = database,
            .statement = QString(operation)};
}

DbError defectError(const QString &database, QLatin1StringView operation, const std::exception &exception)
{
    return {.kind = DbErrorKind::Internal,
            .message = tr("A call to %1 failed for a reason that the program does not know.").arg(database),
            .hint = tr("Try again; if it lasts, report it as a defect."),
            .database = database,
            .statement = QString(operation),
            .detail = QString::fromUtf8(exception.what())};
}

} // namespace Branchline
