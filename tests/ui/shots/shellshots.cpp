// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/shots/stage.h"

using namespace Qt::StringLiterals;

namespace Branchline {

void takeShell(Stage &stage)
{
    stage.open();
    stage.press(Qt::Key_B, Qt::ControlModifier);
    stage.settle();
    stage.take(u"shell-branches"_s);
    stage.press(Qt::Key_Escape);
    stage.window().openDatabaseList();
    stage.settle();
    stage.take(u"shell-databases"_s);
    stage.press(Qt::Key_Escape);
    // One that was slow, and then does not answer any more.
    stage.freeze(u"tertiary_shard"_s);
    stage.pause(1200);
    stage.thaw(u"tertiary_shard"_s);
    stage.pause(2500);
    stage.freeze(u"tertiary_shard"_s);
    stage.pause(5000);
    stage.window().openDatabaseList();
    stage.settle();
    stage.take(u"shell-databases-down"_s);
    stage.press(Qt::Key_Escape);
    stage.thaw(u"tertiary_shard"_s);
    stage.pause(5000);
    stage.press(Qt::Key_F1, Qt::ControlModifier);
    stage.settle();
    stage.take(u"shell-help"_s);
    stage.press(Qt::Key_Escape);
    stage.press(Qt::Key_K, Qt::ControlModifier);
    stage.settle();
    stage.take(u"palette-empty"_s);
    stage.type(u"eco"_s);
    stage.settle();
    stage.take(u"palette-ready"_s);
    stage.press(Qt::Key_A, Qt::ControlModifier);
    stage.type(u"@ottermole"_s);
    stage.settle();
    stage.take(u"palette-patrons"_s);
    stage.press(Qt::Key_A, Qt::ControlModifier);
    stage.type(u"no such thing"_s);
    stage.settle();
    stage.take(u"palette-nomatch"_s);
    stage.press(Qt::Key_Escape);
}

} // namespace Branchline
