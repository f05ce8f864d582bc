// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/bookcolumns.h"

#include <QUuid>

#include <optional>

namespace Branchline {

/// A row of a file made fit for the catalogue. Pure functions; any thread.
struct CleanBook
{
    QUuid id; ///< of a file that was exported by this program
    QString isbn13;
    bool isbnGuessed = false; ///< see FoundIsbn
    QString title;
    QString subtitle;
    QStringList authors;
    std::optional<int> year;
    QString language;      ///< ISO 639-2, as libraries use it ("ger", not "deu")
    QStringList languages; ///< every code of that language
    QString publisher;
    QString otherTitle; ///< original title, when it is another one
    QStringList categories;

    QString problem;   ///< a sentence: why the row cannot go in; empty when it can
    QStringList notes; ///< sentences: what was left out of it, and why
};

/// Cleans the cells of one row.
[[nodiscard]] CleanBook cleanBook(const BookColumns &columns, const QByteArrayList &cells);

// Its parts.

/// Blanks tidied, characters composed (NFC), no control characters; without the apostrophe that keeps
/// spreadsheets from taking a text for a formula.
[[nodiscard]] QString cleanText(const QString &cell);
/// Names, split at semicolons, else at bars, else at commas; "Jr." and its like stay with their name.
[[nodiscard]] QStringList splitNames(const QString &cell);
/// A year such as "1951", "1951.0", "-762.0", "762 BC", "c1951" or "1951-03-02"; nothing when it is none.
[[nodiscard]] std::optional<int> yearOf(const QString &cell);
/// The code of a language written as "en-US", "eng", "EN" or "English"; empty when it is none.
[[nodiscard]] QString languageCodeOf(const QString &cell);
/// All codes of the language with this one, itself included.
[[nodiscard]] QStringList languageCodes(const QString &code);
/// A title without the series in brackets at its end.
[[nodiscard]] QString withoutSeries(const QString &title);

} // namespace Branchline
