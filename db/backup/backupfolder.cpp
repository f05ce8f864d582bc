// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/backup/backupfolder.h"

#include "db/backup/backupsupport.h"
#include "db/local/localsupport.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QFileInfo>
#include <QScopeGuard>

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

[[noreturn]] void failBusy(const QString &path)
{
    failBackup(DbErrorKind::Conflict, BackupText::tr("Another program is making the backup %1.").arg(path),
               BackupText::tr("Wait for it, or choose another name."));
}

/// Never over what somebody has put there meanwhile. Network disks may not know how to heed that; there an
/// empty folder may be replaced, and nothing else is.
bool giveName(const QByteArray &from, const QByteArray &to)
{
    if (::renameat2(AT_FDCWD, from.constData(), AT_FDCWD, to.constData(), RENAME_NOREPLACE) == 0)
        return true;
    return (errno == EINVAL || errno == ENOSYS) && std::rename(from.constData(), to.constData()) == 0;
}

} // namespace

BackupFolder::BackupFolder(const QString &directory, const std::function<void(const QString &)> &progress)
    : m_directory(QDir::cleanPath(QDir::current().absoluteFilePath(directory)))
    , m_path(m_directory + ".part"_L1)
{
    if (QFileInfo::exists(m_directory))
        failExists(m_directory);
    make(progress);
    try {
        writeFile(m_path + u'/' + marker(), "This backup was not finished. Remove the folder.\n");
    } catch (...) {
        QDir(m_path).removeRecursively();
        ::close(m_descriptor);
        throw;
    }
}

BackupFolder::~BackupFolder()
{
    if (!m_isFinished)
        QDir(m_path).removeRecursively();
    ::close(m_descriptor);
}

/// Another program may take what a killed one left, or put its own in the place, between any two steps.
void BackupFolder::make(const std::function<void(const QString &)> &progress)
{
    constexpr int tries = 10;
    for (int i = 0; i < tries; ++i) {
        if (makeNew())
            return;
        if (lock())
            removeLeftover(progress);
    }
    failBusy(m_path);
}

/// False: there is one already.
bool BackupFolder::makeNew()
{
    if (::mkdir(QFile::encodeName(m_path).constData(), S_IRWXU) != 0) {
        if (errno == EEXIST)
            return false;
        failUnusable(m_path);
    }
    return lock();
}

/// False when the folder that was locked no longer has the name: whoever had it before has just removed it.
bool BackupFolder::lock()
{
    const QByteArray path = QFile::encodeName(m_path);
    m_descriptor = ::open(path.constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (m_descriptor < 0) {
        if (errno == ENOENT)
            return false;
        failUnusable(m_path);
    }
    if (::flock(m_descriptor, LOCK_EX | LOCK_NB) != 0) {
        ::close(m_descriptor);
        failBusy(m_path);
    }
    struct stat locked = {};
    struct stat named = {};
    if (::fstat(m_descriptor, &locked) == 0 && ::stat(path.constData(), &named) == 0 &&
        locked.st_dev == named.st_dev && locked.st_ino == named.st_ino)
        return true;
    ::close(m_descriptor);
    return false;
}

/// A program that is killed gives its lock back, so whoever gets it knows that nobody writes there any more.
/// It is kept until the folder is gone.
void BackupFolder::removeLeftover(const std::function<void(const QString &)> &progress)
{
    const auto unlock = qScopeGuard([this] { ::close(m_descriptor); });
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
    if (!giveName(QFile::encodeName(m_path), QFile::encodeName(m_directory))) {
        if (errno == EEXIST || errno == ENOTEMPTY)
            failExists(m_directory);
        failUnusable(m_directory);
    }
    m_isFinished = true;
    syncDirectory(QFileInfo(m_directory).path());
}

} // namespace Branchline::Internal
