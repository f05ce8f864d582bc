// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/branch/branchwords.h"

#include <QCoreApplication>
#include <QLocale>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

struct Words
{
    Q_DECLARE_TR_FUNCTIONS(BranchView)
};

QString countWords(BranchTab::Kind kind, const BranchNote &note)
{
    const QString count = note.isCountKnown ? QLocale().toString(note.count)
                                            : Words::tr("%1 or more").arg(QLocale().toString(note.count));
    const bool one = note.count == 1 && note.isCountKnown;
    switch (kind) {
    case BranchTab::Kind::OnLoan:
        return Words::tr("%1 on loan").arg(count);
    case BranchTab::Kind::Overdue:
        return Words::tr("%1 overdue").arg(count);
    case BranchTab::Kind::DueSoon:
        return Words::tr("%1 due in the next 7 days").arg(count);
    case BranchTab::Kind::Lost:
        return Words::tr("%1 lost or missing").arg(count);
    case BranchTab::Kind::Copies:
        return one ? Words::tr("1 copy") : Words::tr("%1 copies").arg(count);
    case BranchTab::Kind::Today:
        break;
    }
    return one ? Words::tr("1 event today") : Words::tr("%1 events today").arg(count);
}

QString shardOf(const BranchNote &note)
{
    return note.shardName.isEmpty() ? Words::tr("The shard") : note.shardName;
}

QString asOfWords(const BranchNote &note)
{
    return note.asOf.isEmpty() ? QString() : Words::tr("As of %1.").arg(note.asOf);
}

} // namespace

QString summaryWords(BranchTab::Kind kind, const BranchNote &note)
{
    const QString count = countWords(kind, note);
    return note.asOf.isEmpty() ? count : Words::tr("%1 · as of %2").arg(count, note.asOf);
}

ListWords emptyWords(BranchTab::Kind kind, const QString &branch, const BranchNote &note)
{
    switch (kind) {
    case BranchTab::Kind::OnLoan:
        return {u"done"_s, Words::tr("Nothing of %1 is on loan.").arg(branch),
                Words::tr("Every copy is back. Press F1 to lend one."), asOfWords(note)};
    case BranchTab::Kind::Overdue:
        return {u"done"_s, Words::tr("Nothing is overdue at %1.").arg(branch), {}, asOfWords(note)};
    case BranchTab::Kind::DueSoon:
        return {u"done"_s,
                Words::tr("Nothing is due at %1 in the next 7 days.").arg(branch),
                {},
                asOfWords(note)};
    case BranchTab::Kind::Lost:
        return {u"done"_s, Words::tr("No copy of %1 is lost or missing.").arg(branch), {}, asOfWords(note)};
    case BranchTab::Kind::Copies:
        return {u"branch"_s, Words::tr("%1 has no copies yet.").arg(branch),
                Words::tr("Open a book in the catalogue with F3 and add the first copy."), asOfWords(note)};
    case BranchTab::Kind::Today:
        break;
    }
    return {u"history"_s, Words::tr("Nothing has happened at %1 today.").arg(branch),
            Words::tr("Loans, returns and new copies are listed here as they are made."), asOfWords(note)};
}

ListWords noMatchWords(const QString &words, const BranchNote &note)
{
    return {u"search"_s,
            words.isEmpty() ? Words::tr("No row has what the filters ask for.")
                            : Words::tr("No row matches “%1” with these filters.").arg(words),
            Words::tr("Check the spelling, or take the filters off to see the whole list."), asOfWords(note)};
}

ListWords failedWords(const BranchNote &note)
{
    const QString why =
        note.error.isEmpty() ? Words::tr("%1 does not answer.").arg(shardOf(note)) : note.error;
    const QString next =
        note.hint.isEmpty() ? Words::tr("Branchline tries again by itself; nothing is lost.") : note.hint;
    return {u"offline"_s, Words::tr("This list could not be loaded."), why + u' ' + next, {}};
}

std::pair<QString, QString> staleWords(const BranchNote &note)
{
    return {Words::tr("Shown as of %1. %2 does not answer.").arg(note.asOf, shardOf(note)),
            Words::tr("You can read this list. Renewing waits until %1 is back.").arg(shardOf(note))};
}

} // namespace Branchline
