// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/catalogueview.h"

#include "models/roles.h"
#include "ui/catalogue/bookpane.h"
#include "ui/catalogue/cataloguewords.h"
#include "ui/desk/textline.h"
#include "ui/widgets/celldelegate.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/taglabel.h"

#include <QAction>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QPainter>
#include <QShortcut>
#include <QStackedWidget>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>
#include <chrono>

namespace Branchline {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

enum Column { TitleColumn, AuthorColumn, YearColumn, LanguageColumn, StatusColumn, CopiesColumn };

constexpr int pageBelow = 1000;
constexpr int slimBelow = 1180;

// Two pixels of accent: something is being loaded.
class AccentLine final : public QWidget {
public:
    AccentLine()
    {
        setFixedHeight(2);
        setAccessibleName(CatalogueView::tr("Loading"));
    }

protected:
    void paintEvent(QPaintEvent *) override
    {
        QPainter(this).fillRect(rect(), colors().accent);
    }
};

} // namespace

CatalogueView::CatalogueView(QWidget *parent)
    : QWidget(parent)
    , m_retry(new QAction(tr("Try now"), this))
    , m_debounce(new QTimer(this))
    , m_progressDelay(new QTimer(this))
    , m_slow(new QTimer(this))
    , m_messages(new MessageBar)
{
    setAccessibleName(tr("Catalogue"));
    m_debounce->setSingleShot(true);
    m_debounce->setInterval(150ms);
    connect(m_debounce, &QTimer::timeout, this, &CatalogueView::submit);
    m_progressDelay->setSingleShot(true);
    m_progressDelay->setInterval(150ms);
    connect(m_progressDelay, &QTimer::timeout, this, [this] { m_progress->show(); });
    m_slow->setSingleShot(true);
    m_slow->setInterval(2s);
    connect(m_slow, &QTimer::timeout, this, [this] { m_asOf->setText(tr("Still waiting for %1.").arg(m_waitingFor)); });
    connect(m_retry, &QAction::triggered, this, &CatalogueView::retryRequested);

    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->setSpacing(0);
    page->addWidget(makeSearchBar());
    page->addWidget(m_messages);
    m_detail = new BookPane;
    connect(m_detail, &BookPane::backRequested, this, &CatalogueView::goBack);
    m_pages = new QStackedWidget;
    m_pages->addWidget(makeList());
    auto *detailPage = new QWidget;
    auto *detailBox = new QVBoxLayout(detailPage);
    detailBox->setContentsMargins(0, 0, 0, 0);
    m_pages->addWidget(detailPage);
    page->addWidget(m_pages, 1);
    m_splitRow->addWidget(m_detail);
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

QWidget *CatalogueView::makeCountBar()
{
    auto *bar = new Panel(Panel::Ground::Surface, Panel::BottomEdge);
    m_count = new TextLine(TextRole::Body, true);
    m_count->setElided(false);
    m_asOf = new TextLine(TextRole::Body, false, TextLine::Tone::Muted);
    m_staleTag = new TagLabel;
    auto *row = new QHBoxLayout;
    row->setContentsMargins(16, 0, 16, 0);
    row->setSpacing(8);
    row->addWidget(m_count);
    row->addStretch(1);
    row->addWidget(m_asOf);
    row->addWidget(m_staleTag, 0, Qt::AlignVCenter);
    m_progress = new AccentLine;
    // Over the lower edge, so that nothing moves when it comes.
    auto *box = new QGridLayout(bar);
    box->setContentsMargins(0, 0, 0, 0);
    box->addLayout(row, 0, 0);
    box->addWidget(m_progress, 0, 0, Qt::AlignBottom);
    bar->setFixedHeight(controlHeight(44, textFont(TextRole::Body), 12));
    return bar;
}

QWidget *CatalogueView::makeList()
{
    m_table = new TableView;
    m_table->setAccessibleName(tr("Titles found"));
    m_table->installEventFilter(this);
    connect(m_table, &TableView::rowActivated, this, &CatalogueView::openDetail);
    m_split = new QWidget;
    m_splitRow = new QHBoxLayout(m_split);
    m_splitRow->setContentsMargins(0, 0, 0, 0);
    m_splitRow->setSpacing(0);
    m_splitRow->addWidget(m_table, 1);
    m_empty = new EmptyState;
    m_body = new QStackedWidget;
    m_body->addWidget(m_split);
    m_body->addWidget(m_empty);
    auto *list = new QWidget;
    auto *column = new QVBoxLayout(list);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_countBar = makeCountBar();
    column->addWidget(m_countBar);
    column->addWidget(m_body, 1);
    return list;
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
    if (m_table->model() != nullptr)
        m_table->model()->disconnect(this);
    m_table->setModel(model);
    if (model == nullptr)
        return;
    m_table->setSampleTexts({QString(), tr("Chimamanda N. Adichie"), u"8888M"_s, tr("Portuguese"),
                             u"MM "_s + tr("Not known"), tr("888 of 888")},
                            TitleColumn);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &CatalogueView::onCurrentChanged);
    connect(model, &QAbstractItemModel::modelReset, this, &CatalogueView::keepSelection);
    connect(model, &QAbstractItemModel::rowsInserted, this, &CatalogueView::keepSelection);
    connect(model, &QAbstractItemModel::rowsRemoved, this, &CatalogueView::keepSelection);
    fitColumns();
    keepSelection();
}

void CatalogueView::setCopyModel(QAbstractItemModel *model)
{
    m_detail->setCopyModel(model);
}

int CatalogueView::rowCount() const
{
    return m_table->model() != nullptr ? m_table->model()->rowCount() : 0;
}

// After new rows: the same book stays selected; when it is gone, the best match is.
void CatalogueView::keepSelection()
{
    int found = -1;
    for (int row = 0; row < rowCount() && found < 0; ++row) {
        if (m_table->model()->index(row, TitleColumn).data(Roles::Id).toString() == m_selectedId)
            found = row;
    }
    if (rowCount() == 0)
        onCurrentChanged({});
    else
        selectRow(m_selectedId.isEmpty() ? 0 : std::max(found, 0));
}

void CatalogueView::selectRow(int row)
{
    const QModelIndex index = m_table->model()->index(row, TitleColumn);
    m_table->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect | QItemSelectionModel::Rows);
    onCurrentChanged(index);
}

void CatalogueView::onCurrentChanged(const QModelIndex &current)
{
    const QModelIndex title = current.siblingAtColumn(TitleColumn);
    const QString id = title.data(Roles::Id).toString();
    if (id == m_selectedId)
        return;
    m_selectedId = id;
    if (id.isEmpty())
        m_detail->clear();
    else
        m_detail->showPending(title.data().toString(), current.siblingAtColumn(AuthorColumn).data().toString());
    Q_EMIT bookSelected(id);
}

void CatalogueView::setDetail(const std::optional<BookFacts> &facts)
{
    if (!facts)
        m_detail->clear();
    else if (facts->id == m_selectedId)
        m_detail->showFacts(*facts);
}

void CatalogueView::setState(State state, const ListNote &note)
{
    m_state = state;
    m_waitingFor = note.shardName.isEmpty() ? tr("the main database") : note.shardName;
    m_progress->hide();
    m_progressDelay->stop();
    m_slow->stop();
    if (state == State::Loading) {
        m_progressDelay->start();
        m_slow->start();
    }
    m_table->cells()->setStale(state == State::Stale);
    m_table->viewport()->update();
    m_retry->setText(state == State::Failed || state == State::Stale ? tr("Try now") : tr("Try again"));
    showCount(note);
    showMessages(note);
    showBody(note);
}

void CatalogueView::showCount(const ListNote &note)
{
    m_countBar->setVisible(m_state != State::Start && m_state != State::Failed);
    m_staleTag->setVisible(m_state == State::Stale && !note.asOf.isEmpty());
    if (m_state == State::Stale)
        m_staleTag->setTag(tr("as of %1").arg(note.asOf), Status::Offline);
    const bool answered = m_state == State::Ready || m_state == State::NoMatch;
    // Where databases are missing, the bar above says since when.
    m_asOf->setText(answered && note.missing.isEmpty() && !note.asOf.isEmpty() ? tr("as of %1").arg(note.asOf) : QString());
    if (m_state == State::Loading && rowCount() > 0)
        return; // the old rows keep their number
    if (m_state == State::Loading)
        m_count->setText(tr("Loading …"));
    else if (m_state == State::Start || m_state == State::Failed)
        m_count->setText(QString());
    else
        m_count->setText(countWords(note));
}

void CatalogueView::showMessages(const ListNote &note)
{
    if (m_state == State::Stale) {
        const StateWords words = staleWords(note);
        m_messages->showMessage(MessageBar::Kind::Offline, words.first, words.rest, {m_retry});
        m_ownMessage = true;
        return;
    }
    const StateWords words = m_state == State::Ready || m_state == State::NoMatch ? partialWords(note) : StateWords();
    if (!words.first.isEmpty())
        m_messages->showMessage(MessageBar::Kind::Warning, words.first, words.rest, {m_retry});
    else if (m_ownMessage && m_state != State::Loading)
        m_messages->clear();
    m_ownMessage = !words.first.isEmpty() || (m_ownMessage && m_state == State::Loading);
}

void CatalogueView::showBody(const ListNote &note)
{
    const auto show = [this](const QString &icon, const StateWords &words, const QList<QAction *> &actions) {
        m_empty->setContent(icon, words.first, words.rest, actions, words.footer, !actions.isEmpty());
        m_body->setCurrentWidget(m_empty);
    };
    switch (m_state) {
    case State::Start:
        show(u"catalogue"_s, startWords(), {});
        break;
    case State::NoMatch:
        show(note.words.isEmpty() ? u"book"_s : u"search"_s, noMatchWords(note), {});
        break;
    case State::Failed:
        show(u"offline"_s, failedWords(note), {m_retry});
        break;
    case State::Loading:
    case State::Ready:
    case State::Stale:
        m_body->setCurrentWidget(m_split);
        break;
    }
    if (m_body->currentWidget() == m_empty && m_narrow)
        m_pages->setCurrentIndex(0);
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
    if (!m_narrow || m_selectedId.isEmpty())
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
    m_table->setFocus(Qt::OtherFocusReason);
}

bool CatalogueView::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (watched == m_search && key == Qt::Key_Down && rowCount() > 0) {
            if (!m_table->currentIndex().isValid())
                selectRow(0);
            m_table->setFocus(Qt::TabFocusReason);
            return true;
        }
        if (watched == m_table && key == Qt::Key_Up && m_table->currentIndex().row() <= 0) {
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
            m_splitRow->addWidget(m_detail);
        m_detail->setIsPage(narrow);
    }
    m_detail->setMinimumWidth(narrow ? 0 : (available < slimBelow ? 380 : 420));
    m_detail->setMaximumWidth(narrow ? QWIDGETSIZE_MAX : m_detail->minimumWidth());
    fitColumns();
}

// The title needs room to be read; language and year are in the detail too.
void CatalogueView::fitColumns()
{
    if (m_table->model() == nullptr)
        return;
    const int room = width() - (m_narrow ? 0 : m_detail->minimumWidth());
    m_table->setColumnHidden(LanguageColumn, room < 680);
    m_table->setColumnHidden(YearColumn, room < 580);
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
