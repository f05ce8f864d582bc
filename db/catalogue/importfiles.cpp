// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/importfiles.h"

#include "db/catalogue/csvreader.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("BookImport", text);
}

DbError cannotWrite(const QString &path, const QString &why)
{
    return {.kind = DbErrorKind::InvalidValue,
            .message = tr("The file %1 cannot be written: %2.").arg(path, why),
            .hint = tr("Make room on the disk, or name a file in another folder.")};
}

bool mayWriteIn(const QString &folder)
{
    const QFileInfo info(folder);
    return info.isDir() && info.isWritable();
}

} // namespace

Result<Done> LateCsvFile::prepare(const QString &path, const QStringList &header, char separator,
                                  bool byteOrderMark)
{
    m_path = path;
    m_separator = separator;
    m_mark = byteOrderMark;
    for (const QString &name : header)
        m_header << name.toUtf8();
    const QFileInfo info(path);
    if (!mayWriteIn(info.absolutePath()) || info.isDir() || (info.exists() && !info.isWritable()))
        return cannotWrite(path, tr("the folder or the file is protected"));
    // The complete file takes the place of what is there, also that of a device.
    if (info.exists() && !info.isFile())
        return cannotWrite(path, tr("it is a device or a pipe"));
    return Done{};
}

void LateCsvFile::write(const QByteArrayList &cells)
{
    const auto put = [this](const QByteArrayList &row) {
        QByteArray line;
        for (const QByteArray &cell : row)
            line += (line.isEmpty() && &cell == &row.first() ? QByteArray() : QByteArray(1, m_separator)) +
                    csvCell(cell, m_separator);
        line += '\n';
        if (m_file->write(line) != line.size())
            throw DbException(cannotWrite(m_path, m_file->errorString()));
    };
    if (!m_file) {
        m_file = std::make_unique<QSaveFile>(m_path);
        if (!m_file->open(QIODevice::WriteOnly))
            throw DbException(cannotWrite(m_path, m_file->errorString()));
        if (m_mark)
            m_file->write("\xEF\xBB\xBF");
        put(m_header);
    }
    put(cells);
}

QString LateCsvFile::finish()
{
    if (!m_file)
        return {};
    if (!m_file->commit())
        throw DbException(cannotWrite(m_path, m_file->errorString()));
    m_file.reset();
    return m_path;
}

void requireThreeFiles(const QString &source, const QString &rejects, const QString &notes)
{
    const auto isSame = [](const QString &one, const QString &other) {
        const QFileInfo first(one);
        const QFileInfo second(other);
        const QString place =
            first.canonicalFilePath(); // empty for what is not there, and for a nameless pipe
        return place.isEmpty() ? first.absoluteFilePath() == second.absoluteFilePath()
                               : place == second.canonicalFilePath();
    };
    if (isSame(source, rejects) || isSame(source, notes) || isSame(rejects, notes)) {
        throw DbException(
            {.kind = DbErrorKind::InvalidValue,
             .message = tr("The books, the rejected rows and the notes cannot share one file."),
             .hint = tr("Give each of them another name, or none: then one beside the file is chosen.")});
    }
}

QString nameBeside(const QString &file, const QString &what)
{
    const QFileInfo info(file);
    const bool isCsv = info.suffix().compare("csv"_L1, Qt::CaseInsensitive) == 0 ||
                       info.suffix().compare("txt"_L1, Qt::CaseInsensitive) == 0 ||
                       info.suffix().compare("tsv"_L1, Qt::CaseInsensitive) == 0;
    const QString name = (isCsv ? info.completeBaseName() : info.fileName()) + u'.' + what + ".csv"_L1;
    for (const QString &folder : {info.absolutePath(), QDir::currentPath()}) {
        if (mayWriteIn(folder))
            return QDir(folder).filePath(name);
    }
    return QDir::temp().filePath(name);
}

} // namespace Branchline
