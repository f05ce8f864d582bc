// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/signin/diagnosis.h"
#include "db/signin/signintrial.h"

namespace Branchline::Internal {

/// Why signing in failed, with the words for it. Of several hosts the first is told about; libpq has tried
/// them all. May look at the server again, without signing in. Blocks as probeServer() does.
[[nodiscard]] Diagnosis explain(const ConnectionUrl &url, const SignInTrial &trial,
                                const QDeadlineTimer &deadline);

/// Tries to sign in once more, for somebody whose own attempt failed and who was told the reason in a
/// sentence only. Ready when it works now; that there are a schema and rights is not looked at.
[[nodiscard]] Diagnosis tryAndExplain(const ConnectionUrl &url, const QDeadlineTimer &deadline);

/// How a connection is protected: what was checked follows from the mode that let TLS come up.
[[nodiscard]] TlsState tlsOf(const SignInTrial &trial, const ConnectionUrl &url);

} // namespace Branchline::Internal
