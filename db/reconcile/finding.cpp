// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/finding.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

const std::vector<FindingKind> &findingKinds()
{
    constexpr bool mechanical = true;
    constexpr bool person = false;
    static const std::vector<FindingKind> kinds{
        {"import_under_way"_L1,
         QT_TRANSLATE_NOOP("Finding",
                           "The import of a library was begun and has not come to its end; nothing "
                           "was compared."),
         QT_TRANSLATE_NOOP("Finding",
                           "Run the same “branchlinectl import library” again, or end it with “import "
                           "library --give-up”; then verify."),
         person},
        // How changes travel.
        {"publication_wrong"_L1,
         QT_TRANSLATE_NOOP("Finding",
                           "Main does not send every row and column of its tables, or sends too much; the "
                           "copies were not compared."),
         QT_TRANSLATE_NOOP("Finding", "--repair makes main's publications right, and then compares."),
         mechanical},
        {"subscription_missing"_L1,
         QT_TRANSLATE_NOOP("Finding", "The shard does not subscribe to main, or not to all of its tables."),
         QT_TRANSLATE_NOOP("Finding",
                           "--repair makes slot and subscription again and brings every row across."),
         mechanical},
        {"subscription_disabled"_L1, QT_TRANSLATE_NOOP("Finding", "The subscription is switched off."),
         QT_TRANSLATE_NOOP("Finding", "--repair switches it on."), mechanical},
        {"slot_lost"_L1,
         QT_TRANSLATE_NOOP("Finding", "Main no longer keeps the changes that the shard has not read."),
         QT_TRANSLATE_NOOP("Finding",
                           "--repair makes slot and subscription again and brings every row across."),
         mechanical},
        {"apply_stopped"_L1,
         QT_TRANSLATE_NOOP("Finding", "The subscription fails at a change and comes no further."),
         QT_TRANSLATE_NOOP("Finding",
                           "--repair makes slot and subscription again and brings every row across."),
         mechanical},
        {"apply_behind"_L1,
         QT_TRANSLATE_NOOP("Finding", "The shard did not catch up with main in time, so its copies of main's "
                                      "tables were not compared."),
         QT_TRANSLATE_NOOP("Finding",
                           "Look at its server's load and at “branchlinectl health”, then verify again."),
         person},
        // Copies of main's tables.
        {"ref_missing"_L1, QT_TRANSLATE_NOOP("Finding", "Rows of main are missing on the shard."),
         QT_TRANSLATE_NOOP("Finding", "--repair copies them from main."), mechanical},
        {"ref_changed"_L1, QT_TRANSLATE_NOOP("Finding", "Rows differ from main at the same version."),
         QT_TRANSLATE_NOOP("Finding", "--repair copies them from main."), mechanical},
        {"update_skipped"_L1,
         QT_TRANSLATE_NOOP("Finding", "Rows are of an older version than main's: a change was skipped."),
         QT_TRANSLATE_NOOP("Finding", "--repair copies them from main."), mechanical},
        {"ref_extra"_L1,
         QT_TRANSLATE_NOOP("Finding",
                           "The shard has rows that main does not have, and loans or copies need them."),
         QT_TRANSLATE_NOOP("Finding", "--repair brings them back to main, once every shard answers and has "
                                      "caught up. What stays collides with a row of main, or refers to one "
                                      "that is missing: correct that one first."),
         mechanical},
        {"ref_extra_unused"_L1,
         QT_TRANSLATE_NOOP("Finding",
                           "The shard has rows that main does not have, and no loan and no copy needs them."),
         QT_TRANSLATE_NOOP("Finding",
                           "If main lost them, as in a restore or failover: --repair --bring-back. If "
                           "somebody wrote them on the shard by hand: --repair --remove-extra."),
         person},
        {"right_extra"_L1,
         QT_TRANSLATE_NOOP("Finding", "The shard has staff or rights that main does not have."),
         QT_TRANSLATE_NOOP("Finding", "--repair removes them from the shard. Assign again what is missed."),
         mechanical},
        {"purge_undone"_L1,
         QT_TRANSLATE_NOOP("Finding",
                           "Main knows persons who were purged, as after a restore from an older backup."),
         QT_TRANSLATE_NOOP("Finding",
                           "Purge them again (“branchlinectl patron purge CARD”; the keys are those of "
                           "patrons, their cards and blocks in main). Nothing is copied to the shard."),
         person},
        {"summary_wrong"_L1,
         QT_TRANSLATE_NOOP("Finding", "Summaries that travel to the shards do not say what main's rows say."),
         QT_TRANSLATE_NOOP("Finding", "--repair summarises these rows again."), mechanical},
        // Branches.
        {"placement_missing"_L1,
         QT_TRANSLATE_NOOP("Finding", "The shard does not know that the branch lives there."),
         QT_TRANSLATE_NOOP("Finding", "--repair tells it."), mechanical},
        {"branch_unplaced"_L1,
         QT_TRANSLATE_NOOP(
             "Finding", "The branch is active on the shard, and main has it elsewhere in time or nowhere."),
         QT_TRANSLATE_NOOP("Finding", "--repair writes place and epoch of the shard into main."), mechanical},
        {"placement_unclear"_L1,
         QT_TRANSLATE_NOOP("Finding",
                           "Main and shards do not agree on one shard on which the branch is active, and no "
                           "move is under way."),
         QT_TRANSLATE_NOOP("Finding",
                           "Compare branch_placement of main and of every shard; the shard with the newest "
                           "loans must be “active” at main's epoch, and all others “retired”."),
         person},
        {"shard_unknown"_L1, QT_TRANSLATE_NOOP("Finding", "Main's list of shards does not have the shard."),
         QT_TRANSLATE_NOOP("Finding", "Run “branchlinectl init”, which lists it again."), person},
        {"branch_active_elsewhere"_L1,
         QT_TRANSLATE_NOOP("Finding", "The branch is active on a shard that is not its place in main."),
         QT_TRANSLATE_NOOP("Finding",
                           "Find out which shard has the newest loans (branchlinectl shard query); set the "
                           "other one's row of branch_placement to “retired”."),
         person},
        {"rows_elsewhere"_L1,
         QT_TRANSLATE_NOOP("Finding", "The shard holds rows of branches that live on another one."),
         QT_TRANSLATE_NOOP("Finding",
                           "Compare them with those of the branch's own shard; move what is newer there and "
                           "set the branch's row of branch_placement here to “retired”."),
         person},
        // Barcodes.
        {"claim_left"_L1, QT_TRANSLATE_NOOP("Finding", "Barcodes were claimed by calls that were cut off."),
         QT_TRANSLATE_NOOP("Finding", "--repair settles those whose copy exists and gives the others free."),
         mechanical},
        {"copy_unlisted"_L1, QT_TRANSLATE_NOOP("Finding", "Copies are not in main's list of barcodes."),
         QT_TRANSLATE_NOOP("Finding", "--repair lists them."), mechanical},
        {"barcode_differs"_L1,
         QT_TRANSLATE_NOOP("Finding", "Copies have another barcode or branch than main's list says."),
         QT_TRANSLATE_NOOP("Finding", "--repair writes what the copy says into the list."), mechanical},
        {"barcode_without_copy"_L1,
         QT_TRANSLATE_NOOP("Finding", "Barcodes are taken, and their copies do not exist or were removed."),
         QT_TRANSLATE_NOOP("Finding", "--repair gives the barcodes free."), mechanical},
        {"barcode_taken"_L1,
         QT_TRANSLATE_NOOP("Finding", "Copies have a barcode that main's list gives to another copy."),
         QT_TRANSLATE_NOOP(
             "Finding", "Take both copies from the shelf; give the one with the wrong label a new barcode."),
         person},
        {"barcode_twice"_L1, QT_TRANSLATE_NOOP("Finding", "Several copies have the same barcode."),
         QT_TRANSLATE_NOOP("Finding",
                           "Take the copies from the shelf, give all but one a new label, and correct or "
                           "remove them; then verify again."),
         person},
        {"copy_twice"_L1,
         QT_TRANSLATE_NOOP("Finding", "Several copies have the same id, at different branches."),
         QT_TRANSLATE_NOOP("Finding",
                           "Find out which one is on the shelf, and remove the other; then verify again."),
         person},
        // Loans.
        {"open_loans_twice"_L1, QT_TRANSLATE_NOOP("Finding", "A copy is on loan twice."),
         QT_TRANSLATE_NOOP("Finding", "Find out who has the copy, and take it back from the other patron."),
         person},
        {"status_against_loan"_L1,
         QT_TRANSLATE_NOOP("Finding", "Copies are marked as lent without a loan, or as not lent with one."),
         QT_TRANSLATE_NOOP("Finding", "--repair sets the mark by the loan."), mechanical},
        {"loan_missing"_L1,
         QT_TRANSLATE_NOOP("Finding",
                           "The events of the desks tell of loans that are gone. The keys are those "
                           "of the copies."),
         QT_TRANSLATE_NOOP("Finding",
                           "The audit log of the shard names the loans of book_lending and who had the copy. "
                           "Look for the copies, and restore the rows from a backup; “patron purge” and "
                           "reports count on them."),
         person},
        {"purge_unfinished"_L1,
         QT_TRANSLATE_NOOP("Finding",
                           "The shard has loans, charges or answers of patrons who were purged, as after a "
                           "restore of this shard. The keys are those of the patrons."),
         QT_TRANSLATE_NOOP("Finding", "--repair takes the patrons out of them."), mechanical},
        {"copy_of_removed_book"_L1, QT_TRANSLATE_NOOP("Finding", "Copies are of a book that was removed."),
         QT_TRANSLATE_NOOP("Finding", "Restore the book, or remove the copies, too."), person},
        {"loan_of_lost_copy"_L1,
         QT_TRANSLATE_NOOP("Finding",
                           "Copies are on loan and marked as lost, damaged, withdrawn or removed."),
         QT_TRANSLATE_NOOP("Finding",
                           "Check them in, or settle the loss with the patron and then check them in."),
         person},
        {"orphan_copy"_L1,
         QT_TRANSLATE_NOOP("Finding", "Copies are of a book, material type or branch that is unknown."),
         QT_TRANSLATE_NOOP("Finding",
                           "What main has arrives by --repair. Where main lost it, too, add the book again "
                           "and give the copies to it."),
         person},
        {"orphan_loan"_L1,
         QT_TRANSLATE_NOOP("Finding", "Loans are of a copy, patron or branch that is unknown."),
         QT_TRANSLATE_NOOP(
             "Finding", "What main has arrives by --repair. Where main lost it, too, take the copies back, "
                        "or restore the row from a backup."),
         person},
        {"orphan_charge"_L1,
         QT_TRANSLATE_NOOP("Finding", "Charges or payments are of a patron, loan or charge that is unknown."),
         QT_TRANSLATE_NOOP("Finding",
                           "What main has arrives by --repair. Else restore the row from a backup."),
         person},
        {"orphan_row"_L1, QT_TRANSLATE_NOOP("Finding", "Rows refer to rows that are not there."),
         QT_TRANSLATE_NOOP("Finding",
                           "What main has arrives on a shard by --repair. Else restore the missing "
                           "row from a backup, or remove the one that refers to it."),
         person},
        {"statistics_wrong"_L1,
         QT_TRANSLATE_NOOP("Finding", "Rolled-up days of branches are not what the events of the desks say."),
         QT_TRANSLATE_NOOP("Finding", "--repair drops these days, which are counted again."), mechanical},
    };
    return kinds;
}

const FindingKind &kindOf(const Finding &finding)
{
    const auto &kinds = findingKinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const FindingKind &one) { return one.code == finding.code; });
    Q_ASSERT(kind != kinds.end());
    return *kind;
}

QString whatText(const Finding &finding)
{
    return QCoreApplication::translate("Finding", kindOf(finding).what);
}

QString nextText(const Finding &finding)
{
    return QCoreApplication::translate("Finding", kindOf(finding).next);
}

} // namespace Branchline
