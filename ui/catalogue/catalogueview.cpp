// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/catalogueview.h"

#include "ui/catalogue/bookpane.h"
#include "ui/catalogue/cataloguewords.h"
#include "ui/catalogue/facetpane.h"
#include "ui/catalogue/filterchips.h"
#include "ui/catalogue/listbar.h"
#include "ui/catalogue/titlelist.h"
#include "ui/widgets/button.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/panel.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/textline.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

constexpr int pageBelow = 1000;
constexpr int slimBelow = 1180;
constexpr int paneWidth = 420;
constexpr int slimPaneWidth = 380;

} // namespace

CatalogueView::CatalogueView(QWidget *parent)
    : QWidget(parent)
    , m_retry(new QAction(tr("Try now"), this))
    , m_messages(new MessageBar)
{
    setAccessibleName(tr("Catalogue"));
    connect(m_retry, &QAction::triggered, this, &CatalogueView::retryRequested);
    makeActions();

    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->setSpacing(0);
    page->addWidget(makeSearchBar());
    page->addWidget(m_messages);
    m_detail = new BookPane({m_editBook, m_addCopy});
    connect(m_detail, &BookPane::backRequested, this, &CatalogueView::goBack);
    m_pages = new QStackedWidget;
    m_list = new TitleList({m_retry, m_searchSuggestion, m_removeFilters, m_addBook, m_import});
    joinList();
    m_pages->addWidget(m_list);
    auto *detailPage = new QWidget;
    auto *detailBox = new QVBoxLayout(detailPage);
    detailBox->setContentsMargins(0, 0, 0, 0);
    m_pages->addWidget(detailPage);
    page->addWidget(m_pages, 1);
    m_list->setPane(m_detail);
    makeShortcuts();
    setFocusProxy(m_search);
    setState(State::Start, {});
    setActions(NoAction);
    refreshSize();
}

void CatalogueView::makeActions()
{
    const auto make = [this](const QString &icon, const QString &text, const QKeySequence &key) {
        auto *action = new QAction(text, this);
        action->setProperty("iconName", icon);
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        addAction(action);
        return action;
    };
    m_searchSuggestion = make(u"search"_s, QString(), {});
    m_searchSuggestion->setProperty("keyText", tr("Enter"));
    connect(m_searchSuggestion, &QAction::triggered, this, [this] { searchFor(m_suggestion); });
    m_removeFilters = make(u"filter"_s, tr("Remove the filters"), QKeySequence(Qt::ALT | Qt::Key_X));
    connect(m_removeFilters, &QAction::triggered, this, &CatalogueView::removeFilters);
    m_addBook = make(u"plus"_s, tr("Add book"), QKeySequence(Qt::CTRL | Qt::Key_N));
    connect(m_addBook, &QAction::triggered, this, &CatalogueView::addBookRequested);
    m_import = make(u"import"_s, tr("Import …"), {});
    connect(m_import, &QAction::triggered, this, &CatalogueView::importRequested);
    m_editBook = make(u"edit"_s, tr("Edit"), QKeySequence(Qt::CTRL | Qt::Key_E));
    connect(m_editBook, &QAction::triggered, this, [this] { Q_EMIT editBookRequested(selectedBook()); });
    m_addCopy = make(u"plus"_s, tr("Add copy"), {});
    connect(m_addCopy, &QAction::triggered, this, [this] { Q_EMIT addCopyRequested(selectedBook()); });
}

void CatalogueView::setActions(Actions actions)
{
    m_actions = actions;
    m_addBook->setVisible(actions.testFlag(AddBook));
    m_import->setVisible(actions.testFlag(Import));
    m_editBook->setVisible(actions.testFlag(EditBook));
    m_addCopy->setVisible(actions.testFlag(AddCopy));
    m_list->bar()->setExportShown(actions.testFlag(Export));
}

void CatalogueView::setRefusals(const QString &books, const QString &copies)
{
    m_bookRefusal = books;
    m_copyRefusal = copies;
    showRefusals();
}

void CatalogueView::showRefusals()
{
    const bool isSelected = !m_list->selectedBook().isEmpty();
    for (QAction *action : {m_addBook, m_import, m_editBook}) {
        action->setEnabled(m_bookRefusal.isEmpty() && (action != m_editBook || isSelected));
        action->setToolTip(m_bookRefusal);
    }
    m_addCopy->setEnabled(m_copyRefusal.isEmpty() && isSelected);
    m_addCopy->setToolTip(m_copyRefusal);
    m_refusal->setText(m_bookRefusal);
}

void CatalogueView::joinList()
{
    m_list->table()->installEventFilter(this);
    connect(m_list->table(), &TableView::rowActivated, this, &CatalogueView::openDetail);
    connect(m_list, &TitleList::selected, this, &CatalogueView::onSelected);
    connect(m_list, &TitleList::visibleRowsChanged, this, &CatalogueView::visibleRowsChanged);
    connect(m_list, &TitleList::hiddenColumnsChanged, this, &CatalogueView::hiddenColumnsChanged);
    connect(m_list->bar(), &ListBar::orderChosen, this, &CatalogueView::orderChosen);
    connect(m_list->bar(), &ListBar::exportRequested, this, &CatalogueView::exportRequested);
    connect(m_list->facets(), &FacetPane::toggled, this, &CatalogueView::narrowed);
    connect(m_list->bar()->chips(), &FilterChips::removed, this,
            [this](FacetGroup::Kind kind, const QString &value) { Q_EMIT narrowed(kind, value, false); });
}

QWidget *CatalogueView::makeSearchBar()
{
    auto *bar = new Panel(Panel::Ground::Surface, Panel::BottomEdge);
    m_search = new SearchField(tr("Search books"));
    m_search->setTall(true);
    m_search->setPlaceholderText(tr("Title, author or ISBN"));
    m_search->setMaximumWidth(520);
    m_search->installEventFilter(this);
    // No pause: a page of titles takes some milliseconds, and an older question never delays a newer one.
    connect(m_search, &QLineEdit::textChanged, this, [this] {
        if (!m_isWriting)
            submit();
    });
    connect(m_search, &QLineEdit::returnPressed, this, [this] {
        if (m_state == State::NoMatch && !m_suggestion.isEmpty())
            searchFor(m_suggestion);
    });
    auto *row = new QHBoxLayout(bar);
    row->setContentsMargins(16, 10, 16, 10);
    row->setSpacing(8);
    m_refusal = new TextLine(TextRole::Caption, false, TextLine::Tone::Muted);
    m_refusal->setAlignment(Qt::AlignTrailing | Qt::AlignVCenter);
    row->addWidget(m_search, 100);
    row->addWidget(m_refusal, 60);
    for (QAction *action : {m_import, m_addBook}) {
        auto *button = new Button(action->property("iconName").toString(), action->text(),
                                  action->shortcut().toString(QKeySequence::NativeText));
        if (action == m_import)
            button->setKind(Button::Kind::Flat);
        button->followAction(action);
        row->addWidget(button);
    }
    return bar;
}

void CatalogueView::makeShortcuts()
{
    connect(new QShortcut(Qt::Key_Escape, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut),
            &QShortcut::activated, this, &CatalogueView::goBack);
    connect(new QShortcut(Qt::Key_F5, this), &QShortcut::activated, this, &CatalogueView::retryRequested);
}

void CatalogueView::submit()
{
    Q_EMIT searchEdited(m_search->text());
}

void CatalogueView::searchFor(const QString &text)
{
    setSearchText(text);
    m_search->setFocus(Qt::OtherFocusReason);
    submit();
}

void CatalogueView::removeFilters()
{
    m_search->setFocus(Qt::OtherFocusReason); // the button goes
    Q_EMIT filtersRemoved();
}

void CatalogueView::setFacets(const std::vector<FacetGroup> &groups)
{
    m_list->facets()->setGroups(groups);
    m_list->bar()->chips()->setGroups(groups);
}

void CatalogueView::setOrder(BookOrder order)
{
    m_list->bar()->setOrder(order);
}

void CatalogueView::setHiddenColumns(const QList<int> &columns)
{
    m_list->setHiddenColumns(columns);
}

void CatalogueView::setBookModel(QAbstractItemModel *model)
{
    m_list->setModel(model);
    refreshSize();
}

void CatalogueView::setCopyModel(QAbstractItemModel *model)
{
    m_detail->setCopyModel(model);
}

QString CatalogueView::selectedBook() const
{
    return m_list->selectedBook();
}

void CatalogueView::onSelected(const QString &id, const QString &title, const QString &authors)
{
    showRefusals();
    if (id.isEmpty())
        m_detail->clear();
    else
        m_detail->showPending(title, authors);
    Q_EMIT bookSelected(id);
}

void CatalogueView::setDetail(const std::optional<BookFacts> &facts)
{
    if (!facts)
        m_detail->clear();
    else if (facts->id == m_list->selectedBook())
        m_detail->showFacts(*facts);
}

void CatalogueView::setState(State state, const ListNote &note)
{
    m_state = state;
    m_retry->setText(state == State::Failed || state == State::Stale ? tr("Try now") : tr("Try again"));
    m_suggestion = state == State::NoMatch ? note.suggestion : QString();
    m_searchSuggestion->setText(tr("Search “%1”").arg(m_suggestion));
    m_removeFilters->setEnabled(note.filters > 0);
    m_list->setState(state, note);
    showMessages(note);
    const bool rows = state == State::Loading || state == State::Ready || state == State::Stale;
    if (!rows)
        m_pages->setCurrentIndex(0);
}

void CatalogueView::showMessages(const ListNote &note)
{
    if (m_state == State::Stale) {
        const StateWords words = staleWords(note);
        m_messages->showMessage(MessageBar::Kind::Offline, words.first, words.rest, {m_retry});
        m_ownMessage = true;
        return;
    }
    const StateWords words =
        m_state == State::Ready || m_state == State::NoMatch ? partialWords(note) : StateWords();
    if (!words.first.isEmpty())
        m_messages->showMessage(MessageBar::Kind::Warning, words.first, words.rest, {m_retry});
    else if (m_ownMessage && m_state != State::Loading)
        m_messages->clear();
    m_ownMessage = !words.first.isEmpty() || (m_ownMessage && m_state == State::Loading);
}

void CatalogueView::setSearchText(const QString &text)
{
    m_isWriting = true;
    m_search->setText(text);
    m_isWriting = false;
}

QString CatalogueView::searchText() const
{
    return m_search->text();
}

void CatalogueView::focusSearch()
{
    m_pages->setCurrentIndex(0);
    m_search->setFocus(Qt::ShortcutFocusReason);
    m_search->selectAll();
}

void CatalogueView::openDetail()
{
    if (!m_narrow || m_list->selectedBook().isEmpty())
        return;
    m_pages->setCurrentIndex(1);
    m_detail->setFocus(Qt::OtherFocusReason);
}

void CatalogueView::goBack()
{
    if (m_pages->currentIndex() == 0) {
        focusSearch();
        return;
    }
    m_pages->setCurrentIndex(0);
    m_list->focusRows();
}

bool CatalogueView::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (watched == m_search && key == Qt::Key_Down)
            return m_list->focusRows();
        if (watched == m_search && key == Qt::Key_Backspace && m_search->text().isEmpty() &&
            m_list->bar()->chips()->removeLast())
            return true;
        if (watched == m_list->table() && key == Qt::Key_Up && m_list->table()->currentIndex().row() <= 0) {
            m_search->setFocus(Qt::BacktabFocusReason);
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void CatalogueView::refreshSize()
{
    const int available = window()->width();
    const bool narrow = available < pageBelow;
    if (narrow != m_narrow) {
        m_narrow = narrow;
        m_pages->setCurrentIndex(0);
        if (narrow)
            m_pages->widget(1)->layout()->addWidget(m_detail);
        else
            m_list->setPane(m_detail);
        m_detail->setIsPage(narrow);
    }
    m_list->setNarrow(available < slimBelow);
    m_detail->setMinimumWidth(narrow ? 0 : (available < slimBelow ? slimPaneWidth : paneWidth));
    m_detail->setMaximumWidth(narrow ? QWIDGETSIZE_MAX : m_detail->minimumWidth());
    m_list->fitColumns(width() - (narrow ? 0 : m_detail->minimumWidth()));
}

void CatalogueView::paintEvent(QPaintEvent *)
{
    QPainter(this).fillRect(rect(), colors().surface);
}

void CatalogueView::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    refreshSize();
}

void CatalogueView::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    refreshSize();
    if (focusWidget() == nullptr)
        focusSearch();
}

} // namespace Branchline
