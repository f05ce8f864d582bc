// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/catalogue/bookfacts.h"

#include <QWidget>

class QAbstractItemModel;
class QAction;
class QHBoxLayout;
class QModelIndex;
class QStackedWidget;
class QTimer;

namespace Branchline {

class EmptyState;
class TableView;
class TagLabel;
class TextLine;

/// The titles found: how many and of when, the table, or what to do when there is none. One title is always
/// selected while there are titles; it stays selected, by its id, when the rows change.
class TitleList final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(TitleList)

public:
    /// \a retry becomes a button where asking again helps; not owned.
    explicit TitleList(QAction *retry, QWidget *parent = nullptr);

    void setModel(QAbstractItemModel *model);
    void setState(CatalogueState state, const ListNote &note);
    /// What stands at the end of the table, beside the rows. Takes the widget.
    void setPane(QWidget *pane);
    /// Hides what does not fit into \a room logical pixels: the title must be readable.
    void fitColumns(int room);
    /// Gives the keyboard to the rows; false when there are none.
    bool focusRows();
    QString selectedBook() const { return m_selectedId; }
    TableView *table() const { return m_table; }

Q_SIGNALS:
    /// Another title is selected; all empty: none.
    void selected(const QString &id, const QString &title, const QString &authors);

private:
    QWidget *makeCountBar();
    int rowCount() const;
    void keepSelection();
    void selectRow(int row);
    void onCurrentChanged(const QModelIndex &current);
    void showCount(const ListNote &note);
    void showBody(const ListNote &note);

    CatalogueState m_state = CatalogueState::Start;
    QString m_selectedId;
    QString m_waitingFor;
    QAction *m_retry;
    QTimer *m_progressDelay;
    QTimer *m_slow;
    QWidget *m_countBar = nullptr;
    TextLine *m_count = nullptr;
    TextLine *m_asOf = nullptr;
    TagLabel *m_staleTag = nullptr;
    QWidget *m_progress = nullptr;
    QStackedWidget *m_body = nullptr;
    QWidget *m_split = nullptr;
    QHBoxLayout *m_splitRow = nullptr;
    TableView *m_table = nullptr;
    EmptyState *m_empty = nullptr;
};

} // namespace Branchline
