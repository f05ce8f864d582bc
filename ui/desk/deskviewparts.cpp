// SPDX-License-Identifier: GPL-3.0-or-later
//
// The parts of DeskView, as they are made once.
#include "ui/desk/deskview.h"

#include "ui/desk/returnrowdelegate.h"
#include "ui/desk/scanlist.h"
#include "ui/desk/scanrowdelegate.h"
#include "ui/widgets/button.h"
#include "ui/widgets/panel.h"
#include "ui/widgets/scanbox.h"
#include "ui/widgets/segmentedswitch.h"
#include "ui/widgets/textline.h"

#include <QHBoxLayout>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace Branchline {

using namespace Qt::StringLiterals;

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
    connect(m_scanBox, &ScanBox::scanned, this, &DeskView::takeScan);
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
    connect(list, &ScanList::endRequested, this, &DeskView::endRequested);
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
    add(Qt::Key_Escape, [this] { escape(); });
    add(QKeySequence(Qt::CTRL | Qt::Key_Return), [this] { finish(); });
    add(QKeySequence(Qt::CTRL | Qt::Key_Enter), [this] { finish(); });
}

} // namespace Branchline
