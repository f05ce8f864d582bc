// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/localupgrade.h"

#include "db/backup/backupsupport.h"
#include "db/local/localfence.h"
#include "db/local/localsupport.h"

#include <QDir>
#include <QFileInfo>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>

using namespace Qt::StringLiterals;

namespace Branchline {

using namespace Internal;

namespace {

AdminAddresses superuserOf(const LocalStatus &status)
{
    const LocalAddresses local = status.superuser();
    AdminAddresses addresses{.main = local.main, .shards = {}};
    for (auto it = local.shards.cbegin(); it != local.shards.cend(); ++it)
        addresses.shards.emplace(it.key(), it.value());
    return addresses;
}

int majorOf(const LocalStatus &status)
{
    QFile file(status.servers.constFirst().dataDirectory + "/PG_VERSION"_L1);
    return file.open(QIODevice::ReadOnly) ? QString::fromLatin1(file.readAll()).trimmed().toInt() : 0;
}

void rename(const QString &from, const QString &to, unsigned how)
{
    if (::renameat2(AT_FDCWD, QFile::encodeName(from).constData(), AT_FDCWD,
                    QFile::encodeName(to).constData(), how) != 0) {
        failSystem(BackupText::tr("The folders %1 and %2 cannot be renamed.").arg(from, to), errno,
                   BackupText::tr("Both must be on the same disk and in a folder that you may write to."));
    }
    syncDirectory(QFileInfo(to).path());
}

class Upgrading final
{
public:
    explicit Upgrading(const LocalUpgradeOptions &options)
        : m_options(options)
        , m_library(options.library)
    {}

    LocalUpgradeReport run()
    {
        const LocalStatus status = m_library.status().valueOrThrow();
        m_directory = status.directory;
        if (status.state == LocalStatus::State::Absent || status.servers.isEmpty()) {
            failBackup(DbErrorKind::NotFound,
                       BackupText::tr("There is no local library in %1.").arg(m_directory),
                       BackupText::tr("Name its folder with --dir."));
        }
        if (status.making != LocalMaking::Upgrade) {
            if (status.making != LocalMaking::Nothing) {
                failBackup(DbErrorKind::Conflict,
                           BackupText::tr("The local library in %1 was never finished.").arg(m_directory),
                           BackupText::tr(
                               "Finish making it, in the window or with “branchlinectl restore”, or remove "
                               "it with “branchlinectl local destroy”."));
            }
            copy(status);
        }
        finish();
        return std::move(m_report);
    }

private:
    void say(const QString &sentence) const
    {
        if (m_options.run.progress)
            m_options.run.progress(sentence);
    }

    [[nodiscard]] QString newDirectory() const { return m_directory + ".upgrade"_L1; }
    [[nodiscard]] QString dumpDirectory() const { return m_directory + ".upgrade-dump"_L1; }

    /// The servers that the new library will have.
    [[nodiscard]] LocalOptions newLibrary(const LocalStatus &status)
    {
        m_report.from = majorOf(status);
        const ServerBinaries binaries =
            ServerBinaries::find(m_options.library.binaries, m_options.major).valueOrThrow();
        m_report.to = binaries.major;
        if (m_options.major == 0 && binaries.major <= m_report.from) {
            failBackup(
                DbErrorKind::Conflict,
                BackupText::tr("The local library runs on PostgreSQL %1, and no newer version is installed.")
                    .arg(m_report.from),
                BackupText::tr("Install the package of a newer version, such as postgresql-%1. To make the "
                               "library anew on this one: branchlinectl local upgrade --to %2")
                    .arg(m_report.from + 1)
                    .arg(m_report.from));
        }
        if (binaries.major < m_report.from) {
            failBackup(
                DbErrorKind::InvalidValue,
                BackupText::tr("The local library runs on PostgreSQL %1 already, which is newer than %2.")
                    .arg(m_report.from)
                    .arg(binaries.major),
                BackupText::tr("Choose a newer version."));
        }
        LocalOptions options = m_options.library;
        options.directory = newDirectory();
        options.separateServers = status.separateServers;
        options.shards = status.shardDatabases.keys();
        options.binaries.directory = binaries.directory;
        return options;
    }

    /// Everything until the folders have changed places. The old library is not touched.
    void copy(const LocalStatus &status)
    {
        const LocalOptions options = newLibrary(status);
        removeLeftovers(options);
        LocalFence fence(m_options.library, m_options.run.progress);
        const LocalLibrary made(options);
        try {
            fill(made, superuserOf(fence.status()));
        } catch (...) {
            QDir(dumpDirectory()).removeRecursively();
            (void)made.destroy();
            throw;
        }
        // Where it lies afterwards, its subscriptions would find the new main.
        disableSubscriptions(superuserOf(fence.status()));
        say(BackupText::tr("Putting the new library in the place of the old one …"));
        fence.stop();
        rename(newDirectory(), m_directory, RENAME_EXCHANGE);
    }

    void removeLeftovers(const LocalOptions &options) const
    {
        const LocalLibrary leftover(options);
        const LocalStatus status = leftover.status().valueOrThrow();
        if (status.state != LocalStatus::State::Absent) {
            if (status.making != LocalMaking::Upgrade) {
                failBackup(DbErrorKind::Conflict,
                           BackupText::tr("%1 holds another local library.").arg(newDirectory()),
                           BackupText::tr("Move it away."));
            }
            say(BackupText::tr("Removing %1, which an interrupted upgrade left.").arg(newDirectory()));
            leftover.destroy().orThrow();
        }
        if (BackupManifest::load(dumpDirectory()).isOk())
            QDir(dumpDirectory()).removeRecursively();
    }

    void fill(const LocalLibrary &made, const AdminAddresses &old)
    {
        const BackupManifest dump = backUp(old, dumpDirectory(), m_options.run).valueOrThrow();
        made.beginMaking(LocalMaking::Upgrade).orThrow();
        const LocalStatus status = made.start(m_options.run.progress).valueOrThrow();
        const RestoreReport report = restoreLibrary(superuserOf(status), dump, dumpDirectory(),
                                                    {.isToMove = true, .run = m_options.run})
                                         .valueOrThrow();
        for (const RestoredDatabase &database : report.databases) {
            m_report.rows += database.rows;
            if (!database.differences.isEmpty()) {
                failBackup(DbErrorKind::Internal, database.differences.constFirst(),
                           BackupText::tr("The old library is as it was. Report it as a defect."),
                           database.name);
            }
        }
        made.stop(m_options.run.progress).orThrow();
        QDir(dumpDirectory()).removeRecursively();
    }

    static void disableSubscriptions(const AdminAddresses &addresses)
    {
        for (const auto &[name, url] : addresses.shards) {
            const auto session = openAsSuperuser(name + "_shard"_L1, url, u"upgrade"_s);
            for (const ReferenceStream &stream : referenceStreams())
                session->execText(u"disable subscription"_s,
                                  u"ALTER SUBSCRIPTION %1 DISABLE"_s.arg(stream.name));
        }
    }

    /// The new library is in its place; the old one may still bear the name of the new one.
    void finish()
    {
        if (QFileInfo::exists(newDirectory())) {
            m_report.old =
                m_directory + ".before-"_L1 + QDateTime::currentDateTimeUtc().toString(u"yyyyMMdd-hhmmss"_s);
            rename(newDirectory(), m_report.old, RENAME_NOREPLACE);
        }
        const LocalStatus status = m_library.start(m_options.run.progress).valueOrThrow();
        m_report.to = majorOf(status);
        m_report.resumed = openRestored(superuserOf(status),
                                        {.localStaffLogin = status.desk().main.user(), .run = m_options.run})
                               .valueOrThrow();
        m_library.finishMaking().orThrow();
        if (m_report.old.isEmpty()) {
            const QFileInfo place(m_directory);
            const QStringList before =
                place.dir().entryList({place.fileName() + ".before-*"_L1}, QDir::Dirs, QDir::Name);
            if (!before.isEmpty())
                m_report.old = place.dir().filePath(before.constLast());
        }
    }

    const LocalUpgradeOptions &m_options;
    const LocalLibrary m_library;
    QString m_directory;
    LocalUpgradeReport m_report;
};

} // namespace

Result<LocalUpgradeReport> upgradeLocalLibrary(const LocalUpgradeOptions &options)
{
    try {
        return Upgrading(options).run();
    } catch (const DbException &e) {
        return e.error();
    }
}

} // namespace Branchline
