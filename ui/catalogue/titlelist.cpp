// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/catalogue/titlelist.h"

#include "models/roles.h"
#include "ui/catalogue/cataloguewords.h"
#include "ui/widgets/celldelegate.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/panel.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/taglabel.h"
#include "ui/widgets/textline.h"

#include <QGridLayout>
#include <QHeaderView>
#include <QPainter>
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

TitleList::TitleList(QAction *retry, QWidget *parent)
    : QWidget(parent)
    , m_retry(retry)
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
    m_splitRow = new QHBoxLayout(m_split);
    m_splitRow->setContentsMargins(0, 0, 0, 0);
    m_splitRow->setSpacing(0);
    m_splitRow->addWidget(m_table, 1);
    m_body = new QStackedWidget;
    m_body->addWidget(m_split);
    m_body->addWidget(m_empty);
    m_countBar = makeCountBar();
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_countBar);
    column->addWidget(m_body, 1);
    connect(m_progressDelay, &QTimer::timeout, this, [this] { m_progress->show(); });
    connect(m_slow, &QTimer::timeout, this,
            [this] { m_asOf->setText(tr("Still waiting for %1.").arg(m_waitingFor)); });
}

QWidget *TitleList::makeCountBar()
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

void TitleList::setModel(QAbstractItemModel *model)
{
    if (m_table->model() != nullptr)
        m_table->model()->disconnect(this);
    m_table->setModel(model);
    if (model == nullptr)
        return;
    m_table->setSampleTexts({QString(), tr("Chimamanda N. Adichie"), u"8888M"_s, tr("Portuguese"),
                             u"MM "_s + tr("Not known"), tr("888 of 888")},
                            TitleColumn);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &TitleList::onCurrentChanged);
    connect(model, &QAbstractItemModel::modelReset, this, &TitleList::keepSelection);
    connect(model, &QAbstractItemModel::rowsInserted, this, &TitleList::keepSelection);
    connect(model, &QAbstractItemModel::rowsRemoved, this, &TitleList::keepSelection);
    keepSelection();
}

void TitleList::setPane(QWidget *pane)
{
    m_splitRow->addWidget(pane);
}

void TitleList::fitColumns(int room)
{
    if (m_table->model() == nullptr)
        return;
    // Language and year are told by the pane too.
    m_table->setColumnHidden(LanguageColumn, room < 680);
    m_table->setColumnHidden(YearColumn, room < 580);
}

int TitleList::rowCount() const
{
    return m_table->model() != nullptr ? m_table->model()->rowCount() : 0;
}

// After new rows: the same book stays selected; when it is gone, the best match is.
void TitleList::keepSelection()
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
    m_progress->hide();
    m_progressDelay->stop();
    m_slow->stop();
    if (state == CatalogueState::Loading) {
        m_progressDelay->start();
        m_slow->start();
    }
    m_table->cells()->setStale(state == CatalogueState::Stale);
    m_table->viewport()->update();
    showCount(note);
    showBody(note);
}

void TitleList::showCount(const ListNote &note)
{
    m_countBar->setVisible(m_state != CatalogueState::Start && m_state != CatalogueState::Failed);
    m_staleTag->setVisible(m_state == CatalogueState::Stale && !note.asOf.isEmpty());
    if (m_state == CatalogueState::Stale)
        m_staleTag->setTag(tr("as of %1").arg(note.asOf), Status::Offline);
    const bool answered = m_state == CatalogueState::Ready || m_state == CatalogueState::NoMatch;
    // Where databases are missing, the bar above says since when.
    m_asOf->setText(answered && note.missing.isEmpty() && !note.asOf.isEmpty() ? tr("as of %1").arg(note.asOf)
                                                                               : QString());
    if (m_state == CatalogueState::Loading && rowCount() > 0)
        return; // the old rows keep their number
    if (m_state == CatalogueState::Loading)
        m_count->setText(tr("Loading …"));
    else if (m_state == CatalogueState::Start || m_state == CatalogueState::Failed)
        m_count->setText(QString());
    else
        m_count->setText(countWords(note));
}

void TitleList::showBody(const ListNote &note)
{
    const auto show = [this](const QString &icon, const StateWords &words, const QList<QAction *> &actions) {
        m_empty->setContent(icon, words.first, words.rest, actions, words.footer, !actions.isEmpty());
        m_body->setCurrentWidget(m_empty);
    };
    switch (m_state) {
    case CatalogueState::Start:
        show(u"catalogue"_s, startWords(), {});
        break;
    case CatalogueState::NoMatch:
        show(note.words.isEmpty() ? u"book"_s : u"search"_s, noMatchWords(note), {});
        break;
    case CatalogueState::Failed:
        show(u"offline"_s, failedWords(note), {m_retry});
        break;
    case CatalogueState::Loading:
    case CatalogueState::Ready:
    case CatalogueState::Stale:
        m_body->setCurrentWidget(m_split);
        break;
    }
}

} // namespace Branchline
