// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/libraryfolder.h"

#include "db/bulk/bulkbatch.h"
#include "db/connection/dberror.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr qint64 step = 1024 * 1024;

QString tr(const char *text)
{
    return QCoreApplication::translate("BulkImport", text);
}

LibraryFile readFile(const QString &path, const std::function<void()> &check)
{
    const QDateTime changedAt = QFileInfo(path).lastModified();
    QFile file(path);
    QCryptographicHash hash(QCryptographicHash::Sha256);
    QByteArray bytes(step, Qt::Uninitialized);
    qint64 size = 0;
    qint64 count = -1;
    if (file.open(QIODevice::ReadOnly | QIODevice::Unbuffered)) {
        while ((count = file.read(bytes.data(), step)) > 0) {
            hash.addData(QByteArrayView(bytes.constData(), count));
            size += count;
            check();
        }
    }
    if (count < 0) {
        throw DbException({.kind = DbErrorKind::InvalidValue,
                           .message = tr("%1 cannot be read: %2.").arg(path, file.errorString())});
    }
    return {path, size, QString::fromLatin1(hash.result().toHex()), changedAt};
}

} // namespace

void LibraryFile::requireUnchanged() const
{
    const QFileInfo now(path);
    if (now.size() == size && now.lastModified() == changedAt)
        return;
    throw DbException(
        {.kind = DbErrorKind::Conflict,
         .message = tr("%1 was changed while it was read.").arg(path),
         .hint = tr("Run the same command again: it brings in what the file has now, and passes "
                    "over what is in.")});
}

LibraryFolder readLibraryFolder(const QString &directory, const std::function<void()> &check)
{
    LibraryFolder folder;
    QCryptographicHash identity(QCryptographicHash::Sha256);
    for (const BulkFile &known : bulkFiles()) {
        const QString name = QString::fromLatin1(known.name);
        const QString path = QDir(directory).filePath(name + ".csv"_L1);
        if (!QFile::exists(path)) {
            if (known.isOptional)
                continue;
            throw DbException({.kind = DbErrorKind::NotFound,
                               .message = tr("There is no file %1.").arg(path),
                               .hint = tr("The files of a library are described in docs/IMPORT.md.")});
        }
        const BulkReader hasColumns(path, known, {}, nullptr);
        const LibraryFile file = readFile(path, check);
        identity.addData((name + u' ' + file.sha256 + u'\n').toUtf8());
        folder.files.emplace(name, file);
    }
    folder.identity = QString::fromLatin1(identity.result().toHex());
    return folder;
}

} // namespace Branchline::Internal
