// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands/loanlist.h"
#include "app/ctl/context.h"
#include "db/patrons/patrons.h"
#include "db/patrons/purge.h"

#include <QCoreApplication>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QJsonObject objectOf(const Patron &patron)
{
    return {{u"card"_s, patron.card},
            {u"name"_s, patron.sortName},
            {u"type"_s, patron.typeCode},
            {u"branch"_s, jsonText(patron.branchCode)},
            {u"active"_s, patron.active}};
}

int add(Context &context)
{
    const QString name = context.required(u"name"_s);
    NewPatron patron{.card = context.required(u"card"_s),
                     .familyName = name.section(u',', 0, 0).trimmed(),
                     .givenName = name.section(u',', 1).trimmed(),
                     .typeCode = context.required(u"type"_s),
                     .homeBranch = context.branch(context.required(u"branch"_s)).id};
    const Added added = await(addPatron(context.cluster(), patron)).valueOrThrow();
    return context.finish({{u"id"_s, added.id.toString(QUuid::WithoutBraces)},
                           {u"card"_s, patron.card},
                           {u"outcome"_s, added.isNew ? u"added"_s : u"exists"_s}},
                          added.isNew
                              ? tr("The patron has been registered with the card %1.").arg(patron.card)
                              : tr("This patron has the card %1 already.").arg(patron.card));
}

int list(Context &context)
{
    QJsonArray patrons;
    QList<QStringList> rows;
    const int limit = rowLimit(context);
    auto found = await(listPatrons(context.cluster(), limit + 1)).valueOrThrow();
    const bool isCut = cutTo(limit, found);
    for (const Patron &patron : found) {
        patrons.append(objectOf(patron));
        rows << QStringList{patron.card, patron.sortName, patron.typeName, patron.branchCode};
    }
    return context.finish({{u"patrons"_s, patrons}, {u"more"_s, isCut}},
                          rows.isEmpty() ? tr("No patron has been registered yet.")
                                         : table({tr("Card"), tr("Name"), tr("Type"), tr("Branch")}, rows) +
                                               cutNote(isCut, limit));
}

int show(Context &context)
{
    const QString card = context.arguments().at(0);
    Cluster &cluster = context.cluster();
    const auto patron = await(findPatron(cluster, card)).valueOrThrow();
    if (!patron) {
        throw DbException(
            {.kind = DbErrorKind::NotFound,
             .message = tr("No patron has this card."),
             .hint = tr("Check the number; the patrons are listed by “branchlinectl patron list”.")});
    }
    const auto loans = await(loansOfPatron(cluster, card, false));
    QJsonObject object{{u"patron"_s, objectOf(*patron)}};
    constexpr int mostLoans = 1000;
    addLoans(object, loans, mostLoans);
    const QString text = tr("%1, %2, card %3, home branch %4")
                             .arg(patron->sortName, patron->typeName, patron->card, patron->branchCode);
    return context.finish(object, text + u'\n' + loansText(loans, mostLoans),
                          loans.isComplete() ? Success : NotReachable);
}

QString refusalText(const Refusal &refusal)
{
    if (refusal.code == "open_loans"_L1) {
        return refusal.subject == "1"_L1
                   ? tr("The patron still has one loan. Take it back first.")
                   : tr("The patron still has %1 loans. Take them back first.").arg(refusal.subject);
    }
    if (refusal.code == "open_charges"_L1) {
        return refusal.subject == "1"_L1
                   ? tr("The patron still has an open charge. Settle it first.")
                   : tr("The patron still has %1 open charges. Settle them first.").arg(refusal.subject);
    }
    if (refusal.code == "block_ended"_L1) {
        return tr("Another purge of the same patron was refused meanwhile, and a loan may have begun since. "
                  "Try again.");
    }
    if (refusal.code == "shards_behind"_L1) {
        return tr("These shards answered, but main's changes do not arrive there: %1. Look at “branchlinectl "
                  "health”, and try again.")
            .arg(refusal.subject);
    }
    return tr("These shards have not answered, and the patron may have loans there: %1. Try again when they "
              "do.")
        .arg(refusal.subject);
}

QString personText(const PurgeReport &report, const QString &card)
{
    return tr("%1, card %2, home branch %3.").arg(report.name, card, report.branch);
}

QStringList earlierText(const EarlierPurges &earlier)
{
    QStringList text;
    if (earlier.finished > 0) {
        text << (earlier.finished == 1
                     ? tr("An earlier purge that was cut off has been finished.")
                     : tr("%1 earlier purges that were cut off have been finished.").arg(earlier.finished));
    }
    if (earlier.lifted > 0) {
        text << (earlier.lifted == 1
                     ? tr("A patron was blocked for a purge that never went on; the block is gone.")
                     : tr("%1 patrons were blocked for purges that never went on; the blocks are gone.")
                           .arg(earlier.lifted));
    }
    if (earlier.open > 0) {
        text << tr("Earlier purges that some shard still keeps from being finished: %1. Run “branchlinectl "
                   "patron purge --unfinished” when all shards answer.")
                    .arg(earlier.open);
    }
    return text;
}

/// Of a purge from which there is no way back.
QStringList purgedText(const PurgedRows &rows)
{
    QStringList text;
    if (rows.isDone()) {
        text << tr("The patron is no longer in the library.");
    } else {
        text << tr("The patron is no longer in main, but the purge is not finished. Run the command again.");
        if (!rows.missing.isEmpty())
            text << tr("These shards have not answered and still know whose loans they were: %1.")
                        .arg(rows.missing.join(", "_L1));
        if (!rows.behind.isEmpty())
            text << tr("These shards answered, but cannot do it yet: %1. Look at “branchlinectl health”.")
                        .arg(rows.behind.join(", "_L1));
    }
    return text << tr("Loans that are nobody's now: %1; charges: %2.").arg(rows.loans).arg(rows.charges);
}

QJsonObject earlierObject(const EarlierPurges &earlier)
{
    return {
        {u"finished"_s, earlier.finished}, {u"unfinished"_s, earlier.open}, {u"lifted"_s, earlier.lifted}};
}

int finishEarlier(Context &context)
{
    const EarlierPurges earlier = finishPurges(context.cluster()).valueOrThrow();
    QStringList text = earlierText(earlier);
    if (text.isEmpty())
        text << tr("No purge was cut off.");
    return context.finish({{u"earlier"_s, earlierObject(earlier)}}, text.join(u'\n'),
                          earlier.open > 0 ? Refused : Success);
}

/// 3 where a shard did not answer, 1 where one answered and this patron is not purged; what is left of
/// earlier purges does not count.
int purgeStatus(const PurgeReport &report)
{
    if (report.refusal.code == "shards_missing"_L1 || !report.rows.missing.isEmpty())
        return NotReachable;
    return report.refusal.code.isEmpty() && report.rows.isDone() ? Success : Refused;
}

int purge(Context &context)
{
    const QStringList arguments = context.arguments();
    if (context.isSet(u"unfinished"_s) != arguments.isEmpty())
        throw UsageError(tr("Give a card, or --unfinished without one."));
    if (arguments.isEmpty())
        return finishEarlier(context);
    const bool isDryRun = context.isSet(u"dry-run"_s);
    if (!isDryRun && !context.isSet(u"yes"_s))
        throw UsageError(tr("This takes a person out of the library for ever. See with --dry-run who has the "
                            "card; add --yes to do it."));
    const QString card = arguments.at(0);
    const PurgeReport report = purgePatron(context.cluster(), card, {.isDryRun = isDryRun}).valueOrThrow();
    const bool isRefused = !report.refusal.code.isEmpty();
    QStringList text{personText(report, card)};
    if (isRefused)
        text << tr("Nothing was changed. %1").arg(refusalText(report.refusal));
    else if (isDryRun)
        text << tr("The patron can be purged: no loan and no charge is open on any shard. This was a dry "
                   "run.");
    else
        text << purgedText(report.rows);
    text << earlierText(report.earlier);
    return context.finish({{u"purged"_s, !isDryRun && !isRefused && report.rows.isDone()},
                           {u"dry_run"_s, isDryRun},
                           {u"name"_s, report.name},
                           {u"branch"_s, report.branch},
                           {u"card"_s, card},
                           {u"reason"_s, jsonText(report.refusal.code)},
                           {u"subject"_s, jsonText(report.refusal.subject)},
                           {u"loans"_s, report.rows.loans},
                           {u"charges"_s, report.rows.charges},
                           {u"missing"_s, QJsonArray::fromStringList(report.rows.missing)},
                           {u"behind"_s, QJsonArray::fromStringList(report.rows.behind)},
                           {u"earlier"_s, earlierObject(report.earlier)}},
                          text.join(u'\n'), purgeStatus(report));
}

} // namespace

std::vector<Command> patronCommands()
{
    return {
        {.name = u"patron add"_s,
         .summary = tr("Registers a patron."),
         .options = {{u"card"_s, tr("Number of the library card."), u"CARD"_s},
                     {u"name"_s, tr("'Family, Given'."), u"NAME"_s},
                     {u"type"_s, tr("Code of the user type, such as adult."), u"CODE"_s},
                     {u"branch"_s, tr("Code of the home branch."), u"CODE"_s}},
         .example =
             u"branchlinectl patron add --card 20410003 --name 'Reader, Rosa' --type adult --branch hillside"_s,
         .run = add},
        {.name = u"patron list"_s,
         .summary = tr("Lists patrons by name."),
         .options = {limitOption()},
         .example = u"branchlinectl patron list --json"_s,
         .run = list},
        {.name = u"patron show"_s,
         .summary = tr("Shows a patron and the loans on all shards."),
         .arguments = u"CARD"_s,
         .leastArguments = 1,
         .mostArguments = 1,
         .example = u"branchlinectl patron show 20410001"_s,
         .run = show},
        {.name = u"patron purge"_s,
         .summary = tr("Takes a person out of the library for good, when nothing is open on any shard."),
         .arguments = u"CARD"_s,
         .leastArguments = 0,
         .mostArguments = 1,
         .options = {{u"dry-run"_s, tr("Only say who that is, and whether it would be refused.")},
                     {u"yes"_s, tr("Really do it.")},
                     {u"unfinished"_s, tr("Finish what was cut off, instead of a card.")}},
         .example = u"branchlinectl patron purge 20410001 --dry-run"_s,
         .run = purge}};
}

} // namespace Branchline::Ctl
