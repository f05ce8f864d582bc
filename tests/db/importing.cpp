// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/importing.h"

#include <QFile>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

LibraryImportOptions ImportFolder::options(qint64 copyAbove) const
{
    return {.directory = m_folder.path(),
            .refusedFile = m_folder.filePath(u"refused.csv"_s),
            .copyAbove = copyAbove};
}

LibraryImportReport ImportFolder::import(const PreparedLibrary &library, qint64 copyAbove) const
{
    LibraryImport bulk(library.adminAddresses(), options(copyAbove));
    const auto report = bulk.run();
    if (!report)
        qFatal("%s %s", qPrintable(report.error().message), qPrintable(report.error().detail));
    return *report;
}

QMap<QString, QString> ImportFolder::refused() const
{
    QMap<QString, QString> rows;
    QFile file(m_folder.filePath(u"refused.csv"_s));
    if (!file.open(QIODevice::ReadOnly))
        return rows;
    for (const QString &line : QString::fromUtf8(file.readAll()).split(u'\n', Qt::SkipEmptyParts).mid(1))
        rows.insert(line.section(u',', 0, 0) + u' ' + line.section(u',', 1, 1), line.section(u',', 2));
    return rows;
}

const ImportedFile &fileOf(const LibraryImportReport &report, const QString &name)
{
    const auto found = std::find_if(report.files.begin(), report.files.end(),
                                    [&](const ImportedFile &file) { return file.name == name; });
    if (found == report.files.end())
        qFatal("no file %s", qPrintable(name));
    return *found;
}

} // namespace Branchline
