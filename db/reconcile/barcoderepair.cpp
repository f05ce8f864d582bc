// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/barcodes.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

// Removed copies as well: whoever restores one waits, or is waited for.
constexpr Statement lockCopy{
    "lock_copy_for_list"_L1,
    "SELECT barcode, book_id::text AS book_id, row_version, deleted_at IS NULL AS is_live "
    "FROM public.physical_exemplars WHERE branch_id = ?::uuid AND id = ?::uuid FOR NO KEY UPDATE"_L1};
// Each only as long as the entry is as it was when it was looked at.
constexpr Statement settleClaim{
    "settle_left_claim"_L1,
    "UPDATE public.exemplar_barcodes SET state = 'live' WHERE exemplar_id = ?::uuid AND state = 'claimed' "
    "AND deleted_at IS NULL AND barcode = ?::text RETURNING 1 AS done"_L1};
constexpr Statement freeClaim{
    "free_left_claim"_L1, "UPDATE public.exemplar_barcodes SET deleted_at = now() WHERE exemplar_id = "
                          "?::uuid AND branch_id = ?::uuid "
                          "AND deleted_at IS NULL AND row_version = ?::bigint AND state = 'claimed' "
                          "AND created_at < now() - make_interval(mins => ?::int) RETURNING 1 AS done"_L1};
constexpr Statement freeBarcode{
    "free_barcode_again"_L1,
    "UPDATE public.exemplar_barcodes SET deleted_at = now() WHERE exemplar_id = ?::uuid AND branch_id = "
    "?::uuid "
    "AND deleted_at IS NULL AND row_version = ?::bigint AND state = 'live' RETURNING 1 AS done"_L1};
// A claim for a book that was removed is refused; without one remove_book() asks the shards.
constexpr Statement listCopy{
    "list_copy_again"_L1,
    "INSERT INTO public.exemplar_barcodes AS b (exemplar_id, branch_id, barcode, state, book_id, "
    "copy_version) "
    "VALUES (?::uuid, ?::uuid, ?::text, 'live', (SELECT k.id FROM public.books AS k WHERE k.id = ?::uuid AND "
    "k.deleted_at IS NULL), "
    "?::bigint) ON CONFLICT (exemplar_id) DO UPDATE "
    "SET branch_id = excluded.branch_id, barcode = excluded.barcode, state = 'live', deleted_at = NULL, "
    "book_id = excluded.book_id, copy_version = greatest(b.copy_version, "
    "excluded.copy_version) "
    "WHERE b.row_version = ?::bigint RETURNING 1 AS done"_L1};

// The shard's transaction stands idle while main's statement waits for a lock, at most so long.
constexpr auto limits = "SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = 0"_L1;

QString tr(const char *text)
{
    return QCoreApplication::translate("Reconcile", text);
}

/// An entry of the list, and the copy that it is about.
struct Entry
{
    QString branch;
    QString id;
    qint64 version = 0; ///< of the entry when it was looked at; 0: there was none
};

/// Writes what the copy says, now that nobody changes it, into the list. True when something was written.
bool correct(Session &main, Session &shard, const QString &code, const Entry &entry,
             std::chrono::minutes claimAge)
{
    Transaction holding(shard);
    shard.execText(u"limit waiting"_s, limits);
    const Rows rows = shard.exec(lockCopy, {entry.branch, entry.id});
    const bool isLive = rows->rowCount() > 0 && rows->row(0).flag("is_live");
    Transaction writing(main);
    main.execText(u"limit waiting"_s, limits);
    Rows done;
    if (!isLive) {
        if (code == "claim_left"_L1)
            done = main.exec(freeClaim,
                             {entry.id, entry.branch, entry.version, static_cast<int>(claimAge.count())});
        else if (code == "barcode_without_copy"_L1)
            done = main.exec(freeBarcode, {entry.id, entry.branch, entry.version});
    } else if (code == "claim_left"_L1) {
        done = main.exec(settleClaim, {entry.id, rows->row(0).text("barcode")});
    } else if (code == "copy_unlisted"_L1 || code == "barcode_differs"_L1) {
        done = main.exec(listCopy,
                         {entry.id, entry.branch, rows->row(0).text("barcode"), rows->row(0).text("book_id"),
                          rows->row(0).number("row_version"), entry.version});
    }
    writing.commit();
    return done && done->rowCount() > 0;
}

/// Branches of which nobody knows for certain where they live: what one shard says of their copies proves
/// nothing.
QSet<QString> unclearBranches(const std::vector<Finding> &findings)
{
    QSet<QString> branches;
    for (const Finding &finding : findings) {
        if (finding.table == "branch_placement"_L1 || finding.code == "rows_elsewhere"_L1)
            branches.unite(QSet<QString>(finding.keys.begin(), finding.keys.end()));
    }
    return branches;
}

} // namespace

void repairBarcodes(Databases &databases, const std::vector<Finding> &findings, std::chrono::minutes claimAge,
                    const std::function<void(const QString &)> &say)
{
    static const QStringList codes{u"claim_left"_s, u"barcode_without_copy"_s, u"copy_unlisted"_s,
                                   u"barcode_differs"_s};
    const QSet<QString> unclear = unclearBranches(findings);
    for (const Finding &finding : findings) {
        const ShardDatabase *shard = shardOf(databases, finding.database);
        if (!shard || !codes.contains(finding.code))
            continue;
        qint64 corrected = 0;
        for (const QString &key : finding.keys) {
            const Entry entry{key.section(u'/', 0, 0), key.section(u'/', 1), finding.versions.value(key)};
            if (unclear.contains(entry.branch))
                continue;
            try {
                repeatedly([&] {
                    if (correct(*databases.main, *shard->session, finding.code, entry, claimAge))
                        ++corrected;
                });
            } catch (const DbException &e) {
                // Somebody took the barcode meanwhile, or holds the row for long: found again the next time.
                if (e.error().kind != DbErrorKind::Conflict && e.error().kind != DbErrorKind::Retryable)
                    throw;
            }
        }
        if (corrected > 0)
            say(tr("Corrected %1 entries of main's list of barcodes (%2, %3).")
                    .arg(corrected)
                    .arg(finding.code, finding.database));
    }
}

} // namespace Branchline::Internal
