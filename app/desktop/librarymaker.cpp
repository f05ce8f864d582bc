// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/librarymaker.h"

#include "app/desktop/inthread.h"
#include "db/cluster/demolibrary.h"
#include "db/cluster/locallibrarysetup.h"

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("LibraryMaker", text);
}

DbError canceled(const QString &what)
{
    return {.kind = DbErrorKind::Canceled, .message = tr("Cancelled."), .hint = what};
}

/// Removing it failed as well; the next start offers to do it.
DbError leftOver(DbError error, const DbError &obstacle)
{
    error.kind = obstacle.kind;
    error.hint = tr("What was made could not be removed: %1 The next start of the window offers it again.")
                     .arg(obstacle.message);
    return error;
}

Result<ClusterConfig> fill(const LocalLibrary &library, const LibraryWish &wish,
                           const std::function<bool()> &isCanceled, const LocalProgress &progress)
{
    const auto status = prepareLocalLibrary(library, wish.config.sqlEcho, progress);
    if (!status)
        return status.error();
    if (wish.withDemo && !isCanceled()) {
        const LocalAddresses superuser = status->superuser();
        AdminAddresses addresses{.main = superuser.main, .shards = {}};
        for (auto it = superuser.shards.cbegin(); it != superuser.shards.cend(); ++it)
            addresses.shards.emplace(it.key(), it.value());
        const auto loaded = loadDemoLibrary(
            addresses,
            {.day = {}, .echo = wish.config.sqlEcho, .progress = progress, .isCanceled = isCanceled});
        if (!loaded)
            return loaded.error();
    }
    return withLocalLibrary(wish.config, *status);
}

Result<ClusterConfig> make(const LibraryWish &wish, const std::function<bool()> &isCanceled,
                           const LocalProgress &progress)
{
    const LocalLibrary library(wish.place);
    const auto before = library.status();
    if (!before)
        return before.error();
    // Who wants an empty library does not want the half of a demo library.
    if (before->making == LocalMaking::Demo && !wish.withDemo) {
        if (const auto gone = library.destroyUnfinished(progress); !gone)
            return gone.error();
    }
    const auto begun = library.beginMaking(wish.withDemo ? LocalMaking::Demo : LocalMaking::Empty);
    if (!begun)
        return begun.error();
    const bool isOurs = *begun;
    const auto made = fill(library, wish, isCanceled, progress);
    if (!isOurs)
        return isCanceled() ? canceled(tr("The library that was on this computer before is as it was."))
                            : made;
    const bool isBegunHere = before->state == LocalStatus::State::Absent;
    if (isCanceled() || (!made && isBegunHere)) {
        const DbError why = isCanceled()
                                ? canceled(tr("Nothing is left of what was begun; you can begin anew."))
                                : made.error();
        const auto gone = library.destroyUnfinished();
        return gone ? why : leftOver(why, gone.error());
    }
    if (!made)
        return made;
    const auto finished = library.finishMaking();
    return finished ? made : finished.error();
}

} // namespace

QFuture<Result<ClusterConfig>> makeLibrary(const LibraryWish &wish,
                                           std::shared_ptr<std::atomic<bool>> isCanceled)
{
    using Made = Result<ClusterConfig>;
    const auto work = [wish, isCanceled](QPromise<Made> &promise) {
        // Called from several threads, never two at once. A text is told only with a number that grows.
        auto steps = std::make_shared<std::atomic<int>>(0);
        promise.setProgressRange(0, 10'000);
        return make(
            wish, [isCanceled] { return isCanceled->load(); },
            [&promise, steps](const QString &line) { promise.setProgressValueAndText(++*steps, line); });
    };
    return inThread<Made>(work, [](const DbError &error) { return Made(error); });
}

QFuture<Result<Done>> removeUnfinishedLibrary(const QString &directory)
{
    using Gone = Result<Done>;
    return inThread<Gone>(
        [directory](QPromise<Gone> &) { return LocalLibrary({.directory = directory}).destroyUnfinished(); },
        [](const DbError &error) { return Gone(error); });
}

QFuture<QString> describeComputer(const QString &directory)
{
    const auto work = [directory](QPromise<QString> &) {
        const auto binaries = ServerBinaries::find();
        if (!binaries)
            return binaries.error().message + QLatin1Char(' ') + binaries.error().hint;
        const auto status = LocalLibrary({.directory = directory}).status();
        if (status && status->state != LocalStatus::State::Absent && status->making == LocalMaking::Nothing)
            return tr("There is a library on this computer already (%1). “Start a new library” opens it and "
                      "changes nothing in it.")
                .arg(status->directory);
        return tr("PostgreSQL %1 was found on this computer. Data will be kept in your personal data folder "
                  "(%2); only you can read it.")
            .arg(binaries->major)
            .arg(directory.isEmpty() ? LocalLibrary::defaultDirectory() : directory);
    };
    return inThread<QString>(work, [](const DbError &error) { return error.message; });
}

} // namespace Branchline
