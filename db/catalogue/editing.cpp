// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/editing.h"

#include "db/routing/fanout.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement read{"book_record"_L1, "SELECT public.book_record(?::uuid) AS record"_L1};
constexpr Statement create{
    "create_book"_L1, "SELECT outcome, reason, other_id, record FROM public.create_book(?::uuid, ?::text, "
                      "?::text, ?::text, ?::text, ?::int, ?::text, ?::jsonb, ?::text[], ?::jsonb)"_L1};
constexpr Statement update{
    "update_book"_L1,
    "SELECT outcome, reason, other_id, record FROM public.update_book(?::uuid, ?::bigint, ?::text, "
    "?::text, ?::text, ?::text, ?::int, ?::text, ?::jsonb, ?::text[], ?::jsonb)"_L1};
constexpr Statement remove{
    "remove_book"_L1,
    "SELECT outcome, reason, record FROM public.remove_book(?::uuid, ?::bigint, ?::boolean)"_L1};
constexpr Statement restore{"restore_book"_L1,
                            "SELECT outcome, reason, other_id, record FROM public.restore_book(?::uuid)"_L1};
constexpr Statement copies{"copies_of_a_book"_L1, "SELECT count(*) AS copies FROM public.physical_exemplars "
                                                  "WHERE book_id = ?::uuid AND deleted_at IS NULL"_L1};
constexpr Statement twins{
    "book_twins"_L1, "SELECT kind, id, title, author_line, year FROM public.book_twins(?::uuid, ?::text, "
                     "?::text, ?::text, ?::int)"_L1};
constexpr Statement authors{"author_names"_L1, "SELECT name FROM public.author_names(?::text, ?::int)"_L1};
constexpr Statement categories{"category_names"_L1, "SELECT name FROM public.category_names()"_L1};

using Answer = Result<Saved<BookRecord>>;
using Promise = std::shared_ptr<QPromise<Answer>>;

/// Descriptions need a language; "und" is ISO 639-2 for one that is not known.
QString ownLanguage(const QString &language)
{
    return language.isEmpty() ? u"und"_s : language;
}

BookRecord recordOf(const QJsonObject &object)
{
    BookRecord record{.id = QUuid(object.value("id"_L1).toString()),
                      .title = object.value("title"_L1).toString(),
                      .subtitle = object.value("subtitle"_L1).toString(),
                      .isbn13 = object.value("isbn13"_L1).toString(),
                      .language = object.value("language"_L1).toString(),
                      .year = object.value("year"_L1).toInt(),
                      .publisher = object.value("publisher"_L1).toString()};
    for (const auto &entry : object.value("authors"_L1).toArray())
        record.authors.append({entry["name"_L1].toString(), entry["role"_L1].toString()});
    for (const auto &entry : object.value("categories"_L1).toArray())
        record.categories.append(entry.toString());
    for (const auto &entry : object.value("translations"_L1).toArray()) {
        const BookTranslation text{entry["language"_L1].toString(), entry["title"_L1].toString(),
                                   entry["description"_L1].toString()};
        if (text.language == ownLanguage(record.language)) {
            record.description = text.description;
            record.otherTitle = text.title;
        } else {
            record.translations.append(text);
        }
    }
    record.copies = object.value("copies"_L1).toInt();
    record.revision = revisionOf(object);
    return record;
}

QString json(const QJsonArray &array)
{
    return QString::fromUtf8(QJsonDocument(array).toJson(QJsonDocument::Compact));
}

/// The arguments that creating and updating share, from the title on.
QVariantList valuesOf(const BookRecord &record)
{
    QJsonArray people;
    for (const BookAuthor &author : record.authors)
        people.append(QJsonObject{{u"name"_s, author.name}, {u"role"_s, author.role}});
    QJsonArray texts;
    if (!record.description.isEmpty() || !record.otherTitle.isEmpty()) {
        texts.append(QJsonObject{{u"language"_s, ownLanguage(record.language)},
                                 {u"title"_s, record.otherTitle},
                                 {u"description"_s, record.description}});
    }
    for (const BookTranslation &text : record.translations) {
        texts.append(QJsonObject{
            {u"language"_s, text.language}, {u"title"_s, text.title}, {u"description"_s, text.description}});
    }
    return {record.title,
            orNull(record.subtitle),
            orNull(record.isbn13),
            orNull(record.language),
            record.year == 0 ? QVariant() : QVariant(record.year),
            orNull(record.publisher),
            json(people),
            arrayLiteral(record.categories),
            json(texts)};
}

Saved<BookRecord> answerOf(const RowSet::Row &row)
{
    return savedOf<BookRecord>(row, recordOf);
}

Saved<BookRecord> answerWithOther(const RowSet::Row &row)
{
    Saved<BookRecord> answer = answerOf(row);
    answer.refusal.other = row.uuid("other_id");
    return answer;
}

void deliver(const Promise &promise, Answer answer)
{
    promise->addResult(std::move(answer));
    promise->finish();
}

/// One try at main. Nothing when main's list cannot tell whether there are copies.
void submitRemoval(Cluster &cluster, const QUuid &id, qint64 version, bool shardsHaveNone,
                   std::function<void(Result<std::optional<Saved<BookRecord>>>)> done)
{
    cluster.main().submit<std::optional<Saved<BookRecord>>>(
        Call{"remove a book"_L1},
        [=](Session &session) -> std::optional<Saved<BookRecord>> {
            const Rows rows = session.exec(remove, {id, version, shardsHaveNone});
            if (rows->row(0).text("outcome") == "ask_shards"_L1)
                return std::nullopt;
            return answerOf(rows->row(0));
        },
        std::move(done));
}

/// Asks every shard for copies of the book, and removes it when all of them have none.
void removeAfterAsking(Cluster &cluster, const QUuid &id, qint64 version, const Promise &promise)
{
    fanOutTo<int>(
        cluster, Call{"count copies of a book"_L1},
        [id](Session &session) {
            return static_cast<int>(session.exec(copies, {id})->row(0).number("copies"));
        },
        [=, &cluster](const Combined<int> &answers) {
            Saved<BookRecord> refused;
            int found = 0;
            for (const auto &answer : answers.shards)
                found += answer.result.isOk() ? *answer.result : 0;
            if (found > 0 || !answers.isComplete()) {
                refused.refusal = found > 0 ? Refusal{.code = u"copies"_s}
                                            : Refusal{.code = u"shards_missing"_s,
                                                      .subject = answers.missing().join(", "_L1)};
                return deliver(promise, refused);
            }
            submitRemoval(cluster, id, version, true, [promise](auto removed) {
                deliver(promise, removed ? Answer(removed->value()) : Answer(removed.error()));
            });
        });
}

} // namespace

QFuture<Result<BookRecord>> readBookRecord(Cluster &cluster, const QUuid &id)
{
    return cluster.main().run(Call{"read a book"_L1}, [id](Session &session) {
        const Rows rows = session.exec(read, {id});
        if (rows->row(0).isNull("record")) {
            throw DbException(
                {.kind = DbErrorKind::NotFound,
                 .message = QCoreApplication::translate("Books", "There is no book with this id."),
                 .hint = QCoreApplication::translate("Books", "Search for the book again.")});
        }
        return recordOf(objectIn(rows->row(0), "record"));
    });
}

QFuture<Result<Saved<BookRecord>>> createBook(Cluster &cluster, const BookRecord &record)
{
    return cluster.main().run(Call{"add a book"_L1}, [record](Session &session) {
        return answerWithOther(
            session.exec(create, QVariantList{QVariant(record.id)} + valuesOf(record))->row(0));
    });
}

QFuture<Result<Saved<BookRecord>>> updateBook(Cluster &cluster, const BookRecord &record,
                                              qint64 expectedVersion)
{
    return cluster.main().run(Call{"save a book"_L1}, [record, expectedVersion](Session &session) {
        return answerWithOther(
            session.exec(update, QVariantList{record.id, expectedVersion} + valuesOf(record))->row(0));
    });
}

QFuture<Result<Saved<BookRecord>>> removeBook(Cluster &cluster, const QUuid &id, qint64 expectedVersion)
{
    auto promise = std::make_shared<QPromise<Answer>>();
    promise->start();
    submitRemoval(cluster, id, expectedVersion, false,
                  [=, &cluster](const Result<std::optional<Saved<BookRecord>>> &removed) {
                      if (!removed)
                          deliver(promise, removed.error());
                      else if (*removed)
                          deliver(promise, **removed);
                      else
                          removeAfterAsking(cluster, id, expectedVersion, promise);
                  });
    return promise->future();
}

QFuture<Result<Saved<BookRecord>>> restoreBook(Cluster &cluster, const QUuid &id)
{
    return cluster.main().run(Call{"restore a book"_L1}, [id](Session &session) {
        return answerWithOther(session.exec(restore, {id})->row(0));
    });
}

QFuture<Result<std::vector<BookTwin>>> bookTwins(Cluster &cluster, const BookRecord &record)
{
    return cluster.main().run(Call{"look for the same book"_L1}, [record](Session &session) {
        const QString first = record.authors.isEmpty() ? QString() : record.authors.first().name;
        return session
            .exec(twins, {orNull(record.id), orNull(record.isbn13), record.title, orNull(first),
                          record.year == 0 ? QVariant() : QVariant(record.year)})
            ->map([](const RowSet::Row &row) {
                return BookTwin{row.uuid("id"), row.text("kind") == "isbn"_L1, row.text("title"),
                                row.text("author_line"), static_cast<int>(row.number("year"))};
            });
    });
}

namespace {

QStringList namesIn(const Rows &rows)
{
    QStringList names;
    for (int i = 0; i < rows->rowCount(); ++i)
        names << rows->row(i).text("name");
    return names;
}

} // namespace

QFuture<Result<QStringList>> authorNames(Cluster &cluster, const QString &typed, int most)
{
    return cluster.main().run(Call{"list authors"_L1}, [typed, most](Session &session) {
        return namesIn(session.exec(authors, {typed, most}));
    });
}

QFuture<Result<QStringList>> categoryNames(Cluster &cluster)
{
    return cluster.main().run(Call{"list categories"_L1},
                              [](Session &session) { return namesIn(session.exec(categories)); });
}

} // namespace Branchline
