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

const HistoryChange *changeOf(const HistoryEntry &entry, QLatin1StringView field)
{
    for (const HistoryChange &change : entry.changes) {
        if (change.field == field)
            return &change;
    }
    return nullptr;
}

QString refusalText(const HistoryEntry &entry)
{
    static const QHash<QString, const char *> words{
        {u"checkout"_s, QT_TRANSLATE_NOOP("Branchline::History", "Lending refused")},
        {u"checkin"_s, QT_TRANSLATE_NOOP("Branchline::History", "Return refused")},
        {u"renew"_s, QT_TRANSLATE_NOOP("Branchline::History", "Renewal refused")},
        {u"undo"_s, QT_TRANSLATE_NOOP("Branchline::History", "Undo refused")}};
    const HistoryChange *action = changeOf(entry, "action"_L1);
    const char *word = action ? words.value(action->after, nullptr) : nullptr;
    return word ? tr(word) : tr("Refused");
}

/// A loan is lent, renewed and taken back; "changed" would say nothing.
QString loanText(const HistoryEntry &entry)
{
    if (entry.operation == "insert"_L1)
        return tr("Lent");
    if (changeOf(entry, "undone_at"_L1))
        return tr("Lending undone");
    if (const HistoryChange *returned = changeOf(entry, "returned_at"_L1))
        return returned->before.isEmpty() ? tr("Returned") : tr("Return undone");
    if (const HistoryChange *renewals = changeOf(entry, "renewals"_L1))
        return renewals->after.toInt() > renewals->before.toInt() ? tr("Renewed") : tr("Renewal undone");
    return tr("Loan changed");
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
        {u"staff_assignments"_s, QT_TRANSLATE_NOOP("Branchline::History", "Right")},
        {u"loan_rules"_s, QT_TRANSLATE_NOOP("Branchline::History", "Loan rule")}};
    const char *part = parts.value(table, nullptr);
    return part ? tr(part) : QString();
}

/// What happened to a login of a server: no row changed, so there is no value before.
bool isLoginNote(const HistoryEntry &entry, const QString &field)
{
    if (entry.table != "staff"_L1 || entry.operation != "update"_L1 || field != "login"_L1)
        return false;
    const HistoryChange *change = changeOf(entry, "login"_L1);
    return change && change->before.isEmpty();
}

/// "made, password set, branchline_staff", as the database notes it.
QString loginNoteText(const QString &note)
{
    static const QHash<QString, const char *> words{
        {u"made"_s, QT_TRANSLATE_NOOP("Branchline::History", "login made")},
        {u"opened"_s, QT_TRANSLATE_NOOP("Branchline::History", "login opened again")},
        {u"ended"_s, QT_TRANSLATE_NOOP("Branchline::History", "login ended")},
        {u"password set"_s, QT_TRANSLATE_NOOP("Branchline::History", "password set")},
        {u"branchline_report"_s, QT_TRANSLATE_NOOP("Branchline::History", "group reports only")},
        {u"branchline_staff"_s, QT_TRANSLATE_NOOP("Branchline::History", "group staff")},
        {u"branchline_branch_admin"_s, QT_TRANSLATE_NOOP("Branchline::History", "group branch management")},
        {u"branchline_admin"_s, QT_TRANSLATE_NOOP("Branchline::History", "group administration")}};
    QStringList parts = note.split(u", "_s);
    for (QString &part : parts) {
        if (const char *word = words.value(part, nullptr))
            part = tr(word);
    }
    return parts.join(u", "_s);
}

} // namespace

QString historyActionText(const HistoryEntry &entry)
{
    if (entry.operation == "refused"_L1)
        return refusalText(entry);
    if (entry.operation == "read"_L1)
        return readingText(entry);
    if (entry.operation == "import"_L1)
        return tr("Rows imported from a file");
    if (entry.table == "book_lending"_L1)
        return loanText(entry);
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

QString historyPlaceText(const HistoryEntry &entry)
{
    const HistoryChange *desk = changeOf(entry, "desk_branch_id"_L1);
    return desk && !desk->after.isEmpty() ? desk->after : entry.branchName;
}

QString historyRecordText(const HistoryEntry &entry)
{
    static const QHash<QString, const char *> kinds{
        {u"books"_s, QT_TRANSLATE_NOOP("Branchline::History", "Book")},
        {u"author_book"_s, QT_TRANSLATE_NOOP("Branchline::History", "Book")},
        {u"category_book"_s, QT_TRANSLATE_NOOP("Branchline::History", "Book")},
        {u"book_data"_s, QT_TRANSLATE_NOOP("Branchline::History", "Book")},
        {u"book_records"_s, QT_TRANSLATE_NOOP("Branchline::History", "Book")},
        {u"authors"_s, QT_TRANSLATE_NOOP("Branchline::History", "Author")},
        {u"book_categories"_s, QT_TRANSLATE_NOOP("Branchline::History", "Subject")},
        {u"physical_exemplars"_s, QT_TRANSLATE_NOOP("Branchline::History", "Copy")},
        {u"exemplar_barcodes"_s, QT_TRANSLATE_NOOP("Branchline::History", "Copy")},
        {u"op_result"_s, QT_TRANSLATE_NOOP("Branchline::History", "Copy")},
        {u"book_lending"_s, QT_TRANSLATE_NOOP("Branchline::History", "Copy")},
        {u"users"_s, QT_TRANSLATE_NOOP("Branchline::History", "Patron")},
        {u"user_cards"_s, QT_TRANSLATE_NOOP("Branchline::History", "Patron")},
        {u"user_blocks"_s, QT_TRANSLATE_NOOP("Branchline::History", "Patron")},
        {u"staff"_s, QT_TRANSLATE_NOOP("Branchline::History", "Staff member")},
        {u"staff_assignments"_s, QT_TRANSLATE_NOOP("Branchline::History", "Rights")},
        {u"branches"_s, QT_TRANSLATE_NOOP("Branchline::History", "Branch")},
        {u"branch_settings"_s, QT_TRANSLATE_NOOP("Branchline::History", "Settings")},
        {u"branch_calendar"_s, QT_TRANSLATE_NOOP("Branchline::History", "Opening days")},
        {u"branch_placement"_s, QT_TRANSLATE_NOOP("Branchline::History", "Place of a branch")},
        {u"branch_moves"_s, QT_TRANSLATE_NOOP("Branchline::History", "Move of a branch")},
        {u"loan_rules"_s, QT_TRANSLATE_NOOP("Branchline::History", "Loan rule")},
        {u"user_types"_s, QT_TRANSLATE_NOOP("Branchline::History", "Patron type")},
        {u"material_types"_s, QT_TRANSLATE_NOOP("Branchline::History", "Material")},
        {u"shards"_s, QT_TRANSLATE_NOOP("Branchline::History", "Shard")},
        {u"jobs"_s, QT_TRANSLATE_NOOP("Branchline::History", "Task")},
        {u"charges"_s, QT_TRANSLATE_NOOP("Branchline::History", "Charge")},
        {u"payments"_s, QT_TRANSLATE_NOOP("Branchline::History", "Payment")}};
    const char *word = kinds.value(entry.table, nullptr);
    const QString kind = word ? tr(word) : historyFieldText(entry.table);
    return entry.subject.isEmpty() ? kind : tr("%1 %2").arg(kind, entry.subject);
}

QString historyValueText(const HistoryEntry &entry, const QString &field, const QString &value)
{
    if (isLoginNote(entry, field))
        return loginNoteText(value);
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
    return historyCodeText(entry.table, field, value);
}

QString historyTimeText(const HistoryEntry &entry, bool hasSeconds)
{
    const QTimeZone zone(entry.timeZone);
    const QDateTime there = zone.isValid() ? entry.at.toTimeZone(zone) : entry.at.toLocalTime();
    const QLocale locale;
    const QString text = locale.toString(there.date(), u"d MMM yyyy"_s) + u' ' +
                         locale.toString(there.time(), hasSeconds ? u"HH:mm:ss"_s : u"HH:mm"_s);
    const bool isHere = there.offsetFromUtc() == entry.at.toLocalTime().offsetFromUtc();
    return isHere ? text : text + u' ' + there.timeZoneAbbreviation();
}

QString historyDeskText(const QString &application)
{
    const QString desk = application.section(u' ', 1).trimmed();
    return desk.isEmpty() ? application : desk;
}

} // namespace Branchline
