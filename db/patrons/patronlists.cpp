// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/patrons/patronlists.h"

#include "db/patrons/recordedreading.h"

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement page{
    "patron_page"_L1,
    "SELECT id, card, display_name, family_name, given_name, type_code, type_name, branch_id, branch_code, "
    "       branch, active, expires_on, is_blocked, blocked_until, sort_family, sort_given, sort_id "
    "FROM public.patron_page(?::text, ?::boolean, ?::text[], ?::int)"_L1};
constexpr Statement keys{"patron_keys"_L1, "SELECT sort_family, sort_given, sort_id, place "
                                           "FROM public.patron_keys(?::text, ?::boolean, ?::int)"_L1};
constexpr Statement phones{"patron_phones"_L1, "SELECT id, phone FROM public.patron_phones(?::uuid[])"_L1};
const Call readPatrons{"list patrons"_L1};

} // namespace

QFuture<Result<Rows>> patronPage(Cluster &cluster, const QString &query, bool descending,
                                 const QVariantList &afterKey, int rows)
{
    QVariant after(QMetaType::fromType<QString>());
    if (!afterKey.isEmpty()) {
        QStringList texts;
        for (const QVariant &part : afterKey)
            texts << part.toString();
        after = arrayLiteral(texts);
    }
    return cluster.main().run(readPatrons, [query, descending, after, rows](Session &session) {
        return recordedReading(session, page, {query, descending, after, rows});
    });
}

QFuture<Result<Rows>> patronKeys(Cluster &cluster, const QString &query, bool descending, int pageRows)
{
    return cluster.main().run(readPatrons, [query, descending, pageRows](Session &session) {
        return recordedReading(session, keys, {query, descending, pageRows}, "place");
    });
}

QFuture<Result<QHash<QUuid, QString>>> patronPhones(Cluster &cluster, const QList<QUuid> &patrons)
{
    return cluster.main().run(Call{"read phone numbers"_L1, std::chrono::milliseconds(3000)},
                              [ids = arrayLiteral(patrons)](Session &session) {
                                  const Rows rows = session.exec(phones, {ids});
                                  QHash<QUuid, QString> numbers;
                                  for (int i = 0; i < rows->rowCount(); ++i)
                                      numbers.insert(rows->row(i).uuid("id"), rows->row(i).text("phone"));
                                  return numbers;
                              });
}

} // namespace Branchline
