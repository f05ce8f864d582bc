// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/patrons/patrons.h"

#include "db/patrons/recordedreading.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement add{
    "add_patron"_L1, "SELECT id, outcome FROM public.add_patron(?::uuid, ?::text, ?::text, ?::text, ?::text, "
                     "?::uuid)"_L1};
constexpr Statement list{
    "list_patrons"_L1,
    "SELECT id, card, display_name, family_name, given_name, type_code, type_name, branch_code, active, "
    "       expires_on "
    "FROM public.first_patrons(?::int)"_L1};
constexpr Statement search{
    "search_patrons"_L1,
    "SELECT id, card, display_name, family_name, given_name, type_code, type_name, branch_code, active, "
    "       expires_on "
    "FROM public.search_patrons(?::text, ?::int)"_L1};
constexpr Statement byCard{
    "patron_by_card"_L1,
    "SELECT id, card, display_name, family_name, given_name, type_code, type_name, branch_code, "
    "       active, expires_on "
    "FROM public.patron_by_card(?::text)"_L1};
constexpr Statement atDesk{
    "find_patron"_L1,
    "SELECT id, display_name, type_name, active, expires_on, open_loans, overdue, home_branch_id "
    "FROM public.find_patron(?::text)"_L1};

Patron patronOf(const RowSet::Row &row)
{
    const QString given = row.text("given_name");
    return {.id = row.uuid("id"),
            .card = row.text("card"),
            .displayName = row.text("display_name"),
            .sortName = row.text("family_name") + (given.isEmpty() ? QString() : ", "_L1 + given),
            .typeCode = row.text("type_code"),
            .typeName = row.text("type_name"),
            .branchCode = row.text("branch_code"),
            .active = row.flag("active"),
            .expiresOn = row.value("expires_on").toDate()};
}

} // namespace

QFuture<Result<Added>> addPatron(Cluster &cluster, const NewPatron &patron)
{
    return cluster.main().run(Call{"register a patron"_L1}, [patron](Session &session) {
        const Rows rows = session.exec(add, {patron.id, patron.card, patron.familyName, patron.givenName,
                                             patron.typeCode, orNull(patron.homeBranch)});
        return Added{rows->row(0).uuid("id"), rows->row(0).text("outcome") == "added"_L1};
    });
}

QFuture<Result<std::vector<Patron>>> listPatrons(Cluster &cluster, int most)
{
    return cluster.main().run(Call{"list patrons"_L1},
                              [most](Session &session) { return session.exec(list, {most})->map(patronOf); });
}

QFuture<Result<std::vector<Patron>>> searchPatrons(Cluster &cluster, const QString &text, int most)
{
    return cluster.main().run(Call{"search patrons"_L1}, [text, most](Session &session) {
        return recordedReading(session, search, {text, most})->map(patronOf);
    });
}

QFuture<Result<std::optional<Patron>>> findPatron(Cluster &cluster, const QString &card)
{
    return cluster.main().run(Call{"find a patron"_L1}, [card](Session &session) -> std::optional<Patron> {
        const Rows rows = recordedReading(session, byCard, {card});
        return rows->rowCount() > 0 ? std::optional(patronOf(rows->row(0))) : std::nullopt;
    });
}

QFuture<Combined<std::optional<PatronAtDesk>>> patronAtDesk(Cluster &cluster, const QString &card)
{
    return fanOut(cluster, Call{"find a patron"_L1, std::chrono::milliseconds(2000)},
                  [card](Session &session) -> std::optional<PatronAtDesk> {
                      const Rows rows = recordedReading(session, atDesk, {card});
                      if (rows->rowCount() == 0)
                          return std::nullopt;
                      const auto row = rows->row(0);
                      return PatronAtDesk{.id = row.uuid("id"),
                                          .card = card,
                                          .displayName = row.text("display_name"),
                                          .typeName = row.text("type_name"),
                                          .homeBranch = row.uuid("home_branch_id"),
                                          .active = row.flag("active"),
                                          .expiresOn = row.value("expires_on").toDate(),
                                          .openLoans = static_cast<int>(row.number("open_loans")),
                                          .overdue = static_cast<int>(row.number("overdue"))};
                  });
}

std::optional<PatronAtDesk> combinedPatron(const Combined<std::optional<PatronAtDesk>> &answers)
{
    std::optional<PatronAtDesk> patron;
    for (const auto &answer : answers.shards) {
        if (!answer.result.isOk() || !*answer.result)
            continue;
        const PatronAtDesk &here = **answer.result;
        if (!patron) {
            patron = here;
        } else {
            patron->openLoans += here.openLoans;
            patron->overdue += here.overdue;
        }
    }
    return patron;
}

} // namespace Branchline
