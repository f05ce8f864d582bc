// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/patrons/patronediting.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement read{"patron_record"_L1, "SELECT public.patron_record(?::uuid) AS record"_L1};
constexpr Statement create{
    "register_patron"_L1,
    "SELECT outcome, reason, other_id, taken_card, record FROM public.register_patron(?::uuid, ?::text, "
    "?::text, ?::text, ?::uuid, ?::text, ?::text, ?::text, ?::date, ?::date, ?::jsonb)"_L1};
constexpr Statement update{
    "update_patron"_L1,
    "SELECT outcome, reason, other_id, taken_card, record FROM public.update_patron(?::uuid, ?::bigint, "
    "?::text, ?::text, ?::text, ?::uuid, ?::text, ?::text, ?::text, ?::date, ?::date, ?::boolean, "
    "?::jsonb)"_L1};
constexpr Statement remove{"remove_patron"_L1,
                           "SELECT outcome, record FROM public.remove_patron(?::uuid, ?::bigint)"_L1};
constexpr Statement restore{
    "restore_patron"_L1,
    "SELECT outcome, reason, other_id, taken_card, record FROM public.restore_patron(?::uuid)"_L1};
constexpr Statement openLoans{"patron_open_loans"_L1, "SELECT public.patron_open_loans(?::uuid) AS loans"_L1};
constexpr Statement types{
    "user_types"_L1,
    "SELECT code, name FROM public.user_types WHERE deleted_at IS NULL ORDER BY name, code"_L1};

using Answer = Result<Saved<PatronRecord>>;

PatronRecord recordOf(const QJsonObject &object)
{
    const auto text = [&object](QLatin1StringView key) { return object.value(key).toString(); };
    PatronRecord record{.id = QUuid(text("id"_L1)),
                        .familyName = text("family_name"_L1),
                        .givenName = text("given_name"_L1),
                        .typeCode = text("type_code"_L1),
                        .homeBranch = QUuid(text("branch_id"_L1)),
                        .email = text("email"_L1),
                        .phone = text("phone"_L1),
                        .address = text("address"_L1),
                        .bornOn = QDate::fromString(text("born_on"_L1), Qt::ISODate),
                        .expiresOn = QDate::fromString(text("expires_on"_L1), Qt::ISODate),
                        .active = object.value("active"_L1).toBool(true)};
    for (const auto &card : object.value("cards"_L1).toArray())
        record.cards.append({card["number"_L1].toString(), card["active"_L1].toBool()});
    record.revision = revisionOf(object);
    return record;
}

Saved<PatronRecord> answerOf(const RowSet::Row &row)
{
    return savedOf<PatronRecord>(row, recordOf);
}

Saved<PatronRecord> answerWithOther(const RowSet::Row &row)
{
    Saved<PatronRecord> answer = answerOf(row);
    answer.refusal.other = row.uuid("other_id");
    answer.refusal.subject = row.text("taken_card");
    return answer;
}

QVariant dateOrNull(const QDate &date)
{
    return date.isValid() ? QVariant(date.toString(Qt::ISODate)) : QVariant();
}

/// The arguments that registering and updating share, from the names to the last date.
QVariantList valuesOf(const PatronRecord &record)
{
    return {record.familyName,         record.givenName,          record.typeCode,
            orNull(record.homeBranch), orNull(record.email),      orNull(record.phone),
            orNull(record.address),    dateOrNull(record.bornOn), dateOrNull(record.expiresOn)};
}

QString cardsOf(const PatronRecord &record)
{
    QJsonArray cards;
    for (const PatronCard &card : record.cards)
        cards.append(QJsonObject{{u"number"_s, card.number}, {u"active"_s, card.active}});
    return QString::fromUtf8(QJsonDocument(cards).toJson(QJsonDocument::Compact));
}

/// Why the shards' answers forbid a removal; nothing when they do not.
std::optional<Refusal> objection(const Combined<int> &answers)
{
    int loans = 0;
    for (const auto &answer : answers.shards)
        loans += answer.result.isOk() ? *answer.result : 0;
    if (loans > 0)
        return Refusal{.code = u"open_loans"_s, .subject = QString::number(loans)};
    if (!answers.isComplete())
        return Refusal{.code = u"shards_missing"_s, .subject = answers.missing().join(", "_L1)};
    return std::nullopt;
}

} // namespace

QFuture<Result<PatronRecord>> readPatronRecord(Cluster &cluster, const QUuid &id)
{
    return cluster.main().run(Call{"read a patron"_L1}, [id](Session &session) {
        const Rows rows = session.exec(read, {id});
        if (rows->row(0).isNull("record")) {
            throw DbException(
                {.kind = DbErrorKind::NotFound,
                 .message = QCoreApplication::translate("Patrons", "There is no patron with this id."),
                 .hint = QCoreApplication::translate("Patrons", "Search for the patron again.")});
        }
        return recordOf(objectIn(rows->row(0), "record"));
    });
}

QFuture<Result<Saved<PatronRecord>>> registerPatron(Cluster &cluster, const PatronRecord &record)
{
    return cluster.main().run(Call{"register a patron"_L1}, [record](Session &session) {
        const QVariantList values =
            QVariantList{QVariant(record.id)} + valuesOf(record) + QVariantList{QVariant(cardsOf(record))};
        return answerWithOther(session.exec(create, values)->row(0));
    });
}

QFuture<Result<Saved<PatronRecord>>> updatePatron(Cluster &cluster, const PatronRecord &record,
                                                  qint64 expectedVersion)
{
    return cluster.main().run(Call{"save a patron"_L1}, [record, expectedVersion](Session &session) {
        const QVariantList values = QVariantList{record.id, expectedVersion} + valuesOf(record) +
                                    QVariantList{record.active, cardsOf(record)};
        return answerWithOther(session.exec(update, values)->row(0));
    });
}

QFuture<Result<Saved<PatronRecord>>> removePatron(Cluster &cluster, const QUuid &id, qint64 expectedVersion)
{
    auto promise = std::make_shared<QPromise<Answer>>();
    promise->start();
    const auto deliver = [promise](Answer answer) {
        promise->addResult(std::move(answer));
        promise->finish();
    };
    fanOutTo<int>(
        cluster, Call{"count the loans of a patron"_L1},
        [id](Session &session) {
            return static_cast<int>(session.exec(openLoans, {id})->row(0).number("loans"));
        },
        [=, &cluster](const Combined<int> &answers) {
            // A shard answers whoever may remove the patron.
            for (const auto &answer : answers.shards) {
                if (!answer.result.isOk() && answer.result.error().kind == DbErrorKind::NotAllowed)
                    return deliver(answer.result.error());
            }
            if (const auto refusal = objection(answers))
                return deliver(Saved<PatronRecord>{.refusal = *refusal});
            cluster.main().submit<Saved<PatronRecord>>(
                Call{"remove a patron"_L1},
                [=](Session &session) {
                    return answerOf(session.exec(remove, {id, expectedVersion})->row(0));
                },
                deliver);
        });
    return promise->future();
}

QFuture<Result<Saved<PatronRecord>>> restorePatron(Cluster &cluster, const QUuid &id)
{
    return cluster.main().run(Call{"restore a patron"_L1}, [id](Session &session) {
        return answerWithOther(session.exec(restore, {id})->row(0));
    });
}

QFuture<Result<std::vector<CodeName>>> userTypes(Cluster &cluster)
{
    return cluster.main().run(Call{"list kinds of patrons"_L1}, [](Session &session) {
        return session.exec(types)->map([](const RowSet::Row &row) {
            return CodeName{row.text("code"), row.text("name")};
        });
    });
}

} // namespace Branchline
