// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/connection/result.h"
#include "db/connection/saved.h"

#include <QObject>
#include <QTimer>
#include <QUuid>
#include <QVariantMap>

#include <optional>

namespace Branchline {

/// What is wrong with a field, and the value that would be right if the program knows it.
struct FieldProblem
{
    QString sentence; ///< what is wrong and what to do
    QVariant fix;     ///< invalid: there is none to offer
    QString fixText;  ///< for the button, such as "Use 978-0-15-144647-6"

    bool operator==(const FieldProblem &) const = default;
};

/// One field in which two versions of a record differ.
struct Difference
{
    QString key;
    QString label;
    QString mine;             ///< as shown
    QString theirs;           ///< as shown
    bool changedByMe = false; ///< false: only they changed it
    bool changedByThem = false;
};

/// Something to say about the whole form.
struct Notice
{
    enum class Kind { Good, Warning, Error };
    /// What a button beside it does.
    enum class Action { None, Restore, OpenOther, Retry };

    Kind kind = Kind::Good;
    QString first = {}; ///< a short sentence
    QString rest = {};  ///< what to do
    Action action = Action::None;
    QString actionText = {};
    QUuid other = {}; ///< for OpenOther
};

/// The state of one form: values, what was changed, what is wrong, undo, saving against the version that was
/// read, and the conflict when somebody else was faster. It knows nothing of widgets. GUI thread only.
class EditSession : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(EditSession)

public:
    enum class State {
        Loading, ///< the record is being read
        Ready,
        Saving, ///< an answer is awaited; nothing can be edited
        Failed  ///< the record could not be read; see notice()
    };

    [[nodiscard]] State state() const { return m_state; }
    /// Not in the library yet: the first save adds it.
    [[nodiscard]] bool isNew() const { return m_isNew; }
    [[nodiscard]] bool isRemoved() const { return m_revision.isRemoved(); }
    [[nodiscard]] const Revision &revision() const { return m_revision; }
    [[nodiscard]] const std::optional<Notice> &notice() const { return m_notice; }

    [[nodiscard]] const QStringList &keys() const { return m_keys; }
    [[nodiscard]] QString label(const QString &key) const { return m_labels.value(key); }
    [[nodiscard]] QVariant value(const QString &key) const { return m_values.value(key); }
    [[nodiscard]] QString text(const QString &key) const { return value(key).toString(); }
    /// The fields that differ from what is saved, in the order of the form.
    [[nodiscard]] QStringList changedKeys() const;
    [[nodiscard]] bool hasChanges() const { return !changedKeys().isEmpty(); }

    /// A person changed a field. Edits of one field until leave() are one step of undo.
    void edit(const QString &key, const QVariant &value);
    /// The field was left: from now on it says what is wrong with it.
    virtual void leave(const QString &key);
    /// Takes the offered value.
    void applyFix(const QString &key);
    [[nodiscard]] std::optional<FieldProblem> problem(const QString &key) const;
    /// Fields that say what is wrong with them.
    [[nodiscard]] QStringList problemKeys() const;
    [[nodiscard]] bool canUndo() const { return !m_undo.isEmpty(); }
    /// Takes the last step back; returns the field, or nothing.
    QString undo();
    /// Back to what is saved.
    void discard();

    /// Saves everything, or names the first field that is wrong (problemFound).
    void save();
    void remove();
    void restore();
    /// Reads the record; again after a failure.
    void read();
    /// While a form is on screen it learns of other people's changes within seconds.
    void setWatching(bool watching);

    /// Somebody else has saved the record since it was read here.
    [[nodiscard]] bool hasConflict() const { return m_theirs.has_value(); }
    /// Who and when; only with a conflict.
    [[nodiscard]] const Revision &theirRevision() const { return m_theirRevision; }
    [[nodiscard]] QList<Difference> differences() const;
    /// Saves my changes over theirs; fields that only they changed stay theirs.
    void keepMine();
    /// Takes their version and drops my changes.
    void takeTheirs();
    /// Saves with these fields as they have them and the others as I have them.
    void merge(const QStringList &theirs);

Q_SIGNALS:
    void stateChanged();
    /// Also undo and reading change values; a form shows the value anew.
    void valueChanged(const QString &key);
    void changesChanged();
    void problemsChanged();
    void problemFound(const QString &key);
    void conflictChanged();
    void noticed();
    /// What the lists behind the form show is old.
    void saved();
    void removed();

protected:
    explicit EditSession(QObject *parent = nullptr);

    void addField(const QString &key, const QString &label, const QVariant &initial = QString());
    void startNew() { m_isNew = true; }

    /// What is wrong with a field as it stands.
    [[nodiscard]] virtual std::optional<FieldProblem> check(const QString &key) const;
    /// The text cannot become longer, so it can be checked before the field is left.
    [[nodiscard]] virtual bool isComplete(const QString &) const { return false; }
    /// Whether two values mean the same: runs of blanks do not count.
    [[nodiscard]] virtual bool isSame(const QString &key, const QVariant &a, const QVariant &b) const;
    /// A value in words, for the comparison.
    [[nodiscard]] virtual QString shown(const QString &key, const QVariant &value) const;

    virtual void submitRead() = 0;
    virtual void submitSave() = 0;
    virtual void submitRemoval() = 0;
    virtual void submitRestore() = 0;
    virtual void submitLook() = 0;

    // The answers.
    void adopt(const QVariantMap &values, const Revision &revision);
    void readEnded(const QVariantMap &values, const Revision &revision);
    void readFailed(const DbError &error);
    void saveEnded(const QVariantMap &values, const Revision &revision);
    void conflictFound(const QVariantMap &theirs, const Revision &revision);
    void removalEnded(const Revision &revision, const QVariantMap &values);
    void ended(const Notice &notice);
    void failed(const DbError &error);
    void setNotice(const Notice &notice);
    /// Whether the record still is what was read; called with what stands now.
    void looked(const QVariantMap &values, const Revision &revision);

private:
    void setState(State state);
    void setValue(const QString &key, const QVariant &value);
    void rebase(const QStringList &theirs);

    State m_state = State::Ready;
    bool m_isNew = false;
    Revision m_revision;
    QStringList m_keys;
    QHash<QString, QString> m_labels;
    QVariantMap m_values;
    QVariantMap m_base; ///< as saved
    QStringList m_touched;
    QList<std::pair<QString, QVariant>> m_undo; ///< field and its value before
    QString m_editing;                          ///< field of the step that goes on
    std::optional<QVariantMap> m_theirs;
    Revision m_theirRevision;
    std::optional<Notice> m_notice;
    QTimer m_look;
};

} // namespace Branchline
