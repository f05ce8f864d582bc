// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/titlelist.h"

#include "models/pagedmodel.h"
#include "models/roles.h"
#include "ui/catalogue/cataloguewords.h"
#include "ui/catalogue/facetpane.h"
#include "ui/catalogue/listbar.h"
#include "ui/catalogue/titlecolumns.h"
#include "ui/widgets/celldelegate.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/theme.h"

#include <QAbstractItemModel>
#include <QAction>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QScrollBar>
#include <QStackedWidget>
#include <QTimer>

#include <algorithm>
#include <chrono>

namespace Branchline {

using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

constexpr int facetsBelow = 560; ///< room for titles that the filters must leave

// Two pixels of accent: something is being loaded.
class AccentLine final : public QWidget
{
public:
    AccentLine()
    {
        setFixedHeight(2);
        setAccessibleName(TitleList::tr("Loading"));
    }

protected:
    void paintEvent(QPaintEvent *) override { QPainter(this).fillRect(rect(), colors().accent); }
};

} // namespace

TitleList::TitleList(const Actions &actions, QWidget *parent)
    : QWidget(parent)
    , m_actions(actions)
    , m_hidden{6, 7, 8} // ISBN, publisher and categories are in the pane
    , m_progressDelay(new QTimer(this))
    , m_slow(new QTimer(this))
    , m_split(new QWidget)
    , m_table(new TableView)
    , m_empty(new EmptyState)
{
    m_progressDelay->setSingleShot(true);
    m_progressDelay->setInterval(150ms);
    m_slow->setSingleShot(true);
    m_slow->setInterval(2s);
    m_table->setAccessibleName(tr("Titles found"));
    m_facets = new FacetPane;
    m_splitRow = new QHBoxLayout(m_split);
    m_splitRow->setContentsMargins(0, 0, 0, 0);
    m_splitRow->setSpacing(0);
    m_splitRow->addWidget(m_facets);
    m_splitRow->addWidget(m_table, 1);
    m_body = new QStackedWidget;
    m_body->addWidget(m_split);
    m_body->addWidget(m_empty);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeBar());
    column->addWidget(m_body, 1);
    connect(m_progressDelay, &QTimer::timeout, this, [this] {
        m_progress->show();
        m_body->setCurrentWidget(m_split); // what found nothing before says nothing about the next question
    });
    connect(m_slow, &QTimer::timeout, this,
            [this] { m_bar->showWaiting(tr("Still waiting for %1.").arg(m_waitingFor)); });
    connect(m_table->verticalScrollBar(), &QAbstractSlider::valueChanged, this, &TitleList::tellVisibleRows);
    connect(m_table->verticalScrollBar(), &QAbstractSlider::rangeChanged, this, &TitleList::tellVisibleRows);
}

QWidget *TitleList::makeBar()
{
    m_bar = new ListBar;
    m_progress = new AccentLine;
    m_progress->hide();
    connect(m_bar, &ListBar::filtersClicked, this, [this] {
        m_facetsOpen = !m_facetsOpen;
        fitColumns(m_room);
    });
    connect(m_bar->columnsMenu(), &QMenu::aboutToShow, this,
            [this] { fillColumnsMenu(m_bar->columnsMenu()); });
    // Over the lower edge, so that nothing moves when it comes.
    auto *bar = new QWidget;
    auto *box = new QGridLayout(bar);
    box->setContentsMargins(0, 0, 0, 0);
    box->addWidget(m_bar, 0, 0);
    box->addWidget(m_progress, 0, 0, Qt::AlignBottom);
    return bar;
}

void TitleList::setModel(QAbstractItemModel *model)
{
    if (m_table->model() != nullptr)
        m_table->model()->disconnect(this);
    m_table->setModel(model);
    if (model == nullptr)
        return;
    const QString none;
    const QStringList samples{none,
                              none,
                              none,
                              none,
                              longestStatus(),
                              none,
                              u"978-0000000000"_s,
                              tr("Northern Lights Books"),
                              tr("Historical fiction, Crime")};
    m_table->setSampleTexts(samples.mid(0, model->columnCount()), TitleColumn, {StatusColumn});
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &TitleList::onCurrentChanged);
    connect(model, &QAbstractItemModel::modelReset, this, [this] {
        m_table->scrollToTop();
        m_copiesWidth = 0;
        measureColumns();
        keepSelection();
        tellVisibleRows();
    });
    connect(model, &QAbstractItemModel::layoutChanged, this, &TitleList::keepSelection);
    connect(model, &QAbstractItemModel::rowsInserted, this, &TitleList::keepSelection);
    connect(model, &QAbstractItemModel::rowsRemoved, this, &TitleList::keepSelection);
    // A row that was chosen before it was there.
    connect(model, &QAbstractItemModel::dataChanged, this,
            [this](const QModelIndex &, const QModelIndex &last) {
                if (last.column() >= CopiesColumn)
                    measureColumns(); // copies were counted
                if (m_selectedId.isEmpty() && m_table->currentIndex().isValid())
                    onCurrentChanged(m_table->currentIndex());
            });
    m_copiesWidth = 0;
    showColumns();
    keepSelection();
}

void TitleList::setPane(QWidget *pane)
{
    m_splitRow->addWidget(pane);
}

void TitleList::fitColumns(int room)
{
    m_room = room;
    const bool hasFacets = m_narrow ? m_facetsOpen : room - m_facets->width() >= facetsBelow;
    m_facets->setVisible(hasFacets);
    showColumns();
}

void TitleList::setNarrow(bool narrow)
{
    m_narrow = narrow;
    m_bar->setNarrow(narrow);
}

void TitleList::setHiddenColumns(const QList<int> &columns)
{
    m_hidden = columns;
    m_hidden.removeAll(int{TitleColumn});
    showColumns();
}

void TitleList::showColumns()
{
    if (m_table->model() == nullptr)
        return;
    const int room = m_room - (m_facets->isVisibleTo(this) ? m_facets->width() : 0);
    for (int column = 1; column < m_table->model()->columnCount(); ++column) {
        // Language and year are told by the pane too.
        const bool fits = !(column == LanguageColumn && room < 560) &&
                          !(column == YearColumn && room < 500) && !(column > CopiesColumn && room < 760);
        m_table->setColumnHidden(column, m_hidden.contains(column) || !fits);
    }
    measureColumns();
}

/// Author, language and numbers take what their words need, and the title what is left.
void TitleList::measureColumns()
{
    const int room = m_room - (m_facets->isVisibleTo(this) ? m_facets->width() : 0);
    if (m_table->model() != nullptr && m_room > 0)
        m_copiesWidth = fitTitleColumns(*m_table, room, m_copiesWidth);
}

void TitleList::fillColumnsMenu(QMenu *menu)
{
    menu->clear();
    const QAbstractItemModel *model = m_table->model();
    for (int column = 1; model != nullptr && column < model->columnCount(); ++column) {
        QAction *action = menu->addAction(model->headerData(column, Qt::Horizontal).toString());
        action->setCheckable(true);
        action->setChecked(!m_hidden.contains(column));
        connect(action, &QAction::triggered, this, [this, column](bool shown) {
            m_hidden.removeAll(column);
            if (!shown)
                m_hidden << column;
            showColumns();
            Q_EMIT hiddenColumnsChanged(m_hidden);
        });
    }
}

void TitleList::tellVisibleRows()
{
    const int first = m_table->rowAt(0);
    const int last = m_table->rowAt(m_table->viewport()->height() - 1);
    if (rowCount() > 0)
        Q_EMIT visibleRowsChanged(std::max(first, 0), last < 0 ? rowCount() - 1 : last);
}

int TitleList::rowCount() const
{
    return m_table->model() != nullptr ? m_table->model()->rowCount() : 0;
}

int TitleList::rowOf(const QString &id) const
{
    if (id.isEmpty())
        return -1;
    if (const auto *paged = qobject_cast<const PagedModel *>(m_table->model()))
        return paged->rowOf(id);
    for (int row = 0; row < rowCount(); ++row) {
        if (m_table->model()->index(row, TitleColumn).data(Roles::Id).toString() == id)
            return row;
    }
    return -1;
}

// After new rows: the same book stays selected; when it is gone, the best match is.
void TitleList::keepSelection()
{
    if (rowCount() == 0)
        return onCurrentChanged({});
    const QModelIndex current = m_table->currentIndex();
    const QString id = current.siblingAtColumn(TitleColumn).data(Roles::Id).toString();
    if (current.isValid() && (id == m_selectedId || id.isEmpty()))
        return;
    selectRow(std::max(rowOf(m_selectedId), 0));
}

void TitleList::selectRow(int row)
{
    const QModelIndex index = m_table->model()->index(row, TitleColumn);
    m_table->selectionModel()->setCurrentIndex(index, QItemSelectionModel::ClearAndSelect |
                                                          QItemSelectionModel::Rows);
    onCurrentChanged(index);
}

void TitleList::onCurrentChanged(const QModelIndex &current)
{
    const QModelIndex title = current.siblingAtColumn(TitleColumn);
    const QString id = title.data(Roles::Id).toString();
    if (id == m_selectedId)
        return;
    m_selectedId = id;
    Q_EMIT selected(id, title.data().toString(), current.siblingAtColumn(AuthorColumn).data().toString());
}

bool TitleList::focusRows()
{
    if (rowCount() == 0)
        return false;
    if (!m_table->currentIndex().isValid())
        selectRow(0);
    m_table->setFocus(Qt::TabFocusReason);
    return true;
}

void TitleList::setState(CatalogueState state, const ListNote &note)
{
    m_state = state;
    m_waitingFor = note.shardName.isEmpty() ? tr("the main database") : note.shardName;
    if (state != CatalogueState::Loading) {
        m_progress->hide();
        m_progressDelay->stop();
        m_slow->stop();
    } else if (!m_slow->isActive()) {
        m_progressDelay->start();
        m_slow->start();
    }
    m_table->cells()->setStale(state == CatalogueState::Stale);
    m_table->viewport()->update();
    m_bar->showState(state, note, rowCount() > 0);
    showBody(note);
}

void TitleList::showWords(const QString &icon, const StateWords &words, const QList<QAction *> &actions)
{
    QList<QAction *> shown;
    for (QAction *action : actions) {
        if (action->isVisible())
            shown << action;
    }
    m_empty->setContent(icon, words.first, words.rest, shown, words.footer,
                        !shown.isEmpty() && shown.first() == actions.first());
    m_body->setCurrentWidget(m_empty);
}

void TitleList::showNoMatch(const ListNote &note)
{
    const QString icon = note.words.isEmpty() && note.filters == 0 ? u"book"_s : u"search"_s;
    QList<QAction *> actions;
    if (!note.suggestion.isEmpty())
        actions << m_actions.searchSuggestion;
    if (note.filters > 0)
        actions << m_actions.removeFilters;
    actions << m_actions.addBook;
    if (note.words.isEmpty() && note.filters == 0)
        actions << m_actions.import;
    showWords(icon, noMatchWords(note), actions);
}

void TitleList::showBody(const ListNote &note)
{
    switch (m_state) {
    case CatalogueState::Start:
        showWords(u"catalogue"_s, startWords(), {});
        break;
    case CatalogueState::NoMatch:
        showNoMatch(note);
        break;
    case CatalogueState::Failed:
        showWords(u"offline"_s, failedWords(note), {m_actions.retry});
        break;
    case CatalogueState::Loading:
        break; // what is shown stays
    case CatalogueState::Ready:
    case CatalogueState::Stale:
        m_body->setCurrentWidget(m_split);
        break;
    }
}

} // namespace Branchline
