// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFuture>
#include <QFutureWatcher>

namespace Branchline {

/// Calls `handler(result)` in the thread of `context` once the future has its result; not at all when the
/// future was cancelled or `context` is gone by then. A watcher, since QFuture::then(context) runs at once
/// for a finished future and asserts when the context has died (Qt 6.4).
template <typename T, typename Handler>
void watch(const QFuture<T> &future, QObject *context, Handler handler)
{
    auto *watcher = new QFutureWatcher<T>(context);
    QObject::connect(watcher, &QFutureWatcherBase::finished, context, [watcher, handler] {
        watcher->deleteLater();
        const QFuture<T> finished = watcher->future();
        if (!finished.isCanceled() && finished.resultCount() > 0)
            handler(finished.result());
    });
    watcher->setFuture(future);
}

} // namespace Branchline
