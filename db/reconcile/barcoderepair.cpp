// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/barcodes.h"

#include <QCoreApplication>

#include <algorithm>
#include <optional>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr Statement lockCopy{
    "lock_copy_for_list"_L1,
    "SELECT barcode FROM public.physical_exemplars "
    "WHERE branch_id = ?::uuid AND id = ?::uuid AND deleted_at IS NULL FOR NO KEY UPDATE"_L1};
constexpr Statement settleClaim{
    "settle_left_claim"_L1,
    "UPDATE public.exemplar_barcodes SET state = 'live' WHERE exemplar_id = ?::uuid AND state = 'claimed' "
    "AND deleted_at IS NULL AND barcode = ?::text RETURNING 1 AS done"_L1};
constexpr Statement freeBarcode{"free_barcode_again"_L1,
                                "UPDATE public.exemplar_barcodes SET deleted_at = now() WHERE exemplar_id = "
                                "?::uuid AND branch_id = ?::uuid "
                                "AND deleted_at IS NULL RETURNING 1 AS done"_L1};
constexpr Statement listCopy{
    "list_copy_again"_L1,
    "INSERT INTO public.exemplar_barcodes AS b (exemplar_id, branch_id, barcode, state) "
    "VALUES (?::uuid, ?::uuid, ?::text, 'live') ON CONFLICT (exemplar_id) DO UPDATE "
    "SET branch_id = excluded.branch_id, barcode = excluded.barcode, state = 'live', deleted_at = NULL "
    "RETURNING 1 AS done"_L1};

QString tr(const char *text)
{
    return QCoreApplication::translate("Reconcile", text);
}

/// Writes what the copy says, now that nobody changes it, into the list. True when something was written.
bool correct(Session &main, Session &shard, const QString &code, const QString &branch, const QString &id)
{
    Transaction holding(shard);
    const Rows copy = shard.exec(lockCopy, {branch, id});
    const std::optional<QString> barcode =
        copy->rowCount() > 0 ? std::optional(copy->row(0).text("barcode")) : std::nullopt;
    Rows done;
    if (code == "claim_left"_L1 && barcode)
        done = main.exec(settleClaim, {id, *barcode});
    else if ((code == "claim_left"_L1 || code == "barcode_without_copy"_L1) && !barcode)
        done = main.exec(freeBarcode, {id, branch});
    else if ((code == "copy_unlisted"_L1 || code == "barcode_differs"_L1) && barcode)
        done = main.exec(listCopy, {id, branch, *barcode});
    return done && done->rowCount() > 0;
}

} // namespace

void repairBarcodes(Databases &databases, const std::vector<Finding> &findings,
                    const std::function<void(const QString &)> &say)
{
    static const QStringList codes{u"claim_left"_s, u"barcode_without_copy"_s, u"copy_unlisted"_s,
                                   u"barcode_differs"_s};
    for (const Finding &finding : findings) {
        const auto shard =
            std::find_if(databases.shards.begin(), databases.shards.end(), [&](const ShardDatabase &one) {
                return one.session->database() == finding.database;
            });
        if (shard == databases.shards.end() || !codes.contains(finding.code))
            continue;
        qint64 corrected = 0;
        for (const QString &key : finding.keys) {
            try {
                repeatedly([&] {
                    if (correct(*databases.main, *shard->session, finding.code, key.section(u'/', 0, 0),
                                key.section(u'/', 1)))
                        ++corrected;
                });
            } catch (const DbException &e) {
                // Somebody took the barcode meanwhile: found as barcode_twice the next time.
                if (e.error().kind != DbErrorKind::Conflict)
                    throw;
            }
        }
        say(tr("Corrected %1 entries of main's list of barcodes (%2, %3).")
                .arg(corrected)
                .arg(finding.code, finding.database));
    }
}

} // namespace Branchline::Internal
