// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/commands/loanlist.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QString localTime(const QDateTime &time)
{
    return time.isValid() ? time.toLocalTime().toString(u"yyyy-MM-dd HH:mm"_s) : QString();
}

std::vector<Loan> merged(const Combined<std::vector<Loan>> &answers)
{
    std::vector<Loan> all;
    for (const auto &answer : answers.shards) {
        if (answer.result.isOk())
            all.insert(all.end(), answer.result->begin(), answer.result->end());
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Loan &a, const Loan &b) { return a.lentAt > b.lentAt; });
    return all;
}

int listOfBranch(Context &context, bool onlyOpen)
{
    const BranchEntry branch = context.branch(context.value(u"branch"_s));
    const int limit = rowLimit(context);
    auto loans = await(loansOfBranch(context.cluster(), branch.id, onlyOpen, limit + 1)).valueOrThrow();
    const bool isCut = cutTo(limit, loans);
    QJsonArray array;
    for (const Loan &loan : loans)
        array.append(loanObject(loan));
    return context.finish({{u"loans"_s, array}, {u"shard"_s, branch.shard}, {u"more"_s, isCut}},
                          loanTable(loans) + cutNote(isCut, limit));
}

int list(Context &context)
{
    const bool onlyOpen = context.isSet(u"open"_s);
    const QString card = context.value(u"patron"_s);
    if (context.isSet(u"branch"_s) && !card.isEmpty())
        throw UsageError(tr("Give --branch or --patron, not both."));
    if (context.isSet(u"branch"_s))
        return listOfBranch(context, onlyOpen);
    Cluster &cluster = context.cluster();
    const int limit = rowLimit(context);
    // All loans of one patron are few; those of the library are asked for one more than are shown.
    const auto answers = await(card.isEmpty() ? loansOfAll(cluster, onlyOpen, limit + 1)
                                              : loansOfPatron(cluster, card, onlyOpen));
    QJsonObject object;
    addLoans(object, answers, limit);
    return context.finish(object, loansText(answers, limit), answers.isComplete() ? Success : NotReachable);
}

} // namespace

QJsonObject loanObject(const Loan &loan)
{
    return {{u"barcode"_s, loan.barcode},
            {u"branch"_s, loan.branchCode},
            {u"card"_s, jsonText(loan.card)},
            {u"title"_s, loan.title},
            {u"lent_at"_s, jsonTime(loan.lentAt)},
            {u"due_at"_s, jsonTime(loan.dueAt)},
            {u"returned_at"_s, jsonTime(loan.returnedAt)}};
}

QString loanTable(const std::vector<Loan> &loans)
{
    if (loans.empty())
        return tr("There are no loans.");
    QList<QStringList> rows;
    for (const Loan &loan : loans)
        rows << QStringList{loan.barcode,
                            loan.title,
                            loan.branchCode,
                            loan.card,
                            localTime(loan.lentAt),
                            localTime(loan.dueAt),
                            localTime(loan.returnedAt)};
    return table({tr("Barcode"), tr("Book"), tr("Branch"), tr("Card"), tr("Lent"), tr("Due"), tr("Returned")},
                 rows);
}

void addLoans(QJsonObject &object, const Combined<std::vector<Loan>> &answers, int limit)
{
    std::vector<Loan> loans = merged(answers);
    object.insert(u"more"_s, cutTo(limit, loans));
    QJsonArray array;
    for (const Loan &loan : loans)
        array.append(loanObject(loan));
    object.insert(u"loans"_s, array);
    object.insert(u"complete"_s, answers.isComplete());
    object.insert(u"shards"_s, coverageObject(answers));
}

QString loansText(const Combined<std::vector<Loan>> &answers, int limit)
{
    std::vector<Loan> loans = merged(answers);
    const bool isCut = cutTo(limit, loans);
    return loanTable(loans) + cutNote(isCut, limit) + u'\n' +
           coverageText(answers.answered(), answers.total(), answers.missing());
}

std::vector<Command> loanCommands()
{
    return {
        {.name = u"loan list"_s,
         .summary = tr("Lists loans: of a branch from its shard, of a patron or of all from every shard."),
         .options = {{u"branch"_s, tr("Loans of this branch's copies."), u"CODE"_s},
                     {u"patron"_s, tr("Loans of the patron with this card."), u"CARD"_s},
                     {u"open"_s, tr("Only those that have not been returned.")},
                     limitOption()},
         .example = u"branchlinectl loan list --branch hillside --open"_s,
         .run = list}};
}

} // namespace Branchline::Ctl
