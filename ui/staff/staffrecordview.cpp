// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/staff/staffrecordview.h"

#include "ui/staff/disablepane.h"
#include "ui/staff/rightsgrid.h"
#include "ui/staff/staffhead.h"
#include "ui/staff/staffservers.h"
#include "ui/widgets/emptystate.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/sectionline.h"
#include "ui/widgets/textline.h"

#include <QApplication>
#include <QScrollArea>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {
constexpr int narrowBelow = 820;
constexpr int branchesInSight = 6; // columns
} // namespace

StaffRecordView::StaffRecordView(QWidget *parent)
    : Panel(Ground::Surface, NoEdge, parent)
    , m_head(new StaffHead)
    , m_questionBox(new QWidget)
    , m_question(new DisablePane)
    , m_grid(new RightsGrid)
    , m_hint(new TextLine(TextRole::Caption, false, TextLine::Tone::Muted))
    , m_servers(new StaffServers)
    , m_record(new QWidget)
    , m_empty(new EmptyState)
    , m_stack(new QStackedWidget)
{
    connect(m_head, &StaffHead::backRequested, this, &StaffRecordView::backRequested);
    connect(m_head, &StaffHead::loginRequested, this, &StaffRecordView::loginRequested);
    connect(m_head, &StaffHead::disableRequested, this, &StaffRecordView::disable);
    connect(m_head, &StaffHead::returnRequested, this, &StaffRecordView::returnRequested);
    connect(m_question, &DisablePane::keepRequested, this, &StaffRecordView::closeQuestion);
    connect(m_question, &DisablePane::disableRequested, this, [this] {
        closeQuestion();
        Q_EMIT disableRequested();
    });
    auto *column = new QVBoxLayout(m_record);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_head);
    m_questionBox->hide();
    auto *question = new QVBoxLayout(m_questionBox);
    question->setContentsMargins(16, 12, 16, 12);
    question->addWidget(m_question);
    column->addWidget(m_questionBox);
    column->addWidget(makeRights(), 1);
    m_stack->addWidget(m_record);
    m_stack->addWidget(m_empty);
    m_stack->setCurrentWidget(m_empty);
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->addWidget(m_stack);
    setFocusProxy(m_grid);
}

QWidget *StaffRecordView::makeRights()
{
    auto *page = new QWidget;
    auto *title = new SectionLine(tr("Rights"));
    title->setRemark(tr("A tick counts at once, on shards within two seconds."));
    m_filter = new SearchField(tr("Find a branch"), u"Alt+B"_s);
    m_filter->setPlaceholderText(tr("Find a branch"));
    m_filter->setFixedWidth(220);
    m_filter->setFixedHeight(controlHeight(26, textFont(TextRole::Body), 6));
    connect(m_filter, &QLineEdit::textChanged, this,
            [this] { Q_EMIT branchFilterEdited(m_filter->text().simplified()); });
    title->setEnd(m_filter);
    title->setFixedHeight(m_filter->height() + 10);
    connect(new QShortcut(QKeyCombination(Qt::ALT, Qt::Key_B), this, nullptr, nullptr,
                          Qt::WidgetWithChildrenShortcut),
            &QShortcut::activated, this, [this] {
                if (m_filter->isVisible())
                    m_filter->setFocus(Qt::ShortcutFocusReason);
            });
    connect(m_grid, &RightsGrid::currentWordsChanged, this, &StaffRecordView::showHint);
    m_hint->setContentsMargins(16, 6, 16, 6);
    auto *servers = new SectionLine(tr("Servers"));
    servers->setRemark(tr("What each has of this login."));
    auto *scroll = new QScrollArea;
    scroll->setWidget(m_servers);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setMinimumHeight(36);
    auto *column = new QVBoxLayout(page);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(title);
    m_grid->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Maximum);
    column->addWidget(m_grid);
    column->addWidget(m_hint);
    column->addWidget(servers);
    column->addWidget(scroll, 1);
    return page;
}

void StaffRecordView::setRightsModel(QAbstractItemModel *model)
{
    m_grid->setModel(model);
    const auto showFilter = [this, model] {
        // Who sees all branches at once need not look for one.
        m_filter->setVisible(!m_filter->text().isEmpty() || model->columnCount() > branchesInSight);
    };
    connect(model, &QAbstractItemModel::modelReset, m_filter, showFilter);
    showFilter();
}

void StaffRecordView::setFacts(const StaffFacts &facts, bool busy)
{
    if (facts.login != m_facts.login) {
        closeQuestion();
        m_filter->clear();
    }
    m_facts = facts;
    m_head->setFacts(facts, busy);
    m_question->setFacts(facts);
    m_servers->setServers(facts.servers,
                          facts.mayManage ? tr("The servers are being asked …")
                                          : tr("Only whoever may look after the whole library sees this."));
    m_stack->setCurrentWidget(m_record);
    showHint();
}

void StaffRecordView::showNobody(const QString &icon, const QString &title, const QString &sentence)
{
    closeQuestion();
    m_facts = {};
    m_empty->setContent(icon, title, sentence);
    m_stack->setCurrentWidget(m_empty);
}

bool StaffRecordView::hasPerson() const
{
    return m_stack->currentWidget() == m_record;
}

void StaffRecordView::showHint()
{
    const QString words = m_grid->currentWords();
    m_hint->setText(!m_facts.isActive ? tr("A disabled login has no rights. Let it in again to give some.")
                    : words.isEmpty() ? tr("Arrow keys move, Space gives a right or takes it away.")
                                      : words);
}

void StaffRecordView::setBackShown(bool shown)
{
    m_head->setBackShown(shown);
}

void StaffRecordView::disable()
{
    if (m_facts.isHalfDisabled()) {
        Q_EMIT disableRequested(); // it has been decided; the rest of it only has to be done
        return;
    }
    m_questionBox->show();
    m_question->setFocus(Qt::OtherFocusReason);
}

bool StaffRecordView::closeQuestion()
{
    if (m_questionBox->isHidden())
        return false;
    const bool hadFocus = m_question->isAncestorOf(QApplication::focusWidget());
    m_questionBox->hide();
    if (hadFocus)
        focusRights();
    return true;
}

bool StaffRecordView::isAsking() const
{
    return !m_questionBox->isHidden();
}

void StaffRecordView::focusRights()
{
    m_grid->setFocus(Qt::OtherFocusReason);
}

void StaffRecordView::resizeEvent(QResizeEvent *event)
{
    Panel::resizeEvent(event);
    const bool narrow = width() < narrowBelow;
    m_head->setNarrow(narrow);
    m_grid->setNarrow(narrow || height() < 480);
}

} // namespace Branchline
