// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/copyediting.h"

#include "db/catalogue/copies.h"

#include <QCoreApplication>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement read{"copy_record"_L1, "SELECT public.copy_record(?::uuid, ?::uuid) AS record"_L1};
constexpr Statement update{
    "update_copy"_L1,
    "SELECT outcome, reason, record FROM public.update_copy(?::uuid, ?::bigint, ?::uuid, ?::bigint, "
    "?::text, ?::int, ?::int, ?::int, ?::text, ?::text)"_L1};
constexpr Statement remove{
    "remove_copy"_L1,
    "SELECT outcome, reason, record FROM public.remove_copy(?::uuid, ?::bigint, ?::uuid, ?::bigint)"_L1};
constexpr Statement restore{
    "restore_copy"_L1,
    "SELECT outcome, reason, record FROM public.restore_copy(?::uuid, ?::bigint, ?::uuid, ?::bigint)"_L1};
constexpr Statement releaseBarcode{"release_barcode"_L1,
                                   "SELECT public.release_barcode(?::uuid, ?::bigint)"_L1};
constexpr Statement reclaimBarcode{
    "reclaim_barcode"_L1,
    "SELECT outcome, reason, branch_code FROM public.reclaim_barcode(?::uuid, ?::uuid, ?::text, ?::uuid, "
    "?::bigint)"_L1};
constexpr Statement materials{"material_types"_L1, "SELECT code, name FROM public.material_types "
                                                   "WHERE deleted_at IS NULL ORDER BY name, code"_L1};

using Answer = Result<Saved<CopyRecord>>;
using Promise = std::shared_ptr<QPromise<Answer>>;

CopyRecord recordOf(const QJsonObject &object)
{
    const auto text = [&object](QLatin1StringView key) { return object.value(key).toString(); };
    const QJsonValue floor = object.value("floor"_L1);
    return {.id = QUuid(text("id"_L1)),
            .branch = QUuid(text("branch_id"_L1)),
            .branchCode = text("branch_code"_L1),
            .barcode = text("barcode"_L1),
            .book = QUuid(text("book_id"_L1)),
            .title = text("title"_L1),
            .authorLine = text("author_line"_L1),
            .material = text("material"_L1),
            .status = text("status"_L1),
            .place = {floor.isNull() ? std::nullopt : std::optional(floor.toInt()),
                      object.value("room"_L1).toInt(), object.value("bookshelf"_L1).toInt()},
            .note = text("note"_L1),
            .onLoan = object.value("on_loan"_L1).toBool(),
            .dueAt = timeOf(object.value("due_at"_L1)),
            .bookRemoved = object.value("book_removed"_L1).toBool(),
            .revision = revisionOf(object)};
}

Saved<CopyRecord> answerOf(const RowSet::Row &row)
{
    return savedOf<CopyRecord>(row, recordOf);
}

QVariant orNull(int number)
{
    return number == 0 ? QVariant() : QVariant(number);
}

void deliver(const Promise &promise, Answer answer)
{
    promise->addResult(std::move(answer));
    promise->finish();
}

Saved<CopyRecord> writeCopy(Session &session, const BranchEntry &branch, const CopyRecord &record,
                            qint64 expectedVersion)
{
    const ShelfPlace &place = record.place;
    return answerOf(
        session
            .exec(update, {branch.id, branch.epoch, record.id, expectedVersion, record.material,
                           orNull(place.room), place.floor ? QVariant(*place.floor) : QVariant(),
                           orNull(place.bookshelf), record.status, Branchline::orNull(record.note)})
            ->row(0));
}

/// The last part of adding: the copy is there, and gets what a new row does not take.
Saved<CopyRecord> completeCopy(Session &session, const BranchEntry &branch, CopyRecord record,
                               const QUuid &id)
{
    record.id = id;
    const Rows rows = session.exec(read, {branch.id, id});
    const CopyRecord standing = recordOf(objectIn(rows->row(0), "record"));
    return writeCopy(session, branch, record, standing.revision.version);
}

/// The second half of a removal.
void freeBarcode(Cluster &cluster, const Saved<CopyRecord> &removed, const Promise &promise)
{
    cluster.main().submit<Done>(
        Call{"free a barcode"_L1},
        [record = removed.record](Session &main) {
            main.exec(releaseBarcode, {record.id, record.revision.version});
            return Done{};
        },
        [=](const Result<Done> &done) {
            // The copy is gone from the branch either way, but its barcode is not free yet: whoever removes
            // it hears of it and repeats the removal, which frees it.
            deliver(promise, done.isOk() ? Answer(removed) : Answer(done.error()));
        });
}

void submitRestore(Cluster &cluster, const CopyRecord &record, const Promise &promise)
{
    cluster.submitOnBranch<Saved<CopyRecord>>(
        record.branch, Call{"restore a copy"_L1},
        [record](Session &shard, const BranchEntry &branch) {
            return answerOf(
                shard.exec(restore, {branch.id, branch.epoch, record.id, record.revision.version})->row(0));
        },
        [promise](Answer answer) { deliver(promise, std::move(answer)); });
}

} // namespace

QFuture<Result<CopyRecord>> readCopyRecord(Cluster &cluster, const QUuid &branch, const QUuid &id)
{
    return cluster.onBranch(branch, Call{"read a copy"_L1}, [id](Session &session, const BranchEntry &entry) {
        const Rows rows = session.exec(read, {entry.id, id});
        if (rows->row(0).isNull("record")) {
            throw DbException(
                {.kind = DbErrorKind::NotFound,
                 .message = QCoreApplication::translate("Copies", "There is no such copy at this branch."),
                 .hint = QCoreApplication::translate("Copies", "Search for the copy by its barcode.")});
        }
        return recordOf(objectIn(rows->row(0), "record"));
    });
}

QFuture<Result<Saved<CopyRecord>>> createCopy(Cluster &cluster, const CopyRecord &record)
{
    auto promise = std::make_shared<QPromise<Answer>>();
    promise->start();
    const NewCopy copy{.id = record.id,
                       .branch = record.branch,
                       .book = record.book,
                       .barcode = record.barcode,
                       .material = record.material,
                       .place = record.place};
    submitCopy(cluster, copy, [&cluster, record, promise](const Result<Added> &added) {
        if (!added && added.error().kind == DbErrorKind::Conflict)
            return deliver(promise,
                           Saved<CopyRecord>{.record = record, .refusal = {.code = u"barcode_taken"_s}});
        if (!added)
            return deliver(promise, added.error());
        cluster.submitOnBranch<Saved<CopyRecord>>(
            record.branch, Call{"complete a copy"_L1},
            [record, id = added->id](Session &shard, const BranchEntry &branch) {
                return completeCopy(shard, branch, record, id);
            },
            [promise](Answer answer) { deliver(promise, std::move(answer)); });
    });
    return promise->future();
}

QFuture<Result<std::optional<QUuid>>> barcodeHolder(Cluster &cluster, const QString &barcode)
{
    return cluster.main().run(locateBarcodeCall,
                              [barcode](Session &main) { return locateBarcode(main, barcode); });
}

QFuture<Result<Saved<CopyRecord>>> updateCopy(Cluster &cluster, const CopyRecord &record,
                                              qint64 expectedVersion)
{
    return cluster.onBranch(record.branch, Call{"save a copy"_L1},
                            [record, expectedVersion](Session &session, const BranchEntry &entry) {
                                return writeCopy(session, entry, record, expectedVersion);
                            });
}

QFuture<Result<Saved<CopyRecord>>> removeCopy(Cluster &cluster, const QUuid &branch, const QUuid &id,
                                              qint64 expectedVersion)
{
    auto promise = std::make_shared<QPromise<Answer>>();
    promise->start();
    cluster.submitOnBranch<Saved<CopyRecord>>(
        branch, Call{"remove a copy"_L1},
        [id, expectedVersion](Session &shard, const BranchEntry &entry) {
            return answerOf(shard.exec(remove, {entry.id, entry.epoch, id, expectedVersion})->row(0));
        },
        [&cluster, promise](Answer answer) {
            if (answer.isOk() && answer->isSaved())
                freeBarcode(cluster, *answer, promise);
            else
                deliver(promise, std::move(answer));
        });
    return promise->future();
}

QFuture<Result<Saved<CopyRecord>>> restoreCopy(Cluster &cluster, const CopyRecord &record)
{
    auto promise = std::make_shared<QPromise<Answer>>();
    promise->start();
    cluster.main().submit<Saved<CopyRecord>>(
        Call{"take a barcode back"_L1},
        [record](Session &main) {
            const Rows rows = main.exec(reclaimBarcode, {record.id, record.branch, record.barcode,
                                                         record.book, record.revision.version + 1});
            Saved<CopyRecord> answer{.record = record};
            if (rows->row(0).text("outcome") == "reclaimed"_L1)
                answer.outcome = SaveOutcome::Saved;
            answer.refusal = {.code = rows->row(0).text("reason"),
                              .subject = rows->row(0).text("branch_code")};
            return answer;
        },
        [&cluster, record, promise](Answer answer) {
            if (answer.isOk() && answer->isSaved())
                submitRestore(cluster, record, promise);
            else
                deliver(promise, std::move(answer));
        });
    return promise->future();
}

QFuture<Result<std::vector<CodeName>>> materialTypes(Cluster &cluster)
{
    return cluster.main().run(Call{"list material types"_L1}, [](Session &session) {
        return session.exec(materials)->map([](const RowSet::Row &row) {
            return CodeName{row.text("code"), row.text("name")};
        });
    });
}

} // namespace Branchline
