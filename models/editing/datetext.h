// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDate>
#include <QString>

namespace Branchline {

/// A date as a form shows it: day, month and four digits of the year in the order of the person's country.
[[nodiscard]] QString dateText(const QDate &date);

/// A date as a person types it: as dateText() shows it, or 1990-12-31. Invalid when it is neither.
[[nodiscard]] QDate dateIn(const QString &text);

} // namespace Branchline
