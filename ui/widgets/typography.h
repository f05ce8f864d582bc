// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>

namespace Branchline {

/// Places text may have; sizes are factors of the system's font size (in brackets).
enum class TextRole {
    Caption,    // labels, table headers, status bar (0.85)
    Body,       // everything else (1.0)
    Subhead,    // title of a scan row, value of a fact (1.15)
    Title,      // page title, scan box (1.4)
    PatronName, // (1.6)
    Result,     // what to do with the book in the hand (2.0)
    Welcome     // (2.4)
};

/// The system's font at the size of this role, weight 400, or 600 with semiBold.
QFont textFont(TextRole role, bool semiBold = false);

/// Height of one line in logical pixels.
int textHeight(const QFont &font);

/// The height a control needs: the designed one, or more when the person's font is larger.
int controlHeight(int token, const QFont &font, int padding = 10);

/// Wraps a number, barcode or key so that it stays left-to-right inside right-to-left text.
QString isolated(const QString &text);

} // namespace Branchline
