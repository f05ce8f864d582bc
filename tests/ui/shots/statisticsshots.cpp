// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/shots/stage.h"

using namespace Qt::StringLiterals;

namespace Branchline {

void takeStatistics(Stage &stage)
{
    stage.open();
    for (const auto &shard : {u"main_shard"_s, u"secondary_shard"_s, u"tertiary_shard"_s})
        stage.freeze(shard);
    stage.window().showPage(MainWindow::Page::Statistics);
    stage.pause(800);
    stage.take(u"statistics-loading"_s);
    stage.pause(6000);
    stage.take(u"statistics-failed"_s);
    for (const auto &shard : {u"main_shard"_s, u"secondary_shard"_s, u"tertiary_shard"_s})
        stage.thaw(shard);
    stage.pause(6000);
    stage.settle();
    stage.take(u"statistics-ready"_s);

    stage.stop(u"tertiary_shard"_s);
    stage.pause(5000);
    stage.settle();
    stage.take(u"statistics-partial"_s);
    for (const auto &shard : {u"main_shard"_s, u"secondary_shard"_s})
        stage.stop(shard);
    stage.pause(6000);
    stage.settle();
    stage.take(u"statistics-stale"_s);
    for (const auto &shard : {u"main_shard"_s, u"secondary_shard"_s, u"tertiary_shard"_s})
        stage.start(shard);
    stage.pause(8000);
    stage.settle();
    stage.take(u"statistics-recovered"_s);
}

} // namespace Branchline
