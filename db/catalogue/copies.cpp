// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/copies.h"

#include <QCoreApplication>

#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr auto copyColumns =
    "SELECT id, branch_id, branch_code, barcode, book_id, title, author_line, material_code, "
    "status, available, room, floor, bookshelf, due_at FROM public.copy_list ";

constexpr Statement locate{"locate_barcode"_L1, "SELECT branch_id FROM public.locate_barcode(?::text)"_L1};
constexpr Statement claim{
    "claim_barcode"_L1,
    "SELECT public.claim_barcode_for(?::uuid, ?::uuid, ?::text, ?::uuid) AS exemplar_id"_L1};
constexpr Statement settle{"settle_barcode"_L1, "SELECT public.settle_barcode(?::uuid)"_L1};
constexpr Statement bookIsHere{"book_is_here"_L1,
                               "SELECT EXISTS (SELECT FROM public.books_ref WHERE id = ?::uuid) AS here"_L1};
constexpr Statement add{
    "add_copy"_L1, "SELECT id, outcome FROM public.add_copy(?::uuid, ?::bigint, ?::uuid, ?::text, ?::uuid, "
                   "?::text, ?::int, ?::int, ?::int)"_L1};
constexpr Statement counts{
    "count_copies"_L1, "SELECT book_id, count(*) AS copies, count(*) FILTER (WHERE available) AS available "
                       "FROM public.copy_list WHERE book_id = ANY (?::uuid[]) GROUP BY book_id"_L1};

const Call listCopies{"list copies"_L1};

/// How long to wait for a row that main has committed to reach a shard.
constexpr auto replicationWait = 2s;

std::vector<Copy> copiesIn(const Rows &rows)
{
    return rows->map([](const RowSet::Row &row) {
        return Copy{.id = row.uuid("id"),
                    .branch = row.uuid("branch_id"),
                    .branchCode = row.text("branch_code"),
                    .barcode = row.text("barcode"),
                    .book = row.uuid("book_id"),
                    .title = row.text("title"),
                    .authorLine = row.text("author_line"),
                    .material = row.text("material_code"),
                    .status = row.text("status"),
                    .available = row.flag("available"),
                    .place = {row.isNull("floor") ? std::nullopt
                                                  : std::optional(static_cast<int>(row.number("floor"))),
                              static_cast<int>(row.number("room")),
                              static_cast<int>(row.number("bookshelf"))},
                    .dueAt = row.time("due_at")};
    });
}

QVariant orNull(int number)
{
    return number == 0 ? QVariant() : QVariant(number);
}

/// The book was added on main a moment ago perhaps; the shard's foreign key needs it here.
void waitForBook(Session &shard, const QUuid &book)
{
    const auto deadline = std::chrono::steady_clock::now() + replicationWait;
    while (!shard.exec(bookIsHere, {book})->row(0).flag("here")) {
        if (std::chrono::steady_clock::now() > deadline)
            return; // add_copy says what is missing
        std::this_thread::sleep_for(20ms);
    }
}

Added writeCopy(Session &shard, const BranchEntry &branch, const NewCopy &copy)
{
    waitForBook(shard, copy.book);
    const Rows rows =
        shard.exec(add, {branch.id, branch.epoch, copy.id, copy.barcode, copy.book, copy.material,
                         orNull(copy.place.room), copy.place.floor ? QVariant(*copy.place.floor) : QVariant(),
                         orNull(copy.place.bookshelf)});
    return {rows->row(0).uuid("id"), rows->row(0).text("outcome") == "added"_L1};
}

using AddDone = std::function<void(Result<Added>)>;

void settleBarcode(Cluster &cluster, const AddDone &deliver, const Added &added)
{
    cluster.main().submit<Done>(
        Call{"settle a barcode"_L1},
        [id = added.id](Session &main) {
            main.exec(settle, {id});
            return Done{};
        },
        [deliver, added](const Result<Done> &done) {
            // The copy stands; a claim that could not be settled now is settled by the next call.
            deliver(done.isOk() || done.error().isUnavailable() ? Result<Added>(added)
                                                                : Result<Added>(done.error()));
        });
}

} // namespace

std::optional<QUuid> locateBarcode(Session &main, const QString &barcode)
{
    const Rows rows = main.exec(locate, {barcode});
    return rows->rowCount() > 0 ? std::optional(rows->row(0).uuid("branch_id")) : std::nullopt;
}

QFuture<Result<Added>> addCopy(Cluster &cluster, const NewCopy &copy)
{
    auto promise = std::make_shared<QPromise<Result<Added>>>();
    promise->start();
    submitCopy(cluster, copy, [promise](Result<Added> added) {
        promise->addResult(std::move(added));
        promise->finish();
    });
    return promise->future();
}

void submitCopy(Cluster &cluster, const NewCopy &copy, std::function<void(Result<Added>)> deliver)
{
    cluster.main().submit<QUuid>(
        Call{"claim a barcode"_L1},
        [copy](Session &main) {
            return main.exec(claim, {copy.id, copy.branch, copy.barcode, copy.book})
                ->row(0)
                .uuid("exemplar_id");
        },
        [&cluster, copy, deliver](const Result<QUuid> &claimed) {
            if (!claimed)
                return deliver(claimed.error());
            NewCopy claimedCopy = copy;
            claimedCopy.id =
                *claimed; // an earlier, unfinished claim of the same barcode goes on under its id
            cluster.submitOnBranch<Added>(
                copy.branch, Call{"add a copy"_L1},
                [claimedCopy](Session &shard, const BranchEntry &branch) {
                    return writeCopy(shard, branch, claimedCopy);
                },
                [&cluster, deliver](Result<Added> added) {
                    if (!added)
                        return deliver(added.error());
                    settleBarcode(cluster, deliver, *added);
                });
        });
}

QFuture<Result<std::vector<Copy>>> copiesOfBranch(Cluster &cluster, const QUuid &branch, int most)
{
    static const QByteArray sql =
        QByteArray(copyColumns) + "WHERE branch_id = ?::uuid ORDER BY barcode, id LIMIT ?::int";
    return cluster.onBranch(branch, listCopies, [most](Session &session, const BranchEntry &entry) {
        return copiesIn(session.exec({"copies_of_branch"_L1, QLatin1StringView(sql)}, {entry.id, most}));
    });
}

QFuture<Combined<std::vector<Copy>>> copiesOfBook(Cluster &cluster, const QUuid &book)
{
    static const QByteArray sql =
        QByteArray(copyColumns) + "WHERE book_id = ?::uuid ORDER BY branch_code, barcode LIMIT ?::int";
    return fanOut(cluster, listCopies, [book](Session &session) {
        return copiesIn(
            session.exec({"copies_of_book"_L1, QLatin1StringView(sql)}, {book, copiesOfBookLimit}));
    });
}

QFuture<Combined<std::vector<Copy>>> copyByBarcode(Cluster &cluster, const QString &barcode)
{
    static const QByteArray sql = QByteArray(copyColumns) + "WHERE barcode = ?::text";
    return fanOut(cluster, listCopies, [barcode](Session &session) {
        return copiesIn(session.exec({"copy_by_barcode"_L1, QLatin1StringView(sql)}, {barcode}));
    });
}

QFuture<Combined<std::vector<CopyCount>>> countCopies(Cluster &cluster, const QList<QUuid> &books)
{
    return fanOut(cluster, listCopies, [list = arrayLiteral(books)](Session &session) {
        return session.exec(counts, {list})->map([](const RowSet::Row &row) {
            return CopyCount{row.uuid("book_id"), static_cast<int>(row.number("copies")),
                             static_cast<int>(row.number("available"))};
        });
    });
}

} // namespace Branchline
