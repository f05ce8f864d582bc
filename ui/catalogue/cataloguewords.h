// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/catalogue/bookfacts.h"

namespace Branchline {

/// One message: what is so, what follows or what to do, and since when.
struct StateWords
{
    QString first;
    QString rest;
    QString footer;
};

/// "42 titles", "200 titles or more", "No titles".
QString countWords(const ListNote &note);
/// Which titles were looked through for those on the shelf.
QString cutWords();
/// Nothing was asked yet.
StateWords startWords();
/// No row answers what was asked; with an empty question: there is no book yet.
StateWords noMatchWords(const ListNote &note);
/// Nothing could be loaded.
StateWords failedWords(const ListNote &note);
/// The rows shown are old.
StateWords staleWords(const ListNote &note);
/// Some databases did not answer; empty when all did.
StateWords partialWords(const ListNote &note);

} // namespace Branchline
