// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/libraryopener.h"

#include "db/cluster/demolibrary.h"
#include "db/cluster/locallibrarysetup.h"

#include <QCoreApplication>
#include <QPromise>
#include <QThreadPool>

#include <functional>
#include <memory>

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("LibraryOpener", text);
}

/// Runs in a thread of the pool; what is thrown becomes an error of the result.
template <typename T>
QFuture<T> inThread(std::function<T(QPromise<T> &)> work, std::function<T(const DbError &)> failed)
{
    auto promise = std::make_shared<QPromise<T>>();
    promise->start();
    auto future = promise->future();
    QThreadPool::globalInstance()->start([promise, work, failed] {
        try {
            promise->addResult(work(*promise));
        } catch (const DbException &error) {
            promise->addResult(failed(error.error()));
        } catch (const std::exception &error) {
            promise->addResult(failed({.kind = DbErrorKind::Internal,
                                       .message = tr("The library could not be opened."),
                                       .hint = QString::fromLocal8Bit(error.what())}));
        }
        promise->finish();
    });
    return future;
}

Result<ClusterConfig> load(const LibraryChoice &choice)
{
    ConfigSources sources;
    sources.commandLineUrl = choice.databaseUrl;
    sources.remembered = choice.remembered;
    if (choice.onlyLocal) {
        sources.environment.remove(QStringLiteral("DATABASE_URL"));
        sources.files.clear();
        sources.remembered.clear();
    }
    return ClusterConfig::load(sources, PoolSettings::ofDesk());
}

Result<ClusterConfig> open(const LibraryChoice &choice)
{
    auto config = load(choice);
    if (!config || !config->usesLocalLibrary())
        return config;

    const LocalLibrary library({.directory = choice.directory});
    const auto status = prepareLocalLibrary(library, config->sqlEcho, {});
    if (!status)
        return status.error();
    return withLocalLibrary(*config, *status);
}

LibraryPlan plan(const LibraryChoice &choice)
{
    LibraryPlan found{.config = load(choice)};
    if (found.config && found.config->usesLocalLibrary()) {
        const auto status = LocalLibrary({.directory = choice.directory}).status();
        found.isNew = status && status->state == LocalStatus::State::Absent;
    }
    return found;
}

DbError canceled()
{
    return {.kind = DbErrorKind::Canceled,
            .message = tr("Cancelled."),
            .hint = tr("Nothing is left of what was begun.")};
}

Result<ClusterConfig> make(const ClusterConfig &config, bool withDemo, const std::atomic<bool> &isCanceled,
                           const LocalProgress &progress)
{
    const LocalLibrary library;
    const auto status = prepareLocalLibrary(library, config.sqlEcho, progress);
    if (!status)
        return status.error();
    if (withDemo && !isCanceled) {
        const LocalAddresses superuser = status->superuser();
        AdminAddresses addresses{.main = superuser.main, .shards = {}};
        for (auto it = superuser.shards.cbegin(); it != superuser.shards.cend(); ++it)
            addresses.shards.emplace(it.key(), it.value());
        const auto step = [&](const QString &line) {
            if (isCanceled)
                throw DbException(canceled());
            progress(line);
        };
        const auto loaded = loadDemoLibrary(addresses, {.day = {}, .echo = config.sqlEcho, .progress = step});
        if (!loaded && !isCanceled)
            return loaded.error();
    }
    if (!isCanceled)
        return withLocalLibrary(config, *status);
    if (const auto gone = library.destroy(); !gone)
        return gone.error();
    return canceled();
}

} // namespace

QFuture<LibraryPlan> planLibrary(const LibraryChoice &choice)
{
    return inThread<LibraryPlan>([choice](QPromise<LibraryPlan> &) { return plan(choice); },
                                 [](const DbError &error) { return LibraryPlan{.config = error}; });
}

QFuture<Result<ClusterConfig>> openLibrary(const LibraryChoice &choice)
{
    using Opened = Result<ClusterConfig>;
    return inThread<Opened>([choice](QPromise<Opened> &) { return open(choice); },
                            [](const DbError &error) { return Opened(error); });
}

QFuture<Result<ClusterConfig>> makeLibrary(const ClusterConfig &config, bool withDemo,
                                           std::shared_ptr<std::atomic<bool>> isCanceled)
{
    using Made = Result<ClusterConfig>;
    const auto work = [config, withDemo, isCanceled](QPromise<Made> &promise) {
        // Called from several threads, never two at once. A text is told only with a number that grows.
        auto steps = std::make_shared<std::atomic<int>>(0);
        promise.setProgressRange(0, 10'000);
        return make(config, withDemo, *isCanceled, [&promise, steps](const QString &line) {
            promise.setProgressValueAndText(++*steps, line);
        });
    };
    return inThread<Made>(work, [](const DbError &error) { return Made(error); });
}

QFuture<QString> describeComputer()
{
    const auto work = [](QPromise<QString> &) {
        const auto binaries = ServerBinaries::find();
        if (!binaries)
            return binaries.error().message + QLatin1Char(' ') + binaries.error().hint;
        return tr("PostgreSQL %1 was found on this computer. Data will be kept in your personal data folder "
                  "(%2); only you can read it.")
            .arg(binaries->major)
            .arg(LocalLibrary::defaultDirectory());
    };
    return inThread<QString>(work, [](const DbError &error) { return error.message; });
}

} // namespace Branchline
