// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/staff/rightsarrival.h"

#include <QCoreApplication>

#include <thread>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

namespace {

constexpr Statement rightHeld{"staff_right_held"_L1,
                              "SELECT public.staff_right_held(?::text, ?::text, ?::uuid) AS held"_L1};
constexpr Statement letArrive{"let_changes_arrive"_L1, "SELECT public.let_changes_arrive()"_L1};

/// Replication takes some tens of milliseconds; what takes longer is held up, or main is far ahead.
constexpr auto usual = 700ms;

Done arrive(Session &session, const QVariantList &right, bool isHeld)
{
    const auto since = std::chrono::steady_clock::now();
    for (;;) {
        if (session.exec(rightHeld, right)->row(0).flag("held") == isHeld)
            return {};
        const auto passed = std::chrono::steady_clock::now() - since;
        if (passed > rightsArrival - 500ms) {
            throw DbException(
                {.kind = DbErrorKind::Timeout,
                 .message = QCoreApplication::translate("Staff", "The change has not reached %1 yet.")
                                .arg(session.database()),
                 .hint = QCoreApplication::translate(
                     "Staff", "“branchlinectl health” tells what holds the replication up."),
                 .database = session.database()});
        }
        if (passed > usual)
            session.exec(letArrive);
        std::this_thread::sleep_for(25ms);
    }
}

} // namespace

QFuture<Combined<Done>> awaitRight(Cluster &cluster, const QString &login, const StaffRight &right,
                                   bool isHeld)
{
    const QVariantList values{login, right.code == "all"_L1 ? QVariant() : QVariant(right.code),
                              right.branch.isNull() ? QVariant() : QVariant(right.branch)};
    return fanOut(cluster, Call{"staff"_L1, rightsArrival},
                  [values, isHeld](Session &session) { return arrive(session, values, isHeld); });
}

} // namespace Branchline
