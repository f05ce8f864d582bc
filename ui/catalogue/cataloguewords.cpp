// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/cataloguewords.h"

#include <QCoreApplication>
#include <QLocale>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(CatalogueView)
};

QString shardOf(const ListNote &note)
{
    return note.shardName.isEmpty() ? Words::tr("The main database") : note.shardName;
}

QString askedWords(const ListNote &note)
{
    if (note.asOf.isEmpty())
        return {};
    if (note.total > 1 && note.answered == note.total)
        return Words::tr("All %1 databases of the branches and the main database were asked, as of %2.")
            .arg(QLocale().toString(note.total), note.asOf);
    return Words::tr("The main database was asked, as of %1.").arg(note.asOf);
}

} // namespace

QString countWords(const ListNote &note)
{
    if (note.count == 0)
        return Words::tr("No titles");
    const QString count = QLocale().toString(note.count);
    if (note.more)
        return Words::tr("%1 titles or more").arg(count);
    return note.count == 1 ? Words::tr("1 title") : Words::tr("%1 titles").arg(count);
}

QString cutWords()
{
    return Words::tr("The first %1 were looked through").arg(QLocale().toString(availableLimit));
}

StateWords startWords()
{
    return {Words::tr("Search the catalogue"),
            Words::tr("Type words of a title, an author's name or an ISBN."),
            {}};
}

static QString noMatchTitle(const ListNote &note)
{
    const QString filters = note.filters == 1
                                ? Words::tr("this filter")
                                : Words::tr("these %1 filters").arg(QLocale().toString(note.filters));
    if (note.words.isEmpty())
        return note.filters > 0 ? Words::tr("No title matches %1").arg(filters) : Words::tr("No books yet");
    return note.filters > 0 ? Words::tr("No title matches “%1” with %2").arg(note.words, filters)
                            : Words::tr("No title matches “%1”").arg(note.words);
}

static QString noMatchSentence(const ListNote &note)
{
    if (!note.suggestion.isEmpty()) {
        const QString count = QLocale().toString(note.suggested);
        const QString finds = note.suggestedMore    ? Words::tr("It finds %1 titles or more").arg(count)
                              : note.suggested == 1 ? Words::tr("It finds 1 title")
                                                    : Words::tr("It finds %1 titles").arg(count);
        return Words::tr("Did you mean %1? %2").arg(note.suggestion, finds) +
               (note.filters > 0 ? Words::tr(" without filters.") : u"."_s);
    }
    if (note.isCut)
        return Words::tr(
                   "The first %1 titles were looked through for copies on the shelf. Search with more words.")
            .arg(QLocale().toString(availableLimit));
    if (note.filters > 0)
        return Words::tr("Remove the filters to search the whole catalogue.");
    if (note.words.isEmpty())
        return Words::tr("Add the first book or import a file.");
    return Words::tr("Check the spelling, or search with fewer words. Every word must occur in title, "
                     "author or ISBN.");
}

StateWords noMatchWords(const ListNote &note)
{
    return {noMatchTitle(note), noMatchSentence(note), askedWords(note)};
}

StateWords failedWords(const ListNote &note)
{
    const QString why =
        note.error.isEmpty() ? Words::tr("%1 does not answer.").arg(shardOf(note)) : note.error;
    const QString next =
        note.hint.isEmpty() ? Words::tr("Nothing is lost. Try again in a moment.") : note.hint;
    return {Words::tr("This list could not be loaded."), why + u' ' + next, {}};
}

static QString otherWords(const ListNote &note)
{
    if (!note.isOther)
        return Words::tr("You can read this list. It is renewed by itself as soon as the answer comes.");
    if (note.words == note.shownWords)
        return Words::tr(
            "These titles are those of before the list was changed. The new list comes by itself "
            "as soon as the answer does.");
    const QString shown = note.shownWords.isEmpty()
                              ? Words::tr("These titles are of the whole catalogue.")
                              : Words::tr("These titles were found for “%1”.").arg(note.shownWords);
    return shown + u' ' +
           (note.words.isEmpty()
                ? Words::tr("The whole list comes by itself as soon as the answer does.")
                : Words::tr("“%1” is searched by itself as soon as the answer comes.").arg(note.words));
}

StateWords staleWords(const ListNote &note)
{
    return {
        Words::tr("Shown as of %1. %2 does not answer.").arg(note.asOf, shardOf(note)), otherWords(note), {}};
}

StateWords partialWords(const ListNote &note)
{
    if (note.missing.isEmpty())
        return {};
    return {Words::tr("%1 of %2 shards answered, missing: %3.")
                .arg(QLocale().toString(note.answered), QLocale().toString(note.total),
                     QLocale().createSeparatedList(note.missing)),
            note.branches.isEmpty() ? Words::tr("Copies kept there are not in these figures.")
                                    : Words::tr("Copies at %1 are not in these figures.")
                                          .arg(QLocale().createSeparatedList(note.branches)),
            {}};
}

} // namespace Branchline
