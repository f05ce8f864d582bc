// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/catalogue/bookfacts.h"

#include <QWidget>

#include <optional>

class QAbstractItemModel;
class QAction;
class QStackedWidget;
class QTimer;

namespace Branchline {

class BookPane;
class MessageBar;
class SearchField;
class TitleList;

/// The catalogue: search as you type, titles, and the copies of the selected one. Knows nothing of databases:
/// what it shows is set, what people ask for is signalled. GUI thread only.
class CatalogueView final : public QWidget
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(CatalogueView)

public:
    using State = CatalogueState;

    explicit CatalogueView(QWidget *parent = nullptr);

    /// The titles: columns Title, Author, Year, Language, Status, Copies; Roles::Id on column 0. Not owned.
    void setBookModel(QAbstractItemModel *model);
    /// The copies of the selected book: columns Branch, Status, Place, Count. Not owned. Fill it before
    /// setDetail().
    void setCopyModel(QAbstractItemModel *model);
    void setState(State state, const ListNote &note);
    State state() const { return m_state; }
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
    void makeShortcuts();
    void submit();
    void onSelected(const QString &id, const QString &title, const QString &authors);
    void showMessages(const ListNote &note);
    void openDetail();
    void goBack();
    void refreshSize();

    State m_state = State::Start;
    bool m_narrow = false;
    bool m_ownMessage = false; ///< the bar tells of the state, not of what others set
    QAction *m_retry;
    QTimer *m_debounce;
    MessageBar *m_messages;
    SearchField *m_search = nullptr;
    QStackedWidget *m_pages = nullptr;
    TitleList *m_list = nullptr;
    BookPane *m_detail = nullptr;
};

} // namespace Branchline
