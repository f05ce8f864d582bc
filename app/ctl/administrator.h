// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/ctl/context.h"

namespace Branchline::Ctl {

/// The option --admin-url of commands that need superusers.
[[nodiscard]] QCommandLineOption adminUrlOption();

/// The address of --admin-url; empty without it. Throws when it holds a password.
[[nodiscard]] ConnectionUrl adminUrl(Context &context);

/// The databases of the settings or of the local library, signed in to as the user of --admin-url if that is
/// given.
[[nodiscard]] AdminAddresses administratorsAddresses(Context &context);

/// The library as these administrators see it.
[[nodiscard]] std::unique_ptr<Cluster> administratorsCluster(Context &context,
                                                             const AdminAddresses &addresses);

} // namespace Branchline::Ctl
