// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSettings>

namespace Branchline {

/// What the window remembers for this person, such as the branch of the desk:
/// ~/.config/branchline/window.conf. The file that QSettings would choose by itself is branchline.conf, which
/// people write and which says where the databases are; the program must never write there.
[[nodiscard]] inline QSettings windowSettings()
{
    return QSettings(QStringLiteral("branchline"), QStringLiteral("window"));
}

} // namespace Branchline
