// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands/loanlist.h"
#include "app/ctl/context.h"
#include "db/patrons/patrons.h"

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
         .run = show}};
}

} // namespace Branchline::Ctl
