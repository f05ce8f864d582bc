// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/patrons/patronfacts.h"
#include "ui/widgets/panel.h"

class QLabel;

namespace Branchline {

class Button;
class IconLabel;
class TagLabel;
class TextLine;

/// The head of a patron's record: who it is, what is on loan, and the two things most often done.
class RecordHead final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RecordHead)

public:
    explicit RecordHead(QWidget *parent = nullptr);

    void setFacts(const RecordFacts &facts);
    void setRefusals(const PatronRefusals &refusals);
    /// Smaller, with icons instead of words, for windows with little room.
    void setNarrow(bool narrow);

Q_SIGNALS:
    void backRequested();
    void editRequested();
    void lendRequested();

private:
    QWidget *makeFact(const QString &label, const QList<QWidget *> &values);

    QLabel *m_initials;
    TextLine *m_name;
    TagLabel *m_type;
    TagLabel *m_state;
    TextLine *m_cardLine;
    TextLine *m_onLoan;
    IconLabel *m_overdueIcon;
    TextLine *m_overdue;
    Button *m_back;
    Button *m_edit;
    Button *m_lend;
};

} // namespace Branchline
