// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/staff/staff.h"
#include "tests/ui/shots/stage.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

void add(Cluster &cluster, const QString &login, const QString &name, const QString &group,
         const QStringList &rights, const QUuid &branch)
{
    const NewStaff staff{.login = login, .name = name, .group = group, .password = u"Gr33n-Lighthouse"_s};
    if (!await(addStaff(cluster, staff)).valueOrThrow().isComplete())
        qFatal("%s was not added everywhere.", qPrintable(login));
    for (const QString &right : rights)
        (void)await(assignRight(cluster, login, {right, branch})).valueOrThrow();
}

} // namespace

void takeStaff(Stage &stage)
{
    Cluster &cluster = stage.cluster();
    (void)await(cluster.refreshDirectory());
    const QUuid hillside = cluster.directory()->branchByCode(u"hillside"_s)->id;
    const QUuid harbour = cluster.directory()->branchByCode(u"harbour"_s)->id;
    const QString desks = u"branchline_staff"_s;
    add(cluster, u"clara"_s, u"Clara Oswald"_s, desks, {u"desk"_s, u"override:due_date"_s, u"patrons"_s},
        hillside);
    (void)await(assignRight(cluster, u"clara"_s, {u"catalogue"_s, {}})).valueOrThrow();
    add(cluster, u"dora"_s, u"Dora Brown"_s, u"branchline_branch_admin"_s, {u"all"_s}, harbour);
    add(cluster, u"ivo"_s, u"Ivo Castellane"_s, desks, {}, {});
    add(cluster, u"rose"_s, u"Rosemary Ashdown"_s, u"branchline_admin"_s, {u"all"_s}, {});
    add(cluster, u"jan"_s, u"Jan Novák"_s, u"branchline_report"_s, {u"reports"_s}, {});
    add(cluster, u"mina"_s, u"Mina Harker"_s, desks, {}, {});
    (void)await(disableStaff(cluster, u"mina"_s)).valueOrThrow();

    stage.open({.page = MainWindow::Page::Staff});
    stage.settle();
    stage.take(u"staff-ready"_s);
    stage.press(Qt::Key_Down);
    stage.press(Qt::Key_Return);
    stage.press(Qt::Key_Down);
    stage.press(Qt::Key_Space);
    stage.settle();
    stage.take(u"staff-rights"_s);
    stage.press(Qt::Key_D, Qt::AltModifier);
    stage.pause(200);
    stage.take(u"staff-disable"_s);
    stage.press(Qt::Key_Escape);
    stage.press(Qt::Key_N, Qt::ControlModifier);
    stage.pause(200);
    stage.take(u"staff-add"_s);
    stage.type(u"Ottoline Gray"_s);
    stage.press(Qt::Key_Return);
    stage.type(u"Ottoline"_s);
    stage.press(Qt::Key_S, Qt::ControlModifier);
    stage.pause(200);
    stage.take(u"staff-add-wrong"_s);
    stage.press(Qt::Key_Escape);
    stage.stop(u"tertiary_shard"_s);
    stage.pause(500);
    stage.press(Qt::Key_D, Qt::AltModifier);
    stage.press(Qt::Key_E, Qt::AltModifier);
    stage.pause(12000);
    stage.settle();
    stage.take(u"staff-partial"_s);
    stage.start(u"tertiary_shard"_s);
    stage.pause(6000);
    stage.press(Qt::Key_R, Qt::AltModifier);
    stage.pause(4000);
    stage.settle();
    stage.take(u"staff-finished"_s);
    stage.press(Qt::Key_F, Qt::ControlModifier);
    stage.type(u"nobody"_s);
    stage.settle();
    stage.take(u"staff-nomatch"_s);
}

} // namespace Branchline
