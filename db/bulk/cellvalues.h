// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QUuid>

#include <optional>
#include <string_view>

namespace Branchline::Internal {

// What a cell of a file means; nothing when it is not of the form that docs/IMPORT.md gives.

/// "8d3f…-…": the 16 bytes in the order in which they are written.
[[nodiscard]] std::optional<QUuid> idOf(std::string_view cell);
[[nodiscard]] std::optional<int> integerOf(std::string_view cell);
/// Whether the cell is text with one number in it, or none: not "3-4", not "-3", nor more than nine digits.
[[nodiscard]] bool isNumber(std::string_view cell);
/// That number, of a cell that isNumber().
[[nodiscard]] std::optional<int> digitsOf(std::string_view cell);
/// "2025-03-04": days since 2000-01-01.
[[nodiscard]] std::optional<int> dateOf(std::string_view cell);
/// "2025-03-04T10:11:12+00:00": microseconds since 2000-01-01 in UTC.
[[nodiscard]] std::optional<qint64> timeOf(std::string_view cell);
[[nodiscard]] std::optional<bool> flagOf(std::string_view cell);
/// UTF-8 without zero bytes, as PostgreSQL takes it.
[[nodiscard]] bool isText(std::string_view cell);
/// available, lent, lost, missing, damaged, withdrawn, repair or reference.
[[nodiscard]] bool isCopyStatus(std::string_view cell);

} // namespace Branchline::Internal
