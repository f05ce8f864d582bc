// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/shell/poolwords.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("PoolWords", text);
}

bool isMostlyInUse(const PoolGauges &pool)
{
    return pool.busy > 1 && pool.busy * 4 >= (pool.size + pool.maxOverflow) * 3;
}

} // namespace

bool isNearlyFull(const PoolGauges &pool)
{
    return pool.waiting > 0 || isMostlyInUse(pool);
}

QString connectionWords(const PoolGauges &pool)
{
    QString words = tr("%1 of at most %2 connections open, %3 in use")
                        .arg(pool.open)
                        .arg(pool.size + pool.maxOverflow)
                        .arg(pool.busy);
    if (isMostlyInUse(pool))
        words = pool.busy >= pool.size + pool.maxOverflow ? tr("%1: all of them").arg(words)
                                                          : tr("%1: nearly all").arg(words);
    if (pool.waiting > 0)
        words = pool.waiting == 1 ? tr("%1, 1 call waits").arg(words)
                                  : tr("%1, %2 calls wait").arg(words).arg(pool.waiting);
    return words;
}

QString breakerWords(const PoolGauges &pool)
{
    switch (pool.breaker) {
    case PoolGauges::Breaker::Open: {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(pool.retryIn).count();
        return seconds > 0 ? tr("Waiting %1 s before trying again.").arg(seconds) : tr("Trying again now.");
    }
    case PoolGauges::Breaker::HalfOpen:
        return tr("Trying whether it is back.");
    case PoolGauges::Breaker::Closed:
        break;
    }
    return {};
}

QString holderWords(const PoolGauges &pool)
{
    if (pool.waiting == 0 || pool.holders.empty())
        return {};
    QStringList holders;
    for (const ConnectionHolder &holder : pool.holders) {
        const double seconds = static_cast<double>(holder.age.count()) / 1000;
        holders << tr("%1 for %2 s").arg(holder.operation, QLocale().toString(seconds, 'f', 1));
    }
    return tr("In use: %1.").arg(holders.join(QStringLiteral(", ")));
}

} // namespace Branchline
