// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/context.h"
#include "db/cluster/demolibrary.h"

namespace Branchline::Ctl {

/// The option --demo of `init` and `local start`.
[[nodiscard]] QCommandLineOption demoOption();

/// Loads the demo library when --demo is given; throws what went wrong.
[[nodiscard]] std::optional<DemoOutcome> loadDemo(Context &context, const AdminAddresses &addresses);

/// Adds "demo" to a command's result: {"loaded", "day", "books", "branches", "patrons", "copies", "loans",
/// "open_loans", "overdue"}; "loaded" is false when it was there before.
void addDemo(QJsonObject &object, QString &text, const std::optional<DemoOutcome> &outcome);

} // namespace Branchline::Ctl
