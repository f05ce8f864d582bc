// SPDX-License-Identifier: GPL-3.0-or-later
// What EditorSheet does with its fields: how they are joined with the values of the session, which part of
// the form they belong to, and which keys they are not given. The frame is in editorsheet.cpp.
#include "ui/editing/editorsheet.h"

#include "ui/editing/compareview.h"
#include "ui/editing/sectionspane.h"
#include "ui/widgets/fieldrow.h"
#include "ui/widgets/textarea.h"
#include "ui/widgets/tokenfield.h"

#include <QComboBox>
#include <QKeyEvent>
#include <QLineEdit>
#include <QScrollArea>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace Branchline {

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

void EditorSheet::addPage(const QString &id, const QString &icon, const QString &name, QWidget *page)
{
    m_sections->addSection(id, icon, name);
    m_pageId = id;
    m_page = page;
    m_body->addWidget(page);
    // A page has columns, and nothing in it is saved.
    connect(m_body, &QStackedWidget::currentChanged, this,
            [this] { m_checks->setVisible(!m_isNarrow && m_body->currentWidget() != m_page); });
    // Where the window has no room for the parts at the start, the key is the way there and back.
    connect(new QShortcut(QKeySequence(Qt::ALT | Qt::Key_H), this, nullptr, nullptr,
                          Qt::WidgetWithChildrenShortcut),
            &QShortcut::activated, this, [this] {
                showPart(m_body->currentWidget() != m_page ? m_pageId
                         : m_parts.isEmpty()               ? QString()
                                                           : m_parts.first().id);
            });
}

void EditorSheet::showPart(const QString &id)
{
    // Two versions that are being compared stay until somebody has chosen.
    if (m_body->currentWidget() == static_cast<QWidget *>(m_compare))
        return;
    m_sections->setCurrent(id);
    if (m_page && id == m_pageId) {
        m_body->setCurrentWidget(m_page);
        m_page->setFocus(Qt::ShortcutFocusReason);
        return;
    }
    m_body->setCurrentWidget(m_scroll);
    for (const Part &part : std::as_const(m_parts)) {
        if (part.id != id)
            continue;
        m_scroll->ensureWidgetVisible(part.anchor, 0, 40);
        part.anchor->setFocus(Qt::ShortcutFocusReason);
    }
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
        if (m_page && m_body->currentWidget() == m_page)
            m_body->setCurrentWidget(m_scroll);
        entry->field->setFocus(Qt::ShortcutFocusReason);
        if (auto *line = qobject_cast<QLineEdit *>(entry->field))
            line->end(false);
        m_scroll->ensureWidgetVisible(entry->row, 0, 24);
    }
}

} // namespace Branchline
