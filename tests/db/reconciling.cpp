// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/reconciling.h"

#include <algorithm>

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace Branchline {

bool isFound(const std::vector<Finding> &findings, const QString &code, const QString &key)
{
    return std::any_of(findings.begin(), findings.end(), [&](const Finding &one) {
        return one.code == code && (key.isEmpty() || one.keys.contains(key));
    });
}

QString describe(const std::vector<Finding> &findings)
{
    QStringList lines;
    for (const Finding &one : findings)
        lines << u"%1 in %2 of %3: %4 (%5) %6"_s.arg(one.code, one.table, one.database)
                     .arg(one.count)
                     .arg(one.keys.mid(0, 5).join(", "_L1), one.note);
    return lines.isEmpty() ? u"nothing"_s : lines.join(u'\n');
}

QString newId()
{
    return newUuid().toString(QUuid::WithoutBraces);
}

void damage(PreparedLibrary &library, const QString &database, const QString &text)
{
    library.ddl(database, "BEGIN; SET LOCAL session_replication_role = replica; "_L1 + text + "; COMMIT"_L1);
}

Reconciliation verified(PreparedLibrary &library, ReconcileOptions options)
{
    if (options.arrival == ReconcileOptions().arrival)
        options.arrival = 15s;
    options.pause = 100ms;
    options.claimAge = 0min;
    options.rangeRows = 50;
    const auto result = reconcile(library.adminAddresses(), options);
    if (!result)
        qFatal("reconcile: %s %s", qPrintable(result.error().message), qPrintable(result.error().statement));
    return *result;
}

} // namespace Branchline
