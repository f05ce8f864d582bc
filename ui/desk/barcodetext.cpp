// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/barcodetext.h"

#include "ui/widgets/typography.h"

#include <algorithm>

namespace Branchline {

QString spacedBarcode(const QString &barcode)
{
    if (barcode.isEmpty())
        return {};
    QString grouped = barcode;
    const bool digitsOnly =
        std::all_of(barcode.cbegin(), barcode.cend(), [](QChar c) { return c.isDigit(); });
    if (digitsOnly && barcode.size() > 4) {
        for (qsizetype at = 4; at < grouped.size(); at += 5)
            grouped.insert(at, QChar(u' '));
    }
    return isolated(grouped);
}

} // namespace Branchline
