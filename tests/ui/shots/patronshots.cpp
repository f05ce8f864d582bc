// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/shots/stage.h"

using namespace Qt::StringLiterals;

namespace Branchline {

void takePatrons(Stage &stage)
{
    stage.open({.page = MainWindow::Page::Patrons});
    stage.take(u"patrons-ready"_s);
    stage.type(u"no such name"_s);
    stage.settle();
    stage.take(u"patrons-nomatch"_s);
    stage.press(Qt::Key_A, Qt::ControlModifier);
    stage.type(u"quillf"_s);
    stage.settle();
    stage.take(u"patrons-search"_s);
    stage.press(Qt::Key_Down);
    stage.press(Qt::Key_Return);
    stage.pause(1000);
    stage.settle();
    stage.take(u"patron-ready"_s);
    stage.stop(u"tertiary_shard"_s);
    stage.press(Qt::Key_F5);
    stage.pause(4000);
    stage.settle();
    stage.take(u"patron-partial"_s);
    stage.start(u"tertiary_shard"_s);
    stage.pause(6000);
    stage.settle();
    stage.take(u"patron-recovered"_s);
    stage.stop(u"main"_s);
    stage.pause(5000);
    stage.press(Qt::Key_F5);
    stage.pause(4000);
    stage.settle();
    stage.take(u"patron-stale"_s);
    stage.start(u"main"_s);
    stage.pause(6000);
    stage.settle();
}

} // namespace Branchline
