// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/staff/stafffacts.h"
#include "ui/widgets/panel.h"

class QLabel;

namespace Branchline {

class Button;
class TagLabel;
class TextLine;

/// The head of the record of a member of staff: who it is, whether the login is open, and what can be done
/// with it.
class StaffHead final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StaffHead)

public:
    explicit StaffHead(QWidget *parent = nullptr);

    /// `busy`: an act is running, another has to wait.
    void setFacts(const StaffFacts &facts, bool busy);
    /// The arrow back to the list, for windows with room for one of both only.
    void setBackShown(bool shown);
    void setNarrow(bool narrow);

Q_SIGNALS:
    void backRequested();
    void loginRequested();
    void disableRequested();
    void returnRequested();

private:
    void setMay(Button *button, bool may, const QString &tip, const QString &whyNot);

    QLabel *m_initials;
    TextLine *m_name;
    TagLabel *m_group;
    TagLabel *m_state;
    TextLine *m_line;
    Button *m_back;
    Button *m_login;
    Button *m_disable;
    Button *m_return;
};

} // namespace Branchline
