// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/history/historywords.h"

#include <QCoreApplication>
#include <QHash>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Branchline::History", text);
}

/// A column that is newer than this list: its name as words.
QString plainWords(const QString &field)
{
    QString words = field;
    if (words.endsWith("_id"_L1) || words.endsWith("_at"_L1) || words.endsWith("_on"_L1))
        words.chop(3);
    words.replace(u'_', u' ');
    return words.left(1).toUpper() + words.mid(1);
}

} // namespace

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
        {u"revoked_at"_s, QT_TRANSLATE_NOOP("Branchline::History", "Revoked")},
        {u"name"_s, QT_TRANSLATE_NOOP("Branchline::History", "Name")},
        {u"sort_name"_s, QT_TRANSLATE_NOOP("Branchline::History", "Filed as")},
        {u"exemplar_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Copy")},
        {u"rule_number"_s, QT_TRANSLATE_NOOP("Branchline::History", "Loan rule")},
        {u"request_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Scan")},
        {u"undone_at"_s, QT_TRANSLATE_NOOP("Branchline::History", "Undone")},
        {u"override_codes"_s, QT_TRANSLATE_NOOP("Branchline::History", "Overridden")},
        {u"format"_s, QT_TRANSLATE_NOOP("Branchline::History", "Format")},
        {u"record"_s, QT_TRANSLATE_NOOP("Branchline::History", "Imported record")},
        {u"weekday"_s, QT_TRANSLATE_NOOP("Branchline::History", "Day of the week")},
        {u"on_date"_s, QT_TRANSLATE_NOOP("Branchline::History", "Day")},
        {u"is_open"_s, QT_TRANSLATE_NOOP("Branchline::History", "Open")},
        {u"from_shard_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "From the shard")},
        {u"to_shard_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "To the shard")},
        {u"shard_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Shard")},
        {u"moved_to"_s, QT_TRANSLATE_NOOP("Branchline::History", "Moved to")},
        {u"new_epoch"_s, QT_TRANSLATE_NOOP("Branchline::History", "New move number")},
        {u"epoch"_s, QT_TRANSLATE_NOOP("Branchline::History", "Move number")},
        {u"phase"_s, QT_TRANSLATE_NOOP("Branchline::History", "Step")},
        {u"owner"_s, QT_TRANSLATE_NOOP("Branchline::History", "Worked on by")},
        {u"heartbeat_at"_s, QT_TRANSLATE_NOOP("Branchline::History", "Last sign of life")},
        {u"checksums"_s, QT_TRANSLATE_NOOP("Branchline::History", "Checksums")},
        {u"log"_s, QT_TRANSLATE_NOOP("Branchline::History", "Notes")},
        {u"finished_at"_s, QT_TRANSLATE_NOOP("Branchline::History", "Finished")},
        {u"pinned"_s, QT_TRANSLATE_NOOP("Branchline::History", "Stays on its shard")},
        {u"algorithm"_s, QT_TRANSLATE_NOOP("Branchline::History", "Placement")},
        {u"key"_s, QT_TRANSLATE_NOOP("Branchline::History", "Setting")},
        {u"value"_s, QT_TRANSLATE_NOOP("Branchline::History", "Value")},
        {u"code"_s, QT_TRANSLATE_NOOP("Branchline::History", "Code")},
        {u"timezone"_s, QT_TRANSLATE_NOOP("Branchline::History", "Time zone")},
        {u"copy_version"_s, QT_TRANSLATE_NOOP("Branchline::History", "Version of the copy")},
        {u"kind"_s, QT_TRANSLATE_NOOP("Branchline::History", "Kind")},
        {u"payload"_s, QT_TRANSLATE_NOOP("Branchline::History", "Details")},
        {u"run_after"_s, QT_TRANSLATE_NOOP("Branchline::History", "Not before")},
        {u"attempts"_s, QT_TRANSLATE_NOOP("Branchline::History", "Attempts")},
        {u"last_error"_s, QT_TRANSLATE_NOOP("Branchline::History", "Last error")},
        {u"number"_s, QT_TRANSLATE_NOOP("Branchline::History", "Number")},
        {u"loan_days"_s, QT_TRANSLATE_NOOP("Branchline::History", "Days of a loan")},
        {u"loan_minutes"_s, QT_TRANSLATE_NOOP("Branchline::History", "Minutes of a loan")},
        {u"max_open_loans"_s, QT_TRANSLATE_NOOP("Branchline::History", "Most open loans")},
        {u"max_renewals"_s, QT_TRANSLATE_NOOP("Branchline::History", "Most renewals")},
        {u"host"_s, QT_TRANSLATE_NOOP("Branchline::History", "Server")},
        {u"port"_s, QT_TRANSLATE_NOOP("Branchline::History", "Port")},
        {u"database"_s, QT_TRANSLATE_NOOP("Branchline::History", "Database")},
        {u"weight"_s, QT_TRANSLATE_NOOP("Branchline::History", "Weight")},
        {u"display_name"_s, QT_TRANSLATE_NOOP("Branchline::History", "Name")},
        {u"available"_s, QT_TRANSLATE_NOOP("Branchline::History", "Copies on the shelf")},
        {u"staff_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Staff member")},
        {u"amount"_s, QT_TRANSLATE_NOOP("Branchline::History", "Amount")},
        {u"currency"_s, QT_TRANSLATE_NOOP("Branchline::History", "Currency")},
        {u"desk_branch_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Desk of")},
        {u"action"_s, QT_TRANSLATE_NOOP("Branchline::History", "Action")},
        {u"read"_s, QT_TRANSLATE_NOOP("Branchline::History", "What was read")},
        {u"row_version"_s, QT_TRANSLATE_NOOP("Branchline::History", "Version")},
        {u"created_at"_s, QT_TRANSLATE_NOOP("Branchline::History", "Added")},
        {u"updated_at"_s, QT_TRANSLATE_NOOP("Branchline::History", "Changed")},
        {u"created_by"_s, QT_TRANSLATE_NOOP("Branchline::History", "Added by")},
        {u"updated_by"_s, QT_TRANSLATE_NOOP("Branchline::History", "Changed by")},
        {u"deleted_by"_s, QT_TRANSLATE_NOOP("Branchline::History", "Removed by")},
        {u"charge_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Charge")},
        {u"paid_at"_s, QT_TRANSLATE_NOOP("Branchline::History", "Paid")},
        {u"method"_s, QT_TRANSLATE_NOOP("Branchline::History", "Way of paying")},
        {u"loan_id"_s, QT_TRANSLATE_NOOP("Branchline::History", "Loan")}};
    const char *word = words.value(field, nullptr);
    return word ? tr(word) : plainWords(field);
}

} // namespace Branchline
