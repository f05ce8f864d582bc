// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/catalogue/facets.h"
#include "ui/catalogue/bookfacts.h"

#include <QWidget>

#include <optional>

class QAbstractItemModel;
class QAction;
class QStackedWidget;

namespace Branchline {

class BookPane;
class Button;
class MessageBar;
class SearchField;
class TextLine;
class TitleList;

/// The catalogue: search as you type, titles, and the copies of the selected one. Knows nothing of databases:
/// what it shows is set, what people ask for is signalled. GUI thread only.
class CatalogueView final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CatalogueView)

public:
    using State = CatalogueState;
    /// What can be done from here. A button is shown only when somebody answers its signal.
    enum Action { NoAction = 0, AddBook = 1, EditBook = 2, AddCopy = 4, Import = 8, Export = 16 };
    Q_DECLARE_FLAGS(Actions, Action)

    explicit CatalogueView(QWidget *parent = nullptr);

    /// The buttons that are shown; none unless set.
    void setActions(Actions actions);
    /// Why books may not be added, edited or imported, and why copies may not be added; empty: they may. What
    /// may not be done stays in sight, off, with the reason.
    void setRefusals(const QString &books, const QString &copies);
    /// The titles: columns Title, Author, Year, Language, Status, Copies and then those that are hidden at
    /// first; Roles::Id on column 0. Not owned.
    void setBookModel(QAbstractItemModel *model);
    /// The copies of the selected book: columns Branch, Status, Place, Count. Not owned. Fill it before
    /// setDetail().
    void setCopyModel(QAbstractItemModel *model);
    void setState(State state, const ListNote &note);
    State state() const { return m_state; }
    /// What the list can be narrowed to, and what it is narrowed to.
    void setFacets(const std::vector<FacetGroup> &groups);
    void setOrder(BookOrder order);
    /// Columns that are not shown.
    void setHiddenColumns(const QList<int> &columns);
    /// The facts of the selected book. Facts of another book (a late answer) are not shown; no facts empty
    /// the pane.
    void setDetail(const std::optional<BookFacts> &facts);
    /// Writes into the search field without emitting searchEdited().
    void setSearchText(const QString &text);
    QString searchText() const;
    void focusSearch();
    /// Id of the selected book, empty when none is.
    QString selectedBook() const;
    MessageBar *messages() const { return m_messages; }

Q_SIGNALS:
    /// After each key, at once.
    void searchEdited(const QString &text);
    /// A value was chosen in the filters, or taken off.
    void narrowed(FacetGroup::Kind kind, const QString &value, bool on);
    void filtersRemoved();
    void orderChosen(BookOrder order);
    void hiddenColumnsChanged(const QList<int> &columns);
    /// The rows that can be seen: their copies are wanted.
    void visibleRowsChanged(int first, int last);
    void addBookRequested();
    void editBookRequested(const QString &id);
    void addCopyRequested(const QString &bookId);
    void importRequested();
    void exportRequested();
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
    void makeActions();
    void showRefusals();
    void joinList();
    QWidget *makeSearchBar();
    void makeShortcuts();
    void submit();
    void searchFor(const QString &text);
    void removeFilters();
    void onSelected(const QString &id, const QString &title, const QString &authors);
    void showMessages(const ListNote &note);
    void openDetail();
    void goBack();
    void refreshSize();

    Actions m_actions = NoAction;
    State m_state = State::Start;
    bool m_narrow = false;
    bool m_isWriting = false;  ///< the program writes into the field
    bool m_ownMessage = false; ///< the bar tells of the state, not of what others set
    QString m_suggestion;
    QString m_bookRefusal;
    QString m_copyRefusal;
    TextLine *m_refusal = nullptr;
    QAction *m_retry;
    QAction *m_searchSuggestion = nullptr;
    QAction *m_removeFilters = nullptr;
    QAction *m_addBook = nullptr;
    QAction *m_editBook = nullptr;
    QAction *m_addCopy = nullptr;
    QAction *m_import = nullptr;
    MessageBar *m_messages;
    SearchField *m_search = nullptr;
    QStackedWidget *m_pages = nullptr;
    TitleList *m_list = nullptr;
    BookPane *m_detail = nullptr;
};

Q_DECLARE_OPERATORS_FOR_FLAGS(CatalogueView::Actions)

} // namespace Branchline
