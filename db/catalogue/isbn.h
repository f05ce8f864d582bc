// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include <optional>

namespace Branchline {

/// An ISBN as 13 digits: blanks and hyphens are dropped, ISBN-10 is converted (prefix 978), the check digit
/// must fit (ISO 2108). Nothing when it is no ISBN.
[[nodiscard]] std::optional<QString> isbn13(const QString &text);

} // namespace Branchline
