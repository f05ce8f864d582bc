// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/history/savedmonth.h"

#include "db/local/localsupport.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <libpq-fe.h>
#include <unistd.h>

#include <memory>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Retention", text);
}

[[noreturn]] void cannotSave(const QString &file, const QString &why)
{
    throw DbException(
        {.kind = DbErrorKind::Configuration,
         .message = tr("The audit log cannot be saved in %1: %2.").arg(file, why),
         .hint = tr("Nothing of this month was taken out. Choose a folder that can be written to.")});
}

/// On the disk, not on its way there: what was saved is dropped next.
void finish(QFile &file, const QString &path)
{
    const bool isWhole = file.flush() && ::fsync(file.handle()) == 0;
    file.close();
    if (!isWhole || !file.rename(path)) // which replaces nothing
        cannotSave(path, file.errorString());
    syncDirectory(QFileInfo(path).path());
}

/// Writes the month's rows into the file, a line each after the names, and returns how many.
qint64 copyOut(Session &session, const QString &month, QFile &file)
{
    const auto watched = session.guarded(u"save the audit log"_s);
    using PgResult = std::unique_ptr<PGresult, decltype(&PQclear)>;
    const auto require = [&](ExecStatusType expected, PGresult *raw) {
        const PgResult result(raw, &PQclear);
        if (PQresultStatus(result.get()) != expected) {
            throw DbException(
                {.kind = DbError::kindOfSqlState(
                     QString::fromUtf8(PQresultErrorField(result.get(), PG_DIAG_SQLSTATE))),
                 .message = tr("The rows of %1 could not be read from %2.").arg(month, session.database()),
                 .database = session.database(),
                 .statement = u"save the audit log"_s});
        }
    };
    const QString command =
        u"COPY (SELECT * FROM public.%1 ORDER BY at, id) TO STDOUT (FORMAT csv, HEADER)"_s.arg(month);
    require(PGRES_COPY_OUT, PQexec(session.handle(), command.toUtf8().constData()));
    qint64 lines = 0;
    char *row = nullptr;
    for (int length; (length = PQgetCopyData(session.handle(), &row, 0)) > 0; ++lines) {
        const std::unique_ptr<char, decltype(&PQfreemem)> owner(row, &PQfreemem);
        if (file.write(row, length) != length)
            break;
    }
    if (file.error() != QFileDevice::NoError) {
        session.close();
        cannotSave(file.fileName(), file.errorString());
    }
    require(PGRES_COMMAND_OK, PQgetResult(session.handle()));
    while (PGresult *rest = PQgetResult(session.handle()))
        PQclear(rest);
    return lines - 1;
}

} // namespace

qint64 saveMonth(Session &session, const QString &month, const QString &path)
{
    if (QFileInfo::exists(path))
        cannotSave(path, tr("there is one already"));
    QFile file(path + ".part"_L1);
    if (!file.open(QIODevice::WriteOnly | QIODevice::NewOnly))
        cannotSave(file.fileName(), file.errorString());
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    try {
        const qint64 rows = copyOut(session, month, file);
        finish(file, path);
        return rows;
    } catch (const DbException &) {
        file.remove();
        throw;
    }
}

} // namespace Branchline::Internal
