// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/db/librarycsv.h"

#include <QDateTime>
#include <QDir>
#include <QFile>
#include <QTimeZone>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

const QMap<QString, QString> headers{
    {u"branches"_s, u"branch_id,code,name,city,street,postal_code,phone,email,created_at"_s},
    {u"user_types"_s, u"user_type_id,code,name,max_loans,loan_days,max_renewals,fine_cents_per_day"_s},
    {u"users"_s,
     u"user_id,user_type_id,home_branch_id,card_no,first_name,last_name,email,birth_date,registered_at,"
     "expires_at,active"_s},
    {u"authors"_s, u"author_id,name,sort_name,birth_year,death_year"_s},
    {u"categories"_s, u"category_id,parent_id,code,name"_s},
    {u"books"_s,
     u"book_id,isbn13,isbn10,title,subtitle,language,publication_year,publisher,pages,created_at"_s},
    {u"book_translations"_s, u"book_id,language,title,description"_s},
    {u"book_authors"_s, u"book_id,author_id,position,role"_s},
    {u"book_categories"_s, u"book_id,category_id"_s},
    {u"shelves"_s, u"shelf_id,branch_id,room,floor,bookshelf,label"_s},
    {u"exemplars"_s,
     u"exemplar_id,book_id,branch_id,shelf_id,barcode,status,condition,acquired_at,price_cents"_s},
    {u"lendings"_s,
     u"lending_id,exemplar_id,book_id,branch_id,user_id,lent_at,due_at,returned_at,renewals,status,"
     "fine_cents"_s}};

QString time(int day, int hour)
{
    return QDateTime(QDate(2020, 1, 1).addDays(day), QTime(hour, 30), Qt::UTC)
        .toString(u"yyyy-MM-ddTHH:mm:ss+00:00"_s);
}

QString isbn(int number)
{
    const QString stem = u"978%1"_s.arg(100000000 + number);
    int sum = 0;
    for (int i = 0; i < 12; ++i)
        sum += stem.at(i).digitValue() * (i % 2 == 0 ? 1 : 3);
    return stem + QString::number((10 - sum % 10) % 10);
}

QString number(int value)
{
    return QString::number(value);
}

} // namespace

LibraryCsv::LibraryCsv(const Size &size, int seed)
    : m_seed(seed)
{
    addBranches(size);
    addUsers(size);
    addBooks(size);
    addCopies(size);
    addLoans(size);
}

QUuid LibraryCsv::id(const QString &kind, int n) const
{
    return QUuid::createUuidV5(QUuid(), u"%1 %2 %3"_s.arg(m_seed).arg(kind).arg(n));
}

QString LibraryCsv::idText(const QString &kind, int n) const
{
    return id(kind, n).toString(QUuid::WithoutBraces);
}

int LibraryCsv::add(const QString &file, const QStringList &cells)
{
    QStringList quoted;
    for (QString cell : cells) {
        const bool needsQuotes = cell.contains(u',') || cell.contains(u'"') || cell.contains(u'\n');
        quoted << (needsQuotes ? u'"' + cell.replace(u'"', "\"\""_L1) + u'"' : cell);
    }
    return addRaw(file, quoted.join(u','));
}

int LibraryCsv::addRaw(const QString &file, const QString &line)
{
    m_rows[file] << line;
    int &lines = m_lines[file];
    const int number = lines + 2; // after the first line, which names the columns
    lines += 1 + static_cast<int>(line.count(u'\n'));
    return number;
}

void LibraryCsv::write(const QString &directory) const
{
    for (auto it = headers.cbegin(); it != headers.cend(); ++it) {
        QFile file(QDir(directory).filePath(it.key() + ".csv"_L1));
        if (!file.open(QIODevice::WriteOnly))
            qFatal("%s", qPrintable(file.errorString()));
        file.write((it.value() + u'\n').toUtf8());
        for (const QString &line : m_rows.value(it.key()))
            file.write((line + u'\n').toUtf8());
    }
}

void LibraryCsv::addBranches(const Size &size)
{
    for (int i = 0; i < size.branches; ++i) {
        add(u"branches"_s, {idText(u"branch"_s, i),
                            u"S%1-%2"_s.arg(m_seed).arg(i),
                            u"House %1 of %2"_s.arg(i).arg(m_seed),
                            {},
                            {},
                            {},
                            {},
                            {},
                            {}});
        for (int k = 0; k < 4; ++k) {
            add(u"shelves"_s, {idText(u"shelf"_s, i * 4 + k), idText(u"branch"_s, i), u"R10%1"_s.arg(k),
                               number(k - 1), u"A0%1"_s.arg(k), u"label"_s});
        }
    }
}

void LibraryCsv::addUsers(const Size &size)
{
    add(u"user_types"_s,
        {idText(u"type"_s, 0), u"T%1"_s.arg(m_seed), u"Type"_s, u"12"_s, u"28"_s, u"2"_s, u"20"_s});
    for (int i = 0; i < size.users; ++i) {
        add(u"users"_s,
            {idText(u"user"_s, i), idText(u"type"_s, 0), idText(u"branch"_s, i % size.branches),
             u"%1%2"_s.arg(m_seed).arg(20000000 + i), i % 3 == 0 ? QString() : u"Ana  María"_s,
             u"Núñez, der %1."_s.arg(i), i % 2 ? u"a%1@example.org"_s.arg(i) : QString(), u"1980-02-29"_s,
             time(i, 9), u"2030-06-01T00:00:00+02:00"_s, i % 7 ? u"t"_s : u"f"_s});
    }
}

void LibraryCsv::addBooks(const Size &size)
{
    for (int i = 0; i < size.books / 2 + 1; ++i) {
        add(u"authors"_s, {idText(u"author"_s, i),
                           u"Émile K. d’Arc %1"_s.arg(i % 20),
                           i % 2 ? QString() : u"d’Arc, Émile"_s,
                           {},
                           {}});
    }
    for (int i = 0; i < 5; ++i)
        add(u"categories"_s, {idText(u"category"_s, i), {}, {}, u"Kind %1 of %2"_s.arg(i).arg(m_seed)});
    for (int i = 0; i < size.books; ++i) {
        const QString book = idText(u"book"_s, i);
        add(u"books"_s, {book,
                         i % 5 ? isbn(m_seed * 1000000 + i) : QString(),
                         {},
                         u"The Ender’s  Gäme, part \"%1\""_s.arg(i),
                         i % 3 ? QString() : u"a tale"_s,
                         i % 4 ? u"en"_s : u"de-AT"_s,
                         number(1950 + i % 70),
                         u"Press & Söhne"_s,
                         u"300"_s,
                         time(i, 8)});
        add(u"book_authors"_s, {book, idText(u"author"_s, i / 2), u"1"_s, u"author"_s});
        if (i % 4 == 0)
            add(u"book_authors"_s,
                {book, idText(u"author"_s, (i / 2 + 1) % (size.books / 2)), u"2"_s, u"translator"_s});
        add(u"book_categories"_s, {book, idText(u"category"_s, i % 5)});
        if (i % 3 == 0)
            add(u"book_translations"_s, {book, u"fr"_s, u"Le Titre %1"_s.arg(i), u"En ligne\net encore"_s});
    }
}

void LibraryCsv::addCopies(const Size &size)
{
    static const QStringList states{u"available"_s, u"available"_s, u"repair"_s,
                                    u"withdrawn"_s, u"reference"_s, u"lent"_s};
    for (int i = 0; i < size.copies; ++i) {
        const int branch = i % size.branches;
        // The open loans are those of the last loan of each copy that is lent.
        add(u"exemplars"_s,
            {idText(u"copy"_s, i), idText(u"book"_s, i % size.books), idText(u"branch"_s, branch),
             i % 9 ? idText(u"shelf"_s, branch * 4 + i % 4) : QString(),
             u"%1%2"_s.arg(m_seed).arg(30000000 + i), states.at(i % states.size()), u"good"_s,
             time(i % 300, 7), u"1000"_s});
    }
}

void LibraryCsv::addLoans(const Size &size)
{
    for (int i = 0; i < size.loans; ++i) {
        const int copy = i % size.copies;
        const bool isLast = i + size.copies >= size.loans;
        const bool isOpen = isLast && copy % 6 == 5;
        const int day = 400 + i / size.copies * 30 + copy % 20;
        add(u"lendings"_s, {idText(u"loan"_s, i),
                            idText(u"copy"_s, copy),
                            idText(u"book"_s, copy % size.books),
                            idText(u"branch"_s, copy % size.branches),
                            idText(u"user"_s, i % size.users),
                            time(day, 10),
                            time(day + 28, 21),
                            isOpen ? QString() : time(day + 9, 15),
                            number(i % 3),
                            {},
                            number(i % 10 == 0 ? 125 : 0)});
    }
}

} // namespace Branchline
