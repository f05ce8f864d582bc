// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/shots/stage.h"

#include <QTabBar>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// Chooses a list by a word of its tab.
void showList(Stage &stage, const QString &word)
{
    for (auto *tabs : stage.window().findChildren<QTabBar *>()) {
        for (int i = 0; tabs->isVisible() && i < tabs->count(); ++i) {
            if (tabs->tabText(i).contains(word))
                tabs->setCurrentIndex(i);
        }
    }
    stage.settle();
}

} // namespace

void takeBranch(Stage &stage)
{
    stage.open();
    stage.freeze(u"secondary_shard"_s);
    stage.window().showPage(MainWindow::Page::Branch);
    stage.pause(700);
    stage.take(u"branch-loading"_s);
    stage.pause(7000);
    stage.take(u"branch-failed"_s);
    stage.thaw(u"secondary_shard"_s);
    stage.pause(6000);
    stage.settle();
    stage.take(u"branch-loans"_s);
    showList(stage, u"Overdue"_s);
    stage.take(u"branch-ready"_s);
    stage.press(Qt::Key_Space);
    stage.press(Qt::Key_Down);
    stage.press(Qt::Key_Space);
    stage.settle();
    stage.take(u"branch-marked"_s);
    stage.press(Qt::Key_Escape);
    showList(stage, u"Copies"_s);
    stage.take(u"branch-copies"_s);
    stage.press(Qt::Key_F, Qt::ControlModifier);
    stage.type(u"no such title"_s);
    stage.settle();
    stage.take(u"branch-nomatch"_s);
    stage.press(Qt::Key_Escape);
    showList(stage, u"Today"_s);
    stage.take(u"branch-empty"_s);
    showList(stage, u"Overdue"_s);
    stage.stop(u"secondary_shard"_s);
    stage.pause(6000);
    stage.settle();
    stage.take(u"branch-stale"_s);
    stage.start(u"secondary_shard"_s);
    stage.pause(8000);
    stage.settle();
    stage.take(u"branch-recovered"_s);
}

} // namespace Branchline
