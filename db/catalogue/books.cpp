// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/books.h"

#include "db/catalogue/isbn.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement add{
    "add_book"_L1, "SELECT id, outcome FROM public.add_book(?::uuid, ?::text, ?::text[], ?::text, ?::text, "
                   "?::int, ?::text[])"_L1};
constexpr Statement search{"search_books"_L1, "SELECT id, title, author_line, year, language, isbn13 "
                                              "FROM public.search_books(?::text, ?::int)"_L1};
constexpr Statement detail{
    "book_detail"_L1,
    "SELECT id, title, author_line, isbn13, language, year, publisher, categories, description "
    "FROM public.book_detail(?::uuid)"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Books", text);
}

} // namespace

QFuture<Result<Added>> addBook(Cluster &cluster, const NewBook &book)
{
    return cluster.main().run(Call{"add a book"_L1}, [book](Session &session) {
        std::optional<QString> isbn;
        if (!book.isbn.trimmed().isEmpty()) {
            isbn = isbn13(book.isbn);
            if (!isbn) {
                throw DbException(
                    {.kind = DbErrorKind::InvalidValue,
                     .message = tr("This is not an ISBN: a digit is wrong or missing."),
                     .hint = tr("Compare it with the number on the back of the title page; leave it out "
                                "when the book has none.")});
            }
        }
        const Rows rows = session.exec(add, {book.id, book.title.trimmed(), arrayLiteral(book.authors),
                                             orNull(isbn.value_or(QString())), orNull(book.language),
                                             book.year == 0 ? QVariant() : QVariant(book.year),
                                             arrayLiteral(book.categories)});
        return Added{rows->row(0).uuid("id"), rows->row(0).text("outcome") == "added"_L1};
    });
}

QFuture<Result<Rows>> searchBooks(Cluster &cluster, const QString &text, int most)
{
    return cluster.main().run(Call{"search the catalogue"_L1}, [text, most](Session &session) {
        return session.exec(search, {text, most});
    });
}

QFuture<Result<BookEntry>> readBook(Cluster &cluster, const QUuid &id)
{
    return cluster.main().run(Call{"read a book"_L1}, [id](Session &session) {
        const Rows rows = session.exec(detail, {id});
        if (rows->rowCount() == 0) {
            throw DbException({.kind = DbErrorKind::NotFound,
                               .message = tr("This book is no longer in the catalogue."),
                               .hint = tr("Search again.")});
        }
        const auto row = rows->row(0);
        return BookEntry{row.uuid("id"),        row.text("title"),      row.text("author_line"),
                         row.text("isbn13"),    row.text("language"),   static_cast<int>(row.number("year")),
                         row.text("publisher"), row.text("categories"), row.text("description")};
    });
}

} // namespace Branchline
