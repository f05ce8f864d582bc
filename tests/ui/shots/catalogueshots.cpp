// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/shots/stage.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

void search(Stage &stage, const QString &words)
{
    stage.press(Qt::Key_A, Qt::ControlModifier);
    stage.type(words);
    stage.settle();
}

} // namespace

void takeCatalogue(Stage &stage)
{
    stage.open({.page = MainWindow::Page::Catalogue});
    stage.take(u"catalogue-empty"_s);
    search(stage, u"eco"_s);
    stage.take(u"catalogue-ready"_s);
    search(stage, u"garcia marquez"_s);
    stage.take(u"catalogue-accents"_s);
    search(stage, u"tolkein"_s);
    stage.take(u"catalogue-nomatch"_s);

    search(stage, u"tolkien"_s);
    stage.freeze(u"main"_s);
    stage.type(u" h"_s);
    stage.pause(1200);
    stage.take(u"catalogue-loading"_s);
    stage.thaw(u"main"_s);
    stage.settle();

    stage.stop(u"tertiary_shard"_s);
    search(stage, u"murakami"_s);
    stage.pause(3000);
    stage.settle();
    stage.take(u"catalogue-partial"_s);
    stage.start(u"tertiary_shard"_s);
    stage.pause(4000);
    stage.settle();

    stage.stop(u"main"_s);
    stage.pause(5000);
    stage.press(Qt::Key_F5);
    stage.pause(4000);
    stage.settle();
    stage.take(u"catalogue-stale"_s);
    search(stage, u"austen"_s);
    stage.pause(4000);
    stage.settle();
    stage.take(u"catalogue-failed"_s);
    stage.start(u"main"_s);
    stage.pause(6000);
    stage.settle();
    stage.take(u"catalogue-recovered"_s);
}

} // namespace Branchline
