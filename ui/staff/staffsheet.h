// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/staff/stafffacts.h"
#include "ui/widgets/panel.h"

#include <functional>

class QComboBox;
class QLineEdit;

namespace Branchline {

class Button;
class EditorHead;
class FieldRow;
class MessageBar;
class TextLabel;
class TextLine;

/// The form for a login: a new one, one that is let in again, another password. What is wrong is said where
/// it is wrong; Enter goes to the next field, Ctrl+S does it, Esc leaves. GUI thread only.
class StaffSheet final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StaffSheet)

public:
    explicit StaffSheet(QWidget *parent = nullptr);

    /// The groups as stable name, name in words, explanation.
    struct Group
    {
        QString group;
        QString name;
        QString explanation;
    };
    void setGroups(const QList<Group> &groups);
    /// Empties the form and fills in whom it is about.
    void begin(StaffSheetMode mode, const StaffFacts &facts);
    /// While the servers are asked nothing can be typed.
    void setBusy(bool busy);
    /// The passwords are forgotten.
    void clearPasswords();
    /// Whether something was typed that would be lost.
    [[nodiscard]] bool isTouched() const;
    /// Calls `then` at once, or after the person has agreed that what was typed is lost.
    void leave(std::function<void()> then);
    /// Takes that question away; true when there was one.
    bool goOn();
    [[nodiscard]] MessageBar *messages() const { return m_messages; }

Q_SIGNALS:
    void submitted(const Branchline::StaffForm &form);
    void cancelled();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QLineEdit *makePassword();
    void makeForm();
    void makeFoot();
    void showGroup();
    void showMode();
    bool check(QWidget *field);
    void submit();
    [[nodiscard]] bool needsPassword() const;
    [[nodiscard]] QString problemOf(const QWidget *field) const;
    [[nodiscard]] FieldRow *rowOf(const QWidget *field) const;

    StaffSheetMode m_mode = StaffSheetMode::Add;
    StaffFacts m_facts;
    int m_groupBefore = 0;
    std::function<void()> m_then; ///< while the person is asked whether to leave
    EditorHead *m_head;
    MessageBar *m_messages;
    TextLabel *m_intro;
    QLineEdit *m_login;
    QLineEdit *m_name;
    QComboBox *m_group;
    QLineEdit *m_password;
    QLineEdit *m_again;
    FieldRow *m_loginRow = nullptr;
    FieldRow *m_nameRow = nullptr;
    FieldRow *m_groupRow = nullptr;
    FieldRow *m_passwordRow = nullptr;
    FieldRow *m_againRow = nullptr;
    QWidget *m_fields;
    QWidget *m_foot;
    TextLine *m_remark;
    Button *m_cancel;
    Button *m_go;
};

} // namespace Branchline
