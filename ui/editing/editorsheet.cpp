// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editing/editorsheet.h"

#include "ui/editing/compareview.h"
#include "ui/editing/editorfoot.h"
#include "ui/editing/editorhead.h"
#include "ui/editing/sectionspane.h"
#include "ui/widgets/button.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/tokenfield.h"

#include <QAction>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QShortcut>
#include <QStackedWidget>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// Below this the panes at the sides make room for the fields.
constexpr int wideFrom = 1000;

} // namespace

EditorSheet::EditorSheet(EditSession *session, const QString &pageName, QWidget *parent)
    : QWidget(parent)
    , m_session(session)
    , m_head(new EditorHead(pageName, this))
    , m_conflict(new MessageBar(this))
    , m_notice(new MessageBar(this))
    , m_leaving(new MessageBar(this))
    , m_sections(new SectionsPane(this))
    , m_body(new QStackedWidget(this))
    , m_scroll(new QScrollArea)
    , m_form(new QVBoxLayout)
    , m_checks(new CheckPane(this))
    , m_compare(new CompareView)
    , m_foot(new EditorFoot(this))
    , m_remove(new Button(u"trash"_s, tr("Remove"), {}, this))
{
    session->setParent(this);
    auto *content = new Panel(Panel::Ground::Surface);
    auto *column = new QVBoxLayout(content);
    column->setContentsMargins(20, 16, 24, 16);
    column->setSpacing(10);
    m_form->setSpacing(10);
    column->addLayout(m_form);
    column->addStretch(1);
    m_scroll->setWidget(content);
    m_scroll->setWidgetResizable(true);
    m_scroll->setFrameShape(QFrame::NoFrame);
    m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_scroll->setFocusPolicy(Qt::NoFocus);
    m_body->addWidget(m_scroll);
    m_body->addWidget(m_compare);
    m_checks->setFixedWidth(264);
    m_remove->setKind(Button::Kind::Danger);
    m_remove->setSmall(true);

    auto *middle = new QHBoxLayout;
    middle->setSpacing(0);
    middle->addWidget(m_sections);
    middle->addWidget(m_body, 1);
    middle->addWidget(m_checks);
    auto *page = new QVBoxLayout(this);
    page->setContentsMargins(0, 0, 0, 0);
    page->setSpacing(0);
    for (QWidget *part : QList<QWidget *>{m_head, m_conflict, m_notice, m_leaving})
        page->addWidget(part);
    page->addLayout(middle, 1);
    page->addWidget(m_foot);
    joinSession();
    makeKeys();
}

EditorSheet::~EditorSheet()
{
    // A field that loses the focus while it goes still has something to say; nobody is left to hear it.
    for (const Binding &entry : std::as_const(m_bindings))
        entry.field->blockSignals(true);
}

void EditorSheet::joinSession()
{
    EditSession *session = m_session;
    connect(session, &EditSession::valueChanged, this, &EditorSheet::showValue);
    connect(session, &EditSession::changesChanged, this, &EditorSheet::showChanges);
    connect(session, &EditSession::problemsChanged, this, &EditorSheet::showProblems);
    connect(session, &EditSession::problemFound, this, [this](const QString &key) {
        m_then = nullptr; // who stays for a mistake does not leave by surprise when it is mended
        goTo(key);
    });
    connect(session, &EditSession::stateChanged, this, &EditorSheet::showState);
    connect(session, &EditSession::conflictChanged, this, &EditorSheet::showConflict);
    connect(session, &EditSession::noticed, this, &EditorSheet::showNotice);
    connect(session, &EditSession::saved, this, [this] {
        showState();
        Q_EMIT changed();
        if (m_then && !m_session->hasChanges())
            std::exchange(m_then, nullptr)();
    });
    connect(session, &EditSession::removed, this, [this] {
        showState();
        Q_EMIT changed();
    });
    connect(m_head, &EditorHead::backRequested, this, [this] { leave([this] { Q_EMIT closeRequested(); }); });
    connect(m_head, &EditorHead::previousRequested, this,
            [this] { leave([this] { Q_EMIT previousRequested(); }); });
    connect(m_head, &EditorHead::nextRequested, this, [this] { leave([this] { Q_EMIT nextRequested(); }); });
    connect(m_foot, &EditorFoot::saveRequested, this, &EditorSheet::save);
    connect(m_foot, &EditorFoot::discardRequested, session, &EditSession::discard);
    connect(m_foot, &EditorFoot::undoRequested, this, &EditorSheet::undo);
    connect(m_remove, &Button::clicked, session, &EditSession::remove);
    connect(m_checks, &CheckPane::linkActivated, this, &EditorSheet::followLink);
    connect(m_compare, &CompareView::backRequested, this, [this] { compare(false); });
    connect(m_compare, &CompareView::mergeRequested, this, [this](const QStringList &theirs) {
        compare(false);
        if (m_refusal.isEmpty())
            m_session->merge(theirs);
    });
    connect(m_sections, &SectionsPane::sectionChosen, this, &EditorSheet::showPart);
}

void EditorSheet::makeKeys()
{
    const auto add = [this](const QKeySequence &key, auto slot) {
        connect(new QShortcut(key, this, nullptr, nullptr, Qt::WidgetWithChildrenShortcut),
                &QShortcut::activated, this, slot);
    };
    add(QKeySequence(Qt::CTRL | Qt::Key_S), [this] { save(); });
    add(QKeySequence(Qt::CTRL | Qt::Key_Z), [this] { undo(); });
    add(QKeySequence(Qt::ALT | Qt::Key_U), [this] { fix(); });
    add(QKeySequence(Qt::ALT | Qt::Key_Up), [this] { leave([this] { Q_EMIT previousRequested(); }); });
    add(QKeySequence(Qt::ALT | Qt::Key_Down), [this] { leave([this] { Q_EMIT nextRequested(); }); });
    add(QKeySequence(Qt::Key_Escape), [this] {
        if (m_body->currentWidget() == m_compare)
            compare(false);
        else
            leave([this] { Q_EMIT closeRequested(); });
    });
}

void EditorSheet::setPlaceInList(int index, int count)
{
    m_head->setPlace(index, count);
}

int EditorSheet::countOf(const QString &) const
{
    return -1;
}

void EditorSheet::followLink(const QString &id)
{
    leave([this, id] { Q_EMIT openRequested(QUuid(id)); });
}

void EditorSheet::setRefusal(const QString &why)
{
    if (std::exchange(m_refusal, why) == why)
        return;
    m_then = nullptr;
    m_leaving->clear(); // it may offer to save
    m_foot->setRefusal(why);
    m_remove->setToolTip(why);
    showState();
    if (m_session->hasConflict())
        showConflict();
}

void EditorSheet::save()
{
    if (!m_refusal.isEmpty())
        return;
    if (m_body->currentWidget() == m_compare) {
        const QStringList theirs = m_compare->theirs();
        compare(false);
        m_session->merge(theirs);
        return;
    }
    if (m_session->hasConflict()) {
        compare(true);
        return;
    }
    finishTyping();
    m_session->save();
}

/// What was typed into a part of a field, and not yet taken over, counts as well.
void EditorSheet::finishTyping()
{
    const QWidget *typing = focusWidget();
    const Binding *current = bindingOf(typing);
    if (!current)
        return;
    if (auto *tokens = qobject_cast<TokenField *>(current->field))
        tokens->commit();
    else if (typing != current->field && typing != current->field->focusProxy())
        current->field->setFocus();
}

void EditorSheet::undo()
{
    if (const QString key = m_session->undo(); !key.isEmpty())
        goTo(key);
}

/// The fix of the field with the focus, else the first that there is.
void EditorSheet::fix()
{
    QStringList keys = m_session->problemKeys();
    if (const Binding *current = bindingOf(focusWidget()))
        keys.prepend(current->key);
    for (const QString &key : std::as_const(keys)) {
        if (const auto problem = m_session->problem(key); problem && problem->fix.isValid()) {
            m_session->applyFix(key);
            goTo(key);
            return;
        }
    }
}

void EditorSheet::leave(std::function<void()> then)
{
    finishTyping();
    if (!m_session->hasChanges() || m_session->isRemoved()) {
        then();
        return;
    }
    m_then = std::move(then);
    const auto count = m_session->changedKeys().size();
    auto *save = new QAction(tr("Save"), m_leaving);
    auto *drop = new QAction(tr("Discard"), m_leaving);
    auto *stay = new QAction(tr("Go on editing"), m_leaving);
    connect(save, &QAction::triggered, this, [this] { answerLeaving(true); });
    connect(drop, &QAction::triggered, this, [this] { answerLeaving(false); });
    connect(stay, &QAction::triggered, this, [this] {
        m_then = nullptr;
        m_leaving->clear();
        setFocus();
    });
    const bool maySave = m_refusal.isEmpty();
    m_leaving->showMessage(MessageBar::Kind::Warning,
                           count == 1 ? tr("1 change is not saved.")
                                      : tr("%1 changes are not saved.").arg(count),
                           maySave ? tr("Save or discard before you leave.")
                                   : m_refusal + u' ' + tr("What you typed is lost when you leave."),
                           maySave ? QList{save, drop, stay} : QList{drop, stay});
    for (auto *button : m_leaving->findChildren<Button *>()) {
        if (button->text() == (maySave ? save : stay)->text())
            button->setFocus(Qt::ShortcutFocusReason);
    }
}

void EditorSheet::answerLeaving(bool save)
{
    m_leaving->clear();
    if (save) {
        m_session->save(); // what follows comes when it is saved
        return;
    }
    m_session->discard();
    if (m_then)
        std::exchange(m_then, nullptr)();
}

void EditorSheet::arrange()
{
    const bool narrow = width() < wideFrom;
    if (m_arranged && narrow == m_isNarrow)
        return;
    m_arranged = true;
    m_isNarrow = narrow;
    m_sections->setVisible(!narrow);
    m_checks->setVisible(!narrow && !(m_page && m_body->currentWidget() == m_page));
}

void EditorSheet::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    arrange();
}

void EditorSheet::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    m_session->setWatching(true);
    showState();
}

void EditorSheet::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_session->setWatching(false);
}

} // namespace Branchline
