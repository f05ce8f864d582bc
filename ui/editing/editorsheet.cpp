// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editing/editorsheet.h"

#include "ui/editing/compareview.h"
#include "ui/editing/editorfoot.h"
#include "ui/editing/editorhead.h"
#include "ui/editing/sectionspane.h"
#include "ui/widgets/button.h"
#include "ui/widgets/fieldrow.h"
#include "ui/widgets/messagebar.h"
#include "ui/widgets/textarea.h"
#include "ui/widgets/tokenfield.h"

#include <QAction>
#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QLocale>
#include <QScrollArea>
#include <QShortcut>
#include <QStackedWidget>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// Below this the panes at the sides make room for the fields.
constexpr int wideFrom = 1000;

QString clock(const QDateTime &time)
{
    const QDateTime here = time.toLocalTime();
    const QLocale locale;
    return here.date() == QDate::currentDate()
               ? locale.toString(here.time(), u"HH:mm"_s)
               : locale.toString(here.date(), u"d MMM"_s) + u' ' + locale.toString(here.time(), u"HH:mm"_s);
}

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
        m_session->merge(theirs);
    });
    connect(m_sections, &SectionsPane::sectionChosen, this, [this](const QString &id) {
        for (const Part &part : std::as_const(m_parts)) {
            if (part.id != id)
                continue;
            m_scroll->ensureWidgetVisible(part.anchor, 0, 40);
            part.anchor->setFocus(Qt::ShortcutFocusReason);
        }
        m_sections->setCurrent(id);
    });
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

FieldRow *EditorSheet::addField(const QString &key, QWidget *field,
                                std::function<void(const QVariant &)> show, int stretch)
{
    auto *row = new FieldRow(m_session->label(key), field, stretch);
    connect(row, &FieldRow::fixRequested, this, [this](const QWidget *target) {
        if (const Binding *entry = bindingOf(target)) {
            m_session->applyFix(entry->key);
            goTo(entry->key);
        }
    });
    m_form->addWidget(row);
    join(row, key, field, std::move(show));
    return row;
}

void EditorSheet::join(FieldRow *row, const QString &key, QWidget *field,
                       std::function<void(const QVariant &)> show)
{
    field->setObjectName(key);
    m_bindings.append({key, field, row, std::move(show)});
    watchField(field);
    if (m_bindings.size() == 1)
        setFocusProxy(field);
    showValue(key);
}

void EditorSheet::watchField(QWidget *field)
{
    field->installEventFilter(this);
    if (field->focusProxy())
        field->focusProxy()->installEventFilter(this);
}

FieldRow *EditorSheet::addText(const QString &key, QLineEdit *field, int stretch)
{
    connect(field, &QLineEdit::textEdited, this,
            [this, key](const QString &text) { m_session->edit(key, text); });
    return addField(
        key, field,
        [field](const QVariant &value) {
            if (field->text() != value.toString())
                field->setText(value.toString());
        },
        stretch);
}

void EditorSheet::joinText(FieldRow *row, const QString &key, QLineEdit *field, int stretch)
{
    connect(field, &QLineEdit::textEdited, this,
            [this, key](const QString &text) { m_session->edit(key, text); });
    row->addField(m_session->label(key), field, stretch);
    join(row, key, field, [field](const QVariant &value) {
        if (field->text() != value.toString())
            field->setText(value.toString());
    });
}

namespace {

/// A value that the list does not know is added: it came from somewhere and is not to be lost.
void showCode(QComboBox *field, const QVariant &value)
{
    int index = field->findData(value.toString());
    if (index < 0) {
        field->addItem(value.toString(), value.toString());
        index = field->count() - 1;
    }
    field->setCurrentIndex(index);
}

} // namespace

FieldRow *EditorSheet::addChoice(const QString &key, QComboBox *field, int stretch)
{
    connect(field, &QComboBox::activated, this,
            [this, key, field](int index) { m_session->edit(key, field->itemData(index).toString()); });
    return addField(
        key, field, [field](const QVariant &value) { showCode(field, value); }, stretch);
}

void EditorSheet::joinChoice(FieldRow *row, const QString &key, QComboBox *field, int stretch)
{
    connect(field, &QComboBox::activated, this,
            [this, key, field](int index) { m_session->edit(key, field->itemData(index).toString()); });
    row->addField(m_session->label(key), field, stretch);
    join(row, key, field, [field](const QVariant &value) { showCode(field, value); });
}

FieldRow *EditorSheet::addArea(const QString &key, TextArea *field)
{
    connect(field, &QPlainTextEdit::textChanged, this,
            [this, key, field] { m_session->edit(key, field->toPlainText()); });
    return addField(key, field, [field](const QVariant &value) {
        const QSignalBlocker quiet(field);
        if (field->toPlainText() != value.toString())
            field->setPlainText(value.toString());
    });
}

void EditorSheet::joinBelow(const QString &key, QWidget *field, std::function<void(const QVariant &)> show)
{
    auto *row = new FieldRow(field);
    m_form->addWidget(row);
    join(row, key, field, std::move(show));
}

void EditorSheet::addWidget(QWidget *widget)
{
    m_form->addWidget(widget);
}

void EditorSheet::addSection(const QString &id, const QString &icon, const QString &name,
                             const QStringList &keys, QWidget *anchor)
{
    m_sections->addSection(id, icon, name);
    m_parts.append({id, keys, anchor});
    if (m_parts.size() == 1)
        m_sections->setCurrent(id);
}

FieldRow *EditorSheet::rowOf(const QString &key) const
{
    const Binding *entry = binding(key);
    return entry ? entry->row : nullptr;
}

QWidget *EditorSheet::field(const QString &key) const
{
    const Binding *entry = binding(key);
    return entry ? entry->field : nullptr;
}

const EditorSheet::Binding *EditorSheet::binding(const QString &key) const
{
    const auto found = std::find_if(m_bindings.begin(), m_bindings.end(),
                                    [&](const Binding &entry) { return entry.key == key; });
    return found == m_bindings.end() ? nullptr : &*found;
}

const EditorSheet::Binding *EditorSheet::bindingOf(const QObject *widget) const
{
    for (const QObject *at = widget; at && at != this; at = at->parent()) {
        for (const Binding &entry : m_bindings) {
            if (entry.field == at)
                return &entry;
        }
    }
    return nullptr;
}

int EditorSheet::countOf(const QString &) const
{
    return -1;
}

void EditorSheet::followLink(const QString &id)
{
    leave([this, id] { Q_EMIT openRequested(QUuid(id)); });
}

bool EditorSheet::eventFilter(QObject *watched, QEvent *event)
{
    const Binding *entry = bindingOf(watched);
    if (!entry)
        return QWidget::eventFilter(watched, event);
    switch (event->type()) {
    case QEvent::FocusOut:
        // A list that opens over the field, or another window, does not leave it.
        if (const auto reason = static_cast<QFocusEvent *>(event)->reason();
            reason != Qt::PopupFocusReason && reason != Qt::ActiveWindowFocusReason)
            m_session->leave(entry->key);
        break;
    case QEvent::FocusIn:
        for (const Part &part : std::as_const(m_parts)) {
            if (part.keys.contains(entry->key))
                m_sections->setCurrent(part.id);
        }
        m_scroll->ensureWidgetVisible(entry->row, 0, 12);
        break;
    case QEvent::ShortcutOverride:
        // Undo takes back fields, not letters, so that one key does it everywhere in the form.
        if (static_cast<QKeyEvent *>(event)->matches(QKeySequence::Undo))
            return true;
        break;
    case QEvent::KeyPress:
        // A scanner ends with Enter: it goes on, and never saves.
        if (const int key = static_cast<QKeyEvent *>(event)->key();
            (key == Qt::Key_Return || key == Qt::Key_Enter) && qobject_cast<QLineEdit *>(watched) &&
            !qobject_cast<TokenField *>(entry->field)) {
            focusNextChild();
            return true;
        }
        break;
    case QEvent::Wheel: // the form scrolls; a value under the pointer stays
        if (qobject_cast<QComboBox *>(watched) && !entry->field->hasFocus()) {
            event->ignore();
            return true;
        }
        break;
    default:
        break;
    }
    return QWidget::eventFilter(watched, event);
}

void EditorSheet::goTo(const QString &key)
{
    if (const Binding *entry = binding(key)) {
        entry->field->setFocus(Qt::ShortcutFocusReason);
        if (auto *line = qobject_cast<QLineEdit *>(entry->field))
            line->end(false);
        m_scroll->ensureWidgetVisible(entry->row, 0, 24);
    }
}

void EditorSheet::save()
{
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
    m_leaving->showMessage(MessageBar::Kind::Warning,
                           count == 1 ? tr("1 change is not saved.")
                                      : tr("%1 changes are not saved.").arg(count),
                           tr("Save or discard before you leave."), {save, drop, stay});
    for (auto *button : m_leaving->findChildren<Button *>()) {
        if (button->text() == save->text())
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

void EditorSheet::showValue(const QString &key)
{
    for (const Binding &entry : std::as_const(m_bindings)) {
        if (entry.key == key)
            entry.show(m_session->value(key));
    }
}

void EditorSheet::showProblems()
{
    for (const Binding &entry : std::as_const(m_bindings)) {
        const auto problem = m_session->problem(entry.key);
        entry.row->setProblem(entry.field, problem ? problem->sentence : QString(),
                              problem && problem->fix.isValid() ? problem->fixText : QString());
    }
    const QStringList wrong = m_session->problemKeys();
    m_foot->setWrong(static_cast<int>(wrong.size()));
    for (const Part &part : std::as_const(m_parts)) {
        const auto mistakes = std::count_if(part.keys.begin(), part.keys.end(),
                                            [&](const QString &key) { return wrong.contains(key); });
        m_sections->setCounts(part.id, countOf(part.id), static_cast<int>(mistakes));
    }
    showChecks();
}

void EditorSheet::showChanges()
{
    QStringList labels;
    for (const QString &key : m_session->changedKeys())
        labels << m_session->label(key);
    m_foot->setChanges(labels);
    m_foot->setCanUndo(m_session->canUndo());
    if (labels.isEmpty())
        m_leaving->clear();
    showFacts();
    showProblems();
}

void EditorSheet::showState()
{
    const bool canEdit = m_session->state() == EditSession::State::Ready && !m_session->isRemoved();
    if (!canEdit)
        parkFocus();
    for (const Binding &entry : std::as_const(m_bindings))
        entry.field->setEnabled(canEdit && isEditable(entry.key));
    m_remove->setVisible(!m_session->isNew() && !m_session->isRemoved());
    m_remove->setEnabled(canEdit);
    m_foot->setCanSave(!m_session->isRemoved());
    showChanges();
    m_foot->setBusy(m_session->state() == EditSession::State::Saving);
    if (canEdit && m_body->hasFocus() && m_parked)
        std::exchange(m_parked, nullptr)->setFocus(Qt::OtherFocusReason);
}

/// A field that is switched off hands its focus on, to anything in the window: the next key would go to
/// the branch switcher. The sheet keeps it until the field is open again.
void EditorSheet::parkFocus()
{
    QWidget *at = window()->focusWidget();
    if (!at || at == m_body || !isAncestorOf(at) || m_leaving->isAncestorOf(at))
        return;
    m_parked = at;
    m_body->setFocus(Qt::OtherFocusReason);
}

void EditorSheet::showChecks()
{
    QList<CheckPane::Line> lines;
    for (const QString &key : m_session->problemKeys()) {
        const QString sentence = m_session->problem(key)->sentence;
        lines.append({u"refused"_s,
                      Status::Refused,
                      m_session->label(key) + u':',
                      sentence.section(u". "_s, 0, 0).section(u": "_s, 0, 0) +
                          (sentence.contains(". "_L1) ? u"."_s : QString()),
                      {},
                      {}});
    }
    lines += moreChecks();
    if (m_session->hasConflict())
        lines.append({u"warn"_s,
                      Status::Overdue,
                      {},
                      tr("%1 changed %2 at %3.")
                          .arg(m_session->theirRevision().changedBy, subject(),
                               clock(m_session->theirRevision().changedAt)),
                      {},
                      {}});
    else if (!m_session->isNew() && !m_session->isRemoved())
        lines.append({u"done"_s,
                      Status::Available,
                      {},
                      tr("Nobody else has changed %1 since you opened it.").arg(subject()),
                      {},
                      {}});
    else if (m_session->isNew() && lines.isEmpty())
        lines.append({u"info"_s, Status::None, {}, tr("It is added when you save."), {}, {}});
    m_checks->setLines(lines);
}

void EditorSheet::showConflict()
{
    showChecks();
    if (!m_session->hasConflict()) {
        m_conflict->clear();
        compare(false);
        return;
    }
    m_then = nullptr;
    const Revision &theirs = m_session->theirRevision();
    auto *choose = new QAction(tr("Compare"), m_conflict);
    auto *mine = new QAction(tr("Keep mine"), m_conflict);
    auto *other = new QAction(tr("Take theirs"), m_conflict);
    connect(choose, &QAction::triggered, this, [this] { compare(true); });
    connect(mine, &QAction::triggered, m_session, &EditSession::keepMine);
    connect(other, &QAction::triggered, m_session, &EditSession::takeTheirs);
    m_conflict->showMessage(
        MessageBar::Kind::Warning,
        tr("%1 changed %2 at %3.").arg(theirs.changedBy, subject(), clock(theirs.changedAt)),
        tr("Compare and choose."), {choose, mine, other});
}

void EditorSheet::compare(bool on)
{
    if (on) {
        m_compare->setDifferences(m_session->differences(), m_session->theirRevision().changedBy,
                                  clock(m_session->theirRevision().changedAt));
        m_body->setCurrentWidget(m_compare);
        m_compare->setFocus();
        m_foot->hide();
    } else if (m_body->currentWidget() == m_compare) {
        m_foot->show();
        m_body->setCurrentWidget(m_scroll);
        setFocus();
    }
}

void EditorSheet::showNotice()
{
    const auto &notice = m_session->notice();
    if (!notice) {
        m_notice->clear();
        return;
    }
    if (notice->kind != Notice::Kind::Good)
        m_then = nullptr;
    QList<QAction *> actions;
    if (notice->action != Notice::Action::None) {
        auto *action = new QAction(notice->actionText, m_notice);
        actions << action;
        connect(action, &QAction::triggered, this, [this, what = notice->action, other = notice->other] {
            if (what == Notice::Action::Restore)
                m_session->restore();
            else if (what == Notice::Action::Retry)
                m_session->read();
            else
                followLink(other.toString(QUuid::WithoutBraces));
        });
    }
    const auto kind = notice->kind == Notice::Kind::Good      ? MessageBar::Kind::Info
                      : notice->kind == Notice::Kind::Warning ? MessageBar::Kind::Warning
                                                              : MessageBar::Kind::Error;
    m_notice->showMessage(kind, notice->first, notice->rest, actions, notice->kind == Notice::Kind::Good);
}

void EditorSheet::arrange()
{
    const bool narrow = width() < wideFrom;
    if (m_arranged && narrow == m_isNarrow)
        return;
    m_arranged = true;
    m_isNarrow = narrow;
    m_sections->setVisible(!narrow);
    m_checks->setVisible(!narrow);
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
