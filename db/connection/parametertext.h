// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QLatin1StringView>

namespace Branchline {

/// SQL as the protocol takes it.
struct ParameterText
{
    QByteArray sql;     ///< UTF-8, with `$1`, `$2`, … for the question marks
    int parameters = 0; ///< how many there are
};

/// Numbers the question marks of a statement. Those in quoted texts, quoted names, dollar quotes and comments
/// stay as they are; a `?` operator has to be written with its function instead.
[[nodiscard]] ParameterText withNumberedParameters(QLatin1StringView sql);

} // namespace Branchline
