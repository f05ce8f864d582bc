// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/staff/stafffacts.h"
#include "ui/widgets/panel.h"

class QAbstractItemModel;
class QAction;
class QListView;
class QStackedWidget;

namespace Branchline {

class EmptyState;
class SearchField;
class StaffDelegate;
class TextLine;

/// The staff in rows of two lines, with a field to find somebody. GUI thread only.
class StaffListView final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StaffListView)

public:
    explicit StaffListView(QWidget *parent = nullptr);

    /// Columns of StaffModel. Not owned.
    void setModel(QAbstractItemModel *model);
    void setState(StaffListState state, const StaffListNote &note);
    [[nodiscard]] QString words() const;
    void clearWords();
    /// Selects the row without opening it; -1: none.
    void select(int row);
    void focusSearch();
    void focusRows();
    QAction *retry() const { return m_retry; }
    QAction *addAction() const { return m_add; }
    QListView *rows() const { return m_rows; }
    /// What is said in place of rows; empty while rows are shown.
    [[nodiscard]] QString emptyTitle() const;

Q_SIGNALS:
    void wordsEdited(const QString &words);
    /// A row was selected by a person.
    void rowSelected(int row);
    /// Enter or double click on it.
    void rowOpened(int row);

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QAction *m_retry;
    QAction *m_add;
    QAction *m_all;
    SearchField *m_search;
    TextLine *m_summary;
    QListView *m_rows;
    StaffDelegate *m_delegate;
    EmptyState *m_empty;
    QStackedWidget *m_stack;
    bool m_isSelecting = false; ///< by the program
};

} // namespace Branchline
