// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/deskview.h"

#include "ui/desk/returnrowdelegate.h"
#include "ui/desk/scanlist.h"
#include "ui/desk/scanrowdelegate.h"
#include "ui/widgets/button.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/panel.h"
#include "ui/widgets/scanbox.h"
#include "ui/widgets/sectionline.h"
#include "ui/widgets/segmentedswitch.h"
#include "ui/widgets/textline.h"

#include <QAbstractItemModel>
#include <QHBoxLayout>
#include <QPainter>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace Branchline {

using namespace Qt::StringLiterals;

namespace {

constexpr int lowBelow = 600;
constexpr int narrowBelow = 1000;

} // namespace

DeskView::DeskView(QWidget *parent)
    : QWidget(parent)
    , m_messages(new MessageBar)
    , m_strip(new PatronStrip)
    , m_section(new SectionLine)
    , m_foot(new DeskFoot)
{
    setAccessibleName(tr("Desk"));
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->setSpacing(0);
    page->addWidget(makeHead());
    page->addWidget(m_messages);
    page->addWidget(m_strip);
    page->addWidget(makeScanRow());
    m_result = new CheckInResultCard;
    m_resultRow = new Panel(Panel::Ground::Surface);
    auto *resultRow = new QVBoxLayout(m_resultRow);
    resultRow->setContentsMargins(16, 0, 16, 12);
    resultRow->addWidget(m_result);
    page->addWidget(m_resultRow);
    page->addWidget(m_section);
    makeLists();
    page->addWidget(m_lists, 1);
    page->addWidget(m_foot);
    connect(m_result, &CheckInResultCard::undoRequested, this, [this] {
        focusScanBox();
        m_list.at(static_cast<size_t>(Mode::CheckIn))->undoNewest();
    });
    connect(m_foot->undoButton(), &QAbstractButton::clicked, this, [this] {
        focusScanBox();
        currentList()->undoNewest();
    });
    m_strip->hide();
    connect(m_strip, &PatronStrip::closed, this, [this] {
        focusScanBox();
        Q_EMIT patronClosed();
    });
    connect(m_foot->doneButton(), &QAbstractButton::clicked, this, &DeskView::finish);
    makeShortcuts();
    setFocusProxy(m_scanBox);
    setDueDate({}, {});
    refreshSize();
    refreshMode();
}

QWidget *DeskView::makeHead()
{
    m_switch = new SegmentedSwitch;
    m_switch->addSegment(tr("Check out"), u"F1"_s);
    m_switch->addSegment(tr("Check in"), u"F2"_s);
    m_switch->addSegment(tr("Renew"), u"Ctrl+F2"_s);
    m_switch->setAccessibleName(tr("What the scans do"));
    m_switch->setFocusPolicy(Qt::TabFocus);
    connect(m_switch, &SegmentedSwitch::currentChanged, this, [this](int index) {
        setMode(static_cast<Mode>(index));
        focusScanBox();
    });
    m_head = new Panel(Panel::Ground::Surface, Panel::BottomEdge);
    m_headRow = new QHBoxLayout(m_head);
    m_headRow->setContentsMargins(16, 0, 16, 0);
    m_headRow->addWidget(m_switch);
    m_headRow->addStretch(1);
    m_lastButton = new Button(u"history"_s, tr("Last scans"), u"F8"_s);
    m_lastButton->setKind(Button::Kind::Flat);
    m_lastButton->setCheckable(true);
    m_lastButton->setFocusPolicy(Qt::TabFocus);
    m_lastButton->setToolTip(tr("The scans of the visits before, which can still be undone."));
    connect(m_lastButton, &QAbstractButton::clicked, this, [this](bool checked) {
        showLastScans(checked);
        focusScanBox();
    });
    m_headRow->addWidget(m_lastButton);
    m_head->setFixedHeight(std::max(52, m_switch->sizeHint().height() + 16));
    return m_head;
}

QWidget *DeskView::makeScanRow()
{
    m_scanPanel = new Panel(Panel::Ground::Surface);
    m_scanBox = new ScanBox;
    m_scanBox->setAccessibleName(tr("Scan box"));
    connect(m_scanBox, &ScanBox::scanned, this, [this](const QString &text) {
        showLastScans(false); // the answer must be seen
        Q_EMIT scanned(m_mode, text);
    });
    m_scanRow = new QHBoxLayout(m_scanPanel);
    m_scanRow->setSpacing(16);
    m_scanRow->addWidget(m_scanBox, 1);
    m_scanRow->addWidget(makeDueDate());
    return m_scanPanel;
}

QWidget *DeskView::makeDueDate()
{
    m_due = new QWidget;
    m_dueCaption = new TextLine(TextRole::Caption, false, TextLine::Tone::Muted);
    m_dueDate = new TextLine(TextRole::Subhead, true);
    m_dueRule = new TextLine(TextRole::Body, false, TextLine::Tone::Muted);
    for (TextLine *line : {m_dueCaption, m_dueDate, m_dueRule})
        line->setElided(false);
    auto *line = new QHBoxLayout;
    line->setSpacing(8);
    line->addWidget(m_dueDate);
    line->addWidget(m_dueRule);
    line->addStretch(1);
    auto *box = new QVBoxLayout(m_due);
    box->setContentsMargins(0, 0, 0, 0);
    box->setSpacing(0);
    box->addStretch(1);
    box->addWidget(m_dueCaption);
    box->addLayout(line);
    box->addStretch(1);
    return m_due;
}

ScanList *DeskView::addList(const QString &name, QAbstractItemDelegate *delegate)
{
    auto *list = new ScanList;
    list->setObjectName(name);
    delegate->setParent(list);
    list->setItemDelegate(delegate);
    connect(list, &ScanList::undoRequested, this, &DeskView::undoRequested);
    m_lists->addWidget(list);
    return list;
}

void DeskView::makeLists()
{
    m_lists = new QStackedWidget;
    ScanList *visit = addList(u"visit"_s, new ScanRowDelegate);
    visit->setAccessibleName(tr("Scans of this visit, newest first"));
    ScanList *batch = addList(u"batch"_s, new ReturnRowDelegate);
    batch->setEmptyText(u"scan"_s, tr("Scan the copies that were brought back."));
    batch->setAccessibleName(tr("Copies returned in this batch, newest first"));
    ScanList *renewals = addList(u"renewals"_s, new ScanRowDelegate);
    renewals->setEmptyText(u"renewed"_s, tr("Scan the copies whose loans are to be renewed."));
    renewals->setAccessibleName(tr("Renewals of this batch, newest first"));
    m_list = {visit, batch, renewals};
    m_lastList = addList(u"lastScans"_s, new ScanRowDelegate);
    m_lastList->setEmptyText(u"history"_s, tr("Scans come here when their visit is done."));
    m_lastList->setAccessibleName(tr("Scans of the visits before, newest first"));
}

void DeskView::makeShortcuts()
{
    const auto add = [this](const QKeySequence &key, auto slot) {
        connect(new QShortcut(key, this), &QShortcut::activated, this, slot);
    };
    add(Qt::Key_F1, [this] {
        setMode(Mode::CheckOut);
        focusScanBox();
    });
    add(Qt::Key_F2, [this] {
        setMode(Mode::CheckIn);
        focusScanBox();
    });
    add(QKeySequence(Qt::CTRL | Qt::Key_F2), [this] {
        setMode(Mode::Renew);
        focusScanBox();
    });
    add(Qt::Key_F8, [this] { showLastScans(!m_lastShown); });
    add(QKeySequence::Undo, [this] { undoNow(); });
    add(Qt::Key_Escape, [this] {
        showLastScans(false);
        focusScanBox();
    });
    add(QKeySequence(Qt::CTRL | Qt::Key_Return), [this] { finish(); });
    add(QKeySequence(Qt::CTRL | Qt::Key_Enter), [this] { finish(); });
}

void DeskView::finish()
{
    focusScanBox();
    if (m_foot->doneButton()->isEnabled())
        Q_EMIT doneRequested(m_mode);
}

ScanList *DeskView::currentList() const
{
    return m_lastShown ? m_lastList : m_list.at(static_cast<size_t>(m_mode));
}

/// In a list the current row, elsewhere the newest scan.
void DeskView::undoNow()
{
    if (currentList()->hasFocus())
        currentList()->undoCurrent();
    else
        currentList()->undoNewest();
}

void DeskView::showLastScans(bool shown)
{
    if (m_lastShown == shown)
        return;
    m_lastShown = shown;
    m_lastButton->setChecked(shown);
    refreshMode();
}

void DeskView::setMode(Mode mode)
{
    showLastScans(false);
    if (mode == m_mode)
        return;
    m_mode = mode;
    refreshMode();
    Q_EMIT modeChanged(mode);
}

void DeskView::refreshMode()
{
    const bool out = m_mode == Mode::CheckOut;
    const bool in = m_mode == Mode::CheckIn;
    m_switch->setCurrentIndex(static_cast<int>(m_mode));
    m_strip->setVisible(out && m_patronThere);
    m_due->setVisible(out && !m_dueDate->text().isEmpty());
    m_resultRow->setVisible(in && m_resultThere);
    // The section line draws the edge of the list; in a low window what stands above does.
    const bool low = m_low.value_or(false);
    m_scanPanel->setEdges(low && (!in || !m_resultThere) ? Panel::BottomEdge : Panel::NoEdge);
    m_resultRow->setEdges(low ? Panel::BottomEdge : Panel::NoEdge);
    m_foot->setPatronThere(out && m_patronThere);
    // The card of the last return has the same button.
    m_foot->undoButton()->setVisible(!in || !m_resultThere || m_lastShown);
    refreshList();
    refreshPlaceholder();
}

void DeskView::refreshPlaceholder()
{
    if (m_mode == Mode::CheckIn)
        m_scanBox->setPlaceholder(tr("Scan returned copies"));
    else if (m_mode == Mode::Renew)
        m_scanBox->setPlaceholder(tr("Scan copies to renew"));
    else if (width() < narrowBelow)
        m_scanBox->setPlaceholder(m_patronThere ? tr("Scan a copy or a card") : tr("Scan a patron card"));
    else if (m_patronThere)
        m_scanBox->setPlaceholder(tr("Scan a copy, or another patron card"));
    else
        m_scanBox->setPlaceholder(tr("Scan a patron card to begin, or a copy"));
}

void DeskView::refreshList()
{
    m_lists->setCurrentWidget(currentList());
    m_foot->setCanUndo(currentList()->newestToUndo().isValid());
    m_section->setTitle(m_lastShown                ? tr("Last scans at this desk")
                        : m_mode == Mode::CheckOut ? tr("This visit")
                        : m_mode == Mode::CheckIn  ? tr("Returned in this batch")
                                                   : tr("Renewed in this batch"));
    m_section->setRemark(
        m_lastShown ? tr("newest first; can be undone for a day, until something else happens to the copy")
        : m_mode == Mode::CheckIn ? tr("newest first; each can be undone")
                                  : tr("newest first"));
    ScanList *visit = m_list.at(static_cast<size_t>(Mode::CheckOut));
    if (m_patronThere)
        visit->setEmptyText(u"scan"_s, tr("Scan the copies to lend."));
    else
        visit->setEmptyText(u"card"_s, tr("Scan a patron card to begin, or a copy to see what it is."));
}

void DeskView::refreshSize()
{
    const bool narrow = width() < narrowBelow;
    m_dueCaption->setText(narrow ? tr("Due date") : tr("Due date for this visit"));
    m_dueRule->setVisible(!narrow && !m_dueRule->text().isEmpty());
    m_due->setMinimumWidth(narrow ? 0 : 250);
    refreshPlaceholder();
    const bool low = window()->height() < lowBelow;
    if (m_low == low)
        return;
    m_low = low;
    m_strip->setLow(low);
    m_foot->setLow(low);
    m_head->setVisible(!low);
    m_section->setVisible(!low);
    m_scanBox->setCompact(low);
    m_scanRow->setContentsMargins(16, low ? 8 : 12, 16, low ? 8 : 12);
    // In a low window the switch gives its line to the list.
    if (low)
        m_scanRow->insertWidget(0, m_switch);
    else
        m_headRow->insertWidget(0, m_switch);
    refreshMode();
}

void DeskView::focusScanBox()
{
    m_scanBox->setFocus(Qt::OtherFocusReason);
}

void DeskView::setScanModel(Mode mode, QAbstractItemModel *model)
{
    m_list.at(static_cast<size_t>(mode))->setModel(model);
}

void DeskView::setLastScansModel(QAbstractItemModel *model)
{
    m_lastList->setModel(model);
}

void DeskView::setPatron(const std::optional<PatronFacts> &patron)
{
    m_patronThere = patron.has_value();
    if (patron)
        m_strip->setFacts(*patron);
    refreshMode();
}

void DeskView::setDueDate(const QString &date, const QString &rule)
{
    m_dueDate->setText(date);
    m_dueRule->setText(rule);
    m_due->setAccessibleName(date.isEmpty() ? QString()
                                            : tr("Due date for this visit: %1, %2").arg(date, rule));
    refreshMode();
    refreshSize();
}

void DeskView::setResult(const std::optional<CheckInResult> &result)
{
    m_resultThere = result.has_value();
    if (result)
        m_result->setResult(*result);
    refreshMode();
}

void DeskView::setCounts(const DeskCounts &counts)
{
    m_foot->setCounts(counts);
    m_foot->setCanUndo(currentList()->newestToUndo().isValid());
}

void DeskView::setBranchName(const QString &name)
{
    setAccessibleDescription(name.isEmpty() ? QString() : tr("The desk of %1.").arg(name));
}

void DeskView::setOffline(bool offline)
{
    m_scanBox->setOffline(offline);
}

void DeskView::paintEvent(QPaintEvent *)
{
    QPainter(this).fillRect(rect(), colors().surface);
}

void DeskView::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    refreshSize();
}

void DeskView::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    refreshSize();
    focusScanBox();
}

} // namespace Branchline
