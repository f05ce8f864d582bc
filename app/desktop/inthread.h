// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/dberror.h"

#include <QCoreApplication>
#include <QPromise>
#include <QThreadPool>

#include <functional>
#include <memory>

namespace Branchline {

/// Runs `work` in a thread of the pool; `failed` makes a result of what it throws.
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
            promise->addResult(failed(
                {.kind = DbErrorKind::Internal,
                 .message = QCoreApplication::translate("LibraryOpener", "The library could not be opened."),
                 .hint = QString::fromLocal8Bit(error.what())}));
        }
        promise->finish();
    });
    return future;
}

} // namespace Branchline
