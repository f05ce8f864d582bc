// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/branch/branchtab.h"

#include <QWidget>

class QAction;
class QStackedWidget;

namespace Branchline {

class Button;
class ColumnsMenu;
class CountTabs;
class FilterBar;
class ListPane;
class MarkFoot;
class MessageBar;
class TextLine;

/// The lists of a branch: tabs with counts, a filter, rows sorted by their headings, and what can be done
/// with the ticked ones. Knows nothing of databases: what it shows is set, what people ask for is signalled.
/// GUI thread only.
class BranchView final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(BranchView)

public:
    using State = BranchListState;

    explicit BranchView(QWidget *parent = nullptr);

    void setBranchName(const QString &name);
    /// Adds a list behind the others; the first one is shown.
    void addTab(const BranchTab &tab);
    /// The rows of a list that was added without them.
    void setListModel(const QString &tab, QAbstractItemModel *model);
    /// The choices of a list's filter, when they become known later.
    void setChoices(const QString &tab, const QString &field, const QList<FilterChip::Choice> &choices);
    /// The number behind the tab's words; empty: not known.
    void setTabCount(const QString &key, const QString &count);
    /// Shows a list without emitting tabChosen().
    void showTab(const QString &key);
    QString currentTab() const;
    /// What the shown list is filtered by, without emitting anything.
    void setFilter(const QString &words, const QHash<QString, QStringList> &values);
    /// The heading that a list is sorted by.
    void showOrder(const QString &tab, const QString &sortKey, bool descending);
    /// The state of the shown list.
    void setState(State state, const BranchNote &note);
    State state() const { return m_state; }
    /// How many rows are ticked, and of what, such as "1 patron"; none hides the foot.
    void setMarked(int count, const QString &detail);
    /// Why nothing can be done with the ticked rows now; empty: it can.
    void setWaiting(const QString &reason);
    /// Why copies may not be edited; empty: they may.
    void setEditRefusal(const QString &why);
    /// Widths and chosen columns of a list, as columnsChanged() told them earlier.
    void restoreColumns(const QString &tab, const QByteArray &columns);
    MessageBar *messages() const { return m_messages; }

Q_SIGNALS:
    void tabChosen(const QString &key);
    void wordsEdited(const QString &words);
    void filterChosen(const QString &field, const QStringList &values);
    void sortRequested(const QString &sortKey, bool descending);
    /// Enter or double click on a row of the shown list.
    void rowOpened(int row);
    /// Edit copy, on the current row of a list of copies.
    void editCopyRequested(int row);
    void columnsChanged(const QString &tab, const QByteArray &columns);
    void renewRequested();
    void marksCleared();
    /// Try now or F5.
    void retryRequested();

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;

private:
    QWidget *makeHead();
    void makeEditCopy();
    void makeKeys();
    void choose(int index);
    void showList(int index);
    void showWaiting();
    void showEditCopy();
    void escape();
    void refreshSize();
    int indexOf(const QString &key) const;

    QList<BranchTab> m_tabs;
    QList<ListPane *> m_panes;
    QString m_branch;
    State m_state = State::Loading;
    QString m_waiting;
    QString m_editRefusal;
    bool m_ownMessage = false; ///< the bar tells of the state, not of what others set
    QAction *m_retry;
    QAction *m_clearFilters;
    QAction *m_editCopy;
    Button *m_editButton = nullptr;
    TextLine *m_name = nullptr;
    CountTabs *m_tabBar = nullptr;
    Button *m_columns = nullptr;
    ColumnsMenu *m_columnsMenu = nullptr;
    FilterBar *m_filters = nullptr;
    QStackedWidget *m_stack = nullptr;
    MarkFoot *m_foot = nullptr;
    MessageBar *m_messages = nullptr;
};

} // namespace Branchline
