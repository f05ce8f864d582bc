// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/staff/stafffacts.h"
#include "ui/widgets/panel.h"

class QAbstractItemModel;
class QStackedWidget;

namespace Branchline {

class DisablePane;
class EmptyState;
class RightsGrid;
class SearchField;
class StaffHead;
class StaffServers;
class TextLine;

/// The record of one member of staff: who it is, the rights at each branch, and what each server has of the
/// login. GUI thread only.
class StaffRecordView final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StaffRecordView)

public:
    explicit StaffRecordView(QWidget *parent = nullptr);

    /// A RightsModel; not owned.
    void setRightsModel(QAbstractItemModel *model);
    void setFacts(const StaffFacts &facts, bool busy);
    /// Nobody is chosen: words instead.
    void showNobody(const QString &icon, const QString &title, const QString &sentence);
    void setBackShown(bool shown);
    /// Asks before the login is disabled; the safe answer gets the focus. What only has to be finished is
    /// not asked again.
    void disable();
    /// Takes the question away; true when there was one.
    bool closeQuestion();
    [[nodiscard]] bool isAsking() const;
    [[nodiscard]] const StaffFacts &facts() const { return m_facts; }
    [[nodiscard]] bool hasPerson() const;
    void focusRights();
    RightsGrid *grid() const { return m_grid; }

Q_SIGNALS:
    void backRequested();
    void loginRequested();
    void disableRequested();
    void returnRequested();
    void branchFilterEdited(const QString &words);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    QWidget *makeRights();
    void showHint();

    StaffFacts m_facts;
    StaffHead *m_head;
    QWidget *m_questionBox;
    DisablePane *m_question;
    SearchField *m_filter = nullptr;
    RightsGrid *m_grid;
    TextLine *m_hint;
    StaffServers *m_servers;
    QWidget *m_record;
    EmptyState *m_empty;
    QStackedWidget *m_stack;
};

} // namespace Branchline
