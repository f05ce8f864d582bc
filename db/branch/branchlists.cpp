// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/branch/branchlists.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement copies{
    "branch_copies"_L1,
    "SELECT id, barcode, book_id, title, author_line, material, status, floor, room, "
    "       bookshelf, due_on, since, sort_key, sort_tie "
    "FROM public.branch_copies(?::uuid, ?::jsonb, ?::text, ?::boolean, ?::text[], ?::int)"_L1};
constexpr Statement loans{
    "branch_loans"_L1,
    "SELECT id, copy_id, barcode, book_id, title, author_line, material, patron_id, patron, card, user_type, "
    "       lent_at, due_at, due_on, due_in, late_days, renewals, lending_branch_id, sort_key, sort_tie "
    "FROM public.branch_loans(?::uuid, ?::text, ?::jsonb, ?::text, ?::boolean, ?::text[], ?::int)"_L1};
constexpr Statement events{
    "branch_events"_L1,
    "SELECT id, at, kind, copy_id, barcode, book_id, title, author_line, patron_id, patron, desk_branch_id, "
    "       sort_key, sort_tie "
    "FROM public.branch_events(?::uuid, ?::jsonb, ?::text, ?::boolean, ?::text[], ?::int)"_L1};
constexpr Statement keys{
    "branch_list_keys"_L1,
    "SELECT sort_key, sort_tie, place "
    "FROM public.branch_list_keys(?::uuid, ?::text, ?::jsonb, ?::text, ?::boolean, ?::int)"_L1};
constexpr Statement counts{"branch_counts"_L1, "SELECT open, overdue, due_soon, lost, copies, today "
                                               "FROM public.branch_counts(?::uuid)"_L1};

const Call readList{"read a list of the branch"_L1};

/// The list as the functions of the shard call it.
QString listName(BranchList list)
{
    switch (list) {
    case BranchList::OnLoan:
        return u"open"_s;
    case BranchList::Overdue:
        return u"overdue"_s;
    case BranchList::DueSoon:
        return u"due_soon"_s;
    case BranchList::Today:
        return u"today"_s;
    case BranchList::Lost:
    case BranchList::Copies:
        break;
    }
    return u"copies"_s;
}

bool isOfCopies(BranchList list)
{
    return list == BranchList::Copies || list == BranchList::Lost;
}

QString filterJson(BranchList list, const BranchFilter &filter)
{
    QJsonObject object;
    const auto add = [&object](const QString &key, const QStringList &values) {
        if (!values.isEmpty())
            object.insert(key, QJsonArray::fromStringList(values));
    };
    if (!filter.words.trimmed().isEmpty())
        object.insert(u"words"_s, filter.words.trimmed());
    add(u"material"_s, filter.materials);
    add(u"user_type"_s, filter.userTypes);
    add(u"kind"_s, filter.kinds);
    add(u"status"_s, list == BranchList::Lost && filter.statuses.isEmpty()
                         ? QStringList{u"lost"_s, u"missing"_s}
                         : filter.statuses);
    if (filter.lateFrom > 0)
        object.insert(u"late_from"_s, filter.lateFrom);
    if (filter.lateTo > 0)
        object.insert(u"late_to"_s, filter.lateTo);
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

QVariant keyOf(const QVariantList &afterKey)
{
    if (afterKey.isEmpty())
        return QVariant(QMetaType::fromType<QString>());
    QStringList texts;
    for (const QVariant &part : afterKey)
        texts << part.toString();
    return arrayLiteral(texts);
}

} // namespace

QFuture<Result<Rows>> branchListPage(Cluster &cluster, const QUuid &branch, BranchList list,
                                     const BranchFilter &filter, const BranchOrder &order,
                                     const QVariantList &afterKey, int rows)
{
    return cluster.onBranch(
        branch, readList,
        [list, json = filterJson(list, filter), order, after = keyOf(afterKey),
         rows](Session &session, const BranchEntry &entry) {
            if (isOfCopies(list)) {
                return session.exec(copies, {entry.id, json, order.column, order.descending, after, rows});
            }
            if (list == BranchList::Today) {
                return session.exec(events, {entry.id, json, order.column, order.descending, after, rows});
            }
            return session.exec(
                loans, {entry.id, listName(list), json, order.column, order.descending, after, rows});
        });
}

QFuture<Result<Rows>> branchListKeys(Cluster &cluster, const QUuid &branch, BranchList list,
                                     const BranchFilter &filter, const BranchOrder &order, int pageRows)
{
    return cluster.onBranch(
        branch, readList,
        [list, json = filterJson(list, filter), order, pageRows](Session &session, const BranchEntry &entry) {
            return session.exec(keys,
                                {entry.id, listName(list), json, order.column, order.descending, pageRows});
        });
}

QFuture<Result<BranchCounts>> branchCounts(Cluster &cluster, const QUuid &branch)
{
    return cluster.onBranch(branch, readList, [](Session &session, const BranchEntry &entry) {
        const Rows rows = session.exec(counts, {entry.id});
        const auto row = rows->row(0);
        return BranchCounts{.onLoan = row.number("open"),
                            .overdue = row.number("overdue"),
                            .dueSoon = row.number("due_soon"),
                            .lost = row.number("lost"),
                            .copies = row.number("copies"),
                            .today = row.number("today")};
    });
}

} // namespace Branchline
