// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/openloans.h"

#include <QCoreApplication>
#include <QHash>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

constexpr Statement countOpen{
    "count_open_loans"_L1, "SELECT count(*) AS number FROM public.book_lending WHERE returned_at IS NULL"_L1};
// The end of an id is random. Of a copy that is taken back here while the next shard is asked, the loan there
// is newer: the second look tells.
constexpr Statement openOfBucket{
    "open_loans_of_bucket"_L1,
    "SELECT l.exemplar_id::text AS id FROM public.book_lending AS l WHERE l.returned_at IS NULL "
    "AND NOT EXISTS (SELECT FROM public.branch_placement AS p WHERE p.branch_id = l.branch_id "
    "AND p.state IN ('retired', 'incoming')) AND ('x' || right(exemplar_id::text, 4))::bit(16)::integer % ?::int = ?::int"_L1};
constexpr Statement openOfCopies{
    "open_loans_of_copies"_L1, "SELECT l.exemplar_id::text AS id FROM public.book_lending AS l "
                               "WHERE l.returned_at IS NULL AND l.exemplar_id = ANY (?::uuid[]) "
                               "AND NOT EXISTS (SELECT FROM public.branch_placement AS p "
                               "WHERE p.branch_id = l.branch_id AND p.state IN ('retired', 'incoming'))"_L1};

/// Ids that come more than once in what a question answers on all shards.
QStringList repeated(Databases &databases, const Statement &statement, const QVariantList &values)
{
    QSet<QString> seen;
    QSet<QString> twice;
    for (const ShardDatabase &shard : databases.shards) {
        for (const QString &id : ids(shard.session->exec(statement, values))) {
            if (seen.contains(id))
                twice.insert(id);
            seen.insert(id);
        }
    }
    return twice.values();
}

} // namespace

std::vector<Finding> findLoansTwice(Databases &databases, qint64 bucketRows)
{
    qint64 number = 0;
    for (const ShardDatabase &shard : databases.shards)
        number += shard.session->exec(countOpen)->row(0).number("number");
    const int buckets = static_cast<int>(std::min<qint64>(number / bucketRows + 1, 65536));
    std::vector<Finding> findings;
    for (int bucket = 0; bucket < buckets; ++bucket) {
        const QStringList suspects = repeated(databases, openOfBucket, {buckets, bucket});
        if (suspects.isEmpty())
            continue;
        for (const QString &id : repeated(databases, openOfCopies, {arrayLiteral(suspects)}))
            findingOf(findings, u"open_loans_twice"_s, QCoreApplication::translate("Reconcile", "the shards"),
                      u"book_lending"_s)
                .add(id);
    }
    return findings;
}

} // namespace Branchline::Internal
