// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace Branchline {

/// Loading: rows of before stay. Empty: nobody is found. Failed: no answer and nothing to show. Stale: shown
/// as of before.
enum class PatronListState { Loading, Ready, Empty, Failed, Stale };

/// What belongs to the state of the list of patrons.
struct PatronListNote
{
    QString words; ///< searched for; empty: all patrons
    int count = 0;
    bool isCountKnown = true;
    QString asOf;  ///< time of day
    QString error; ///< what went wrong, one sentence
    QString hint;  ///< what to do about it, one sentence
};

/// Why something may not be done with patrons by whoever is signed in; empty: it may.
struct PatronRefusals
{
    QString registering = {};
    QString editing = {}; ///< of the patron whose record is shown, blocks included
    QString lending = {};
    QString renewing = {};
};

/// A block as the side of a record shows it.
struct BlockFacts
{
    QString id;
    QString title; ///< "Blocked until Mon 30 Nov"
    QString reason;
    QString setLine; ///< who set it, and when
};

/// What the record of a patron shows beside the loans. Texts are ready to read.
struct RecordFacts
{
    QString name;
    QString initials;
    QString type;
    QString state;     ///< what keeps the patron from borrowing; empty: nothing
    int stateKind = 0; ///< one of Roles::Kind
    QString cardLine;  ///< card, validity, home branch, year of birth
    int onLoan = 0;
    int overdue = 0;
    bool loansComplete = true;
    bool loansKnown = true; ///< the loans have been read
    QString loansLine;      ///< "8 loans in 3 branches on 2 shards."
    QString coverage;       ///< "3 of 3 shards, live"
    QStringList missing;    ///< shards whose loans are not listed
    int answered = 0;       ///< shards
    int total = 0;
    QList<BlockFacts> blocks;
    QList<std::pair<QString, QString>> contact; ///< label and value
    QString contactRemark;                      ///< why there is no more of it; may be empty
    QList<std::pair<QString, QString>> cards;   ///< number and state
    int returned = 0;                           ///< loans in the history
};

} // namespace Branchline
