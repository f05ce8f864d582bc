// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/circulation/circulation.h"

namespace Branchline {

/// A reason in the user's language. Reasons with figures in them are shown as the shard wrote them.
[[nodiscard]] QString reasonText(const Reason &reason);

/// Whether a database just did not answer: said in words with its name; the address in the message helps
/// nobody at a desk.
[[nodiscard]] bool isSilence(const DbError &error);

/// An error as one line: what is wrong and what to do next.
[[nodiscard]] QString errorLine(const DbError &error);

} // namespace Branchline
