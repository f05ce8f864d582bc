// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/patrons/patrondetail.h"

#include "db/patrons/recordedreading.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement detail{
    "patron_detail"_L1,
    "SELECT id, display_name, type_name, branch_id, branch, email, address, phone, born_on, active, "
    "       expires_on, created_at, cards::text AS cards, blocks::text AS blocks, has_contact "
    "FROM public.patron_detail(?::uuid)"_L1};
constexpr Statement loans{
    "loans_of_patron_id"_L1,
    "SELECT id, branch_id, lending_branch_id, barcode, book_id, title, author_line, lent_at, due_at, due_on, "
    "       due_in, returned_at, returned_on, late_days, renewals, max_renewals "
    "FROM public.loans_of_patron(?::uuid, ?::boolean, ?::int)"_L1};
constexpr Statement end{"end_block"_L1, "SELECT public.end_block(?::uuid)"_L1};

QJsonArray arrayIn(const RowSet::Row &row, const char *column)
{
    return QJsonDocument::fromJson(row.text(column).toUtf8()).array();
}

QDateTime timeOf(const QJsonValue &value)
{
    return QDateTime::fromString(value.toString(), Qt::ISODate).toUTC();
}

PatronDetail detailOf(const RowSet::Row &row)
{
    PatronDetail patron{.id = row.uuid("id"),
                        .displayName = row.text("display_name"),
                        .typeName = row.text("type_name"),
                        .homeBranch = row.uuid("branch_id"),
                        .branchName = row.text("branch"),
                        .email = row.text("email"),
                        .address = row.text("address"),
                        .phone = row.text("phone"),
                        .bornOn = row.value("born_on").toDate(),
                        .active = row.flag("active"),
                        .expiresOn = row.value("expires_on").toDate(),
                        .since = row.time("created_at"),
                        .hasContact = row.flag("has_contact"),
                        .cards = {},
                        .blocks = {}};
    for (const QJsonValue &card : arrayIn(row, "cards")) {
        patron.cards.push_back({.number = card[u"number"_s].toString(),
                                .active = card[u"active"_s].toBool(),
                                .since = timeOf(card[u"since"_s])});
    }
    for (const QJsonValue &block : arrayIn(row, "blocks")) {
        patron.blocks.push_back({.id = QUuid(block[u"id"_s].toString()),
                                 .reason = block[u"reason"_s].toString(),
                                 .until = timeOf(block[u"until"_s]),
                                 .setBy = block[u"set_by"_s].toString(),
                                 .setAt = timeOf(block[u"set_at"_s])});
    }
    return patron;
}

PatronLoan loanOf(const RowSet::Row &row)
{
    return {.id = row.uuid("id"),
            .branch = row.uuid("branch_id"),
            .lendingBranch = row.uuid("lending_branch_id"),
            .shard = {},
            .book = row.uuid("book_id"),
            .barcode = row.text("barcode"),
            .title = row.text("title"),
            .authorLine = row.text("author_line"),
            .lentAt = row.time("lent_at"),
            .dueAt = row.time("due_at"),
            .dueOn = row.value("due_on").toDate(),
            .dueIn = static_cast<int>(row.number("due_in")),
            .returnedOn = row.value("returned_on").toDate(),
            .returnedAt = row.time("returned_at"),
            .lateDays = static_cast<int>(row.number("late_days")),
            .renewals = static_cast<int>(row.number("renewals")),
            .mostRenewals = row.isNull("max_renewals") ? -1 : static_cast<int>(row.number("max_renewals"))};
}

} // namespace

QFuture<Result<std::optional<PatronDetail>>> readPatron(Cluster &cluster, const QUuid &patron)
{
    return cluster.main().run(
        Call{"read a patron"_L1}, [patron](Session &session) -> std::optional<PatronDetail> {
            const Rows rows = recordedReading(session, detail, {patron});
            return rows->rowCount() > 0 ? std::optional(detailOf(rows->row(0))) : std::nullopt;
        });
}

QFuture<Combined<std::vector<PatronLoan>>> patronLoans(Cluster &cluster, const QUuid &patron, bool returned,
                                                       int most)
{
    return fanOut(cluster, Call{"list the loans of a patron"_L1, std::chrono::milliseconds(3000)},
                  [patron, returned, most](Session &session) {
                      return recordedReading(session, loans, {patron, returned, most})->map(loanOf);
                  });
}

std::vector<PatronLoan> combinedLoans(const Combined<std::vector<PatronLoan>> &answers)
{
    std::vector<PatronLoan> all;
    for (const auto &answer : answers.shards) {
        if (!answer.result.isOk())
            continue;
        for (PatronLoan loan : *answer.result) {
            loan.shard = answer.shard;
            all.push_back(std::move(loan));
        }
    }
    std::sort(all.begin(), all.end(), [](const PatronLoan &a, const PatronLoan &b) {
        return a.returnedAt.isValid() ? std::tie(b.returnedAt, a.id) < std::tie(a.returnedAt, b.id)
                                      : std::tie(a.dueAt, a.id) < std::tie(b.dueAt, b.id);
    });
    return all;
}

QFuture<Result<Done>> endBlock(Cluster &cluster, const QUuid &block)
{
    return cluster.main().run(Call{"end a block"_L1}, [block](Session &session) {
        session.exec(end, {block});
        return Done();
    });
}

} // namespace Branchline
