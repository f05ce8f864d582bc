// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

namespace Branchline {

/// A part of a text.
struct TextRange
{
    qsizetype start = 0;
    qsizetype length = 0;
};

/// Where the words of `query` begin words of `text`, whatever the case and the accents: "garcia ma" finds
/// "García" and "Ma" of "García Márquez". Empty when any of the words is not there, or there are none.
[[nodiscard]] QList<TextRange> matchWords(const QString &text, const QString &query);

} // namespace Branchline
