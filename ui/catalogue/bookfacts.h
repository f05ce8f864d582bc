// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/catalogue/booklist.h"

#include <QString>
#include <QStringList>

namespace Branchline {

/// Start: nothing asked yet. Loading: asked, rows of before stay. Ready: rows. NoMatch: no rows.
/// Failed: no rows and no answer. Stale: rows of before, no answer now.
enum class CatalogueState { Start, Loading, Ready, NoMatch, Failed, Stale };

/// What the catalogue shows of one book. Texts are ready to read; dates and times are in the person's zone.
struct BookFacts
{
    QString id; ///< of the book; facts of another book than the selected one are not shown
    QString title;
    QString authors;
    QString isbn;      ///< with hyphens
    QString published; ///< year and publisher
    QString language;
    QString categories;
    QString description;
    QString copiesLine; ///< "6 of 11 available"
    QString asOf;       ///< time of day of the figures
    bool live = false;  ///< every database that keeps copies of the book answered just now
};

/// What belongs to the state of a list: how many rows, of when, from whom, and what went wrong.
struct ListNote
{
    QString words;              ///< what was asked for; empty: everything
    bool isOther = false;       ///< the rows shown are of an earlier question
    QString shownWords;         ///< then, what that one asked for; empty: everything
    int count = 0;              ///< titles
    bool more = false;          ///< they are still being counted: there are at least that many
    int filters = 0;            ///< how many filters are on
    bool isCut = false;         ///< only the first titles were looked through for those on the shelf
    QString suggestion;         ///< other words that find something; empty: none
    int suggested = 0;          ///< titles that they find without filters
    bool suggestedMore = false; ///< that many or more
    QString asOf;               ///< time of day of the figures
    QString shardName;          ///< the database that does not answer
    QString error;              ///< what went wrong, one sentence
    QString hint;               ///< what to do about it, one sentence
    QStringList missing;        ///< databases whose copies are not in the figures
    QStringList branches = {};  ///< names of those whose copies are kept there
    int answered = 0;           ///< databases of branches that answered
    int total = 0;              ///< databases of branches that were asked
};

} // namespace Branchline
