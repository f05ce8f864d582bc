// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/cluster/initialise.h"

#include <QDate>

namespace Branchline {

/// How the demo library is loaded.
struct DemoOptions
{
    QDate day;         ///< for which it is made; not valid: today in UTC
    bool echo = false; ///< list statements on stderr, as SQL_ECHO does
    /// A sentence per step, in the calling thread; and one per `patience` that a statement takes, in others.
    std::function<void(const QString &)> progress = {};
    /// Asked between steps, in the calling thread; true ends the call with an error of kind Canceled. What
    /// was loaded until then stays.
    std::function<bool()> isCanceled = {};
    /// After so long without an answer a database whose server does not take connections either is given up.
    std::chrono::milliseconds patience = Patience::usualLimit;
};

/// What is in the library now.
struct DemoOutcome
{
    bool isNew = false; ///< false: it was complete before this call
    QDate day;          ///< for which it was made
    int books = 0;
    int branches = 0;
    int patrons = 0;
    int copies = 0;
    int loans = 0;
    int openLoans = 0;
    int overdue = 0;
};

/// Fills an initialised, empty library with books, branches, patrons, copies and two years of loans. What a
/// call that was killed began is finished by the next one; a complete demo library is left as it is, whatever
/// has happened in it since. Conflict for a library that holds anything else. Needs the superuser logins that
/// initialise() needs. Blocks for seconds; two calls at once wait for each other.
[[nodiscard]] Result<DemoOutcome> loadDemoLibrary(const AdminAddresses &addresses,
                                                  const DemoOptions &options);

} // namespace Branchline
