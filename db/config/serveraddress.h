// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/config/connectionurl.h"

namespace Branchline {

/// Whether a connection to this address surely goes through a socket of this computer, where nothing travels
/// and libpq never uses TLS. As libpq decides it: `hostaddr` or PGHOSTADDR mean TCP whatever the host is
/// called, then `host` or PGHOST count, for each of several hosts. An address that leaves something to a
/// service file (`service`, PGSERVICE) is taken as one that travels, since the file may name any computer.
[[nodiscard]] bool isLocalSocket(const ConnectionUrl &url);

/// Whether libpq completes this address from a service file.
[[nodiscard]] bool usesService(const ConnectionUrl &url);

/// Which library an address means, "host:port/database": the same whoever signs in and however the
/// connection is protected, so that what is kept for a library is found again.
[[nodiscard]] QString serverKey(const ConnectionUrl &url);

} // namespace Branchline
