// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/editing/editsession.h"

namespace Branchline {

/// What is wrong with an ISBN as typed, and the number with the right last digit, hyphens kept as typed.
/// Nothing for an empty text, since a book may have none.
[[nodiscard]] std::optional<FieldProblem> isbnProblem(const QString &text);

/// Whether the text has as many digits as an ISBN of its kind.
[[nodiscard]] bool isFullIsbn(const QString &text);

/// The ten-digit form of a valid ISBN that begins with 978; empty when there is none.
[[nodiscard]] QString isbn10(const QString &text);

} // namespace Branchline
