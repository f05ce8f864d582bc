// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/history/retention.h"

#include "db/cluster/migrationtargets.h"
#include "db/history/savedmonth.h"

#include <QCoreApplication>
#include <QDeadlineTimer>
#include <QDir>
#include <QThread>

#include <memory>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr Statement makeMonth{"make_audit_month"_L1, "SELECT public.make_audit_month() AS name"_L1};
constexpr Statement hasMonths{
    "has_audit_months"_L1,
    "SELECT to_regprocedure('public.make_audit_month(integer)') IS NOT NULL AS known"_L1};
constexpr Statement monthsAhead{"audit_months_ahead"_L1,
                                "SELECT (public.audit_state() ->> 'months_ahead')::int AS ahead"_L1};
constexpr Statement serverTime{"audit_clock"_L1, "SELECT clock_timestamp() AS now"_L1};
constexpr Statement oldMonths{"audit_months"_L1, "SELECT m.name, m.until_at FROM public.audit_months() AS m "
                                                 "WHERE m.until_at <= public.utc_month(now(), -(?::int))"_L1};
constexpr Statement countMonth{
    "count_audit_month"_L1,
    "SELECT count(*) AS rows FROM public.audit_log AS a WHERE a.tableoid = to_regclass('public.' || ?::text) "
    "AND a.at >= (SELECT m.from_at FROM public.audit_months() AS m WHERE m.name = ?::text) "
    "AND a.at < ?::timestamptz"_L1};
constexpr Statement dropMonth{
    "drop_audit_month"_L1, "SELECT public.drop_audit_month(?::text, ?::int, ?::bigint, ?::text) AS rows"_L1};
// A transaction that has read the log and goes on: a backup, mostly. A month cannot go meanwhile.
constexpr Statement readerOfLog{
    "reader_of_audit_log"_L1,
    "SELECT a.pid, coalesce(nullif(a.application_name, ''), a.usename, '') AS program "
    "  FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid "
    " WHERE l.relation = 'public.audit_log'::regclass AND l.granted AND l.pid <> pg_backend_pid() "
    "   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = "
    "current_database()) "
    "   AND a.application_name LIKE 'pg_dump%' LIMIT 1"_L1};
constexpr Statement storedMonths{"audit_retention"_L1,
                                 "SELECT r.keep_months FROM public.audit_retention AS r"_L1};
constexpr Statement storeMonths{
    "set_audit_retention"_L1,
    "UPDATE public.audit_retention AS r SET keep_months = ?::int WHERE r.keep_months IS DISTINCT FROM ?::int"_L1};

/// A lock is waited for shorter than a desk waits for its answer, since desks queue behind, and tried again.
constexpr auto beOwner = "SET lock_timeout = '1s'; SET ROLE branchline_owner"_L1;
constexpr auto beOneself = "RESET ROLE; RESET lock_timeout"_L1;

/// Clocks further apart are not set, and what is a month ago is not known.
constexpr qint64 mostSecondsApart = 60;
/// To keep fewer is asked about, unless no more are kept already.
constexpr int fewestMonths = 12;

QString tr(const char *text)
{
    return QCoreApplication::translate("Retention", text);
}

template <typename Work>
auto withPatience(std::chrono::milliseconds longest, Work work)
{
    const QDeadlineTimer deadline(longest);
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

/// As the owner; see makeAuditMonths().
MadeMonths makeMissingMonths(Session &session)
{
    MadeMonths made;
    try {
        const bool isUrgent = session.exec(monthsAhead)->row(0).number("ahead") < 1;
        for (;;) {
            const std::chrono::milliseconds longest = isUrgent ? 1min : 0min;
            const QString name =
                withPatience(longest, [&] { return session.exec(makeMonth)->row(0).text("name"); });
            if (name.isEmpty())
                return made;
            if (name != "audit_log_default"_L1)
                made.names << name;
        }
    } catch (const DbException &e) {
        if (e.error().kind != DbErrorKind::Retryable)
            throw;
        made.remark =
            tr("The months to come of the audit log of %1 cannot be made now: somebody is reading it, a "
               "backup perhaps. Nothing is lost by it. Run “branchlinectl migrate up” when that is over.")
                .arg(session.database());
    }
    return made;
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
        requireOneTime();
        report.months = keptMonths();
        for (const auto &session : m_sessions) {
            if (!m_options.isDryRun)
                report.remarks << makeMissingMonths(*session).remark;
            if (report.months > 0)
                takeOut(*session, report);
        }
        report.remarks.removeAll(QString());
        return report;
    }

private:
    /// What is old is what its server's clock says: one that is years ahead would have everything go.
    void requireOneTime() const
    {
        for (const auto &session : m_sessions) {
            const QDateTime before = m_options.clock();
            const QDateTime there = session->exec(serverTime)->row(0).time("now");
            const QDateTime after = m_options.clock();
            if (there.addSecs(mostSecondsApart) < before || there.addSecs(-mostSecondsApart) > after) {
                throw DbException(
                    {.kind = DbErrorKind::Configuration,
                     .message =
                         tr("The clock of the server of %1 says %2, the one of this computer %3 (UTC).")
                             .arg(session->database(), there.toUTC().toString(u"yyyy-MM-dd HH:mm:ss"_s),
                                  after.toString(u"yyyy-MM-dd HH:mm:ss"_s)),
                     .hint =
                         tr("Nothing was taken out: which months are old cannot be told. Set the clock that "
                            "is wrong and run the command again."),
                     .database = session->database()});
            }
        }
    }

    int keptMonths()
    {
        Session &main = *m_sessions.back();
        const int stored =
            static_cast<int>(main.exec(storedMonths)->row(0).number("keep_months")); // NULL is 0
        if (m_options.months == 0)
            return stored;
        if (m_options.isDryRun)
            return m_options.months;
        const int least = stored == 0 ? fewestMonths : std::min(stored, fewestMonths);
        if (m_options.months < least && !m_options.isConfirmed) {
            throw DbException(
                {.kind = DbErrorKind::Conflict,
                 .message =
                     tr("Fewer than %1 months have never been kept here; what is older than %2 would go "
                        "for ever.")
                         .arg(least)
                         .arg(m_options.months),
                 .hint = tr("Look at it with --dry-run. If the number is meant, add --yes.")});
        }
        main.exec(storeMonths, {m_options.months, m_options.months});
        return m_options.months;
    }

    void requireNoBackup(Session &session) const
    {
        const Rows reader = session.exec(readerOfLog);
        if (reader->rowCount() == 0)
            return;
        throw DbException(
            {.kind = DbErrorKind::Conflict,
             .message = tr("%1 of process %2 reads the audit log of %3: a backup is being made.")
                            .arg(reader->row(0).text("program"))
                            .arg(reader->row(0).number("pid"))
                            .arg(session.database()),
             .hint = tr("Months can be taken out when it is over. Run the command again then."),
             .database = session.database()});
    }

    [[nodiscard]] QString fileFor(const Session &session, const QString &month) const
    {
        const QString now = QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd'T'HHmmss'Z'"_s);
        return QDir(m_options.folder).absoluteFilePath(u"%1-%2-%3.csv"_s.arg(session.database(), month, now));
    }

    void takeOut(Session &session, RetentionReport &report)
    {
        const Rows old = session.exec(oldMonths, {report.months});
        if (old->rowCount() > 0 && !m_options.isDryRun)
            requireNoBackup(session);
        for (int i = 0; i < old->rowCount(); ++i) {
            TakenMonth month{.database = session.database(),
                             .name = old->row(i).text("name"),
                             .until = old->row(i).time("until_at"),
                             .rows = 0,
                             .file = {}};
            if (m_options.isDryRun) {
                month.rows =
                    session.exec(countMonth, {month.name, month.name, month.until})->row(0).number("rows");
            } else {
                QVariant rows;
                QVariant file;
                if (!m_options.folder.isEmpty()) {
                    month.file = fileFor(session, month.name);
                    rows = Internal::saveMonth(session, month.name, month.file);
                    file = month.file;
                }
                month.rows = withPatience(std::chrono::minutes(1), [&] {
                    return session.exec(dropMonth, {month.name, report.months, rows, file})
                        ->row(0)
                        .number("rows");
                });
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

MadeMonths makeAuditMonths(Session &session)
{
    if (!session.exec(hasMonths)->row(0).flag("known"))
        return {};
    session.execText(u"become the owner"_s, beOwner);
    const MadeMonths made = makeMissingMonths(session);
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
