// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/local/localsupport.h"

#include <QFile>
#include <QSaveFile>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

void failLocal(DbErrorKind kind, const QString &message, const QString &hint, const QString &detail)
{
    throw DbException({.kind = kind,
                       .message = message,
                       .hint = hint,
                       .database = {},
                       .statement = u"local library"_s,
                       .sqlState = {},
                       .detail = detail});
}

void failSystem(const QString &message, int errorNumber, const QString &hint)
{
    const QString reason = QString::fromLocal8Bit(std::strerror(errorNumber));
    failLocal(DbErrorKind::Configuration, Local::tr("%1 The system says: %2.").arg(message, reason), hint);
}

QStringList lastLines(const QString &file, int count)
{
    QFile log(file);
    if (!log.open(QIODevice::ReadOnly))
        return {};
    constexpr qint64 enough = 16 * 1024;
    if (log.size() > enough)
        log.seek(log.size() - enough);
    QStringList lines = QString::fromUtf8(log.readAll()).split(u'\n', Qt::SkipEmptyParts);
    if (lines.size() > count)
        lines = lines.sliced(lines.size() - count);
    return lines;
}

void writeFile(const QString &file, const QByteArray &content)
{
    QFile current(file);
    if (current.open(QIODevice::ReadOnly) && current.readAll() == content)
        return;
    current.close();
    QSaveFile save(file);
    if (!save.open(QIODevice::WriteOnly) || save.write(content) != content.size() || !save.commit())
        failLocal(DbErrorKind::Configuration,
                  Local::tr("The file %1 cannot be written: %2.").arg(file, save.errorString()),
                  Local::tr("Check that the disk is not full and that the folder may be written to."));
}

void syncDirectory(const QString &directory)
{
    const int fd = ::open(QFile::encodeName(directory).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    ::fsync(fd); // some file systems refuse it; nothing better can be done there
    ::close(fd);
}

} // namespace Branchline::Internal
