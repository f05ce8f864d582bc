// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/rules.h"

#include <QHash>

using namespace Qt::StringLiterals;

namespace Branchline::Drill {

namespace {

/// What each transaction did to the loans of a copy.
using ChangesByTransaction = QMultiHash<QString, const LoanChange *>;

QString key(const QString &shard, const QString &copy, const QString &transaction)
{
    return shard + u' ' + copy + u' ' + transaction;
}

/// Goes through the versions of a copy, which are the order of what happened to it, with the set of loans
/// that are open.
void followCopy(const std::vector<const CopyChange *> &versions, const ChangesByTransaction &changes,
                Violations &into)
{
    QStringList open;
    for (const CopyChange *version : versions) {
        const QString where = u"the copy %1 on %2, version %3 in transaction %4"_s.arg(
            version->copy, version->shard, QString::number(version->version), version->transaction);
        for (const LoanChange *change :
             changes.values(key(version->shard, version->copy, version->transaction))) {
            if (change->kind == "lent"_L1 || change->kind == "return_undone"_L1) {
                if (!open.isEmpty())
                    into.push_back({u"I3"_s, u"two loans at once: %1 opened %2 while %3 was open"_s.arg(
                                                 where, change->loan, open.join(u", "_s))});
                open << change->loan;
            } else if (change->kind == "returned"_L1 || change->kind == "lend_undone"_L1) {
                if (!open.removeOne(change->loan))
                    into.push_back(
                        {u"I3"_s, u"%1 closed the loan %2, which was not open"_s.arg(where, change->loan)});
            }
        }
        if ((version->to == "lent"_L1) == open.isEmpty())
            into.push_back({u"I6"_s, u"%1: marked as %2 with %3 open loans"_s.arg(
                                         where, version->to, QString::number(open.size()))});
    }
}

} // namespace

Violations checkLoans(const Snapshot &snapshot)
{
    Violations found;
    QMap<QString, QStringList> open; // over all shards: a copy's id and its loans
    for (const StoredLoan &loan : snapshot.loans) {
        if (loan.isOpen)
            open[loan.copy] << u"%1 on %2 (request %3)"_s.arg(loan.id, loan.shard, loan.request);
    }
    for (auto it = open.begin(); it != open.end(); ++it) {
        if (it->size() > 1)
            found.push_back({u"I3"_s, u"the copy %1 has %2 open loans: %3"_s.arg(
                                          it.key(), QString::number(it->size()), it->join(u"; "_s))});
    }
    for (const StoredCopy &copy : snapshot.copies) {
        if ((copy.status == "lent"_L1) != open.contains(copy.id))
            found.push_back({u"I6"_s, u"the copy %1 (%2) on %3 is marked as %4 and has %5 open loans"_s.arg(
                                          copy.barcode, copy.id, copy.shard, copy.status,
                                          QString::number(open.value(copy.id).size()))});
    }

    ChangesByTransaction changes;
    for (const LoanChange &change : snapshot.loanChanges)
        changes.insert(key(change.shard, change.copy, change.transaction), &change);
    std::vector<const CopyChange *> versions;
    for (const CopyChange &change : snapshot.copyChanges) {
        if (!versions.empty() &&
            (versions.front()->copy != change.copy || versions.front()->shard != change.shard)) {
            followCopy(versions, changes, found);
            versions.clear();
        }
        versions.push_back(&change);
    }
    followCopy(versions, changes, found);
    return found;
}

namespace {

void checkPlacements(const Snapshot &snapshot, QHash<QString, QString> &shardOf, Violations &into)
{
    QHash<QString, QStringList> active;
    for (const StoredPlacement &placement : snapshot.placements) {
        if (placement.database != "main"_L1 && placement.state == "active"_L1)
            active[placement.branch] << placement.database + u' ' + placement.epoch;
    }
    for (const StoredPlacement &placement : snapshot.placements) {
        if (placement.database != "main"_L1)
            continue;
        const QString expected = placement.shard + u"_shard "_s + placement.epoch;
        shardOf.insert(placement.branch, placement.shard + u"_shard"_s);
        if (active.value(placement.branch) != QStringList{expected})
            into.push_back(
                {u"I4"_s, u"main has the branch %1 on %2, and it is active on: %3"_s.arg(
                              placement.branch, expected, active.value(placement.branch).join(u", "_s))});
    }
}

} // namespace

Violations checkPlaces(const Snapshot &snapshot)
{
    Violations found;
    QHash<QString, QString> shardOf;
    checkPlacements(snapshot, shardOf, found);

    QMultiHash<QString, const StoredCopy *> copies;
    for (const StoredCopy &copy : snapshot.copies)
        copies.insert(copy.barcode, &copy);
    for (const StoredBarcode &barcode : snapshot.barcodes) {
        const QList<const StoredCopy *> holders = copies.values(barcode.barcode);
        copies.remove(barcode.barcode);
        if (holders.size() != 1 || holders.first()->id != barcode.copy ||
            holders.first()->branch != barcode.branch ||
            holders.first()->shard != shardOf.value(barcode.branch) || barcode.state != "live"_L1)
            found.push_back({u"I5"_s, u"the barcode %1 (%2, %3 in main) is on %4 shards"_s.arg(
                                          barcode.barcode, barcode.copy, barcode.state,
                                          QString::number(holders.size()))});
    }
    for (const StoredCopy *copy : std::as_const(copies))
        found.push_back(
            {u"I5"_s, u"main does not know the barcode %1 on %2"_s.arg(copy->barcode, copy->shard)});

    for (const BrokenVersions &broken : snapshot.brokenVersions)
        found.push_back(
            {u"I7"_s, u"%1 %2 in %3: %4"_s.arg(broken.table, broken.row, broken.database, broken.found)});
    for (const QString &stranger : snapshot.strangers)
        found.push_back({u"I8"_s, stranger});
    for (const QString &leftover : snapshot.leftovers)
        found.push_back({u"I10"_s, u"left over: "_s + leftover});
    return found;
}

Violations checkFences(const QString &folder)
{
    Violations found;
    QHash<QString, QJsonObject> first; // number of the fence → what the branch was like when it was locked
    for (const QJsonObject &line : readLines(folder + "/conductor.jsonl"_L1)) {
        const QString event = line.value("event"_L1).toString();
        const QString number = line.value("number"_L1).toVariant().toString();
        const QString branch = line.value("branch"_L1).toString();
        if (event == "fence"_L1) {
            const QJsonObject before = first.value(number);
            if (before.isEmpty())
                first.insert(number, line);
            else if (before.value("state"_L1) != line.value("state"_L1))
                found.push_back(
                    {u"F1"_s, u"fence %1 of branch %2: written between “%3” (%4) and “%5” (%6)"_s.arg(
                                  number, branch, before.value("phase"_L1).toString(),
                                  before.value("state"_L1).toString(), line.value("phase"_L1).toString(),
                                  line.value("state"_L1).toString())});
        } else if (event == "fence_starved"_L1) {
            found.push_back({u"F2"_s, u"fence %1 of branch %2 did not go up in %3 tries: %4"_s.arg(
                                          number, branch, line.value("tries"_L1).toVariant().toString(),
                                          line.value("error"_L1).toString())});
        } else if (event == "probe"_L1 && !line.value("refused"_L1).toBool()) {
            found.push_back({u"F3"_s, u"fence %1 of branch %2: a call %3 was not refused: %4"_s.arg(
                                          number, branch, line.value("kind"_L1).toString(),
                                          line.value("answer"_L1).toString())});
        }
    }
    return found;
}

} // namespace Branchline::Drill
