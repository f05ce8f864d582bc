// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/staff/staffview.h"

#include "ui/staff/stafflistview.h"
#include "ui/staff/staffrecordview.h"
#include "ui/widgets/button.h"
#include "ui/widgets/textlabel.h"

#include <QAction>
#include <QApplication>
#include <QHBoxLayout>
#include <QPainter>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {
constexpr int listWidth = 340;
constexpr int oneAtATimeBelow = 980;
} // namespace

StaffView::StaffView(QWidget *parent)
    : QWidget(parent)
    , m_messages(new MessageBar)
    , m_add(new QAction(tr("Add a member of staff"), this))
    , m_retry(new QAction(tr("Read the staff again"), this))
    , m_list(new StaffListView)
    , m_record(new StaffRecordView)
    , m_sheet(new StaffSheet)
    , m_both(new QWidget)
    , m_stack(new QStackedWidget)
{
    setAccessibleName(tr("Staff"));
    auto *both = new QHBoxLayout;
    both->setSpacing(0);
    both->addWidget(m_list);
    both->addWidget(m_record, 1);
    auto *column = new QVBoxLayout(m_both);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(makeHead());
    column->addWidget(m_messages);
    column->addLayout(both, 1);
    m_stack->addWidget(m_both);
    m_stack->addWidget(m_sheet);
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->addWidget(m_stack);
    m_both->setFocusProxy(m_list);
    m_stack->setFocusProxy(m_list);
    setFocusProxy(m_stack);
    makeActions();
    joinParts();
    m_record->showNobody(u"card"_s, tr("Nobody selected"), tr("Choose somebody in the list."));
}

QWidget *StaffView::makeHead()
{
    auto *head = new Panel(Panel::Ground::Surface, Panel::BottomEdge);
    auto *title = new TextLabel(TextRole::Title, true);
    title->setText(tr("Staff"));
    auto *remark = new TextLabel(TextRole::Body, false, true);
    remark->setElided(true);
    remark->setText(tr("Who may sign in, and what each may do at which branch"));
    auto *add = new Button(u"person-add"_s, tr("Add staff"), u"Ctrl+N"_s);
    add->setKind(Button::Kind::Primary);
    connect(add, &QAbstractButton::clicked, m_add, &QAction::trigger);
    connect(m_add, &QAction::changed, add, [this, add] {
        add->setEnabled(m_add->isEnabled());
        add->setToolTip(m_add->toolTip());
    });
    auto *row = new QHBoxLayout(head);
    row->setContentsMargins(16, 0, 16, 1);
    row->setSpacing(12);
    row->addWidget(title);
    row->addWidget(remark, 1);
    row->addWidget(add);
    head->setFixedHeight(controlHeight(52, textFont(TextRole::Title, true), 20));
    return head;
}

void StaffView::makeActions()
{
    const auto place = [this](QAction *action, const QKeySequence &keys, const QString &icon) {
        action->setShortcut(keys);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        action->setProperty("iconName", icon);
        addAction(action);
    };
    place(m_add, QKeySequence::New, u"person-add"_s);
    place(m_retry, Qt::Key_F5, u"refresh"_s);
    connect(m_add, &QAction::triggered, this, [this] { openSheet(StaffSheetMode::Add); });
    connect(m_retry, &QAction::triggered, this, &StaffView::retryRequested);
    const auto key = [this](const QKeySequence &keys, auto handler) {
        connect(new QShortcut(keys, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut),
                &QShortcut::activated, this, handler);
    };
    key(Qt::Key_Escape, [this] { escape(); });
    key(QKeySequence::Find, [this] {
        if (isSheetOpen())
            return;
        m_isRecordOpen = false;
        arrange();
        m_list->focusSearch();
    });
    key(QKeySequence(Qt::CTRL | Qt::Key_E), [this] { openLogin(); });
    key(QKeySequence(Qt::ALT | Qt::Key_D), [this] {
        const StaffFacts &facts = m_record->facts();
        if (!isSheetOpen() && !m_isBusy && m_record->hasPerson() && !facts.isMe && facts.mayManage &&
            (facts.isActive || facts.isHalfDisabled()))
            m_record->disable();
    });
    key(QKeySequence(Qt::ALT | Qt::Key_I), [this] {
        const StaffFacts &facts = m_record->facts();
        if (!isSheetOpen() && !m_isBusy && m_record->hasPerson() && !facts.isActive && facts.mayManage)
            openSheet(StaffSheetMode::Return);
    });
}

void StaffView::joinParts()
{
    connect(m_list, &StaffListView::wordsEdited, this, &StaffView::wordsEdited);
    connect(m_list, &StaffListView::rowSelected, this, &StaffView::rowSelected);
    connect(m_list, &StaffListView::rowOpened, this, [this](int row) {
        Q_EMIT rowSelected(row);
        openRecord();
    });
    connect(m_list->retry(), &QAction::triggered, this, &StaffView::retryRequested);
    connect(m_list->addAction(), &QAction::triggered, m_add, &QAction::trigger);
    connect(m_record, &StaffRecordView::backRequested, this, [this] {
        m_isRecordOpen = false;
        arrange();
        m_list->focusRows();
    });
    connect(m_record, &StaffRecordView::loginRequested, this, &StaffView::openLogin);
    connect(m_record, &StaffRecordView::returnRequested, this, [this] { openSheet(StaffSheetMode::Return); });
    connect(m_record, &StaffRecordView::disableRequested, this, &StaffView::disableRequested);
    connect(m_record, &StaffRecordView::branchFilterEdited, this, &StaffView::branchFilterEdited);
    connect(m_sheet, &StaffSheet::cancelled, this, [this] { leaveSheet([] {}); });
    connect(m_sheet, &StaffSheet::submitted, this,
            [this](const StaffForm &form) { Q_EMIT submitted(m_mode, form); });
}

void StaffView::openLogin()
{
    const StaffFacts &facts = m_record->facts();
    if (isSheetOpen() || m_isBusy || !m_record->hasPerson() || !facts.isActive)
        return;
    if (facts.isMe)
        openSheet(StaffSheetMode::Own);
    else if (facts.mayManage)
        openSheet(StaffSheetMode::Login);
}

void StaffView::setListModel(QAbstractItemModel *model)
{
    m_list->setModel(model);
}

void StaffView::setRightsModel(QAbstractItemModel *model)
{
    m_record->setRightsModel(model);
}

void StaffView::setListState(StaffListState state, const StaffListNote &note)
{
    m_state = state;
    m_note = note;
    m_list->setState(state, note);
    const bool mayAdd = note.mayManage && !m_isBusy && state != StaffListState::NotAllowed;
    m_add->setEnabled(mayAdd);
    m_list->addAction()->setEnabled(mayAdd);
    m_add->setToolTip(mayAdd     ? tr("Add a member of staff (Ctrl+N)")
                      : m_isBusy ? tr("The servers are being asked. This waits until they answer.")
                      : note.mayManage
                          ? QString()
                          : tr("You may not add staff. Whoever may look after every branch can."));
    if (state == StaffListState::Stale && !m_isStale)
        m_messages->showMessage(MessageBar::Kind::Offline,
                                tr("Shown as of %1. The main database does not answer.").arg(note.asOf),
                                tr("You can read this list. Changes wait until the answer comes."),
                                {m_retry});
    else if (state == StaffListState::Ready && m_isStale)
        m_messages->clear();
    m_isStale = state == StaffListState::Stale;
    arrange();
}

void StaffView::selectRow(int row)
{
    m_list->select(row);
}

void StaffView::setFacts(const StaffFacts &facts)
{
    m_record->setFacts(facts, m_isBusy);
}

void StaffView::clearFacts()
{
    if (m_state == StaffListState::NotAllowed)
        m_record->showNobody(u"lock"_s, tr("You may not see the staff."),
                             m_note.error.isEmpty()
                                 ? tr("This page is for whoever has the right “Rules and staff” at some "
                                      "branch. A colleague with that right can sign in here.")
                                 : QStringList{m_note.error, m_note.hint}.join(u' ').trimmed());
    else
        m_record->showNobody(u"card"_s, tr("Nobody selected"), tr("Choose somebody in the list."));
    m_isRecordOpen = m_isRecordOpen && m_state != StaffListState::Ready;
    arrange();
}

void StaffView::setBusy(bool busy)
{
    m_isBusy = busy;
    m_sheet->setBusy(busy);
    if (m_record->hasPerson())
        m_record->setFacts(StaffFacts(m_record->facts()), busy);
    setListState(m_state, m_note);
}

void StaffView::openSheet(StaffSheetMode mode)
{
    if (isSheetOpen() || m_isBusy)
        return;
    m_mode = mode;
    m_sheet->begin(mode, m_record->facts());
    m_stack->setCurrentWidget(m_sheet);
    m_stack->setFocusProxy(m_sheet);
    if (isVisible())
        m_sheet->setFocus(Qt::OtherFocusReason);
}

void StaffView::closeSheet()
{
    if (!isSheetOpen())
        return;
    m_sheet->clearPasswords();
    m_stack->setCurrentWidget(m_both);
    m_stack->setFocusProxy(m_list);
    if (!isVisible())
        return;
    if (m_record->hasPerson() && m_record->isVisible())
        m_record->focusRights();
    else
        m_list->focusRows();
}

void StaffView::leaveSheet(const std::function<void()> &then)
{
    if (m_isBusy)
        return;
    m_sheet->leave([this, then] {
        closeSheet();
        then();
    });
}

bool StaffView::hasUnsent() const
{
    return isSheetOpen() && m_sheet->isTouched();
}

bool StaffView::isSheetOpen() const
{
    return m_stack->currentWidget() == m_sheet;
}

void StaffView::openRecord()
{
    m_isRecordOpen = true;
    arrange();
    if (m_record->hasPerson() && isVisible())
        m_record->focusRights();
}

void StaffView::focusRights()
{
    m_record->focusRights();
}

// One step back each time: the form, the question, the record, the words.
void StaffView::escape()
{
    if (isSheetOpen()) {
        if (!m_sheet->goOn())
            leaveSheet([] {});
        return;
    }
    if (m_record->closeQuestion())
        return;
    if (m_record->isAncestorOf(QApplication::focusWidget())) {
        m_isRecordOpen = false;
        arrange();
        return m_list->focusRows();
    }
    if (!m_list->words().isEmpty())
        return m_list->clearWords();
    m_list->focusSearch();
}

void StaffView::arrange()
{
    const bool isOne = width() < oneAtATimeBelow;
    const bool isRecord = isOne && (m_isRecordOpen || m_state == StaffListState::NotAllowed);
    m_list->setVisible(m_state != StaffListState::NotAllowed && !isRecord);
    m_record->setVisible(!isOne || isRecord);
    m_record->setBackShown(isRecord);
    m_list->setMinimumWidth(isOne ? 0 : listWidth);
    m_list->setMaximumWidth(isOne ? QWIDGETSIZE_MAX : listWidth);
}

void StaffView::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void StaffView::paintEvent(QPaintEvent *)
{
    QPainter(this).fillRect(rect(), colors().surface);
}

} // namespace Branchline
