// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/palettecommands.h"

#include <QAction>
#include <QPointer>
#include <QWidget>

using namespace Qt::StringLiterals;

namespace Branchline {

PaletteCommand commandOf(QAction *action, const QString &detail)
{
    const QString icon = action->property("iconName").toString();
    return {.entry = {.kind = PaletteEntry::Kind::Action,
                      .id = {},
                      .iconName = icon.isEmpty() ? u"palette"_s : icon,
                      .title = action->text().remove(u'&'),
                      .detail = detail,
                      .keyText = action->shortcut().toString(QKeySequence::NativeText)},
            .run = [action = QPointer<QAction>(action)] {
                if (action)
                    action->trigger();
            }};
}

std::vector<PaletteCommand> commandsOf(const QWidget *page, const QString &detail)
{
    std::vector<PaletteCommand> commands;
    QStringList known;
    const auto actions = page->findChildren<QAction *>();
    for (QAction *action : actions) {
        const QString key = action->shortcut().toString();
        if (!action->isEnabled() || !action->isVisible() || action->isSeparator() ||
            action->text().isEmpty() || key.isEmpty() || known.contains(key + action->text()))
            continue;
        known << key + action->text();
        commands.push_back(commandOf(action, detail));
    }
    return commands;
}

} // namespace Branchline
