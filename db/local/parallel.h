// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/local/serveraccount.h"

#include <exception>
#include <future>
#include <vector>

namespace Branchline::Internal {

/// Runs `work` for each item in a thread of its own, as the account; waits for all, then throws what the
/// first one that failed threw.
template <typename Items, typename Work>
void inParallel(Items &items, const ServerAccount &account, const Work &work)
{
    std::vector<std::future<void>> tasks;
    for (auto &item : items)
        tasks.push_back(std::async(std::launch::async, [&] {
            const FileIdentity identity(account);
            work(item);
        }));
    std::exception_ptr failure;
    for (std::future<void> &task : tasks) {
        try {
            task.get();
        } catch (...) {
            if (!failure)
                failure = std::current_exception();
        }
    }
    if (failure)
        std::rethrow_exception(failure);
}

} // namespace Branchline::Internal
