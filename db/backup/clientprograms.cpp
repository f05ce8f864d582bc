// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/clientprograms.h"

#include "db/backup/backupsupport.h"

#include <QDir>
#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>

#include <algorithm>
#include <csignal>
#include <optional>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr int versionDeadlineMs = 5000;
constexpr int lookMs = 200;
constexpr int endDeadlineMs = 10'000;

int majorOf(const QString &program)
{
    QProcess process;
    process.start(program, {u"--version"_s}, QIODevice::ReadOnly);
    if (!process.waitForFinished(versionDeadlineMs) || process.exitCode() != 0) {
        process.kill();
        process.waitForFinished(versionDeadlineMs);
        return 0;
    }
    static const QRegularExpression number(u"\\(PostgreSQL\\) (\\d+)"_s);
    return number.match(QString::fromUtf8(process.readAllStandardOutput())).captured(1).toInt();
}

std::optional<ClientPrograms> programsIn(const QString &directory)
{
    ClientPrograms programs{.directory = directory, .major = 0};
    for (const QString &name : {programs.dump(), programs.dumpAll(), programs.restore()}) {
        const QFileInfo file(name);
        if (!file.isFile() || !file.isExecutable())
            return {};
    }
    programs.major = majorOf(programs.dump());
    return programs;
}

/// Debian keeps the versions side by side; /usr/bin has links to a script that chooses one of them.
QStringList candidates(const BinarySearch &search)
{
    if (!search.directory.isEmpty())
        return {search.directory};
    QStringList directories;
    const QStringList majors = QDir(search.debianRoot).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    for (const QString &major : majors)
        directories << search.debianRoot + u'/' + major + "/bin"_L1;
    directories << search.path.split(u':', Qt::SkipEmptyParts);
    directories.removeDuplicates();
    return directories;
}

DbError missing(const BinarySearch &search, int leastMajor, int tooOld)
{
    const QString where = search.directory.isEmpty() ? BackupText::tr("This computer")
                                                     : BackupText::tr("The folder %1").arg(search.directory);
    const QString message =
        tooOld > 0
            ? BackupText::tr("%1 has pg_dump and pg_restore of PostgreSQL %2 only; version %3 or newer is "
                             "needed, since the server or the backup is of that version.")
                  .arg(where)
                  .arg(tooOld)
                  .arg(leastMajor)
            : BackupText::tr("%1 has no pg_dump, pg_dumpall and pg_restore.").arg(where);
    return {.kind = DbErrorKind::Configuration,
            .message = message,
            .hint =
                BackupText::tr("Install the package postgresql-client-%1 with the command: sudo apt install "
                               "postgresql-client-%1; or name the folder of the programs with --pg-bin.")
                    .arg(leastMajor)};
}

/// The address without what a list of processes must not show.
QString publicAddress(const ConnectionUrl &url)
{
    return url.forWriting().with(u"password"_s, {}).toConnInfo();
}

QProcessEnvironment environmentFor(const ConnectionUrl &url)
{
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"LC_ALL"_s, u"C.UTF-8"_s); // what it says is told in the errors
    environment.remove(u"PGOPTIONS"_s);
    if (url.hasPassword())
        environment.insert(u"PGPASSWORD"_s, url.value(u"password"_s));
    return environment;
}

/// The sentence of the program that tells why it ended: "pg_dump: error: …".
QString reasonOf(const QString &said)
{
    static const QRegularExpression error(u"(?:error|fatal): (.+)"_s);
    const QStringList lines = said.split(u'\n', Qt::SkipEmptyParts);
    for (const QString &line : lines) {
        if (const auto match = error.match(line); match.hasMatch())
            return match.captured(1).trimmed();
    }
    return lines.isEmpty() ? QString() : lines.last().trimmed();
}

[[noreturn]] void failRun(const ClientRun &run, const QString &said)
{
    const QString name = QFileInfo(run.program).fileName();
    const QString reason = reasonOf(said);
    QString hint = BackupText::tr("Put that right and run the same command again.");
    if (said.contains("No space left on device"_L1) || said.contains("File too large"_L1) ||
        said.contains("Disk quota exceeded"_L1)) {
        hint = BackupText::tr("The disk is full, or there is a limit for files. Make room or choose another "
                              "folder, and run the same command again.");
    } else if (said.contains("permission denied"_L1)) {
        hint = BackupText::tr("Sign in as a superuser of that server.");
    }
    throw DbException(
        {.kind = said.contains("connection to server"_L1) ? DbErrorKind::Unreachable : DbErrorKind::Conflict,
         .message = reason.isEmpty()
                        ? BackupText::tr("%1 of %2 ended without a word.").arg(name, run.database)
                        : BackupText::tr("%1 of %2 failed: %3.").arg(name, run.database, reason),
         .hint = hint,
         .database = run.database,
         .detail = said});
}

void end(QProcess &process)
{
    process.terminate();
    ::kill(static_cast<pid_t>(process.processId()), SIGCONT); // one that is stopped would not hear of it
    if (!process.waitForFinished(endDeadlineMs)) {
        process.kill();
        process.waitForFinished(endDeadlineMs);
    }
}

} // namespace

Result<ClientPrograms> ClientPrograms::find(const BinarySearch &search, int leastMajor)
{
    std::optional<ClientPrograms> best;
    int tooOld = 0;
    const QStringList directories = candidates(search);
    for (const QString &directory : directories) {
        const auto programs = programsIn(directory);
        if (!programs)
            continue;
        if (programs->major < leastMajor)
            tooOld = std::max(tooOld, programs->major);
        else if (!best || programs->major < best->major)
            best = programs;
    }
    if (!best)
        return missing(search, leastMajor, tooOld);
    return *best;
}

void runClient(const ClientRun &run)
{
    if (!run.url.value(u"sslpassword"_s).isEmpty()) {
        throw DbException(
            {.kind = DbErrorKind::Configuration,
             .message = BackupText::tr("The address of %1 has an sslpassword, which cannot be handed "
                                       "to PostgreSQL's programs unseen.")
                            .arg(run.database),
             .hint = BackupText::tr("Use a key without a password, readable by you only."),
             .database = run.database});
    }
    QProcess process;
    process.setProgram(run.program);
    // Nobody could answer: what asks for a password fails instead of waiting for it.
    process.setArguments(run.arguments +
                         QStringList{u"--no-password"_s, "--dbname="_L1 + publicAddress(run.url)});
    process.setProcessEnvironment(environmentFor(run.url));
    process.setStandardInputFile(QProcess::nullDevice());
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.setChildProcessModifier([parent = ::getpid()] {
        ::umask(S_IRWXG | S_IRWXO);
        ::setpgid(0, 0); // Ctrl+C is for this program, which tidies up
        ::prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (::getppid() != parent)
            ::_exit(1);
    });
    process.start();
    while (process.state() != QProcess::NotRunning && !process.waitForFinished(lookMs)) {
        if (process.error() == QProcess::FailedToStart)
            break;
        if (run.isCancelled && run.isCancelled()) {
            end(process);
            throw DbException(cancelled());
        }
    }
    QString said = QString::fromUtf8(process.readAll()).trimmed();
    if (process.error() == QProcess::FailedToStart)
        said = "error: "_L1 + process.errorString();
    if (process.error() == QProcess::FailedToStart || process.exitStatus() != QProcess::NormalExit ||
        process.exitCode() != 0)
        failRun(run, said);
}

} // namespace Branchline::Internal
