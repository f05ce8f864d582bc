// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/editing/editsession.h"
#include "ui/editing/checkpane.h"

#include <QPointer>

#include <functional>

class QComboBox;
class QLineEdit;
class QScrollArea;
class QStackedWidget;
class QVBoxLayout;

namespace Branchline {

class Button;
class CompareView;
class EditorFoot;
class EditorHead;
class FieldRow;
class MessageBar;
class SectionsPane;
class TextArea;
class TokenField;

/// The frame of every form: head, messages, parts at the start, the fields, "Before you save" at the end, and
/// the foot. It joins fields with the values of a session, shows what is wrong where it is wrong, undoes
/// field by field, shows a conflict side by side, and asks in the page before changes are left behind. The
/// kind of record is the subclass's business. Keys: Ctrl+S, Ctrl+Z, Alt+U for an offered fix, Alt+Up and
/// Alt+Down in the list it was opened from, Alt+H for the history and back, Esc; Enter goes to the next field
/// and never saves.
class EditorSheet : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(EditorSheet)

public:
    /// The session, which the sheet takes; pageName is the page below.
    EditorSheet(EditSession *session, const QString &pageName, QWidget *parent = nullptr);
    ~EditorSheet() override;

    [[nodiscard]] EditSession *session() const { return m_session; }
    /// Where this record is in the list that the sheet was opened from; index counts from 1.
    void setPlaceInList(int index, int count);
    /// Why this person may not save or remove the record; empty: they may. What was typed stays, to be saved
    /// as soon as it may be.
    void setRefusal(const QString &why);
    [[nodiscard]] const QString &refusal() const { return m_refusal; }
    /// Leaves the sheet: at once, or after asking what becomes of the changes.
    void leave(std::function<void()> then);
    /// A last part that shows something else in place of the fields: the history. Takes the page.
    void addPage(const QString &id, const QString &icon, const QString &name, QWidget *page);
    /// Shows the page of that part, or with another id the fields.
    void showPart(const QString &id);
    /// The field of a key, for tests.
    [[nodiscard]] QWidget *field(const QString &key) const;
    [[nodiscard]] MessageBar *messages() const { return m_notice; }
    [[nodiscard]] MessageBar *conflictBar() const { return m_conflict; }

Q_SIGNALS:
    /// There is nothing left to save.
    void closeRequested();
    void previousRequested();
    void nextRequested();
    /// Show another record of the same kind.
    void openRequested(const QUuid &id);
    /// Lists behind the form are to be read anew.
    void changed();

protected:
    FieldRow *addText(const QString &key, QLineEdit *field, int stretch = 1);
    FieldRow *addChoice(const QString &key, QComboBox *field, int stretch = 1);
    FieldRow *addArea(const QString &key, TextArea *field);
    /// Another field in the same row.
    void joinText(FieldRow *row, const QString &key, QLineEdit *field, int stretch = 0);
    void joinChoice(FieldRow *row, const QString &key, QComboBox *field, int stretch = 0);
    /// Any field: how it shows a value; the caller calls session()->edit() when it was changed.
    FieldRow *addField(const QString &key, QWidget *field, std::function<void(const QVariant &)> show,
                       int stretch = 1);
    void join(FieldRow *row, const QString &key, QWidget *field, std::function<void(const QVariant &)> show);
    /// A widget that is no field, in the column of the form.
    void addWidget(QWidget *widget);
    /// A field without a label that was added as a widget; what is wrong is said below it.
    void joinBelow(const QString &key, QWidget *field, std::function<void(const QVariant &)> show);
    /// A part of the form: a click shows `anchor`; mistakes in `keys` are counted there.
    void addSection(const QString &id, const QString &icon, const QString &name, const QStringList &keys,
                    QWidget *anchor);
    [[nodiscard]] EditorHead *head() const { return m_head; }
    [[nodiscard]] EditorFoot *foot() const { return m_foot; }
    [[nodiscard]] CheckPane *checks() const { return m_checks; }
    [[nodiscard]] Button *removeButton() const { return m_remove; }
    [[nodiscard]] FieldRow *rowOf(const QString &key) const;

    /// Title and tag, counts of the parts, facts: called after every change.
    virtual void showFacts() = 0;
    /// Lines of "Before you save" beside those about mistakes and other people.
    [[nodiscard]] virtual QList<CheckPane::Line> moreChecks() const { return {}; }
    /// A link of moreChecks() or a notice's button for another record.
    virtual void followLink(const QString &id);
    /// How many there are of what a part holds; -1 for nothing to count.
    [[nodiscard]] virtual int countOf(const QString &section) const;
    /// Whether a person may change the field; all unless said otherwise.
    [[nodiscard]] virtual bool isEditable(const QString &) const { return true; }
    /// "this book": who changed what.
    [[nodiscard]] virtual QString subject() const = 0;

    bool eventFilter(QObject *watched, QEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    struct Binding
    {
        QString key;
        QWidget *field;
        FieldRow *row;
        std::function<void(const QVariant &)> show;
    };
    struct Part
    {
        QString id;
        QStringList keys;
        QWidget *anchor;
    };

    void joinSession();
    void makeKeys();
    void watchField(QWidget *field);
    void showValue(const QString &key);
    void showProblems();
    void showChanges();
    void showState();
    void parkFocus();
    void showConflict();
    void showNotice();
    void showChecks();
    void compare(bool on);
    void goTo(const QString &key);
    void save();
    void finishTyping();
    void undo();
    void fix();
    void answerLeaving(bool save);
    void arrange();
    [[nodiscard]] const Binding *binding(const QString &key) const;
    [[nodiscard]] const Binding *bindingOf(const QObject *widget) const;

    EditSession *m_session;
    EditorHead *m_head;
    MessageBar *m_conflict;
    MessageBar *m_notice;
    MessageBar *m_leaving;
    SectionsPane *m_sections;
    QStackedWidget *m_body;
    QScrollArea *m_scroll;
    QVBoxLayout *m_form;
    CheckPane *m_checks;
    CompareView *m_compare;
    EditorFoot *m_foot;
    Button *m_remove;
    QList<Binding> m_bindings;
    QList<Part> m_parts;
    QString m_pageId; ///< of m_page
    QWidget *m_page = nullptr;
    QPointer<QWidget> m_parked; ///< had the focus before the fields were switched off
    QString m_refusal;
    std::function<void()> m_then; ///< what follows when the sheet may be left
    bool m_isNarrow = false;
    bool m_arranged = false;
};

} // namespace Branchline
