// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/shell/palettemodel.h"

#include <QList>

#include <functional>

class QAction;
class QWidget;

namespace Branchline {

/// Something that the command palette can do.
struct PaletteCommand
{
    PaletteEntry entry;
    std::function<void()> run;
};

/// A command that triggers the action, if it is still there and enabled then. Its icon is the action's
/// property "iconName", a name out of resources/icons.
[[nodiscard]] PaletteCommand commandOf(QAction *action, const QString &detail = {});

/// The actions of a page that can be done now and have a name and a key; `detail` names the page.
[[nodiscard]] std::vector<PaletteCommand> commandsOf(const QWidget *page, const QString &detail);

} // namespace Branchline
