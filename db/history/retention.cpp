// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/history/retention.h"

#include "db/cluster/migrationtargets.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QDir>
#include <QSaveFile>
#include <QThread>

#include <libpq-fe.h>

#include <memory>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement makeMonths{"make_audit_months"_L1,
                               "SELECT m AS name FROM public.make_audit_months() AS m"_L1};
constexpr Statement hasMonths{
    "has_audit_months"_L1,
    "SELECT to_regprocedure('public.make_audit_months(integer)') IS NOT NULL AS known"_L1};
constexpr Statement oldMonths{
    "audit_months"_L1,
    "SELECT m.name, m.until_at FROM public.audit_months() AS m WHERE m.until_at <= "
    "(date_trunc('month', now() AT TIME ZONE 'UTC') - make_interval(months => ?::int)) AT TIME "
    "ZONE 'UTC'"_L1};
constexpr Statement countMonth{
    "count_audit_month"_L1,
    "SELECT count(*) AS rows FROM public.audit_log AS a WHERE a.tableoid = to_regclass('public.' || ?::text) "
    "AND a.at < ?::timestamptz"_L1};
constexpr Statement dropMonth{"drop_audit_month"_L1,
                              "SELECT public.drop_audit_month(?::text, ?::bigint, ?::text)"_L1};
constexpr Statement storedMonths{"audit_retention"_L1,
                                 "SELECT r.keep_months FROM public.audit_retention AS r"_L1};
constexpr Statement storeMonths{
    "set_audit_retention"_L1,
    "UPDATE public.audit_retention AS r SET keep_months = ?::int WHERE r.keep_months IS DISTINCT FROM ?::int"_L1};

/// A lock is waited for shorter than a desk waits for its answer, since desks queue behind, and tried again.
constexpr auto beOwner = "SET lock_timeout = '1s'; SET ROLE branchline_owner"_L1;
constexpr auto beOneself = "RESET ROLE; RESET lock_timeout"_L1;

QString tr(const char *text)
{
    return QCoreApplication::translate("Retention", text);
}

template <typename Work>
auto withPatience(Work work)
{
    const QDeadlineTimer deadline(std::chrono::minutes(1));
    for (int pause = 100;; pause = std::min(2 * pause, 2000)) {
        try {
            return work();
        } catch (const DbException &e) {
            if (e.error().kind != DbErrorKind::Retryable || deadline.hasExpired())
                throw;
        }
        QThread::msleep(static_cast<unsigned long>(pause));
    }
}

[[noreturn]] void cannotSave(const QString &file, const QString &why)
{
    throw DbException(
        {.kind = DbErrorKind::Configuration,
         .message = tr("The audit log cannot be saved in %1: %2.").arg(file, why),
         .hint = tr("Nothing of this month was taken out. Choose a folder that can be written to.")});
}

/// Saves a month whole or not at all, and returns the number of its rows.
qint64 save(Session &session, const QString &month, const QString &path)
{
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        cannotSave(path, file.errorString());
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
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
        cannotSave(path, file.errorString());
    }
    require(PGRES_COMMAND_OK, PQgetResult(session.handle()));
    while (PGresult *rest = PQgetResult(session.handle()))
        PQclear(rest);
    if (!file.commit())
        cannotSave(path, file.errorString());
    return lines - 1;
}

/// One run over all databases.
class Run final
{
public:
    Run(const AdminAddresses &addresses, const RetentionOptions &options)
        : m_options(options)
    {
        const MigrationOptions opening{.echo = options.echo};
        for (const Internal::Target &target : Internal::targetsOf(addresses)) {
            auto session = Internal::open(target, opening);
            session->setOperation("audit retain"_L1);
            if (schemaState(*session, Internal::planOf(target, opening)).pendingSteps() != 0) {
                throw DbException(
                    {.kind = DbErrorKind::SchemaMismatch,
                     .message = tr("%1 lacks steps of this program's schema.").arg(target.database),
                     .hint = tr("Run “branchlinectl migrate up” first."),
                     .database = target.database});
            }
            m_sessions.push_back(std::move(session));
        }
    }

    RetentionReport retain()
    {
        RetentionReport report;
        for (const auto &session : m_sessions)
            session->execText(u"become the owner"_s, beOwner);
        report.months = keptMonths();
        for (const auto &session : m_sessions) {
            if (!m_options.isDryRun)
                withPatience([&] { session->exec(makeMonths); });
            if (report.months > 0)
                takeOut(*session, report);
        }
        return report;
    }

private:
    int keptMonths()
    {
        Session &main = *m_sessions.back();
        if (m_options.months > 0 && !m_options.isDryRun)
            main.exec(storeMonths, {m_options.months, m_options.months});
        if (m_options.months > 0)
            return m_options.months;
        const Rows stored = main.exec(storedMonths);
        return static_cast<int>(stored->row(0).number("keep_months")); // NULL is 0
    }

    void takeOut(Session &session, RetentionReport &report)
    {
        const Rows old = session.exec(oldMonths, {report.months});
        for (int i = 0; i < old->rowCount(); ++i) {
            TakenMonth month{.database = session.database(),
                             .name = old->row(i).text("name"),
                             .until = old->row(i).time("until_at"),
                             .rows = 0,
                             .file = {}};
            if (m_options.isDryRun || m_options.folder.isEmpty()) {
                month.rows = session.exec(countMonth, {month.name, month.until})->row(0).number("rows");
            } else {
                month.file =
                    QDir(m_options.folder).absoluteFilePath(u"%1-%2.csv"_s.arg(month.database, month.name));
                month.rows = save(session, month.name, month.file);
            }
            if (!m_options.isDryRun) {
                const QVariant file = month.file.isEmpty() ? QVariant() : QVariant(month.file);
                withPatience([&] { session.exec(dropMonth, {month.name, month.rows, file}); });
                if (m_options.progress)
                    m_options.progress(tr("%1: took out %2.").arg(month.database, month.name));
            }
            report.taken.push_back(month);
        }
    }

    const RetentionOptions &m_options;
    std::vector<std::unique_ptr<Session>> m_sessions; ///< main last
};

} // namespace

QStringList makeAuditMonths(Session &session)
{
    if (!session.exec(hasMonths)->row(0).flag("known"))
        return {};
    session.execText(u"become the owner"_s, beOwner);
    const QStringList made = withPatience([&] {
        QStringList names;
        const Rows rows = session.exec(makeMonths);
        for (int i = 0; i < rows->rowCount(); ++i)
            names << rows->row(i).text("name");
        return names;
    });
    session.execText(u"become oneself again"_s, beOneself);
    return made;
}

Result<RetentionReport> retainAudit(const AdminAddresses &addresses, const RetentionOptions &options)
{
    try {
        return Run(addresses, options).retain();
    } catch (const DbException &e) {
        return e.error();
    }
}

} // namespace Branchline
