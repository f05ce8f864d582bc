// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reconcile/barcodes.h"

#include <QCoreApplication>
#include <QHash>

#include <thread>

using namespace Qt::StringLiterals;

namespace Branchline::Internal {

namespace {

// Buckets by the end of the id, which is random; the hash is positive.
constexpr auto bucketOf = "('x' || right(%1::text, 2))::bit(8)::integer % 64"_L1;
constexpr auto hashOf =
    "('x' || left(md5(%1::text || ' ' || barcode || ' ' || coalesce(book_id::text, '')), 15))::bit(60)::bigint"_L1;

constexpr Statement branchesOfShard{"branches_of_shard"_L1,
                                    "SELECT p.branch_id::text AS id FROM public.branch_placement AS p "
                                    "JOIN public.shards AS s ON s.id = p.shard_id WHERE s.name = ?::text"_L1};
constexpr Statement oldClaims{
    "old_claims"_L1,
    "SELECT branch_id || '/' || exemplar_id AS id FROM public.exemplar_barcodes "
    "WHERE state = 'claimed' AND deleted_at IS NULL "
    "AND created_at < now() - make_interval(mins => ?::int) AND branch_id = ANY (?::uuid[])"_L1};
constexpr Statement listedTwice{"listed_twice"_L1,
                                "SELECT barcode AS id FROM public.exemplar_barcodes WHERE deleted_at IS NULL "
                                "GROUP BY barcode HAVING count(*) > 1"_L1};
constexpr Statement listRows{
    "list_rows"_L1,
    "SELECT exemplar_id::text AS id, branch_id::text AS branch_id, barcode, state = 'live' AS is_settled, "
    "coalesce(book_id::text, '') AS book_id, row_version, deleted_at IS NULL AS is_listed, "
    "created_at < now() - make_interval(mins => ?::int) AS is_old FROM public.exemplar_barcodes "
    "WHERE exemplar_id = ANY (?::uuid[])"_L1};
constexpr Statement takenBarcodes{
    "taken_barcodes"_L1, "SELECT barcode AS id, exemplar_id::text AS copy FROM public.exemplar_barcodes "
                         "WHERE barcode = ANY (?::text[]) AND deleted_at IS NULL"_L1};
constexpr Statement knownBooks{
    "known_books"_L1,
    "SELECT id::text AS id FROM public.books WHERE id = ANY (?::uuid[]) AND deleted_at IS NULL"_L1};
constexpr Statement copyRows{
    "copy_rows"_L1, "SELECT e.branch_id || '/' || e.id AS id, e.barcode, e.book_id::text AS book_id FROM "
                    "unnest(?::uuid[], ?::uuid[]) AS "
                    "k (branch_id, id) "
                    "JOIN public.physical_exemplars AS e ON e.branch_id = k.branch_id AND e.id = k.id "
                    "WHERE e.deleted_at IS NULL"_L1};
constexpr Statement copiesOfBranches{
    "copies_of_other_branches"_L1,
    "SELECT branch_id || '/' || id AS id FROM public.physical_exemplars AS e WHERE deleted_at IS NULL "
    "AND branch_id <> ALL (?::uuid[]) AND NOT EXISTS (SELECT FROM public.branch_placement AS p "
    "WHERE p.branch_id = e.branch_id AND p.state IN ('retired', 'incoming')) LIMIT ?::int"_L1};
constexpr Statement bearers{
    "bearers_of_barcodes"_L1,
    "SELECT e.barcode, e.id::text AS id, EXISTS (SELECT FROM public.book_lending AS l WHERE "
    "l.branch_id = e.branch_id AND l.exemplar_id = e.id AND l.returned_at IS NULL) AS is_lent "
    "FROM public.physical_exemplars AS e WHERE e.barcode = ANY (?::text[]) AND e.deleted_at IS NULL "
    "AND NOT EXISTS (SELECT FROM public.branch_placement AS p WHERE p.branch_id = e.branch_id "
    "AND p.state IN ('retired', 'incoming'))"_L1};
constexpr Statement placesOfCopies{
    "places_of_copies"_L1,
    "SELECT e.id::text AS id FROM public.branch_placement AS p JOIN public.physical_exemplars AS e "
    "ON e.branch_id = p.branch_id AND e.id = ANY (?::uuid[]) "
    "WHERE e.deleted_at IS NULL AND p.state IN ('active', 'fenced')"_L1};

/// What a copy and main's list say of it.
struct Suspect
{
    const ShardDatabase *shard = nullptr;
    QString key;              ///< branch/id
    bool isElsewhere = false; ///< the branch lives on another shard; then the list is not about this copy
};

class Comparison final
{
public:
    Comparison(Databases &databases, const BarcodeOptions &options)
        : m_databases(databases)
        , m_main(*databases.main)
        , m_options(options)
    {}

    std::vector<Finding> run()
    {
        for (const ShardDatabase &shard : m_databases.shards)
            collect(shard);
        for (const QString &barcode : ids(m_main.exec(listedTwice)))
            m_barcodes.insert(barcode);
        if (!m_suspects.empty())
            std::this_thread::sleep_for(m_options.pause);
        for (size_t i = 0; i < m_suspects.size();) {
            const size_t first = i;
            while (i < m_suspects.size() && i - first < 1000 &&
                   m_suspects[i].shard == m_suspects[first].shard)
                ++i;
            judge({m_suspects.begin() + static_cast<std::ptrdiff_t>(first),
                   m_suspects.begin() + static_cast<std::ptrdiff_t>(i)});
        }
        findSeveral();
        if (m_isCut) {
            for (Finding &one : m_findings)
                one.note =
                    QCoreApplication::translate("Reconcile", "There may be more; repair, and verify again.");
        }
        return std::move(m_findings);
    }

private:
    /// Copies of a shard that may not be what main's list says.
    void collect(const ShardDatabase &shard)
    {
        const QString branches = arrayLiteral(ids(m_main.exec(branchesOfShard, {shard.name})));
        QSet<QString> keys;
        const auto bucketsInMain = buckets(m_main, u"exemplar_id"_s, u"exemplar_barcodes"_s, branches);
        const auto bucketsThere = buckets(*shard.session, u"id"_s, u"physical_exemplars"_s, branches);
        QSet<QString> differing;
        for (const auto &[one, other] :
             {std::pair(&bucketsInMain, &bucketsThere), std::pair(&bucketsThere, &bucketsInMain)}) {
            for (auto bucket = one->cbegin(); bucket != one->cend(); ++bucket) {
                if (other->value(bucket.key()) != bucket.value())
                    differing.insert(bucket.key());
            }
        }
        for (const QString &bucket : std::as_const(differing)) {
            if (keys.size() >= Finding::mostKeys) {
                m_isCut = true;
                break;
            }
            const QSet<QString> inMain = rows(m_main, u"exemplar_id"_s, u"exemplar_barcodes"_s, bucket);
            const QSet<QString> there = rows(*shard.session, u"id"_s, u"physical_exemplars"_s, bucket);
            for (const QString &row : (inMain - there) + (there - inMain))
                keys.insert(row.section(u' ', 0, 0));
        }
        for (const QString &key :
             ids(m_main.exec(oldClaims, {static_cast<int>(m_options.claimAge.count()), branches})))
            keys.insert(key);
        for (const QString &key : std::as_const(keys))
            m_suspects.push_back({.shard = &shard, .key = key});
        for (const QString &key :
             ids(shard.session->exec(copiesOfBranches, {branches, static_cast<int>(Finding::mostKeys)})))
            m_suspects.push_back({.shard = &shard, .key = key, .isElsewhere = true});
    }

    /// "branch bucket" and a text that is equal for equal rows.
    QHash<QString, QString> buckets(Session &session, const QString &id, const QString &table,
                                    const QString &branches) const
    {
        const Rows rows =
            ask(session, "barcode_buckets"_L1,
                u"SELECT branch_id || ' ' || %1 AS id, count(*) || ' ' || sum(%2) AS digest FROM public.%3 "
                "WHERE branch_id = ANY (?::uuid[]) AND deleted_at IS NULL%4 GROUP BY branch_id, %1"_s.arg(
                    QString(bucketOf).arg(id), QString(hashOf).arg(id), table, settled(table)),
                {branches});
        QHash<QString, QString> digests;
        for (int i = 0; i < rows->rowCount(); ++i)
            digests.insert(rows->row(i).text("id"), rows->row(i).text("digest"));
        return digests;
    }

    /// "branch/id barcode" of a bucket.
    QSet<QString> rows(Session &session, const QString &id, const QString &table, const QString &bucket) const
    {
        const QStringList list = ids(ask(
            session, "barcodes_of_bucket"_L1,
            u"SELECT branch_id || '/' || %1 || ' ' || barcode || ' ' || coalesce(book_id::text, '') AS id "
            "FROM public.%2 "
            "WHERE branch_id = ?::uuid AND deleted_at IS NULL%3 AND %4 = ?::int"_s.arg(
                id, table, settled(table), QString(bucketOf).arg(id)),
            {bucket.section(u' ', 0, 0), bucket.section(u' ', 1).toInt()}));
        return {list.begin(), list.end()};
    }

    static QString settled(const QString &table)
    {
        return table == "exemplar_barcodes"_L1 ? u" AND state = 'live'"_s : QString();
    }

    /// What is wrong with copies of one shard, now that calls have had time to end.
    void judge(const std::vector<Suspect> &some)
    {
        const ShardDatabase &shard = *some.front().shard;
        QStringList branches;
        QStringList copies;
        for (const Suspect &suspect : some) {
            branches << suspect.key.section(u'/', 0, 0);
            copies << suspect.key.section(u'/', 1);
        }
        QHash<QString, QString> there; // barcode by key
        QHash<QString, QString> books;
        const Rows rows = shard.session->exec(copyRows, {arrayLiteral(branches), arrayLiteral(copies)});
        for (int i = 0; i < rows->rowCount(); ++i) {
            there.insert(rows->row(i).text("id"), rows->row(i).text("barcode"));
            books.insert(rows->row(i).text("id"), rows->row(i).text("book_id"));
        }
        // A book that main does not have, or has removed, is another finding.
        const QStringList known = ids(m_main.exec(knownBooks, {arrayLiteral(books.values())}));
        const QSet<QString> knownSet(known.begin(), known.end());
        for (QString &book : books) {
            if (!knownSet.contains(book))
                book.clear();
        }
        const Rows list =
            m_main.exec(listRows, {static_cast<int>(m_options.claimAge.count()), arrayLiteral(copies)});
        QHash<QString, int> listed;
        for (int i = 0; i < list->rowCount(); ++i)
            listed.insert(list->row(i).text("id"), i);
        for (const Suspect &suspect : some) {
            const auto row = listed.constFind(suspect.key.section(u'/', 1));
            const auto copy = there.constFind(suspect.key);
            const bool isThere = copy != there.constEnd();
            if (isThere) {
                m_barcodes.insert(copy.value());
                m_copies.insert(suspect.key.section(u'/', 1));
            }
            if (suspect.isElsewhere)
                continue;
            const bool isKnown = row != listed.constEnd();
            const qint64 version = isKnown ? list->row(row.value()).number("row_version") : 0;
            if (!isKnown || !list->row(row.value()).flag("is_listed")) {
                if (isThere)
                    m_noted.push_back({u"copy_unlisted"_s, suspect, copy.value(), version});
                continue;
            }
            const QString code = codeOf(list->row(row.value()), suspect, isThere ? copy.value() : QString(),
                                        books.value(suspect.key));
            if (!code.isEmpty())
                m_noted.push_back(
                    {code, suspect,
                     code == "barcode_differs"_L1 ? copy.value() : list->row(row.value()).text("barcode"),
                     version});
        }
    }

    /// What an entry of the list is compared with its copy; without a barcode there is none.
    static QString codeOf(const RowSet::Row &entry, const Suspect &suspect, const QString &barcode,
                          const QString &book)
    {
        const bool isOfBranch = suspect.key.startsWith(entry.text("branch_id"));
        // An entry may be older than the column that names the book.
        const bool isSameBook =
            entry.text("book_id").isEmpty() || book.isEmpty() || entry.text("book_id") == book;
        const bool isSame = isOfBranch && barcode == entry.text("barcode") && isSameBook;
        if (!entry.flag("is_settled") && !entry.flag("is_old"))
            return {};
        if (!barcode.isEmpty() && !isSame)
            return u"barcode_differs"_s;
        if (!entry.flag("is_settled"))
            return isOfBranch ? u"claim_left"_s : QString();
        return barcode.isEmpty() && isOfBranch ? u"barcode_without_copy"_s : QString();
    }

    /// Barcodes and ids that several copies have; what is wrong with those is for a person. The rest is
    /// noted.
    void findSeveral()
    {
        QSet<QString> barcodes;
        for (const QStringList &some : batches(m_barcodes.values()))
            barcodes += barcodesTwice(some);
        QSet<QString> copies;
        for (const QStringList &some : batches(m_copies.values()))
            copies += copiesTwice(some);
        const QHash<QString, QString> taken = takenByOthers();
        for (const Noted &one : m_noted) {
            const QString id = one.suspect.key.section(u'/', 1);
            if (barcodes.contains(one.barcode) || copies.contains(id))
                continue;
            const bool isOfList = one.code == "claim_left"_L1 || one.code == "barcode_without_copy"_L1;
            const bool isTaken = !isOfList && taken.value(one.barcode, id) != id;
            Finding &finding = findingOf(m_findings, isTaken ? u"barcode_taken"_s : one.code,
                                         one.suspect.shard->session->database(),
                                         isOfList ? u"exemplar_barcodes"_s : u"physical_exemplars"_s);
            finding.add(one.suspect.key);
            finding.versions.insert(one.suspect.key, one.version);
        }
    }

    void foundOnShards(const QString &code, const QString &key)
    {
        findingOf(m_findings, code, QCoreApplication::translate("Reconcile", "the shards"),
                  u"physical_exemplars"_s)
            .add(key);
    }

    /// Those of the barcodes that several copies have.
    QSet<QString> barcodesTwice(const QStringList &barcodes)
    {
        QHash<QString, int> copies;
        QHash<QString, int> loans;
        for (const ShardDatabase &shard : m_databases.shards) {
            const Rows rows = shard.session->exec(bearers, {arrayLiteral(barcodes)});
            for (int i = 0; i < rows->rowCount(); ++i) {
                ++copies[rows->row(i).text("barcode")];
                if (rows->row(i).flag("is_lent"))
                    ++loans[rows->row(i).text("barcode")];
            }
        }
        QSet<QString> twice;
        for (auto copy = copies.cbegin(); copy != copies.cend(); ++copy) {
            if (copy.value() < 2)
                continue;
            twice.insert(copy.key());
            foundOnShards(u"barcode_twice"_s, copy.key());
            if (loans.value(copy.key()) > 1)
                foundOnShards(u"open_loans_twice"_s, copy.key());
        }
        return twice;
    }

    /// Those of the ids that several copies have.
    QSet<QString> copiesTwice(const QStringList &copies)
    {
        QSet<QString> seen;
        QSet<QString> twice;
        for (const ShardDatabase &shard : m_databases.shards) {
            for (const QString &id : ids(shard.session->exec(placesOfCopies, {arrayLiteral(copies)}))) {
                if (seen.contains(id))
                    twice.insert(id);
                seen.insert(id);
            }
        }
        for (const QString &id : std::as_const(twice))
            foundOnShards(u"copy_twice"_s, id);
        return twice;
    }

    /// Barcodes that the list gives to a copy about whose entry nothing is wrong; else that is corrected
    /// first, which may free the barcode.
    QHash<QString, QString> takenByOthers()
    {
        QStringList barcodes;
        QSet<QString> wrong;
        for (const Noted &one : m_noted) {
            barcodes << one.barcode;
            wrong.insert(one.suspect.key.section(u'/', 1));
        }
        QHash<QString, QString> taken;
        for (const QStringList &some : batches(barcodes)) {
            const Rows rows = m_main.exec(takenBarcodes, {arrayLiteral(some)});
            for (int i = 0; i < rows->rowCount(); ++i) {
                if (!wrong.contains(rows->row(i).text("copy")))
                    taken.insert(rows->row(i).text("id"), rows->row(i).text("copy"));
            }
        }
        return taken;
    }

    struct Noted
    {
        QString code;
        Suspect suspect;
        QString barcode;
        qint64 version = 0;
    };

    Databases &m_databases;
    Session &m_main;
    const BarcodeOptions &m_options;
    std::vector<Suspect> m_suspects;
    QSet<QString> m_barcodes; ///< of suspects
    QSet<QString> m_copies;   ///< ids of suspects
    std::vector<Noted> m_noted;
    bool m_isCut = false; ///< so much differs that not all of it was looked at
    std::vector<Finding> m_findings;
};

} // namespace

std::vector<Finding> compareBarcodes(Databases &databases, const BarcodeOptions &options)
{
    return Comparison(databases, options).run();
}

} // namespace Branchline::Internal
