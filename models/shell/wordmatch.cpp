// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/shell/wordmatch.h"

namespace Branchline {

namespace {

/// A text without case and accents, and which character of the original each of its characters is from.
struct Folded
{
    QString text;
    QList<qsizetype> from;
};

Folded folded(const QString &text)
{
    Folded result;
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QString parts = QString(text.at(i)).normalized(QString::NormalizationForm_KD).toCaseFolded();
        for (const QChar part : parts) {
            if (part.category() == QChar::Mark_NonSpacing)
                continue;
            result.text.append(part);
            result.from.append(i);
        }
    }
    result.from.append(text.size());
    return result;
}

} // namespace

QList<TextRange> matchWords(const QString &text, const QString &query)
{
    const Folded whole = folded(text);
    const QStringList words = folded(query).text.split(u' ', Qt::SkipEmptyParts);
    QList<TextRange> ranges;
    for (const QString &word : words) {
        bool found = false;
        for (qsizetype at = whole.text.indexOf(word); at >= 0;
             at = whole.text.indexOf(word, at + word.size())) {
            if (at > 0 && whole.text.at(at - 1).isLetterOrNumber())
                continue;
            found = true;
            const qsizetype start = whole.from.at(at);
            const qsizetype end = whole.from.at(at + word.size() - 1) + 1;
            ranges.append({start, end - start});
        }
        if (!found)
            return {};
    }
    return ranges;
}

} // namespace Branchline
