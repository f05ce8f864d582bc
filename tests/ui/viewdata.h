// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/roles.h"
#include "ui/catalogue/bookfacts.h"
#include "ui/desk/checkinresult.h"
#include "ui/desk/deskfoot.h"
#include "ui/desk/patronstrip.h"

#include <QStandardItemModel>

// Rows and facts as they stand in the design's pictures; shared by the tests of the views and by the program
// that takes pictures of them.
namespace Branchline::ViewData {

struct ScanFacts
{
    ScanState state;
    QString title;
    QString author;
    QString barcode;
    QString word;
    QStringList details;
    QString place;
    QString time;
    bool late = false;
    bool away = false;
};

/// Adds a scan on top of the list.
void addScan(QStandardItemModel &model, const ScanFacts &facts);
void fillCheckOut(QStandardItemModel &model);
void fillCheckIn(QStandardItemModel &model);
void fillRenewals(QStandardItemModel &model);
void fillBooks(QStandardItemModel &model, const QString &match = {});
void fillCopies(QStandardItemModel &model);

PatronFacts patron();
CheckInResult shelveHere();
BookFacts theNameOfTheRose();

} // namespace Branchline::ViewData
