// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/libraryopener.h"

#include "db/cluster/locallibrarysetup.h"

#include <QCoreApplication>
#include <QPromise>
#include <QThreadPool>

#include <memory>

namespace Branchline {

namespace {

Result<ClusterConfig> open(const LibraryChoice &choice)
{
    ConfigSources sources;
    sources.commandLineUrl = choice.databaseUrl;
    if (choice.onlyLocal) {
        sources.environment.remove(QStringLiteral("DATABASE_URL"));
        sources.files.clear();
    }
    auto config = ClusterConfig::load(sources, PoolSettings::ofDesk());
    if (!config || !config->usesLocalLibrary())
        return config;

    const LocalLibrary library({.directory = choice.directory});
    const auto status = prepareLocalLibrary(library, config->sqlEcho, {});
    if (!status)
        return status.error();
    return withLocalLibrary(*config, *status);
}

} // namespace

QFuture<Result<ClusterConfig>> openLibrary(const LibraryChoice &choice)
{
    auto promise = std::make_shared<QPromise<Result<ClusterConfig>>>();
    promise->start();
    auto future = promise->future();
    QThreadPool::globalInstance()->start([promise, choice] {
        try {
            promise->addResult(open(choice));
        } catch (const std::exception &error) {
            promise->addResult(DbError{
                .kind = DbErrorKind::Internal,
                .message = QCoreApplication::translate("LibraryOpener", "The library could not be opened."),
                .hint = QString::fromLocal8Bit(error.what())});
        }
        promise->finish();
    });
    return future;
}

} // namespace Branchline
