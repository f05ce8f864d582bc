// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/catalogue/bookfacts.h"

#include <QWidget>

class QAbstractItemModel;
class QAction;
class QHBoxLayout;
class QMenu;
class QModelIndex;
class QStackedWidget;
class QTimer;

namespace Branchline {

struct StateWords;
class EmptyState;
class FacetPane;
class ListBar;
class TableView;

/// The titles found: how many and of when, the table, or what to do when there is none. One title is always
/// selected while there are titles; it stays selected, by its id, when the rows change.
class TitleList final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(TitleList)

public:
    /// Buttons where there are no titles; not owned. One that is not visible is not shown.
    struct Actions
    {
        QAction *retry;
        QAction *searchSuggestion;
        QAction *removeFilters;
        QAction *addBook;
        QAction *import;
    };
    explicit TitleList(const Actions &actions, QWidget *parent = nullptr);

    void setModel(QAbstractItemModel *model);
    void setState(CatalogueState state, const ListNote &note);
    /// What stands at the end of the table, beside the rows. Takes the widget.
    void setPane(QWidget *pane);
    /// Hides what does not fit into \a room logical pixels: the title must be readable.
    void fitColumns(int room);
    /// In a narrow window the filters open from a button.
    void setNarrow(bool narrow);
    /// Columns that are not shown, as a person chose.
    void setHiddenColumns(const QList<int> &columns);
    const QList<int> &hiddenColumns() const { return m_hidden; }
    ListBar *bar() const { return m_bar; }
    FacetPane *facets() const { return m_facets; }
    /// Gives the keyboard to the rows; false when there are none.
    bool focusRows();
    QString selectedBook() const { return m_selectedId; }
    TableView *table() const { return m_table; }

Q_SIGNALS:
    /// Another title is selected; all empty: none.
    void selected(const QString &id, const QString &title, const QString &authors);
    /// The rows that can be seen.
    void visibleRowsChanged(int first, int last);
    /// A person chose other columns.
    void hiddenColumnsChanged(const QList<int> &columns);

private:
    QWidget *makeBar();
    void fillColumnsMenu(QMenu *menu);
    void showColumns();
    void measureColumns();
    void tellVisibleRows();
    int rowOf(const QString &id) const;
    int rowCount() const;
    void keepSelection();
    void selectRow(int row);
    void onCurrentChanged(const QModelIndex &current);
    void showWords(const QString &icon, const StateWords &words, const QList<QAction *> &actions);
    void showNoMatch(const ListNote &note);
    void showBody(const ListNote &note);

    CatalogueState m_state = CatalogueState::Start;
    QString m_selectedId;
    QString m_waitingFor;
    Actions m_actions;
    QList<int> m_hidden;
    int m_room = 0;
    int m_copiesWidth = 0; ///< it grows only: numbers that come one by one move nothing to and fro
    bool m_narrow = false;
    bool m_facetsOpen = false;
    QTimer *m_progressDelay;
    QTimer *m_slow;
    ListBar *m_bar = nullptr;
    FacetPane *m_facets = nullptr;
    QWidget *m_progress = nullptr;
    QStackedWidget *m_body = nullptr;
    QWidget *m_split = nullptr;
    QHBoxLayout *m_splitRow = nullptr;
    TableView *m_table = nullptr;
    EmptyState *m_empty = nullptr;
};

} // namespace Branchline
