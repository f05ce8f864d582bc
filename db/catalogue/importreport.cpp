// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/catalogue/importreport.h"

using namespace std::chrono_literals;

namespace Branchline {

double ImportProgress::rate() const
{
    const double seconds = static_cast<double>(elapsed.count()) / 1000;
    return seconds > 0 ? static_cast<double>(counts.read) / seconds : 0;
}

std::chrono::seconds ImportProgress::remaining() const
{
    if (bytes <= 0 || size <= 0 || elapsed < 500ms)
        return -1s;
    const double whole =
        static_cast<double>(elapsed.count()) * static_cast<double>(size) / static_cast<double>(bytes);
    return std::chrono::seconds(
        static_cast<qint64>((whole - static_cast<double>(elapsed.count())) / 1000 + 0.5));
}

} // namespace Branchline
