// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/filelock.h"

#include "db/local/localsupport.h"

#include <QDeadlineTimer>
#include <QFile>
#include <QThread>

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

FileLock::FileLock(const QString &path, std::chrono::milliseconds deadline)
{
    const QByteArray name = QFile::encodeName(path);
    const QDeadlineTimer timer(deadline);
    while (!tryLock(name)) {
        if (timer.hasExpired())
            failLocal(
                DbErrorKind::Timeout,
                Local::tr("Another program is still working on the local library (%1 is locked).").arg(path),
                Local::tr("Wait for it to finish, or end it, and try again."));
        QThread::msleep(20);
    }
}

bool FileLock::tryLock(const QByteArray &path)
{
    m_descriptor = ::open(path.constData(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (m_descriptor < 0)
        failSystem(Local::tr("The file %1 cannot be opened.").arg(QFile::decodeName(path)), errno,
                   Local::tr("Check that the folder belongs to you, or choose another one with --dir."));
    struct stat opened
    {};
    struct stat named
    {};
    // A holder that removed the library removed the file too: then this lock is one on nothing.
    if (::flock(m_descriptor, LOCK_EX | LOCK_NB) == 0 && ::fstat(m_descriptor, &opened) == 0 &&
        ::stat(path.constData(), &named) == 0 && opened.st_ino == named.st_ino &&
        opened.st_dev == named.st_dev)
        return true;
    ::close(m_descriptor);
    m_descriptor = -1;
    return false;
}

FileLock::~FileLock()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

} // namespace Branchline::Internal
