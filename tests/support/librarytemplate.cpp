// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/librarytemplate.h"

#include "db/local/filelock.h"
#include "tests/support/testlibrary.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFileInfo>
#include <QProcess>
#include <QTemporaryDir>

#include <chrono>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// Raise it when the options of initdb or the databases change.
constexpr int templateNumber = 1;

constexpr int copyDeadlineMs = 60'000;

QString templateFolder(const LocalOptions &options)
{
    const auto binaries = ServerBinaries::find(options.binaries);
    if (!binaries)
        return {};
    QProcess version;
    version.start(binaries->postgres(), {u"--version"_s});
    version.waitForFinished();
    QCryptographicHash key(QCryptographicHash::Sha256);
    key.addData(version.readAllStandardOutput());
    key.addData((options.shards.join(u',') + (options.separateServers ? u's' : u'o')).toUtf8());
    return u"%1/test-template/%2-%3-%4"_s.arg(QStringLiteral(BRANCHLINE_BUILD_DIR))
        .arg(templateNumber)
        .arg(::geteuid())
        .arg(QString::fromLatin1(key.result().toHex().left(12)));
}

/// The content of a folder with owners and rights, which root needs to keep.
bool copyContent(const QString &from, const QString &to)
{
    QProcess copy;
    copy.start(u"cp"_s, {u"-a"_s, u"--reflink=auto"_s, u"--"_s, from + "/."_L1, to});
    return copy.waitForFinished(copyDeadlineMs) && copy.exitCode() == 0;
}

bool makeTemplate(LocalOptions options, const QString &folder)
{
    // Not in the build folder, which the account that runs the servers for root may be unable to enter.
    const QTemporaryDir workshop(TestLibrary::folderPattern());
    options.directory = workshop.path();
    const LocalLibrary library(options);
    if (!library.start() || !library.stop())
        return false;
    const QString half = folder + ".new"_L1;
    QDir(half).removeRecursively();
    const bool isMade =
        QDir().mkpath(half) && copyContent(workshop.path(), half) && QDir().rename(half, folder);
    (void)library.destroy();
    return isMade;
}

} // namespace

void copyLibraryTemplate(const LocalOptions &options)
{
    const QString folder = templateFolder(options);
    if (folder.isEmpty() || !QDir().mkpath(QFileInfo(folder).path()))
        return;
    try {
        const Internal::FileLock lock(folder + ".lock"_L1, std::chrono::minutes(3));
        if (!QFileInfo::exists(folder) && !makeTemplate(options, folder))
            return;
    } catch (const DbException &) {
        return;
    }
    if (!copyContent(folder, options.directory)) {
        qWarning("The library template cannot be copied; a library is made from nothing.");
        QDir(options.directory).removeRecursively();
        QDir().mkpath(options.directory);
    }
}

} // namespace Branchline
