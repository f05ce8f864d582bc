// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/desk/reasontext.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline {

QString reasonText(const Reason &reason)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("ReasonText", text); };
    if (reason.code == "unknown_barcode"_L1)
        return tr("No copy has this barcode. Check the label, or add the copy.");
    if (reason.code == "unknown_card"_L1)
        return tr("No patron has this card. Check the number, or register the patron.");
    if (reason.code == "inactive_card"_L1)
        return tr("This card is no longer valid. Ask for the patron's new card.");
    if (reason.code == "inactive_patron"_L1)
        return tr("This patron's account is closed.");
    if (reason.code == "no_rule"_L1)
        return tr(
            "No loan rule covers this patron and this kind of copy here. Ask an administrator to add one.");
    if (reason.code == "on_loan"_L1)
        return tr("The copy is on loan to another patron. Check it in first.");
    if (reason.code == "not_on_loan"_L1)
        return tr("The copy was not on loan. Nothing was changed.");
    if (reason.code == "override_right"_L1)
        return tr("You may not override this. A colleague with that right can sign in (menu: Sign out) and "
                  "lend it.");
    if (reason.code == "override_reason"_L1)
        return tr("Overriding needs a reason. Scan the copy again and write why.");
    if (reason.code == "already_undone"_L1)
        return tr("It has been undone already.");
    if (reason.code == "too_old"_L1)
        return tr("It was more than a day ago. Check the copy in or lend it anew.");
    if (reason.code == "nothing_to_undo"_L1)
        return tr("It changed nothing.");
    return reason.text;
}

bool isSilence(const DbError &error)
{
    return error.kind == DbErrorKind::Unreachable || error.kind == DbErrorKind::ConnectionLost ||
           error.kind == DbErrorKind::Timeout;
}

QString errorLine(const DbError &error)
{
    return error.hint.isEmpty() ? error.message : error.message + u' ' + error.hint;
}

} // namespace Branchline
