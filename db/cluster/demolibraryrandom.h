// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QUuid>

#include <span>

namespace Branchline {

/// SplitMix64 (Steele, Lea, Flood 2014): the demo library must be the same on every platform and in every
/// build, which the generators and distributions of the standard library are not.
class DemoRandom final
{
public:
    explicit DemoRandom(quint64 seed)
        : m_state(seed)
    {}

    quint64 next()
    {
        quint64 z = (m_state += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }

    /// From 0 to `limit` - 1; `limit` is small beside 2^64, so that the bias does not matter.
    int below(int limit) { return static_cast<int>(next() % static_cast<quint64>(limit)); }
    int between(int least, int most) { return least + below(most - least + 1); }
    bool chance(int inThousand) { return below(1000) < inThousand; }

    /// The index of a weight, each as likely as it is heavy. The weights are not all 0.
    int weighted(std::span<const int> weights)
    {
        int sum = 0;
        for (const int weight : weights)
            sum += weight;
        int rest = below(sum);
        int index = 0;
        while (rest >= weights[static_cast<size_t>(index)])
            rest -= weights[static_cast<size_t>(index++)];
        return index;
    }

    /// A version 7 UUID of a moment.
    QUuid id(const QDateTime &at)
    {
        const auto ms = static_cast<quint64>(at.toMSecsSinceEpoch());
        const quint64 a = next();
        const quint64 b = next();
        return QUuid(static_cast<uint>(ms >> 16), static_cast<ushort>(ms),
                     static_cast<ushort>(0x7000 | (a & 0x0fff)),
                     static_cast<uchar>(0x80 | ((b >> 56) & 0x3f)), static_cast<uchar>(b >> 48),
                     static_cast<uchar>(b >> 40), static_cast<uchar>(b >> 32), static_cast<uchar>(b >> 24),
                     static_cast<uchar>(b >> 16), static_cast<uchar>(b >> 8), static_cast<uchar>(b));
    }

private:
    quint64 m_state;
};

} // namespace Branchline
