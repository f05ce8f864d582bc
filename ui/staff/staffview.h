// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/staff/staffsheet.h"
#include "ui/widgets/messagebar.h"

#include <QWidget>

#include <functional>

class QAbstractItemModel;
class QAction;
class QStackedWidget;

namespace Branchline {

class StaffListView;
class StaffRecordView;

/// The staff: the list at the start, the record of whoever is chosen beside it, and the form of a login over
/// both. In a small window list and record take turns. Knows nothing of databases: what it shows is set, what
/// people ask for is signalled. GUI thread only.
class StaffView final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StaffView)

public:
    explicit StaffView(QWidget *parent = nullptr);

    /// Columns of StaffModel. Not owned.
    void setListModel(QAbstractItemModel *model);
    /// A RightsModel. Not owned.
    void setRightsModel(QAbstractItemModel *model);
    void setListState(StaffListState state, const StaffListNote &note);
    /// The row of the list that is shown as chosen; -1: none.
    void selectRow(int row);
    void setFacts(const StaffFacts &facts);
    /// Nobody is chosen.
    void clearFacts();
    /// An act is running: others wait, and a form that began it shows so.
    void setBusy(bool busy);

    void openSheet(StaffSheetMode mode);
    void closeSheet();
    /// The same, but asks first when something was typed. Nothing while servers are asked.
    void leaveSheet(const std::function<void()> &then);
    /// Something was typed that would be lost.
    [[nodiscard]] bool hasUnsent() const;
    [[nodiscard]] bool isSheetOpen() const;
    /// The record takes the whole page of a small window.
    void openRecord();
    void focusRights();
    StaffListView *list() const { return m_list; }
    StaffRecordView *record() const { return m_record; }
    StaffSheet *sheet() const { return m_sheet; }
    MessageBar *messages() const { return m_messages; }

Q_SIGNALS:
    void wordsEdited(const QString &words);
    void rowSelected(int row);
    void retryRequested();
    void submitted(Branchline::StaffSheetMode mode, const Branchline::StaffForm &form);
    void disableRequested();
    void branchFilterEdited(const QString &words);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    QWidget *makeHead();
    void joinParts();
    void makeActions();
    void escape();
    void arrange();
    void openLogin();

    MessageBar *m_messages;
    QAction *m_add;
    QAction *m_retry;
    StaffListView *m_list;
    StaffRecordView *m_record;
    StaffSheet *m_sheet;
    QWidget *m_both;
    QStackedWidget *m_stack;
    StaffSheetMode m_mode = StaffSheetMode::Add;
    StaffListNote m_note;
    StaffListState m_state = StaffListState::Loading;
    bool m_isBusy = false;
    bool m_isStale = false;      ///< the bar says so
    bool m_isRecordOpen = false; ///< counts in a small window
};

} // namespace Branchline
