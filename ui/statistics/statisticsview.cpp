// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/statistics/statisticsview.h"

#include "models/roles.h"
#include "ui/statistics/activitychart.h"
#include "ui/statistics/barlist.h"
#include "ui/statistics/chartcard.h"
#include "ui/statistics/statisticswords.h"
#include "ui/statistics/stattile.h"
#include "ui/widgets/button.h"
#include "ui/widgets/celldelegate.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/segmentedswitch.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/textlabel.h"

#include <QAction>
#include <QActionGroup>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLocale>
#include <QMenu>
#include <QPainter>
#include <QScrollArea>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int pageMargin = 16;
constexpr int firstNumber = 2; ///< column of the branch table
constexpr int numberColumns = 5;

using State = StatisticsFigures::State;

} // namespace

StatisticsView::StatisticsView(QWidget *parent)
    : QWidget(parent)
    , m_retry(new QAction(tr("Try again"), this))
    , m_useLastKnown(new QAction(this))
    , m_export(new QAction(tr("Export"), this))
    , m_branchMenu(new QMenu(this))
    , m_rangeMenu(new QMenu(this))
    , m_messages(new MessageBar)
    , m_coverage(new TextLabel(TextRole::Caption, false, true))
    , m_stack(new QStackedWidget)
    , m_empty(new EmptyState)
    , m_copies(new StatTile(tr("Copies")))
    , m_available(new StatTile(tr("Available")))
    , m_lent(new StatTile(tr("On loan")))
    , m_overdue(new StatTile(tr("Overdue")))
    , m_utilisation(new StatTile(tr("Utilisation")))
    , m_bars(new BarList)
    , m_barCard(new ChartCard(m_bars))
    , m_chart(new ActivityChart)
    , m_chartCard(new ChartCard(m_chart))
    , m_branchTable(new TableView)
    , m_activityTable(new TableView)
{
    setAccessibleName(tr("Statistics"));
    m_retry->setShortcut(Qt::Key_F5);
    m_retry->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    addAction(m_retry);
    connect(m_retry, &QAction::triggered, this, &StatisticsView::retryRequested);
    m_export->setShortcut(QKeyCombination(Qt::CTRL | Qt::SHIFT, Qt::Key_E));
    m_export->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    m_export->setProperty("iconName", u"export"_s);
    m_export->setToolTip(tr("Write the figures of all branches to a CSV file or a spreadsheet"));
    addAction(m_export);
    connect(m_export, &QAction::triggered, this, &StatisticsView::exportRequested);
    connect(m_useLastKnown, &QAction::triggered, this, &StatisticsView::lastKnownRequested);
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->setSpacing(0);
    page->addWidget(makeHead());
    page->addWidget(m_messages);
    auto *content = new QWidget;
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    m_coverage->setContentsMargins(pageMargin, 6, pageMargin, 6);
    m_coverage->setElided(true);
    column->addWidget(m_coverage);
    column->addWidget(makeTiles());
    column->addWidget(makeCharts(), 5);
    column->addWidget(makeTables(), 2);
    auto *scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(content);
    content->setAutoFillBackground(false);
    scroll->viewport()->setAutoFillBackground(false);
    m_stack->addWidget(scroll);
    m_stack->addWidget(m_empty);
    page->addWidget(m_stack, 1);
    setFocusProxy(m_bars);
    setTables(false);
    setFigures({});
}

QWidget *StatisticsView::makeHead()
{
    auto *head = new Panel(Panel::Ground::Surface, Panel::BottomEdge);
    auto *title = new TextLabel(TextRole::Title, true);
    title->setText(tr("Statistics"));
    m_switch = new SegmentedSwitch;
    m_switch->setAccessibleName(tr("Charts or tables"));
    m_switch->addSegment(tr("Charts"));
    m_switch->addSegment(tr("Tables"));
    connect(m_switch, &SegmentedSwitch::currentChanged, this, [this](int index) { setTables(index == 1); });
    m_branchButton = new Button(u"branch"_s, tr("All branches"));
    m_rangeButton = new Button(u"calendar"_s, rangeName(FiguresRange::Days30));
    for (Button *button : {m_branchButton, m_rangeButton})
        button->setMenuArrow(true);
    connect(m_branchButton, &Button::clicked, this, [this] { openMenu(m_branchMenu, m_branchButton); });
    connect(m_rangeButton, &Button::clicked, this, [this] { openMenu(m_rangeMenu, m_rangeButton); });
    fillRangeMenu();
    setBranches({}, {});
    auto *row = new QHBoxLayout(head);
    row->setContentsMargins(pageMargin, 0, pageMargin, 0);
    row->setSpacing(8);
    row->addWidget(title);
    row->addSpacing(12);
    row->addWidget(m_switch);
    row->addStretch();
    row->addWidget(m_branchButton);
    row->addWidget(m_rangeButton);
    auto *exporting = new Button(u"export"_s, m_export->text());
    exporting->setKind(Button::Kind::Flat);
    exporting->followAction(m_export);
    row->addWidget(exporting);
    head->setFixedHeight(controlHeight(52, textFont(TextRole::Title), 20));
    return head;
}

QWidget *StatisticsView::makeTiles()
{
    auto *tiles = new QWidget;
    auto *row = new QHBoxLayout(tiles);
    row->setContentsMargins(pageMargin, 0, pageMargin, 0);
    row->setSpacing(12);
    for (StatTile *tile : {m_copies, m_available, m_lent, m_overdue, m_utilisation})
        row->addWidget(tile, 1);
    return tiles;
}

QWidget *StatisticsView::makeCharts()
{
    m_barCard->setTitle(tr("On loan by branch"));
    m_barCard->addLegend(ChartCard::Mark::Block, 0, tr("On loan"));
    m_barCard->addLegend(ChartCard::Mark::Block, 1, tr("of these overdue"));
    m_bars->setAccessibleName(tr("On loan by branch"));
    m_bars->setAccessibleDescription(tr("Enter opens the loans of the branch."));
    connect(m_bars, &BarList::barActivated, this,
            [this](const QString &id) { Q_EMIT branchOpened(id, u"loans"_s); });
    connect(m_bars, &BarList::barsChanged, this, &StatisticsView::showBarRemark);
    m_chartCard->addLegend(ChartCard::Mark::Line, 0, tr("Loans"));
    m_chartCard->addLegend(ChartCard::Mark::Dashes, 1, tr("Returns"));
    m_charts = new QWidget;
    auto *row = new QHBoxLayout(m_charts);
    row->setContentsMargins(pageMargin, 12, pageMargin, 12);
    row->setSpacing(12);
    row->addWidget(m_barCard, 1);
    row->addWidget(m_chartCard, 1);
    return m_charts;
}

QWidget *StatisticsView::makeTables()
{
    auto *tables = new Branchline::Panel(Panel::Ground::Surface, Panel::TopEdge);
    m_branchTable->setAccessibleName(tr("Figures of the branches"));
    m_activityTable->setAccessibleName(tr("Loans and returns"));
    m_branchTable->cells()->setStrongColumns(
        {firstNumber, firstNumber + 1, firstNumber + 2, firstNumber + 3, firstNumber + 4});
    m_activityTable->cells()->setStrongColumns({1, 2, 3});
    for (TableView *table : {m_branchTable, m_activityTable}) {
        table->setCompact(true);
        table->setMinimumHeight(168);
    }
    connect(m_branchTable, &TableView::rowActivated, this, [this](const QModelIndex &index) {
        Q_EMIT branchOpened(index.data(Roles::Id).toString(), u"loans"_s);
    });
    auto *line = new Branchline::Panel(Panel::Ground::Surface, Panel::StartEdge);
    auto *inside = new QVBoxLayout(line);
    inside->setContentsMargins(1, 0, 0, 0);
    inside->addWidget(m_activityTable);
    auto *row = new QHBoxLayout(tables);
    row->setContentsMargins(0, 1, 0, 0);
    row->setSpacing(0);
    row->addWidget(m_branchTable, 5);
    row->addWidget(line, 3);
    return tables;
}

void StatisticsView::fillRangeMenu()
{
    auto *group = new QActionGroup(m_rangeMenu);
    for (const auto range : {FiguresRange::Days30, FiguresRange::Weeks12, FiguresRange::Months12}) {
        QAction *action = m_rangeMenu->addAction(rangeName(range));
        action->setCheckable(true);
        action->setChecked(range == FiguresRange::Days30);
        action->setActionGroup(group);
        connect(action, &QAction::triggered, this, [this, range] {
            m_rangeButton->setText(rangeName(range));
            m_rangeButton->updateGeometry();
            Q_EMIT rangeChosen(range);
        });
    }
    m_rangeMenu->setAccessibleName(tr("How far back"));
    m_rangeButton->setAccessibleName(tr("How far back: %1").arg(rangeName(FiguresRange::Days30)));
    m_rangeButton->setToolTip(tr("Choose how far back the lines go"));
}

void StatisticsView::openMenu(QMenu *menu, const Button *button)
{
    const bool mirrored = layoutDirection() == Qt::RightToLeft;
    const int width = menu->sizeHint().width();
    menu->popup(button->mapToGlobal(QPoint(mirrored ? 0 : button->width() - width, button->height() + 4)));
}

void StatisticsView::setBranches(const QList<Choice> &branches, const QString &own)
{
    m_branchMenu->clear();
    delete m_branchMenu->findChild<QActionGroup *>();
    auto *group = new QActionGroup(m_branchMenu);
    const auto add = [&](const QString &text, const QString &id, const QString &name) {
        QAction *action = m_branchMenu->addAction(text);
        action->setCheckable(true);
        action->setActionGroup(group);
        action->setChecked(id == m_branchId);
        connect(action, &QAction::triggered, this, [this, id, name] { chooseBranch(id, name); });
    };
    add(tr("All branches"), {}, tr("All branches"));
    for (const Choice &branch : branches) {
        if (branch.id == own)
            add(tr("This branch, %1").arg(branch.name), branch.id, branch.name);
    }
    m_branchMenu->addSeparator();
    for (const Choice &branch : branches) {
        if (branch.id != own)
            add(branch.name, branch.id, branch.name);
    }
    m_branchMenu->setAccessibleName(tr("Branch"));
    m_branchButton->setToolTip(tr("Choose the branch that tiles and lines are about"));
}

void StatisticsView::chooseBranch(const QString &id, const QString &name)
{
    m_branchId = id;
    m_branchButton->setText(name);
    m_branchButton->updateGeometry();
    m_bars->setMarked(id);
    Q_EMIT branchChosen(id);
}

void StatisticsView::setBranchModel(QAbstractItemModel *model)
{
    m_bars->setFigures(model);
    m_branchTable->setModel(model);
    m_branchTable->setSampleTexts({tr("Old Town Branch Library"), tr("secondary"), u"1,030,412"_s,
                                   u"1,030,412"_s, u"1,030,412"_s, u"100,000"_s, tr("Utilisation")},
                                  0, {1});
    QHeaderView *header = m_branchTable->horizontalHeader();
    for (int column = 1; column < firstNumber + numberColumns; ++column)
        header->setSectionResizeMode(column, QHeaderView::Stretch);
    header->setSectionsClickable(true);
    header->setSortIndicator(firstNumber + 2, Qt::DescendingOrder);
    m_branchTable->setSortingEnabled(true);
    connect(model, &QAbstractItemModel::modelReset, this, &StatisticsView::spanSilentRows);
    spanSilentRows();
}

void StatisticsView::setActivityModel(QAbstractItemModel *model)
{
    m_activityTable->setModel(model);
    for (int column = 0; column < model->columnCount(); ++column)
        m_activityTable->horizontalHeader()->setSectionResizeMode(column, QHeaderView::Stretch);
}

/// Why a branch is not counted needs the room of its numbers.
void StatisticsView::spanSilentRows()
{
    const QAbstractItemModel *model = m_branchTable->model();
    m_branchTable->clearSpans();
    for (int row = 0; row < model->rowCount(); ++row) {
        if (!model->index(row, 0).data(Roles::IsCounted).toBool())
            m_branchTable->setSpan(row, firstNumber, 1, numberColumns);
    }
}

void StatisticsView::setTables(bool tables)
{
    m_tables = tables;
    m_switch->setCurrentIndex(tables ? 1 : 0);
    m_charts->setVisible(!tables);
    m_activityTable->parentWidget()->setVisible(tables);
    setFocusProxy(tables ? static_cast<QWidget *>(m_branchTable) : m_bars);
}

void StatisticsView::setFigures(const StatisticsFigures &figures)
{
    m_coverage->setText(coverageSentence(figures));
    showTiles(figures);
    showCharts(figures);
    showMessages(figures);
    showState(figures);
}

void StatisticsView::showTiles(const StatisticsFigures &figures)
{
    const BranchFigures &sums = figures.sums;
    const QLocale locale;
    const bool known = figures.asOf.isValid();
    const auto number = [&](qint64 value) { return known ? locale.toString(value) : QString(); };
    m_copies->setValue(number(sums.copies));
    m_copies->setLine({}, !known                          ? QString()
                          : !figures.branchName.isEmpty() ? figures.branchName
                          : figures.answered < figures.total
                              ? tr("%1 of %2 shards").arg(figures.answered).arg(figures.total)
                              : tr("all branches"));
    const QString available = share(sums.available, sums.copies);
    m_available->setValue(number(sums.available));
    m_available->setLine({}, available.isEmpty() ? QString() : tr("%1 of copies").arg(available));
    m_lent->setValue(number(sums.lent));
    const QString change = changeWords(sums.lent, figures.lentBefore);
    QString since = tr("in 30 days");
    if (figures.range == FiguresRange::Weeks12)
        since = tr("in 12 weeks");
    else if (figures.range == FiguresRange::Months12)
        since = tr("since %1").arg(locale.toString(figures.span.first, u"d MMM yyyy"_s));
    m_lent->setLine(change, change.isEmpty() ? QString() : since);
    m_overdue->setValue(number(sums.overdue), sums.overdue > 0 ? Status::Overdue : Status::None);
    const QString overdue = share(sums.overdue, sums.lent);
    m_overdue->setLine({}, overdue.isEmpty() ? QString() : tr("%1 of loans").arg(overdue));
    m_utilisation->setValue(known && sums.copies > 0 ? share(sums.lent, sums.copies) : QString());
    m_utilisation->setLine({}, known ? tr("loans per copy now") : QString());
    for (StatTile *tile : {m_copies, m_available, m_lent, m_overdue, m_utilisation})
        tile->setStale(figures.state == State::Stale);
}

void StatisticsView::showCharts(const StatisticsFigures &figures)
{
    const bool stale = figures.state == State::Stale;
    const QString title = chartTitle(figures.range);
    m_chartCard->setTitle(title);
    const bool known = figures.asOf.isValid();
    const QString sentence = known ? activitySentence(figures) : QString();
    m_chartCard->setRemark(sentence);
    m_chart->setAccessibleName(title);
    m_chart->setAccessibleDescription(tr("%1. The numbers are in the view “Tables”.").arg(sentence));
    m_chart->setPeriods(figures.range, figures.periods, figures.span.last);
    m_chart->setStale(stale);
    m_bars->setStale(stale);
    m_chartCard->setStale(stale);
    m_barCard->setStale(stale);
    m_branchTable->cells()->setStale(stale);
    m_activityTable->cells()->setStale(stale);
    const bool notCounted = figures.state == State::Partial && !figures.usesLastKnown;
    m_barCard->setFootNote(notCounted && !figures.notCounted.isEmpty()
                               ? tr("Not counted: %1.").arg(figures.notCounted.join(u", "_s))
                               : QString());
    m_rangeButton->setAccessibleName(tr("How far back: %1").arg(rangeName(figures.range)));
    m_branchButton->setAccessibleName(tr("Branch: %1").arg(m_branchButton->text()));
    showBarRemark();
}

void StatisticsView::showBarRemark()
{
    const int shown = m_bars->shownBars();
    const int all = m_bars->allBars();
    m_barCard->setRemark(shown < all ? tr("%1 largest of %2").arg(shown).arg(all) : QString());
}

void StatisticsView::showMessages(const StatisticsFigures &figures)
{
    const FiguresWords words = missingWords(figures);
    if (words.first.isEmpty()) {
        const bool recovered = figures.state == State::Ready && !m_wasMissing.isEmpty();
        if (recovered)
            m_messages->showMessage(MessageBar::Kind::Info,
                                    m_wasMissing.size() == 1
                                        ? tr("%1 is back.").arg(m_wasMissing.first())
                                        : tr("%1 are back.").arg(m_wasMissing.join(u", "_s)),
                                    tr("All branches are counted."), {}, true);
        else if (!m_told.isEmpty())
            m_messages->clear();
        m_wasMissing.clear();
        m_told.clear();
        return;
    }
    m_wasMissing = figures.missing;
    QList<QAction *> actions{m_retry};
    const bool offersLastKnown =
        figures.state == State::Partial && figures.lastKnown.isValid() && !figures.usesLastKnown;
    if (offersLastKnown) {
        m_useLastKnown->setText(
            tr("Use last known (%1)").arg(QLocale().toString(figures.lastKnown.time(), u"HH:mm"_s)));
        actions.append(m_useLastKnown);
    }
    // The same words are told once: every telling is read out.
    const QStringList told{words.first, words.rest, QString::number(actions.size())};
    if (told == m_told && !m_messages->isHidden())
        return;
    m_told = told;
    m_messages->showMessage(figures.state == State::Stale ? MessageBar::Kind::Offline
                                                          : MessageBar::Kind::Warning,
                            words.first, words.rest, actions);
}

void StatisticsView::showState(const StatisticsFigures &figures)
{
    const bool none =
        figures.state == State::Ready && m_branchTable->model() && m_branchTable->model()->rowCount() == 0;
    const bool failed = figures.state == State::Failed;
    const int index = none || failed ? 1 : 0;
    if (failed)
        m_empty->setContent(
            u"offline"_s, tr("These figures could not be loaded."),
            tr("%1 Branchline asks again every second; nothing is lost.").arg(figures.problem), {m_retry});
    else if (none)
        m_empty->setContent(u"statistics"_s, tr("No figures yet"),
                            tr("As soon as a branch has copies, they are counted here."), {},
                            coverageSentence(figures));
    m_stack->setCurrentIndex(index);
}

void StatisticsView::paintEvent(QPaintEvent *)
{
    QPainter(this).fillRect(rect(), colors().surface);
}

} // namespace Branchline
