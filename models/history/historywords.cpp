// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/history/historywords.h"

#include <QCoreApplication>
#include <QHash>
#include <QLocale>
#include <QTimeZone>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Branchline::History", text);
}

QString refusalText(const HistoryEntry &entry)
{
    for (const HistoryChange &change : entry.changes) {
        if (change.field != "action"_L1)
            continue;
        if (change.after == "checkout"_L1)
            return tr("Lending refused");
        if (change.after == "checkin"_L1)
            return tr("Return refused");
        if (change.after == "renew"_L1)
            return tr("Renewal refused");
        if (change.after == "undo"_L1)
            return tr("Undo refused");
    }
    return tr("Refused");
}

QString readingText(const HistoryEntry &entry)
{
    for (const HistoryChange &change : entry.changes) {
        if (change.field == "read"_L1 && change.after == "open_loans"_L1)
            return tr("Open loans read elsewhere");
        if (change.field == "read"_L1 && change.after == "search"_L1)
            return tr("Searched for by name");
    }
    return tr("Read at another branch");
}

/// Whether a row was marked as removed, or brought back.
std::optional<bool> removalOf(const HistoryEntry &entry)
{
    for (const HistoryChange &change : entry.changes) {
        if (change.field == "deleted_at"_L1)
            return change.before.isEmpty();
    }
    return {};
}

/// What belongs to a record without being it.
QString partText(const QString &table)
{
    static const QHash<QString, const char *> parts{
        {u"user_cards"_s, QT_TRANSLATE_NOOP("Branchline::History", "Card")},
        {u"user_blocks"_s, QT_TRANSLATE_NOOP("Branchline::History", "Block")},
        {u"author_book"_s, QT_TRANSLATE_NOOP("Branchline::History", "Author")},
        {u"category_book"_s, QT_TRANSLATE_NOOP("Branchline::History", "Subject")},
        {u"book_data"_s, QT_TRANSLATE_NOOP("Branchline::History", "Translation")},
        {u"exemplar_barcodes"_s, QT_TRANSLATE_NOOP("Branchline::History", "Barcode")},
        {u"book_lending"_s, QT_TRANSLATE_NOOP("Branchline::History", "Loan")},
        {u"staff_assignments"_s, QT_TRANSLATE_NOOP("Branchline::History", "Right")},
        {u"loan_rules"_s, QT_TRANSLATE_NOOP("Branchline::History", "Loan rule")}};
    const char *part = parts.value(table, nullptr);
    return part ? tr(part) : QString();
}

} // namespace

QString historyActionText(const HistoryEntry &entry)
{
    if (entry.operation == "refused"_L1)
        return refusalText(entry);
    if (entry.operation == "read"_L1)
        return readingText(entry);
    const auto removed = removalOf(entry);
    const bool isGone = entry.operation == "delete"_L1 || (removed && *removed);
    const bool isNew = entry.operation == "insert"_L1;
    const QString part = partText(entry.table);
    if (part.isEmpty())
        return isNew ? tr("Added") : isGone ? tr("Removed") : removed ? tr("Restored") : tr("Changed");
    return (isNew     ? tr("%1 added")
            : isGone  ? tr("%1 removed")
            : removed ? tr("%1 restored")
                      : tr("%1 changed"))
        .arg(part);
}

QString historyFieldText(const QString &field)
{
    static const QHash<QString, const char *> words{
        {u"family_name"_s, QT_TRANSLATE_NOOP("Branchline::History", "Family name")},
        {u"given_name"_s, QT_TRANSLATE_NOOP("Branchline::History", "Given name")},
        {u"user_type_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Type")},
        {u"home_branch_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Home branch")},
        {u"email"_s, QT_TRANSLATE_NOOP("Branchline::History", "E-mail")},
        {u"address"_s, QT_TRANSLATE_NOOP("Branchline::History", "Address")},
        {u"phone"_s, QT_TRANSLATE_NOOP("Branchline::History", "Phone")},
        {u"born_on"_s, QT_TRANSLATE_NOOP("Branchline::History", "Birthday")},
        {u"active"_s, QT_TRANSLATE_NOOP("Branchline::History", "Valid")},
        {u"expires_on"_s, QT_TRANSLATE_NOOP("Branchline::History", "Expires")},
        {u"card_number"_s, QT_TRANSLATE_NOOP("Branchline::History", "Card number")},
        {u"user_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Patron")},
        {u"reason"_s, QT_TRANSLATE_NOOP("Branchline::History", "Reason")},
        {u"reasons"_s, QT_TRANSLATE_NOOP("Branchline::History", "Reason")},
        {u"until"_s, QT_TRANSLATE_NOOP("Branchline::History", "Until")},
        {u"title"_s, QT_TRANSLATE_NOOP("Branchline::History", "Title")},
        {u"sort_title"_s, QT_TRANSLATE_NOOP("Branchline::History", "Filed as")},
        {u"subtitle"_s, QT_TRANSLATE_NOOP("Branchline::History", "Subtitle")},
        {u"isbn13"_s, QT_TRANSLATE_NOOP("Branchline::History", "ISBN")},
        {u"language"_s, QT_TRANSLATE_NOOP("Branchline::History", "Language")},
        {u"year"_s, QT_TRANSLATE_NOOP("Branchline::History", "Year")},
        {u"publisher"_s, QT_TRANSLATE_NOOP("Branchline::History", "Publisher")},
        {u"description"_s, QT_TRANSLATE_NOOP("Branchline::History", "Description")},
        {u"author_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Author")},
        {u"category_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Subject")},
        {u"book_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Book")},
        {u"role"_s, QT_TRANSLATE_NOOP("Branchline::History", "Part in the book")},
        {u"position"_s, QT_TRANSLATE_NOOP("Branchline::History", "Place in the list")},
        {u"barcode"_s, QT_TRANSLATE_NOOP("Branchline::History", "Barcode")},
        {u"branch_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Branch")},
        {u"material_type_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Material")},
        {u"status"_s, QT_TRANSLATE_NOOP("Branchline::History", "Status")},
        {u"state"_s, QT_TRANSLATE_NOOP("Branchline::History", "State")},
        {u"room"_s, QT_TRANSLATE_NOOP("Branchline::History", "Room")},
        {u"floor"_s, QT_TRANSLATE_NOOP("Branchline::History", "Floor")},
        {u"bookshelf"_s, QT_TRANSLATE_NOOP("Branchline::History", "Shelf")},
        {u"note"_s, QT_TRANSLATE_NOOP("Branchline::History", "Note")},
        {u"due_at"_s, QT_TRANSLATE_NOOP("Branchline::History", "Due")},
        {u"lent_at"_s, QT_TRANSLATE_NOOP("Branchline::History", "Lent")},
        {u"returned_at"_s, QT_TRANSLATE_NOOP("Branchline::History", "Returned")},
        {u"renewals"_s, QT_TRANSLATE_NOOP("Branchline::History", "Renewals")},
        {u"lending_branch_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Lent at")},
        {u"returned_branch_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Returned at")},
        {u"override_reason"_s, QT_TRANSLATE_NOOP("Branchline::History", "Reason for the override")},
        {u"deleted_at"_s, QT_TRANSLATE_NOOP("Branchline::History", "Removed")},
        {u"login"_s, QT_TRANSLATE_NOOP("Branchline::History", "Login")},
        {u"right_code"_s, QT_TRANSLATE_NOOP("Branchline::History", "Right")},
        {u"revoked_at"_s, QT_TRANSLATE_NOOP("Branchline::History", "Revoked")}};
    const char *word = words.value(field, nullptr);
    return word ? tr(word) : field;
}

QString historyValueText(const HistoryEntry &entry, const QString &field, const QString &value)
{
    if (value.isEmpty())
        return u"–"_s;
    if (value == "true"_L1 || value == "false"_L1)
        return value == "true"_L1 ? tr("yes") : tr("no");
    if (field.endsWith("_on"_L1)) {
        const QDate day = QDate::fromString(value, Qt::ISODate);
        return day.isValid() ? QLocale().toString(day, QLocale::ShortFormat) : value;
    }
    if (field.endsWith("_at"_L1) || field == "until"_L1) {
        const QDateTime time = QDateTime::fromString(value, Qt::ISODateWithMs);
        const QTimeZone zone(entry.timeZone);
        if (time.isValid())
            return QLocale().toString(zone.isValid() ? time.toTimeZone(zone) : time.toLocalTime(),
                                      QLocale::ShortFormat);
    }
    if (field == "status"_L1)
        return QString(value).replace(u'_', u' ');
    return value;
}

QString historyTimeText(const HistoryEntry &entry)
{
    const QTimeZone zone(entry.timeZone);
    const QDateTime there = zone.isValid() ? entry.at.toTimeZone(zone) : entry.at.toLocalTime();
    const QLocale locale;
    const QString text =
        locale.toString(there.date(), u"d MMM yyyy"_s) + u' ' + locale.toString(there.time(), u"HH:mm"_s);
    const bool isHere = there.offsetFromUtc() == entry.at.toLocalTime().offsetFromUtc();
    return isHere ? text : text + u' ' + there.timeZoneAbbreviation();
}

QString historyDeskText(const QString &application)
{
    const QString desk = application.section(u' ', 1).trimmed();
    return desk.isEmpty() ? application : desk;
}

} // namespace Branchline
