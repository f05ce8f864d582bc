// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace Branchline {

/// The barcode as people read it aloud: digits in groups of four ("3100 4417 2063"), kept left-to-right
/// inside a right-to-left line (U+2066 … U+2069). Barcodes with letters keep their own form.
QString spacedBarcode(const QString &barcode);

} // namespace Branchline
