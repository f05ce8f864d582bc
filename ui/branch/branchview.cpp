// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/branch/branchview.h"

#include "ui/branch/branchwords.h"
#include "ui/branch/columnsmenu.h"
#include "ui/branch/filterbar.h"
#include "ui/branch/markfoot.h"
#include "ui/widgets/button.h"
#include "ui/widgets/counttabs.h"
#include "ui/widgets/listpane.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/textline.h"

#include <QAction>
#include <QHBoxLayout>
#include <QPainter>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

constexpr int narrowBelow = 1180;

} // namespace

BranchView::BranchView(QWidget *parent)
    : QWidget(parent)
    , m_retry(new QAction(tr("Try now"), this))
    , m_clearFilters(new QAction(tr("Remove the filters"), this))
    , m_editCopy(new QAction(tr("Edit copy"), this))
    , m_filters(new FilterBar)
    , m_stack(new QStackedWidget)
    , m_foot(new MarkFoot)
    , m_messages(new MessageBar)
{
    setAccessibleName(tr("Branch"));
    connect(m_retry, &QAction::triggered, this, &BranchView::retryRequested);
    connect(m_clearFilters, &QAction::triggered, m_filters, &FilterBar::clearAll);
    connect(m_filters, &FilterBar::wordsEdited, this, &BranchView::wordsEdited);
    connect(m_filters, &FilterBar::valuesChosen, this, &BranchView::filterChosen);
    connect(m_filters, &FilterBar::leaveRequested, this, [this] { m_stack->setFocus(Qt::TabFocusReason); });
    connect(m_foot, &MarkFoot::cleared, this, &BranchView::marksCleared);
    connect(m_foot, &MarkFoot::renewRequested, this, &BranchView::renewRequested);
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->setSpacing(0);
    makeEditCopy();
    page->addWidget(makeHead());
    page->addWidget(m_messages);
    page->addWidget(m_filters);
    page->addWidget(m_stack, 1);
    page->addWidget(m_foot);
    makeKeys();
    setFocusProxy(m_stack);
}

void BranchView::makeEditCopy()
{
    m_editCopy->setProperty("iconName", u"edit"_s);
    m_editCopy->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_E));
    m_editCopy->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    m_editCopy->setVisible(false);
    addAction(m_editCopy);
    connect(m_editCopy, &QAction::triggered, this, [this] {
        Q_EMIT editCopyRequested(m_panes.at(m_tabBar->currentIndex())->table()->currentIndex().row());
    });
    m_editButton = new Button(u"edit"_s, m_editCopy->text());
    m_editButton->setKind(Button::Kind::Flat);
}

QWidget *BranchView::makeHead()
{
    auto *head = new Panel(Panel::Ground::Surface, Panel::BottomEdge);
    m_name = new TextLine(TextRole::Title, true);
    m_name->setElided(false);
    m_tabBar = new CountTabs(51);
    m_tabBar->setAccessibleName(tr("Lists of the branch"));
    connect(m_tabBar, &QTabBar::currentChanged, this, &BranchView::choose);
    m_columns = new Button(u"columns"_s, tr("Columns"));
    m_columns->setKind(Button::Kind::Flat);
    m_columns->setToolTip(tr("Choose the columns of this list and what it is sorted by."));
    m_columnsMenu = new ColumnsMenu(m_columns);
    m_columns->setMenuArrow(true);
    connect(m_columns, &QAbstractButton::clicked, m_columnsMenu,
            [this] { m_columnsMenu->popup(m_columns->mapToGlobal(QPoint(0, m_columns->height() + 2))); });
    auto *row = new QHBoxLayout(head);
    row->setContentsMargins(16, 0, 12, 1);
    row->setSpacing(16);
    row->addWidget(m_name);
    row->addWidget(m_tabBar, 1);
    row->addWidget(m_editButton);
    row->addWidget(m_columns);
    m_editButton->followAction(m_editCopy);
    return head;
}

void BranchView::makeKeys()
{
    const auto key = [this](const QKeySequence &keys, auto handler) {
        connect(new QShortcut(keys, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut),
                &QShortcut::activated, this, handler);
    };
    key(Qt::Key_Escape, [this] { escape(); });
    key(Qt::Key_F5, [this] { Q_EMIT retryRequested(); });
    key(QKeySequence::Find, [this] {
        m_filters->field()->setFocus(Qt::ShortcutFocusReason);
        m_filters->field()->selectAll();
    });
    key(QKeySequence(Qt::CTRL | Qt::Key_F2), [this] {
        if (m_foot->isVisible())
            Q_EMIT renewRequested();
    });
}

void BranchView::setBranchName(const QString &name)
{
    m_branch = name;
    m_name->setText(name);
}

int BranchView::indexOf(const QString &key) const
{
    for (int i = 0; i < m_tabs.size(); ++i) {
        if (m_tabs.at(i).key == key)
            return i;
    }
    return -1;
}

void BranchView::addTab(const BranchTab &tab)
{
    m_tabs << tab;
    auto *pane = new ListPane(tab.title);
    TableView *table = pane->table();
    connect(table, &TableView::rowActivated, this,
            [this](const QModelIndex &index) { Q_EMIT rowOpened(index.row()); });
    connect(table, &TableView::sortRequested, this, &BranchView::sortRequested);
    connect(table, &TableView::columnsChanged, this,
            [this, table, key = tab.key] { Q_EMIT columnsChanged(key, table->columnsState()); });
    m_panes << pane;
    m_stack->addWidget(pane);
    setListModel(tab.key, tab.model);
    const QSignalBlocker blocker(m_tabBar);
    m_tabBar->addTab(tab.title);
    m_tabBar->setAccessibleTabName(m_tabBar->QTabBar::count() - 1, tab.title);
    if (m_tabs.size() == 1)
        showList(0);
}

void BranchView::setListModel(const QString &tab, QAbstractItemModel *model)
{
    const int index = indexOf(tab);
    if (index < 0 || model == nullptr)
        return;
    m_tabs[index].model = model;
    TableView *table = m_panes.at(index)->table();
    table->setModel(model);
    table->setColumnsFromModel();
    connect(table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &BranchView::showEditCopy);
}

void BranchView::setChoices(const QString &tab, const QString &field,
                            const QList<FilterChip::Choice> &choices)
{
    const int index = indexOf(tab);
    if (index < 0)
        return;
    for (FilterField &one : m_tabs[index].filters) {
        if (one.key == field)
            one.choices = choices;
    }
    if (index == m_tabBar->currentIndex())
        m_filters->setFields(m_tabs.at(index).filters); // keeps what is on
}

void BranchView::setTabCount(const QString &key, const QString &count)
{
    if (const int index = indexOf(key); index >= 0)
        m_tabBar->setCount(index, count);
}

QString BranchView::currentTab() const
{
    return m_tabs.isEmpty() ? QString() : m_tabs.at(m_tabBar->currentIndex()).key;
}

void BranchView::showTab(const QString &key)
{
    const int index = indexOf(key);
    if (index < 0)
        return;
    const QSignalBlocker blocker(m_tabBar);
    m_tabBar->setCurrentIndex(index);
    showList(index);
}

void BranchView::choose(int index)
{
    showList(index);
    Q_EMIT tabChosen(m_tabs.at(index).key);
}

void BranchView::showList(int index)
{
    m_filters->setFields(m_tabs.at(index).filters);
    m_filters->setWords({});
    m_stack->setCurrentIndex(index);
    m_stack->setFocusProxy(m_panes.at(index));
    m_columnsMenu->setTable(m_panes.at(index)->table());
    showEditCopy();
}

void BranchView::showEditCopy()
{
    const int index = m_tabBar->currentIndex();
    const BranchTab::Kind kind = m_tabs.at(index).kind;
    const ListPane *pane = m_panes.at(index);
    m_editCopy->setVisible(kind == BranchTab::Kind::Copies || kind == BranchTab::Kind::Lost);
    m_editCopy->setEnabled(m_editRefusal.isEmpty() && !pane->isEmpty() &&
                           pane->table()->currentIndex().isValid());
    m_editCopy->setToolTip(m_editRefusal.isEmpty()
                               ? tr("Change barcode, place or state of this copy (Ctrl+E).")
                               : m_editRefusal);
}

void BranchView::setEditRefusal(const QString &why)
{
    m_editRefusal = why;
    if (m_tabBar->currentIndex() >= 0)
        showEditCopy();
}

void BranchView::setFilter(const QString &words, const QHash<QString, QStringList> &values)
{
    m_filters->setWords(words);
    for (const FilterField &field : m_tabs.at(m_tabBar->currentIndex()).filters)
        m_filters->setValues(field.key, values.value(field.key));
}

void BranchView::showOrder(const QString &tab, const QString &sortKey, bool descending)
{
    if (const int index = indexOf(tab); index >= 0)
        m_panes.at(index)->table()->showOrder(sortKey, descending);
}

void BranchView::setState(State state, const BranchNote &note)
{
    m_state = state;
    const int index = m_tabBar->currentIndex();
    if (index < 0)
        return;
    ListPane *pane = m_panes.at(index);
    const BranchTab::Kind kind = m_tabs.at(index).kind;
    const bool hadFocus = pane->isAncestorOf(focusWidget());
    switch (state) {
    case State::Loading:
        pane->showLoading();
        break;
    case State::Ready:
    case State::Stale:
        pane->showRows(state == State::Stale);
        break;
    case State::Empty:
        if (m_filters->isFiltering())
            pane->showWords(noMatchWords(m_filters->words(), note), {m_clearFilters});
        else
            pane->showWords(emptyWords(kind, m_branch, note));
        break;
    case State::Failed:
        pane->showWords(failedWords(note), {m_retry});
        break;
    case State::NotAllowed:
        pane->showWords({u"lock"_s, note.error, note.hint, {}});
        break;
    }
    if (hadFocus && pane->isEmpty())
        m_filters->field()->setFocus(Qt::OtherFocusReason);
    if (state != State::Loading || !note.asOf.isEmpty())
        m_filters->setSummary(state == State::Failed || state == State::NotAllowed ? QString()
                                                                                   : summaryWords(kind, note),
                              state == State::Stale);
    if (state == State::Stale) {
        const auto [first, rest] = staleWords(note);
        m_messages->showMessage(MessageBar::Kind::Offline, first, rest, {m_retry});
        m_ownMessage = true;
    } else if (state != State::Loading && std::exchange(m_ownMessage, false)) {
        m_messages->clear();
    }
    showWaiting();
    showEditCopy();
}

void BranchView::showWaiting()
{
    m_foot->setWaiting(m_state == State::Stale ? tr("Waits until the shard answers.") : m_waiting);
}

void BranchView::setMarked(int count, const QString &detail)
{
    m_foot->setMarked(count, detail);
}

void BranchView::setWaiting(const QString &reason)
{
    m_waiting = reason;
    showWaiting();
}

void BranchView::restoreColumns(const QString &tab, const QByteArray &columns)
{
    if (const int index = indexOf(tab); index >= 0)
        static_cast<void>(m_panes.at(index)->table()->restoreColumns(columns));
}

// One step back each time: ticks, filters, and then to the rows.
void BranchView::escape()
{
    if (m_foot->isVisible())
        Q_EMIT marksCleared();
    else if (m_filters->isFiltering())
        m_filters->clearAll();
    else
        m_stack->setFocus(Qt::BacktabFocusReason);
}

void BranchView::refreshSize()
{
    const bool narrow = window()->width() < narrowBelow;
    m_columns->setIconOnly(narrow);
    m_editButton->setIconOnly(narrow);
    m_filters->setNarrow(narrow);
}

void BranchView::paintEvent(QPaintEvent *)
{
    QPainter(this).fillRect(rect(), colors().surface);
}

void BranchView::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    refreshSize();
}

} // namespace Branchline
