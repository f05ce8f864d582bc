// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/patrons/patronrecordview.h"

#include "models/roles.h"
#include "ui/patrons/recordhead.h"
#include "ui/patrons/recordside.h"
#include "ui/widgets/button.h"
#include "ui/widgets/counttabs.h"
#include "ui/widgets/listpane.h"
#include "ui/widgets/statuslight.h"
#include "ui/widgets/tableview.h"
#include "ui/widgets/textline.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLocale>
#include <QPainter>
#include <QScrollArea>
#include <QStackedWidget>
#include <QStandardItemModel>
#include <QVBoxLayout>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

enum Tab { LoansTab, HistoryTab, CardsTab };

constexpr int narrowBelow = 1000;

} // namespace

PatronRecordView::PatronRecordView(QWidget *parent)
    : QWidget(parent)
    , m_head(new RecordHead)
    , m_stack(new QStackedWidget)
    , m_cardModel(new QStandardItemModel(0, 2, this))
    , m_side(new RecordSide)
{
    connect(m_head, &RecordHead::backRequested, this, &PatronRecordView::backRequested);
    connect(m_head, &RecordHead::editRequested, this, &PatronRecordView::editRequested);
    connect(m_head, &RecordHead::lendRequested, this, &PatronRecordView::lendRequested);
    connect(m_side, &RecordSide::endBlockRequested, this, &PatronRecordView::endBlockRequested);
    m_history = new ListPane(tr("Loans that came back"));
    m_cards = new ListPane(tr("Cards"));
    m_stack->addWidget(makeLoans());
    m_stack->addWidget(m_history);
    m_stack->addWidget(m_cards);
    m_cardModel->setHorizontalHeaderLabels({tr("Card"), tr("Status")});
    m_cards->table()->setModel(m_cardModel);
    m_cards->table()->setSampleTexts({QString(), tr("In use since 30 Nov 2028 and longer")}, 0);
    auto *scroll = new QScrollArea;
    scroll->setWidget(m_side);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFixedWidth(312);
    scroll->setFocusPolicy(Qt::NoFocus);
    auto *body = new QHBoxLayout;
    body->setSpacing(0);
    body->addWidget(m_stack, 1);
    body->addWidget(scroll);
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->setSpacing(0);
    page->addWidget(m_head);
    page->addWidget(makeTabRow());
    page->addLayout(body, 1);
    m_foot = makeFoot();
    page->addWidget(m_foot);
    setFocusProxy(m_loans);
}

QWidget *PatronRecordView::makeTabRow()
{
    auto *row = new Panel(Panel::Ground::Surface, Panel::BottomEdge);
    m_tabs = new CountTabs(43);
    m_tabs->setAccessibleName(tr("Parts of the record"));
    m_tabs->addTab(tr("Loans"));
    m_tabs->addTab(tr("History"));
    m_tabs->addTab(tr("Cards"));
    connect(m_tabs, &QTabBar::currentChanged, this, &PatronRecordView::showTab);
    m_light = new StatusLight;
    m_light->setAccessibleName(tr("Shards"));
    m_coverage = new TextLine(TextRole::Body, false, TextLine::Tone::Muted);
    m_coverage->setElided(false);
    m_renewAll = new Button(u"renewed"_s, tr("Renew all"), u"Ctrl+F2"_s);
    connect(m_renewAll, &QAbstractButton::clicked, this, &PatronRecordView::renewAllRequested);
    auto *box = new QHBoxLayout(row);
    box->setContentsMargins(4, 0, 16, 1);
    box->setSpacing(6);
    box->addWidget(m_tabs, 1);
    box->addWidget(m_light);
    box->addWidget(m_coverage);
    box->addSpacing(6);
    box->addWidget(m_renewAll);
    return row;
}

QWidget *PatronRecordView::makeLoans()
{
    auto *page = new QWidget;
    m_loans = new ListPane(tr("Loans"));
    m_loansLine = new TextLine(TextRole::Body, false, TextLine::Tone::Muted);
    auto *box = new QVBoxLayout(page);
    box->setContentsMargins(0, 0, 0, 0);
    box->setSpacing(0);
    box->addWidget(m_loans, 1);
    auto *foot = new QHBoxLayout;
    foot->setContentsMargins(16, 8, 16, 8);
    foot->addWidget(m_loansLine, 1);
    box->addLayout(foot);
    page->setFocusProxy(m_loans);
    return page;
}

Panel *PatronRecordView::makeFoot()
{
    auto *foot = new Panel(Panel::Ground::Window, Panel::TopEdge);
    m_selected = new TextLine(TextRole::Body, true);
    m_selected->setElided(false);
    m_reason = new TextLine(TextRole::Body, false, TextLine::Tone::Muted);
    auto *clear = new Button(QString(), tr("Clear"), u"Esc"_s);
    clear->setKind(Button::Kind::Flat);
    clear->setToolTip(tr("Take the ticks off all loans."));
    connect(clear, &QAbstractButton::clicked, this, &PatronRecordView::marksCleared);
    m_renew = new Button(u"renewed"_s, tr("Renew"));
    m_renew->setToolTip(tr("Renew the ticked loans by the rules of this branch."));
    connect(m_renew, &QAbstractButton::clicked, this, &PatronRecordView::renewRequested);
    auto *row = new QHBoxLayout(foot);
    row->setContentsMargins(16, 0, 16, 0);
    row->setSpacing(12);
    row->addWidget(m_selected);
    row->addWidget(m_reason, 1);
    row->addWidget(clear);
    row->addWidget(m_renew);
    foot->setFixedHeight(controlHeight(52, textFont(TextRole::Body), 24));
    foot->hide();
    return foot;
}

void PatronRecordView::setLoanModels(QAbstractItemModel *open, QAbstractItemModel *returned)
{
    m_loans->table()->setModel(open);
    m_loans->table()->setColumnsFromModel();
    m_history->table()->setModel(returned);
    m_history->table()->setColumnsFromModel();
    m_history->table()->setCompact(true);
    connect(m_loans->table(), &TableView::rowActivated, this,
            [this](const QModelIndex &index) { Q_EMIT loanOpened(index.row()); });
    connect(m_history->table(), &TableView::rowActivated, this,
            [this](const QModelIndex &index) { Q_EMIT returnedOpened(index.row()); });
}

void PatronRecordView::setRefusals(const PatronRefusals &refusals)
{
    m_head->setRefusals(refusals);
    m_side->setRefusal(refusals.editing);
    m_renewRefusal = refusals.renewing;
    showRenewAll();
    setMarked(m_marks, m_markReason, m_canRenew);
}

void PatronRecordView::showRenewAll()
{
    m_renewAll->setEnabled(m_hasLoans && !m_stale && m_renewRefusal.isEmpty());
    m_renewAll->setToolTip(!m_renewRefusal.isEmpty() ? m_renewRefusal
                           : m_hasLoans ? tr("Renew every loan by the rules of this branch (Ctrl+F2).")
                                        : tr("There is nothing to renew: this patron has no loans."));
}

void PatronRecordView::setLoading()
{
    m_loans->showLoading();
    m_loansLine->setText(QString());
    m_coverage->setText(QString());
    m_light->hide();
    m_hasLoans = false;
    showRenewAll();
}

void PatronRecordView::setFacts(const RecordFacts &facts)
{
    const QLocale locale;
    m_head->setFacts(facts);
    m_side->setFacts(facts);
    m_tabs->setCount(LoansTab, facts.loansKnown ? locale.toString(facts.onLoan) : QString());
    m_tabs->setCount(CardsTab, locale.toString(facts.cards.size()));
    m_coverage->setText(facts.coverage);
    m_coverage->setStatus(Status::Overdue);
    m_coverage->setTone(facts.missing.isEmpty() ? TextLine::Tone::Muted : TextLine::Tone::Status);
    m_light->setState(facts.missing.isEmpty() ? StatusLight::State::Ok : StatusLight::State::Slow);
    m_light->setVisible(!facts.coverage.isEmpty());
    m_loansLine->setText(facts.loansLine);
    m_hasLoans = facts.onLoan > 0;
    showRenewAll();
    if (!facts.loansKnown)
        m_loans->showLoading();
    else if (facts.onLoan > 0)
        m_loans->showRows(m_stale);
    else if (facts.loansComplete)
        m_loans->showWords(
            {u"done"_s, tr("Nothing is on loan."), tr("Press F1 to lend to this patron."), {}});
    else
        m_loans->showWords({u"unknown"_s,
                            tr("No loan is known."),
                            tr("Loans may be kept at the shards that do not answer."),
                            {}});
    if (facts.returned > 0)
        m_history->showRows(m_stale);
    else
        m_history->showWords({u"history"_s,
                              tr("Nothing has come back yet."),
                              tr("Loans are listed here after they were returned."),
                              {}});
    showCards(facts);
}

void PatronRecordView::showCards(const RecordFacts &facts)
{
    m_cardModel->removeRows(0, m_cardModel->rowCount());
    for (const auto &[number, state] : facts.cards)
        m_cardModel->appendRow({new QStandardItem(number), new QStandardItem(state)});
    if (facts.cards.isEmpty())
        m_cards->showWords(
            {u"card"_s, tr("This patron has no card."), tr("Add one with Edit (Ctrl+E)."), {}});
    else
        m_cards->showRows(m_stale);
}

void PatronRecordView::setStale(bool stale)
{
    m_stale = stale;
}

void PatronRecordView::setMarked(int count, const QString &reason, bool canRenew)
{
    m_marks = count;
    m_markReason = reason;
    m_canRenew = canRenew;
    m_selected->setText(count == 0   ? QString()
                        : count == 1 ? tr("1 loan selected")
                                     : tr("%1 loans selected").arg(QLocale().toString(count)));
    m_reason->setText(count > 0 && !m_renewRefusal.isEmpty() ? m_renewRefusal : reason);
    m_renew->setEnabled(canRenew && count > 0 && m_renewRefusal.isEmpty());
    m_foot->setVisible(count > 0 || !reason.isEmpty());
}

void PatronRecordView::showLoans()
{
    m_tabs->setCurrentIndex(LoansTab);
    showTab(LoansTab);
}

void PatronRecordView::showTab(int index)
{
    m_stack->setCurrentIndex(index);
    setFocusProxy(index == LoansTab ? m_loans : index == HistoryTab ? m_history : m_cards);
}

void PatronRecordView::paintEvent(QPaintEvent *)
{
    QPainter(this).fillRect(rect(), colors().surface);
}

void PatronRecordView::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    const bool narrow = width() < narrowBelow;
    m_head->setNarrow(narrow);
    m_side->parentWidget()->parentWidget()->setFixedWidth(narrow ? 248 : 312);
    // Author and branch are the least that a desk needs.
    if (m_loans->table()->model() != nullptr) {
        m_loans->table()->setColumnHidden(2, narrow);
        m_loans->table()->setColumnHidden(3, narrow);
        m_history->table()->setColumnHidden(1, narrow);
    }
}

} // namespace Branchline
