// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/backupfolder.h"

#include "db/backup/backupsupport.h"
#include "db/local/localsupport.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

QString systemsWords()
{
    return QString::fromLocal8Bit(std::strerror(errno));
}

[[noreturn]] void failUnusable(const QString &path)
{
    failBackup(DbErrorKind::Configuration,
               BackupText::tr("The folder %1 cannot be made: %2.").arg(path, systemsWords()),
               BackupText::tr("Choose a folder in a place that you may write to."));
}

[[noreturn]] void failExists(const QString &directory)
{
    failBackup(DbErrorKind::Conflict,
               BackupText::tr("%1 exists already; nothing is ever written over a backup.").arg(directory),
               BackupText::tr("Choose another name, such as one with the date."));
}

} // namespace

BackupFolder::BackupFolder(const QString &directory, const std::function<void(const QString &)> &progress)
    : m_directory(QDir::cleanPath(QDir::current().absoluteFilePath(directory)))
    , m_path(m_directory + ".part"_L1)
{
    if (QFileInfo::exists(m_directory))
        failExists(m_directory);
    const QByteArray path = QFile::encodeName(m_path);
    if (QFileInfo::exists(m_path))
        removeLeftover(progress);
    if (::mkdir(path.constData(), S_IRWXU) != 0)
        failUnusable(m_path);
    lock();
    writeFile(m_path + u'/' + marker(), "This backup was not finished. Remove the folder.\n");
}

BackupFolder::~BackupFolder()
{
    if (!m_isFinished)
        QDir(m_path).removeRecursively();
    ::close(m_descriptor);
}

void BackupFolder::lock()
{
    m_descriptor = ::open(QFile::encodeName(m_path).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (m_descriptor < 0)
        failUnusable(m_path);
    if (::flock(m_descriptor, LOCK_EX | LOCK_NB) == 0)
        return;
    ::close(m_descriptor);
    failBackup(DbErrorKind::Conflict, BackupText::tr("Another program is making the backup %1.").arg(m_path),
               BackupText::tr("Wait for it, or choose another name."));
}

/// A program that is killed gives its lock back, so whoever gets it knows that nobody writes there any more.
void BackupFolder::removeLeftover(const std::function<void(const QString &)> &progress)
{
    lock();
    ::close(m_descriptor);
    const bool isOurs = QDir(m_path).isEmpty() || QFileInfo::exists(m_path + u'/' + marker()) ||
                        QFileInfo::exists(m_path + "/manifest.json"_L1);
    if (!isOurs) {
        failBackup(DbErrorKind::Conflict,
                   BackupText::tr("%1 is in the way, and it is no unfinished backup.").arg(m_path),
                   BackupText::tr("Move it away, or choose another name."));
    }
    if (progress)
        progress(BackupText::tr("Removing %1, which an interrupted backup left.").arg(m_path));
    if (!QDir(m_path).removeRecursively())
        failUnusable(m_path);
}

/// The verifiers of passwords and every patron are in it.
void BackupFolder::makePrivate() const
{
    QDirIterator it(m_path, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (it.hasNext())
        QFile::setPermissions(it.next(), QFileDevice::ReadOwner | QFileDevice::WriteOwner);
}

void BackupFolder::finish()
{
    QFile::remove(m_path + u'/' + marker());
    makePrivate();
    syncDirectory(m_path);
    // Never over what somebody has put there meanwhile.
    if (::renameat2(AT_FDCWD, QFile::encodeName(m_path).constData(), AT_FDCWD,
                    QFile::encodeName(m_directory).constData(), RENAME_NOREPLACE) != 0) {
        if (errno == EEXIST)
            failExists(m_directory);
        failUnusable(m_directory);
    }
    m_isFinished = true;
    syncDirectory(QFileInfo(m_directory).path());
}

} // namespace Branchline::Internal
