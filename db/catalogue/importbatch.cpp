// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/importbatch.h"

#include <QCoreApplication>
#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr Statement import{"import_books"_L1, "SELECT line, outcome, reason, other, id "
                                              "FROM public.import_books(?::jsonb)"_L1};
const Call importCall{"import books"_L1, 20s, true};

QString tr(const char *text)
{
    return QCoreApplication::translate("BookImport", text);
}

QJsonObject objectOf(const ImportRow &row, qint64 number)
{
    const CleanBook &book = row.book;
    QJsonObject object{{u"line"_s, number},
                       {u"id"_s, book.id.toString(QUuid::WithoutBraces)},
                       {u"title"_s, book.title},
                       {u"authors"_s, QJsonArray::fromStringList(book.authors)},
                       {u"categories"_s, QJsonArray::fromStringList(book.categories)},
                       {u"languages"_s, QJsonArray::fromStringList(book.languages)}};
    const auto add = [&](const QString &key, const QString &text) {
        if (!text.isEmpty())
            object.insert(key, text);
    };
    add(u"isbn13"_s, book.isbn13);
    add(u"subtitle"_s, book.subtitle);
    add(u"language"_s, book.language);
    add(u"publisher"_s, book.publisher);
    add(u"other_title"_s, book.otherTitle);
    if (book.isbnGuessed)
        object.insert(u"isbn_guessed"_s, true);
    if (book.year)
        object.insert(u"year"_s, *book.year);
    if (row.firstLine > 0)
        object.insert(u"first_line"_s, row.firstLine);
    if (row.titleSeen)
        object.insert(u"title_seen"_s, true);
    return object;
}

QString sentence(const QString &code, const QString &other)
{
    if (code == "twice"_L1) {
        return other.isEmpty() ? tr("The same book is in the file before.")
                               : tr("Line %1 is the same book and says something else about it.").arg(other);
    }
    if (code == "isbn_taken"_L1)
        return tr("The ISBN belongs to another book of the catalogue, “%1”.").arg(other);
    if (code == "guess_taken"_L1)
        return tr("ISBN left out: it has lost digits, and the only one that fits belongs to “%1”.")
            .arg(other);
    if (code == "no_title"_L1)
        return tr("The title is missing.");
    return tr("The row has a value that the catalogue does not take: %1.").arg(code);
}

ImportAnswer answerOf(const RowSet::Row &row, const QUuid &sentId)
{
    const QString outcome = row.text("outcome");
    const QString reason = row.text("reason");
    ImportAnswer answer;
    // An id that was made for this run is there: it was added by a first try whose answer was lost.
    if (outcome == "added"_L1 || (outcome == "unchanged"_L1 && !sentId.isNull() && row.uuid("id") == sentId))
        answer.outcome = ImportAnswer::Outcome::Added;
    else if (outcome == "updated"_L1)
        answer.outcome = ImportAnswer::Outcome::Updated;
    else if (outcome == "unchanged"_L1)
        answer.outcome = ImportAnswer::Outcome::Unchanged;
    if (!reason.isEmpty())
        answer.reason = sentence(reason, row.text("other"));
    return answer;
}

} // namespace

QFuture<Result<std::vector<ImportAnswer>>>
sendBatch(Database &main, const std::vector<const ImportRow *> &rows, bool freshPlans)
{
    QJsonArray batch;
    std::vector<QUuid> newIds;
    for (size_t i = 0; i < rows.size(); ++i) {
        QJsonObject object = objectOf(*rows[i], static_cast<qint64>(i));
        newIds.push_back(rows[i]->book.id.isNull() ? rows[i]->newId : QUuid());
        if (!newIds.back().isNull())
            object.insert(u"id"_s, newIds.back().toString(QUuid::WithoutBraces));
        batch.append(object);
    }
    const QString json = QString::fromUtf8(QJsonDocument(batch).toJson(QJsonDocument::Compact));
    return main.run(importCall, [json, newIds, freshPlans](Session &session) {
        if (freshPlans)
            session.execText(u"discard plans"_s, u"DISCARD PLANS"_s);
        const Rows answers = session.exec(import, {json});
        std::vector<ImportAnswer> result(newIds.size());
        for (int i = 0; i < answers->rowCount(); ++i) {
            const auto row = answers->row(i);
            const auto index = static_cast<size_t>(row.number("line"));
            result.at(index) = answerOf(row, newIds.at(index));
        }
        return result;
    });
}

} // namespace Branchline
