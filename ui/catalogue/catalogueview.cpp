// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/catalogueview.h"

#include "ui/catalogue/bookpane.h"
#include "ui/catalogue/cataloguewords.h"
#include "ui/catalogue/titlelist.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/panel.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/theme.h"

#include <QAction>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QPainter>
#include <QShortcut>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

#include <chrono>

namespace Branchline {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int pageBelow = 1000;
constexpr int slimBelow = 1180;

} // namespace

CatalogueView::CatalogueView(QWidget *parent)
    : QWidget(parent)
    , m_retry(new QAction(tr("Try now"), this))
    , m_debounce(new QTimer(this))
    , m_messages(new MessageBar)
{
    setAccessibleName(tr("Catalogue"));
    m_debounce->setSingleShot(true);
    m_debounce->setInterval(150ms);
    connect(m_debounce, &QTimer::timeout, this, &CatalogueView::submit);
    connect(m_retry, &QAction::triggered, this, &CatalogueView::retryRequested);

    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->setSpacing(0);
    page->addWidget(makeSearchBar());
    page->addWidget(m_messages);
    m_detail = new BookPane;
    connect(m_detail, &BookPane::backRequested, this, &CatalogueView::goBack);
    m_pages = new QStackedWidget;
    m_list = new TitleList(m_retry);
    m_list->table()->installEventFilter(this);
    connect(m_list->table(), &TableView::rowActivated, this, &CatalogueView::openDetail);
    connect(m_list, &TitleList::selected, this, &CatalogueView::onSelected);
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
    refreshSize();
}

QWidget *CatalogueView::makeSearchBar()
{
    auto *bar = new Panel(Panel::Ground::Surface, Panel::BottomEdge);
    m_search = new SearchField(tr("Search books"));
    m_search->setTall(true);
    m_search->setPlaceholderText(tr("Title, author or ISBN"));
    m_search->setMaximumWidth(520);
    m_search->installEventFilter(this);
    connect(m_search, &QLineEdit::textEdited, m_debounce, qOverload<>(&QTimer::start));
    connect(m_search, &QLineEdit::returnPressed, this, &CatalogueView::submit);
    auto *row = new QHBoxLayout(bar);
    row->setContentsMargins(16, 10, 16, 10);
    row->addWidget(m_search, 1);
    row->addStretch();
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
    m_debounce->stop();
    Q_EMIT searchEdited(m_search->text());
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
    m_debounce->stop();
    m_search->setText(text);
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
    m_detail->setMinimumWidth(narrow ? 0 : (available < slimBelow ? 380 : 452));
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
