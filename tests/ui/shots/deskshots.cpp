// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/shots/stage.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString cardOf(Stage &stage, const QString &family)
{
    return stage.ask(u"main"_s,
                     u"SELECT c.card_number FROM users AS u JOIN user_cards AS c ON c.user_id = u.id "
                     "WHERE u.family_name = '%1' AND c.active ORDER BY 1 LIMIT 1"_s.arg(family));
}

} // namespace

void takeDesk(Stage &stage)
{
    stage.open();
    stage.take(u"desk-empty"_s);

    const QString card = cardOf(stage, u"Lindqvane"_s);
    stage.scan(card);
    stage.settle();
    stage.take(u"desk-patron"_s);
    const QString rose = stage.barcode(u"The Name of the Rose"_s, u"available"_s);
    stage.scan(stage.barcode(u"Beloved"_s, u"available"_s));
    stage.scan(rose);
    stage.scan(stage.barcode(u"The Trial"_s, u"lent"_s));
    stage.scan(u"310099990001"_s);
    stage.scan(stage.barcode(u"Dune"_s, u"available"_s));
    stage.settle();
    stage.take(u"desk-ready"_s);

    // A server that does not answer: scans wait on the desk, and are done when it does.
    const QString next = stage.barcode(u"Emma"_s, u"available"_s);
    stage.freeze(u"secondary_shard"_s);
    stage.scan(next);
    stage.pause(1500);
    stage.take(u"desk-loading"_s);
    stage.thaw(u"secondary_shard"_s);
    stage.settle();

    stage.scan(cardOf(stage, u"Quillfeather"_s));
    stage.scan(stage.barcode(u"Snow Country"_s, u"available"_s));
    stage.settle();
    stage.take(u"desk-refused"_s);

    stage.press(Qt::Key_F8);
    stage.settle();
    stage.take(u"desk-last-scans"_s);
    stage.press(Qt::Key_F8);
    stage.press(Qt::Key_F2, Qt::ControlModifier);
    stage.settle();
    stage.scan(stage.barcode(u"Norwegian Wood"_s, u"lent"_s));
    stage.scan(stage.barcode(u"Invisible Cities"_s, u"lent"_s));
    stage.settle();
    stage.take(u"desk-renew"_s);
    stage.press(Qt::Key_F2);
    stage.settle();
    stage.take(u"desk-checkin-empty"_s);
    stage.scan(rose);
    stage.scan(stage.barcode(u"One Hundred Years of Solitude"_s, u"lent"_s));
    stage.scan(u"310099990001"_s);
    stage.scan(stage.barcode(u"Wide Sargasso Sea"_s, u"lent"_s));
    stage.settle();
    stage.take(u"desk-checkin-ready"_s);

    stage.press(Qt::Key_F1);
    stage.stop(u"secondary_shard"_s);
    stage.scan(card);
    stage.scan(rose);
    stage.pause(4000);
    stage.take(u"desk-offline"_s);
    stage.start(u"secondary_shard"_s);
    stage.pause(6000);
    stage.settle();
    stage.take(u"desk-recovered"_s);
}

} // namespace Branchline
