// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDate>
#include <QDateTime>
#include <QStringList>
#include <QUuid>

#include <vector>

namespace Branchline {

// What the demo library is made of. Rows name each other by their index, and all times are UTC.

struct DemoBook
{
    QUuid id;
    QString isbn13; ///< empty: none
    QString title;
    QStringList authors;
    std::optional<int> year; ///< negative: before Christ
    QString language;
    QStringList categories;
    QString originalLanguage; ///< with originalTitle: of a translation
    QString originalTitle;
    QString description; ///< a sentence in the language of the book, or empty
};

struct DemoBranch
{
    QUuid id;
    QString code;
    QString name;
    QString timezone;
    int copies = 0;
    int floors = 1;
    bool closedOnMonday = false;
};

struct DemoUserType
{
    QString code;
    QString name;
};

struct DemoRule
{
    int branch = -1; ///< -1: any
    QString userType;
    QString material;
    int days = 0; ///< 0: minutes
    int minutes = 0;
    int limit = 0;
};

struct DemoPatron
{
    QUuid id;
    QString familyName;
    QString givenName;
    QString type;
    int branch = 0;
    QStringList cards; ///< the last one works, unless `cardLost`; the others were replaced
    bool cardLost = false;
    QString email;
    QString phone;
    QString address;
    QDate bornOn;
    QDate expiresOn;
    bool active = true;
    QString blockCode; ///< empty: not blocked
    QString blockReason;
    QDateTime blockedUntil; ///< invalid: no end
};

struct DemoCopy
{
    QUuid id;
    int branch = 0;
    int book = 0;
    QString barcode;
    QString material;
    QString status; ///< without loans: "available", "lost" …
    int floor = 0;
    int room = 0;
    int shelf = 0;
    QDateTime addedAt;
};

struct DemoLoan
{
    QUuid id;
    int copy = 0;
    int patron = 0;
    int lendingBranch = 0;
    int returnedBranch = -1; ///< -1: open
    int rule = 0;
    QDateTime lentAt;
    QDateTime dueAt;
    QDateTime returnedAt; ///< invalid: open
    std::vector<QDateTime> renewedAt;
};

/// A whole library, made for one day: nothing in it happened after that day began (UTC).
struct DemoLibrary
{
    QDate day;
    std::vector<DemoBook> books;
    std::vector<DemoBranch> branches;
    std::vector<DemoUserType> userTypes;
    std::vector<DemoUserType> materials;
    std::vector<DemoRule> rules;
    std::vector<DemoPatron> patrons;
    std::vector<DemoCopy> copies;
    std::vector<DemoLoan> loans; ///< by lentAt
};

/// The works of resources/demo/books.tsv.
[[nodiscard]] std::vector<DemoBook> demoBooks();

/// The branches with their ids, which never change.
[[nodiscard]] std::vector<DemoBranch> demoBranches();

/// Whether a branch is open on a day: never on Sundays and holidays.
[[nodiscard]] bool isOpen(const DemoBranch &branch, QDate day);

/// The holidays on which every branch is closed, from the year before last to the next year.
[[nodiscard]] std::vector<std::pair<QDate, QString>> demoHolidays(QDate day);

/// The library of a day. The same day makes the same library, on every platform.
[[nodiscard]] DemoLibrary makeDemoLibrary(QDate day);

} // namespace Branchline
