// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/rowset.h"

#include <QDateTime>
#include <QJsonObject>
#include <QUuid>

namespace Branchline {

/// Which version of a record was read, and who wrote it.
struct Revision
{
    qint64 version = 0;  ///< sent back with a change; 0 for a record that is not saved yet
    QDateTime changedAt; ///< UTC
    QString changedBy;   ///< name of the person; a login where the name is not known
    QDateTime removedAt; ///< UTC; invalid while the record stands
    QString removedBy;

    [[nodiscard]] bool isRemoved() const { return removedAt.isValid(); }
};

/// Why a change was refused by a rule.
struct Refusal
{
    QString code;    ///< stable: removed, exists, isbn_taken, copies, card_taken, open_loans, …
    QUuid other;     ///< the record that is in the way; null when there is none
    QString subject; ///< what it is about: a card number, a branch code, names of shards
};

enum class SaveOutcome {
    Saved,    ///< the record is what stands now
    Conflict, ///< somebody else has written it since; the record is theirs
    Refused   ///< see refusal; the record is what stands, or, of a book that exists, that book
};

/// How a change of a record ended. Nothing was written unless it is Saved.
template <typename Record>
struct Saved
{
    SaveOutcome outcome = SaveOutcome::Refused;
    Record record = {};
    Refusal refusal = {};

    [[nodiscard]] bool isSaved() const { return outcome == SaveOutcome::Saved; }
    [[nodiscard]] bool isConflict() const { return outcome == SaveOutcome::Conflict; }
};

/// A time as the server writes it into JSON, in UTC; invalid for null.
[[nodiscard]] QDateTime timeOf(const QJsonValue &value);
/// The revision in a record's JSON.
[[nodiscard]] Revision revisionOf(const QJsonObject &record);
/// The JSON in a column; empty when NULL.
[[nodiscard]] QJsonObject objectIn(const RowSet::Row &row, const char *column);

/// The answer of a function with the columns outcome, reason and record.
template <typename Record, typename Make>
[[nodiscard]] Saved<Record> savedOf(const RowSet::Row &row, Make make)
{
    const QString word = row.text("outcome");
    Saved<Record> saved;
    if (word == QLatin1StringView("conflict"))
        saved.outcome = SaveOutcome::Conflict;
    else if (word == QLatin1StringView("saved") || word == QLatin1StringView("removed") ||
             word == QLatin1StringView("restored"))
        saved.outcome = SaveOutcome::Saved;
    else
        saved.refusal.code = row.text("reason");
    if (const QJsonObject object = objectIn(row, "record"); !object.isEmpty())
        saved.record = make(object);
    return saved;
}

} // namespace Branchline
