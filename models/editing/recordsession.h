// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/editing/editsession.h"
#include "models/watch.h"

namespace Branchline {

/// The part of a form's session that is the same for every kind of record: calls and answers.
template <typename Record>
class RecordSession : public EditSession
{
public:
    /// As it was read or saved last.
    [[nodiscard]] const Record &record() const { return m_record; }

protected:
    explicit RecordSession(QObject *parent = nullptr)
        : EditSession(parent)
    {}

    using Answer = Result<Saved<Record>>;

    [[nodiscard]] virtual QVariantMap valuesOf(const Record &record) const = 0;
    /// m_record with the values of the form.
    [[nodiscard]] virtual Record editedRecord() const = 0;
    [[nodiscard]] virtual QFuture<Result<Record>> callRead() = 0;
    [[nodiscard]] virtual QFuture<Answer> callCreate(const Record &record) = 0;
    [[nodiscard]] virtual QFuture<Answer> callUpdate(const Record &record, qint64 version) = 0;
    [[nodiscard]] virtual QFuture<Answer> callRemove() = 0;
    [[nodiscard]] virtual QFuture<Answer> callRestore() = 0;
    /// Why the library's rules say no, and what to do.
    [[nodiscard]] virtual Notice refusalNotice(const Saved<Record> &answer) const = 0;
    /// For a removed record.
    [[nodiscard]] virtual Notice removedNotice() const = 0;

    void submitRead() override
    {
        watch(callRead(), this, [this](const Result<Record> &record) {
            if (!record)
                return readFailed(record.error());
            m_record = *record;
            readEnded(valuesOf(m_record), m_record.revision);
            if (isRemoved())
                setNotice(removedNotice());
        });
    }
    void submitLook() override
    {
        watch(callRead(), this, [this](const Result<Record> &record) {
            if (!record || record->revision.version <= revision().version || hasConflict())
                return;
            m_record = *record;
            looked(valuesOf(*record), record->revision);
        });
    }
    void submitSave() override
    {
        watch(isNew() ? callCreate(editedRecord()) : callUpdate(editedRecord(), revision().version), this,
              [this](const Answer &answer) {
                  if (!answer)
                      return failed(answer.error());
                  if (answer->isConflict())
                      return takeConflict(answer->record);
                  if (!answer->isSaved())
                      return ended(refusalNotice(*answer));
                  m_record = answer->record;
                  saveEnded(valuesOf(m_record), m_record.revision);
              });
    }
    void submitRemoval() override
    {
        watch(callRemove(), this, [this](const Answer &answer) { removalAnswered(answer); });
    }
    void submitRestore() override
    {
        watch(callRestore(), this, [this](const Answer &answer) { removalAnswered(answer); });
    }

    Record m_record;

private:
    /// What no form shows is theirs; the values are compared.
    void takeConflict(const Record &theirs)
    {
        m_record = theirs;
        conflictFound(valuesOf(theirs), theirs.revision);
    }
    void removalAnswered(const Answer &answer)
    {
        if (!answer)
            return failed(answer.error());
        if (answer->isConflict())
            return takeConflict(answer->record);
        if (!answer->isSaved())
            return ended(refusalNotice(*answer));
        m_record.revision = answer->record.revision;
        if (!answer->record.revision.isRemoved())
            m_record = answer->record;
        removalEnded(m_record.revision, valuesOf(m_record));
        if (isRemoved())
            setNotice(removedNotice());
    }
};

} // namespace Branchline
