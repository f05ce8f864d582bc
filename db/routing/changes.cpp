// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/routing/changes.h"

#include "db/connection/statement.h"

#include <QCoreApplication>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr Statement since{
    "changes_since"_L1,
    "SELECT mark, is_complete, changes FROM public.changes_since(nullif(?::text, ''), ?::uuid[])"_L1};
// Before the next question a desk has another second for what matters more.
const Call ask{"look for changes"_L1, std::chrono::milliseconds(1500)};

std::optional<ChangeKind> kindOf(QStringView name)
{
    constexpr std::pair<QLatin1StringView, ChangeKind> kinds[] = {
        {"loans"_L1, ChangeKind::Loans},     {"copies"_L1, ChangeKind::Copies},
        {"charges"_L1, ChangeKind::Charges}, {"books"_L1, ChangeKind::Books},
        {"patrons"_L1, ChangeKind::Patrons}, {"settings"_L1, ChangeKind::Settings}};
    const auto *found = std::find_if(std::begin(kinds), std::end(kinds),
                                     [&](const auto &kind) { return kind.first == name; });
    return found == std::end(kinds) ? std::nullopt : std::optional(found->second);
}

} // namespace

Changes Changes::ofAnything()
{
    Changes changes;
    changes.m_isAnything = true;
    return changes;
}

Changes Changes::fromLines(const QString &lines, const QSet<QUuid> &asked)
{
    Changes changes;
    changes.m_asked = asked;
    for (const QString &line : lines.split(u'\n', Qt::SkipEmptyParts)) {
        const QStringList parts = line.split(u' ');
        // A kind that this program does not know may be about anything it shows.
        changes.m_list.push_back({.kind = kindOf(parts.value(0)),
                                  .branch = QUuid(parts.value(1)),
                                  .subject = QUuid(parts.value(2)),
                                  .isOfAnySubject = parts.value(2) == u'*'});
    }
    return changes;
}

bool Changes::has(ChangeKind kind, const QUuid &branch) const
{
    return m_isAnything || std::any_of(m_list.begin(), m_list.end(), [&](const Change &change) {
               return (!change.kind || change.kind == kind) &&
                      (branch.isNull() || change.branch.isNull() || change.branch == branch);
           });
}

bool Changes::concerns(ChangeKind kind, const QSet<QUuid> &subjects) const
{
    if (m_isAnything)
        return true;
    const bool allAsked = m_asked.contains(subjects);
    return std::any_of(m_list.begin(), m_list.end(), [&](const Change &change) {
        if (change.kind && change.kind != kind)
            return false;
        if (!change.kind || change.isOfAnySubject)
            return true;
        return change.subject.isNull() ? !allAsked : subjects.contains(change.subject);
    });
}

QFuture<Result<ChangesAnswer>> changesSince(Cluster &cluster, const QString &shard, const QString &mark,
                                            const QSet<QUuid> &about)
{
    Database *database = shard.isEmpty() ? &cluster.main() : cluster.shard(shard);
    if (!database) {
        QPromise<Result<ChangesAnswer>> promise;
        promise.start();
        DbError error{.kind = DbErrorKind::NotConfigured, .database = shard + "_shard"_L1};
        error.message = QCoreApplication::translate("FanOut", "%1 is not configured.").arg(error.database);
        promise.addResult(Result<ChangesAnswer>(error));
        promise.finish();
        return promise.future();
    }
    return database->run(ask, [mark, about](Session &session) {
        const Rows rows = session.exec(since, {mark, arrayLiteral(about.values())});
        const auto row = rows->row(0);
        return ChangesAnswer{.mark = row.text("mark"),
                             .changes = row.flag("is_complete")
                                            ? Changes::fromLines(row.text("changes"), about)
                                            : Changes::ofAnything()};
    });
}

} // namespace Branchline
