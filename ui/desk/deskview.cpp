// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/desk/deskview.h"

#include "ui/desk/scanlist.h"
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
    , m_refusalBar(new MessageBar)
    , m_strip(new PatronStrip)
    , m_section(new SectionLine)
    , m_foot(new DeskFoot)
{
    setAccessibleName(tr("Desk"));
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->setSpacing(0);
    page->addWidget(makeHead());
    page->addWidget(m_refusalBar);
    page->addWidget(m_messages);
    page->addWidget(m_strip);
    page->addWidget(makeScanRow());
    m_result = new CheckInResultCard;
    m_resultRow = new Panel(Panel::Ground::Surface);
    auto *resultRow = new QVBoxLayout(m_resultRow);
    resultRow->setContentsMargins(16, 0, 16, 12);
    resultRow->addWidget(m_result);
    page->addWidget(m_resultRow);
    page->addWidget(makePrompt());
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

void DeskView::setRefusal(const QString &why)
{
    if (std::exchange(m_refusal, why) == why)
        return;
    const bool hadFocus = isAncestorOf(focusWidget());
    if (why.isEmpty())
        m_refusalBar->clear();
    else
        m_refusalBar->showMessage(MessageBar::Kind::Warning, why.section(u". "_s, 0, 0) + u'.',
                                  why.section(u". "_s, 1));
    if (hadFocus && !why.isEmpty())
        m_switch->setFocus(Qt::OtherFocusReason); // else the next key goes to another part of the window
    m_scanBox->setEnabled(why.isEmpty());
    m_scanBox->setToolTip(why);
    refreshList();
    if (hadFocus)
        focusScanBox();
}

void DeskView::takeScan(const QString &text)
{
    if (!m_refusal.isEmpty())
        return;           // the bar says why
    showLastScans(false); // the answer must be seen
    Q_EMIT scanned(m_mode, text);
    if (isDeciding() && m_scanBox->hasFocus())
        focusScanBox(); // the prompt came in the middle of this scan
}

void DeskView::finish()
{
    focusScanBox();
    if (m_foot->doneButton()->isEnabled() && !isDeciding())
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
    if (isDeciding())
        m_scanBox->setPlaceholder(tr("Scans made now wait until you have decided"));
    else if (m_mode == Mode::CheckIn)
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
    m_foot->setCanUndo(m_refusal.isEmpty() && currentList()->newestToUndo().isValid());
    m_section->setTitle(m_lastShown                ? tr("Last scans at this desk")
                        : m_mode == Mode::CheckOut ? tr("This visit")
                        : m_mode == Mode::CheckIn  ? tr("Returned in this batch")
                                                   : tr("Renewed in this batch"));
    m_section->setRemark(
        m_waitingForDecision == 1  ? tr("1 scan waits for this decision")
        : m_waitingForDecision > 1 ? tr("%1 scans wait for this decision").arg(m_waitingForDecision)
        : m_lastShown ? tr("newest first; can be undone for a day, until something else happens to the copy")
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
    if (isDeciding())
        m_prompt->declineButton()->setFocus(Qt::OtherFocusReason);
    else
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
    m_foot->setCanUndo(m_refusal.isEmpty() && currentList()->newestToUndo().isValid());
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
