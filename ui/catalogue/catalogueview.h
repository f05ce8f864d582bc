// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/catalogue/bookfacts.h"

#include <QWidget>

#include <optional>

class QAbstractItemModel;
class QAction;
class QHBoxLayout;
class QModelIndex;
class QStackedWidget;
class QTimer;

namespace Branchline {

class BookPane;
class EmptyState;
class MessageBar;
class SearchField;
class TableView;
class TagLabel;
class TextLine;

/// The catalogue: search as you type, titles, and the copies of the selected one. Knows nothing of databases: what
/// it shows is set, what people ask for is signalled. GUI thread only.
class CatalogueView final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CatalogueView)

public:
    /// Start: nothing asked yet. Loading: asked, rows of before stay. Ready: rows. NoMatch: no rows.
    /// Failed: no rows and no answer. Stale: rows of before, no answer now.
    enum class State { Start, Loading, Ready, NoMatch, Failed, Stale };
    Q_ENUM(State)

    explicit CatalogueView(QWidget *parent = nullptr);

    /// The titles: columns Title, Author, Year, Language, Status, Copies; Roles::Id on column 0. Not owned.
    void setBookModel(QAbstractItemModel *model);
    /// The copies of the selected book: columns Branch, Status, Place, Count. Not owned. Fill it before setDetail().
    void setCopyModel(QAbstractItemModel *model);
    void setState(State state, const ListNote &note);
    State state() const { return m_state; }
    /// The facts of the selected book. Facts of another book (a late answer) are not shown; no facts empty the pane.
    void setDetail(const std::optional<BookFacts> &facts);
    /// Writes into the search field without emitting searchEdited().
    void setSearchText(const QString &text);
    QString searchText() const;
    void focusSearch();
    /// Id of the selected book, empty when none is.
    QString selectedBook() const { return m_selectedId; }
    MessageBar *messages() const { return m_messages; }

Q_SIGNALS:
    /// 150 ms after the last key, at once on Enter.
    void searchEdited(const QString &text);
    /// Another book is selected (empty: none); ask for its facts and call setDetail().
    void bookSelected(const QString &id);
    /// Try now or F5: ask the same again.
    void retryRequested();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    QWidget *makeSearchBar();
    QWidget *makeCountBar();
    QWidget *makeList();
    void makeShortcuts();
    void submit();
    void keepSelection();
    void selectRow(int row);
    void onCurrentChanged(const QModelIndex &current);
    void showMessages(const ListNote &note);
    void showBody(const ListNote &note);
    void showCount(const ListNote &note);
    int rowCount() const;
    void openDetail();
    void goBack();
    void refreshSize();
    void fitColumns();

    State m_state = State::Start;
    QString m_selectedId;
    bool m_narrow = false;
    QAction *m_retry = nullptr;
    QTimer *m_debounce = nullptr;
    QTimer *m_progressDelay = nullptr;
    QTimer *m_slow = nullptr;
    bool m_ownMessage = false;
    QString m_waitingFor;
    SearchField *m_search = nullptr;
    MessageBar *m_messages = nullptr;
    QWidget *m_countBar = nullptr;
    TextLine *m_count = nullptr;
    TextLine *m_asOf = nullptr;
    TagLabel *m_staleTag = nullptr;
    QWidget *m_progress = nullptr;
    QStackedWidget *m_pages = nullptr;
    QStackedWidget *m_body = nullptr;
    QWidget *m_split = nullptr;
    QHBoxLayout *m_splitRow = nullptr;
    TableView *m_table = nullptr;
    EmptyState *m_empty = nullptr;
    BookPane *m_detail = nullptr;
};

} // namespace Branchline
