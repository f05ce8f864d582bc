// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ctl/context.h"
#include "db/catalogue/copies.h"
#include "db/catalogue/isbn.h"

#include <QCoreApplication>
#include <QJsonArray>

using namespace Qt::StringLiterals;

namespace Branchline::Ctl {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("branchlinectl", text);
}

QJsonObject objectOf(const Copy &copy)
{
    return {{u"barcode"_s, copy.barcode},     {u"branch"_s, copy.branchCode},
            {u"book"_s, copy.title},          {u"book_id"_s, copy.book.toString(QUuid::WithoutBraces)},
            {u"material"_s, copy.material},   {u"status"_s, copy.status},
            {u"available"_s, copy.available}, {u"due_at"_s, jsonTime(copy.dueAt)}};
}

QUuid bookOf(Context &context, const QString &text)
{
    const QUuid id(text);
    if (!id.isNull())
        return id;
    const auto isbn = isbn13(text);
    if (!isbn)
        throw UsageError(tr("--book takes an ISBN or the id of a book."));
    const Rows rows = await(searchBooks(context.cluster(), *isbn, 2)).valueOrThrow();
    for (int i = 0; i < rows->rowCount(); ++i) {
        if (rows->row(i).text("isbn13") == *isbn)
            return rows->row(i).uuid("id");
    }
    throw DbException({.kind = DbErrorKind::NotFound,
                       .message = tr("No book with the ISBN %1 is in the catalogue.").arg(*isbn),
                       .hint = tr("Add it first with “branchlinectl book add”.")});
}

int add(Context &context)
{
    NewCopy copy{.branch = context.branch(context.required(u"branch"_s)).id,
                 .barcode = context.required(u"barcode"_s),
                 .material = context.isSet(u"material"_s) ? context.value(u"material"_s) : u"book"_s,
                 .place = {context.isSet(u"floor"_s) ? std::optional(context.number(u"floor"_s, -20, 0))
                                                     : std::nullopt,
                           context.number(u"room"_s, 1, 0), context.number(u"shelf"_s, 1, 0)}};
    copy.book = bookOf(context, context.required(u"book"_s));
    const Added added = await(addCopy(context.cluster(), copy)).valueOrThrow();
    return context.finish({{u"id"_s, added.id.toString(QUuid::WithoutBraces)},
                           {u"barcode"_s, copy.barcode},
                           {u"outcome"_s, added.isNew ? u"added"_s : u"exists"_s}},
                          added.isNew ? tr("The copy %1 has been added.").arg(copy.barcode)
                                      : tr("The copy %1 exists already.").arg(copy.barcode));
}

int list(Context &context)
{
    const BranchEntry branch = context.branch(context.required(u"branch"_s));
    QJsonArray copies;
    QList<QStringList> rows;
    const int limit = rowLimit(context);
    auto found = await(copiesOfBranch(context.cluster(), branch.id, limit + 1)).valueOrThrow();
    const bool isCut = cutTo(limit, found);
    for (const Copy &copy : found) {
        copies.append(objectOf(copy));
        rows << QStringList{copy.barcode, copy.title, copy.status};
    }
    return context.finish(
        {{u"copies"_s, copies}, {u"branch"_s, branch.code}, {u"shard"_s, branch.shard}, {u"more"_s, isCut}},
        rows.isEmpty() ? tr("%1 has no copies yet.").arg(branch.name)
                       : table({tr("Barcode"), tr("Book"), tr("Status")}, rows) + cutNote(isCut, limit));
}

int show(Context &context)
{
    const auto answers = await(copyByBarcode(context.cluster(), context.arguments().at(0)));
    for (const auto &answer : answers.shards) {
        if (!answer.result.isOk() || answer.result->empty())
            continue;
        const Copy &copy = answer.result->front();
        QJsonObject object = objectOf(copy);
        object.insert(u"shard"_s, answer.shard);
        return context.finish({{u"copy"_s, object}}, tr("%1: “%2” of %3, %4, at %5 on the shard %6.")
                                                         .arg(copy.barcode, copy.title, copy.authorLine,
                                                              copy.status, copy.branchCode, answer.shard));
    }
    if (!answers.isComplete()) {
        throw DbException(
            {.kind = DbErrorKind::Unreachable,
             .message = tr("This barcode was not found, but not every shard was asked: %1")
                            .arg(coverageText(answers.answered(), answers.total(), answers.missing())),
             .hint = tr("Try again when all shards answer; see “branchlinectl health”.")});
    }
    throw DbException({.kind = DbErrorKind::NotFound,
                       .message = tr("No copy has this barcode."),
                       .hint = tr("Check the label, or add the copy with “branchlinectl copy add”.")});
}

} // namespace

std::vector<Command> copyCommands()
{
    return {
        {.name = u"copy add"_s,
         .summary = tr("Adds a copy of a book to a branch."),
         .options = {{u"branch"_s, tr("Code of the branch."), u"CODE"_s},
                     {u"book"_s, tr("ISBN or id of the book."), u"BOOK"_s},
                     {u"barcode"_s, tr("Barcode on the copy."), u"BARCODE"_s},
                     {u"material"_s, tr("Code of the material type (default book)."), u"CODE"_s},
                     {u"room"_s, tr("Room."), u"N"_s},
                     {u"floor"_s, tr("Floor."), u"N"_s},
                     {u"shelf"_s, tr("Bookshelf."), u"N"_s}},
         .example =
             u"branchlinectl copy add --branch hillside --book 9780261102217 --barcode 31000010 --floor 2"_s,
         .run = add},
        {.name = u"copy list"_s,
         .summary = tr("Lists the copies of a branch."),
         .options = {{u"branch"_s, tr("Code of the branch."), u"CODE"_s}, limitOption()},
         .example = u"branchlinectl copy list --branch hillside"_s,
         .run = list},
        {.name = u"copy show"_s,
         .summary = tr("Finds a copy by its barcode on whichever shard it is."),
         .arguments = u"BARCODE"_s,
         .leastArguments = 1,
         .mostArguments = 1,
         .example = u"branchlinectl copy show 31000010"_s,
         .run = show}};
}

} // namespace Branchline::Ctl
