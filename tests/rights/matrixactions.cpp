// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/rights/matrixactions.h"

#include "db/branch/branchlists.h"
#include "db/catalogue/books.h"
#include "db/catalogue/copyediting.h"
#include "db/circulation/loans.h"
#include "db/cluster/statistics.h"
#include "db/history/history.h"
#include "db/patrons/patrondetail.h"
#include "db/patrons/patronediting.h"
#include "db/patrons/patronlists.h"
#include "db/patrons/purge.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

Attempt attemptOf(const DbError &error)
{
    if (error.sqlState == "LB004"_L1 || error.sqlState == "42501"_L1)
        return Attempt::Refused;
    throw DbException(error);
}

Attempt shown(bool isThere)
{
    return isThere ? Attempt::Allowed : Attempt::Refused;
}

template <typename Value>
Attempt done(const Result<Value> &result)
{
    return result ? Attempt::Allowed : attemptOf(result.error());
}

template <typename Value, typename Shows>
Attempt read(const Result<Value> &result, Shows shows)
{
    return result ? shown(shows(*result)) : attemptOf(result.error());
}

/// The answer of the place's shard.
template <typename Value, typename Shows>
Attempt readThere(const Combined<Value> &answers, const Place &place, Shows shows)
{
    for (const auto &answer : answers.shards) {
        if (answer.shard == place.branch.shard)
            return read(answer.result, shows);
    }
    return Attempt::Refused;
}

Attempt circulated(const CirculationAnswer &answer)
{
    if (answer.error)
        return attemptOf(*answer.error);
    if (answer.outcome != Outcome::Refused)
        return Attempt::Allowed;
    for (const Reason &reason : answer.reasons) {
        if (reason.code == "override_right"_L1)
            return Attempt::Refused;
    }
    throw DbException(DbError{.kind = DbErrorKind::Internal, .message = QString::fromUtf8(describe(answer))});
}

Scan scanAt(Place &place, const QString &card)
{
    return {.deskBranch = place.branch.id, .barcode = place.free.takeFirst(), .card = card, .dueOn = {}};
}

const auto hasRows = [](const auto &list) { return !list.empty(); };

std::vector<MatrixAction> readingActions()
{
    return {
        {u"search the catalogue"_s, u"main"_s, u"SELECT count(*) FROM search_books('Rights', 5)"_s,
         [](Cluster &cluster, Place &) {
             return read(await(searchBooks(cluster, u"Rights"_s)),
                         [](const Rows &r) { return r->rowCount() > 0; });
         }},
        {u"see copies and when they are due"_s, u"shard"_s,
         u"SELECT count(due_at) FROM copy_list WHERE branch_id = '%branch' AND barcode = '%kept'"_s,
         [](Cluster &cluster, Place &place) {
             return readThere(await(copyByBarcode(cluster, place.kept)), place,
                              [](const std::vector<Copy> &copies) {
                                  return !copies.empty() && copies.front().dueAt.isValid();
                              });
         }},
        {u"see figures of a branch"_s, u"shard"_s, u"SELECT copies FROM statistics('%branch')"_s,
         [](Cluster &cluster, Place &place) {
             return read(await(branchStatistics(cluster, place.branch.id)),
                         [](const BranchFigures &figures) { return figures.copies > 0; });
         }},
        {u"list the loans of a branch"_s, u"shard"_s,
         u"SELECT count(*) FROM newest_loans('%branch', true, 100)"_s,
         [](Cluster &cluster, Place &place) {
             return read(await(loansOfBranch(cluster, place.branch.id, true)), hasRows);
         }},
        {u"see what a branch has lent"_s, u"shard"_s,
         u"SELECT count(*) FROM branch_loans('%branch', 'open', '{}', 'due', false, NULL, 100)"_s,
         [](Cluster &cluster, Place &place) {
             return read(await(branchListPage(cluster, place.branch.id, BranchList::OnLoan, {},
                                              {u"due"_s, false}, {}, 100)),
                         [](const Rows &rows) { return rows->rowCount() > 0; });
         }},
        {u"see to whom a branch has lent"_s, u"shard"_s,
         u"SELECT count(patron_id) FROM branch_loans('%branch', 'open', '{}', 'due', false, NULL, 100)"_s,
         [](Cluster &cluster, Place &place) {
             return read(
                 await(branchListPage(cluster, place.branch.id, BranchList::OnLoan, {}, {u"due"_s, false}, {},
                                      100)),
                 [](const Rows &rows) { return rows->rowCount() > 0 && !rows->row(0).isNull("patron_id"); });
         }},
        {u"list the patrons of a branch"_s, u"main"_s,
         u"SELECT count(*) FROM first_patrons(1000) WHERE branch_id = '%branch'"_s,
         [](Cluster &cluster, Place &place) {
             return read(await(listPatrons(cluster)), [&](const std::vector<Patron> &patrons) {
                 return std::any_of(patrons.begin(), patrons.end(),
                                    [&](const Patron &p) { return p.branchCode == place.branch.code; });
             });
         }},
        {u"search a patron by name"_s, u"main"_s, u"SELECT count(id) FROM search_patrons('%card', 5)"_s,
         [](Cluster &cluster, Place &place) {
             return read(await(searchPatrons(cluster, place.card, 5)), hasRows);
         }},
        {u"find a patron by card"_s, u"shard"_s, u"SELECT count(id) FROM find_patron('%card')"_s,
         [](Cluster &cluster, Place &place) {
             return readThere(
                 await(patronAtDesk(cluster, place.card)), place,
                 [](const std::optional<PatronAtDesk> &patron) { return patron && !patron->id.isNull(); });
         },
         u"record"_s, u"shard"_s},
        {u"read the record of a patron"_s, u"main"_s, u"SELECT count(id) FROM patron_detail('%patron')"_s,
         [](Cluster &cluster, Place &place) {
             return read(await(readPatron(cluster, place.patron)),
                         [](const std::optional<PatronDetail> &patron) {
                             return patron && patron->id.isNull() == false && !patron->displayName.isEmpty();
                         });
         },
         u"record"_s, u"main"_s},
        {u"see how to reach a patron"_s, u"main"_s,
         u"SELECT count(email) + count(phone) + count(address) FROM patron_detail('%patron')"_s,
         [](Cluster &cluster, Place &place) {
             const auto phones = await(patronPhones(cluster, {place.patron}));
             const Attempt byList = read(phones, [](const QHash<QUuid, QString> &p) { return !p.isEmpty(); });
             const Attempt byRecord = read(
                 await(readPatron(cluster, place.patron)), [](const std::optional<PatronDetail> &patron) {
                     return patron && !(patron->email + patron->phone + patron->address).isEmpty();
                 });
             if (byList != byRecord)
                 throw DbException(
                     DbError{.kind = DbErrorKind::Internal, .message = u"List and record differ."_s});
             return byRecord;
         }},
        {u"see the open loans of a patron"_s, u"shard"_s,
         u"SELECT count(id) FROM loans_of_patron('%patron', false, 50)"_s,
         [](Cluster &cluster, Place &place) {
             return readThere(await(patronLoans(cluster, place.patron, false)), place,
                              [](const std::vector<PatronLoan> &loans) {
                                  return !loans.empty() && !loans.front().barcode.isEmpty();
                              });
         },
         u"open_loans"_s, u"shard"_s},
        {u"see the returned loans of a patron"_s, u"shard"_s,
         u"SELECT count(id) FROM loans_of_patron('%patron', true, 50)"_s,
         [](Cluster &cluster, Place &place) {
             return readThere(await(patronLoans(cluster, place.patron, true)), place, hasRows);
         }},
        {u"read the history of a copy"_s, u"shard"_s,
         u"SELECT count(*) FROM record_history('physical_exemplars', '%copy', NULL, NULL, 50)"_s,
         [](Cluster &cluster, Place &place) {
             return read(await(recordHistory(cluster, u"physical_exemplars"_s, place.shelfCopy)),
                         [](const HistoryPage &page) { return !page.entries.empty(); });
         }},
        {u"read the history of a patron"_s, u"main"_s,
         u"SELECT count(*) FROM record_history('users', '%patron', NULL, NULL, 50)"_s,
         [](Cluster &cluster, Place &place) {
             return read(await(recordHistory(cluster, u"users"_s, place.patron)),
                         [](const HistoryPage &page) { return !page.entries.empty(); });
         }},
        {u"see contact data in the history"_s, u"main"_s,
         u"SELECT count(*) FROM record_history('users', '%patron', NULL, NULL, 50) AS h, "
         "jsonb_array_elements(h.changes) AS c WHERE c ->> 'field' = 'phone' AND c ->> 'new' IS NOT NULL"_s,
         [](Cluster &cluster, Place &place) {
             return read(await(recordHistory(cluster, u"users"_s, place.patron)),
                         [](const HistoryPage &page) {
                             for (const HistoryEntry &entry : page.entries) {
                                 for (const HistoryChange &change : entry.changes) {
                                     if (change.field == "phone"_L1 && !change.after.isEmpty())
                                         return true;
                                 }
                             }
                             return false;
                         });
         }},
        {u"read the audit log of a branch"_s, u"shard"_s,
         u"SELECT count(*) >= 0 FROM audit_page(NULL, NULL, NULL, NULL, NULL, NULL, '%branch', NULL, NULL, 50)"_s,
         [](Cluster &cluster, Place &place) {
             return done(await(auditPage(cluster, {.branch = place.branch.id})));
         }},
        {u"read the audit log directly"_s, u"shard"_s, u"SELECT count(*) FROM audit_log"_s, {}},
        {u"read contact data directly"_s, u"main"_s, u"SELECT count(email) FROM users"_s, {}},
    };
}

std::vector<MatrixAction> deskActions()
{
    const QString checkout = u"FROM checkout('%request', '%branch', %epoch, '%branch', '%free', "_s;
    return {
        {u"lend at a desk"_s, u"shard"_s, u"SELECT outcome = 'lent' "_s + checkout + u"'%card')"_s,
         [](Cluster &cluster, Place &place) {
             return circulated(await(checkOut(cluster, scanAt(place, place.card))));
         }},
        {u"take back at a desk"_s, u"shard"_s,
         u"SELECT outcome = 'returned' FROM checkin('%request', '%branch', %epoch, '%branch', '%lent')"_s,
         [](Cluster &cluster, Place &place) {
             return circulated(await(checkIn(cluster, {.deskBranch = place.branch.id,
                                                       .barcode = place.lent.takeFirst(),
                                                       .card = {},
                                                       .dueOn = {}})));
         }},
        {u"renew at a desk"_s, u"shard"_s,
         u"SELECT outcome = 'renewed' FROM renew('%request', '%branch', %epoch, '%branch', '%kept')"_s,
         [](Cluster &cluster, Place &place) {
             return circulated(await(renew(
                 cluster, {.deskBranch = place.branch.id, .barcode = place.kept, .card = {}, .dueOn = {}})));
         }},
        {u"choose the day of a loan"_s, u"shard"_s,
         u"SELECT outcome = 'lent' "_s + checkout + u"'%card', current_date + 40)"_s,
         [](Cluster &cluster, Place &place) {
             Scan scan = scanAt(place, place.card);
             scan.dueOn = QDate::currentDate().addDays(40);
             return circulated(await(checkOut(cluster, scan)));
         }},
        {u"lend beyond the limit with a reason"_s, u"shard"_s,
         u"SELECT outcome = 'lent' "_s + checkout + u"'%child', NULL, '{limit}', 'a class visits')"_s,
         [](Cluster &cluster, Place &place) {
             Scan scan = scanAt(place, place.child);
             scan.overrides = {u"limit"_s};
             scan.overrideReason = u"a class visits"_s;
             return circulated(await(checkOut(cluster, scan)));
         }},
        {u"write to a table directly"_s,
         u"shard"_s,
         u"WITH w AS (UPDATE book_lending SET renewals = 0 WHERE branch_id = '%branch' RETURNING 1) "
         "SELECT count(*) FROM w"_s,
         {}},
    };
}

std::vector<MatrixAction> editingActions()
{
    return {
        {u"register a patron"_s, u"main"_s,
         u"SELECT outcome FROM add_patron(NULL, '%new', 'Family', 'Given', 'adult', '%branch')"_s,
         [](Cluster &cluster, Place &place) {
             return done(await(addPatron(cluster, {.card = newUuid().toString(QUuid::WithoutBraces),
                                                   .familyName = u"Family"_s,
                                                   .givenName = {},
                                                   .typeCode = u"adult"_s,
                                                   .homeBranch = place.branch.id})));
         }},
        {u"edit a patron"_s, u"main"_s,
         u"SELECT outcome FROM update_patron('%patron', 0, 'Family', '', 'adult', '%branch', NULL, NULL, "
         u"NULL, "
         "NULL, NULL, true, '[]')"_s,
         [](Cluster &cluster, Place &place) {
             const auto record = await(readPatronRecord(cluster, place.patron));
             return record ? done(await(updatePatron(cluster, *record, record->revision.version)))
                           : attemptOf(record.error());
         }},
        {u"block a patron"_s,
         u"main"_s,
         u"SELECT count(*) FROM (SELECT block_patron('%request', '%patron', 'A test', NULL)) AS b"_s,
         {}},
        {u"purge a patron"_s, u"main"_s, u"SELECT patron_to_purge('%card') IS NOT NULL"_s,
         [](Cluster &cluster, Place &place) {
             return done(purgePatron(cluster, place.card, {.isDryRun = true}));
         }},
        {u"add a copy"_s, u"main"_s, u"SELECT state FROM claim_barcode(NULL, '%branch', '%new')"_s,
         [](Cluster &cluster, Place &place) {
             const auto found = await(searchBooks(cluster, u"Rights"_s));
             return done(await(addCopy(cluster, {.branch = place.branch.id,
                                                 .book = (*found)->row(0).uuid("id"),
                                                 .barcode = newUuid().toString(QUuid::WithoutBraces),
                                                 .material = u"book"_s,
                                                 .place = {}})));
         }},
        {u"edit a copy"_s, u"shard"_s,
         u"SELECT outcome FROM update_copy('%branch', %epoch, '%copy', 0, 'book', 1, 2, 3, 'available', NULL)"_s,
         [](Cluster &cluster, Place &place) {
             const auto record = await(readCopyRecord(cluster, place.branch.id, place.shelfCopy));
             return record ? done(await(updateCopy(cluster, *record, record->revision.version)))
                           : attemptOf(record.error());
         }},
        {u"add a book"_s, u"main"_s,
         u"SELECT outcome FROM add_book(NULL, '%new', '{}', NULL, NULL, NULL, '{}')"_s,
         [](Cluster &cluster, Place &) {
             return done(await(addBook(cluster, {.title = newUuid().toString(),
                                                 .authors = {},
                                                 .isbn = {},
                                                 .language = {},
                                                 .categories = {}})));
         }},
    };
}

/// What only administrators do; there are no calls for it but those of the command line.
std::vector<MatrixAction> settingActions()
{
    const auto call = [](const QString &function) {
        return u"SELECT count(*) FROM (SELECT %1) AS called"_s.arg(function);
    };
    return {
        {u"set a loan rule of a branch"_s,
         u"main"_s,
         u"SELECT set_loan_rule('%branch', NULL, NULL, 7)"_s,
         {}},
        {u"set a loan rule of the library"_s, u"main"_s, u"SELECT set_loan_rule(NULL, NULL, NULL, 7)"_s, {}},
        {u"assign a right at a branch"_s,
         u"main"_s,
         call(u"assign_right('temp', 'reports', '%branch')"_s),
         {}},
        {u"add a staff member"_s, u"main"_s, call(u"add_staff('temp', 'Temp')"_s), {}},
        {u"disable a staff member"_s, u"main"_s, call(u"set_staff_active('gone', false)"_s), {}},
        {u"add a branch"_s, u"main"_s, call(u"add_branch(NULL, left('%new', 30), 'New', 'UTC')"_s), {}},
        {u"add a type of patrons"_s, u"main"_s, call(u"add_user_type(left('%new', 30), 'New')"_s), {}},
    };
}

} // namespace

std::vector<MatrixAction> matrixActions()
{
    std::vector<MatrixAction> all;
    for (auto &some : {deskActions(), readingActions(), editingActions(), settingActions()})
        all.insert(all.end(), some.begin(), some.end());
    return all;
}

} // namespace Branchline
