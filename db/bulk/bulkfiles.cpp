// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/bulk/bulkfiles.h"

#include <QStringList>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

QString sqlType(CellKind kind)
{
    switch (kind) {
    case CellKind::Id:
        return u"uuid"_s;
    case CellKind::Integer:
    case CellKind::Number:
        return u"integer"_s;
    case CellKind::Time:
        return u"timestamptz"_s;
    case CellKind::Date:
        return u"date"_s;
    case CellKind::Flag:
        return u"boolean"_s;
    case CellKind::Text:
    case CellKind::Status:
        break;
    }
    return u"text"_s;
}

} // namespace

const std::vector<BulkFile> &bulkFiles()
{
    using enum CellKind;
    static const std::vector<BulkFile> files{
        {"branches",
         {{"branch_id", Id, true}, {"code", Text, true}, {"name", Text, true}, {"timezone", Text}}},
        {"user_types",
         {{"user_type_id", Id, true},
          {"code", Text, true},
          {"name", Text, true},
          {"max_loans", Integer},
          {"loan_days", Integer},
          {"max_renewals", Integer}},
         true},
        {"users",
         {{"user_id", Id, true},
          {"user_type_id", Id, true},
          {"home_branch_id", Id, true},
          {"card_no", Text, true},
          {"first_name", Text},
          {"last_name", Text, true},
          {"email", Text},
          {"birth_date", Date},
          {"expires_at", Time},
          {"active", Flag}},
         true},
        {"authors", {{"author_id", Id, true}, {"name", Text, true}, {"sort_name", Text}}, true},
        {"categories", {{"category_id", Id, true}, {"name", Text, true}}, true},
        {"books",
         {{"book_id", Id, true},
          {"isbn13", Text},
          {"isbn10", Text},
          {"title", Text, true},
          {"subtitle", Text},
          {"language", Text},
          {"publication_year", Integer},
          {"publisher", Text}},
         true},
        {"book_translations",
         {{"book_id", Id, true}, {"language", Text, true}, {"title", Text}, {"description", Text}},
         true},
        {"book_authors",
         {{"book_id", Id, true}, {"author_id", Id, true}, {"position", Integer}, {"role", Text}},
         true},
        {"book_categories", {{"book_id", Id, true}, {"category_id", Id, true}}, true},
        {"shelves",
         {{"shelf_id", Id, true},
          {"branch_id", Id, true},
          {"room", Number},
          {"floor", Integer},
          {"bookshelf", Number}},
         true},
        {"exemplars",
         {{"exemplar_id", Id, true},
          {"book_id", Id, true},
          {"branch_id", Id, true},
          {"shelf_id", Id},
          {"barcode", Text, true},
          {"status", Status, true},
          {"acquired_at", Time}},
         true},
        {"lendings",
         {{"lending_id", Id, true},
          {"exemplar_id", Id, true},
          {"book_id", Id, true},
          {"branch_id", Id, true},
          {"user_id", Id, true},
          {"lent_at", Time, true},
          {"due_at", Time, true},
          {"returned_at", Time},
          {"renewals", Integer},
          {"fine_cents", Integer}},
         true}};
    return files;
}

const BulkFile &bulkFile(const QString &name)
{
    const auto &files = bulkFiles();
    return *std::find_if(files.begin(), files.end(),
                         [&](const BulkFile &file) { return name == QLatin1StringView(file.name); });
}

QString stagingName(const BulkFile &file, const BulkColumn &column)
{
    // Parts of a book have no id of their own: their first column names the book.
    const bool isOwnId =
        &column == &file.columns.front() && !QLatin1StringView(file.name).startsWith("book_"_L1);
    return isOwnId ? u"id"_s : QString::fromLatin1(column.name);
}

bool hasShelf(const BulkFile &file)
{
    return std::any_of(file.columns.begin(), file.columns.end(), [&](const BulkColumn &column) {
        return QLatin1StringView(column.name) == "shelf_id"_L1 && &column != &file.columns.front();
    });
}

QString stagingColumns(const BulkFile &file)
{
    QStringList columns{u"line integer"_s, u"reason text"_s};
    for (const BulkColumn &column : file.columns)
        columns << u"\"%1\" %2"_s.arg(stagingName(file, column), sqlType(column.kind));
    if (hasShelf(file))
        columns << u"room integer"_s << u"floor integer"_s << u"bookshelf integer"_s;
    return columns.join(", "_L1);
}

} // namespace Branchline::Internal
