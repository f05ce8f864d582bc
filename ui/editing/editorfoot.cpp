// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editing/editorfoot.h"

#include "ui/widgets/button.h"
#include "ui/widgets/iconlabel.h"
#include "ui/widgets/textline.h"

#include <QHBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

EditorFoot::EditorFoot(QWidget *parent)
    : Panel(Ground::Window, TopEdge, parent)
    , m_changes(new TextLine(TextRole::Body, true))
    , m_labels(new TextLine(TextRole::Body, false, TextLine::Tone::Muted))
    , m_wrongIcon(new IconLabel(18, this))
    , m_wrong(new TextLine(TextRole::Body))
    , m_undo(new Button(u"undo"_s, tr("Undo"), tr("Ctrl+Z"), this))
    , m_discard(new Button({}, tr("Discard"), {}, this))
    , m_save(new Button({}, tr("Save"), tr("Ctrl+S"), this))
    , m_refusalIcon(new IconLabel(18, this))
    , m_refusal(new TextLine(TextRole::Body, false, TextLine::Tone::Status))
{
    m_refusal->setStatus(Status::Refused);
    m_refusal->setAlignment(Qt::AlignTrailing | Qt::AlignVCenter);
    m_refusalIcon->setIcon(u"info"_s, IconLabel::Tint::Status, Status::Refused);
    m_changes->setElided(false);
    m_wrong->setElided(false);
    m_wrong->setStatus(Status::Refused);
    m_wrongIcon->setIcon(u"refused"_s, IconLabel::Tint::Status, Status::Refused);
    m_undo->setKind(Button::Kind::Flat);
    m_save->setKind(Button::Kind::Primary);
    m_undo->setToolTip(tr("Take the last change of a field back"));
    m_discard->setToolTip(tr("Back to what is stored"));
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16, 0, 16, 0);
    row->setSpacing(8);
    row->addWidget(m_changes);
    row->addWidget(m_labels);
    row->addSpacing(4);
    row->addWidget(m_wrongIcon);
    row->addWidget(m_wrong);
    row->addStretch(1);
    row->addWidget(m_refusalIcon);
    row->addWidget(m_refusal, 8);
    row->addWidget(m_undo);
    row->addWidget(m_discard);
    row->addWidget(m_save);
    setFixedHeight(controlHeight(52, textFont(TextRole::Body), 32));
    connect(m_undo, &Button::clicked, this, &EditorFoot::undoRequested);
    connect(m_discard, &Button::clicked, this, &EditorFoot::discardRequested);
    connect(m_save, &Button::clicked, this, &EditorFoot::saveRequested);
    setChanges({});
    setWrong(0);
    setRefusal({});
}

void EditorFoot::setChanges(const QStringList &labels)
{
    m_changes->setText(labels.isEmpty()     ? tr("No unsaved changes")
                       : labels.size() == 1 ? tr("1 unsaved change")
                                            : tr("%1 unsaved changes").arg(labels.size()));
    QStringList words;
    for (const QString &label : labels) {
        const bool isAbbreviation = label.size() > 1 && label.at(1).isUpper(); // "ISBN" stays as it is
        words << (isAbbreviation ? label : label.left(1).toLower() + label.mid(1));
    }
    m_labels->setText(words.join(", "_L1));
    m_discard->setEnabled(!labels.isEmpty() && !m_busy);
}

void EditorFoot::setWrong(int count)
{
    m_wrong->setText(count == 1 ? tr("1 to correct") : tr("%1 to correct").arg(count));
    m_wrong->setVisible(count > 0);
    m_wrongIcon->setVisible(count > 0);
}

void EditorFoot::setBusy(bool busy)
{
    m_busy = busy;
    m_save->setEnabled(!busy && m_refusal->text().isEmpty());
    m_undo->setEnabled(!busy && m_undo->isEnabled());
    m_discard->setEnabled(!busy && m_discard->isEnabled());
    if (busy)
        m_changes->setText(tr("Saving …"));
}

void EditorFoot::setCanUndo(bool can)
{
    m_undo->setEnabled(can && !m_busy);
}

void EditorFoot::setCanSave(bool can)
{
    m_save->setVisible(can);
    m_discard->setVisible(can);
    m_undo->setVisible(can);
}

void EditorFoot::setRefusal(const QString &why)
{
    m_refusal->setText(why);
    m_refusal->setVisible(!why.isEmpty());
    m_refusalIcon->setVisible(!why.isEmpty());
    m_save->setToolTip(why);
    m_save->setEnabled(!m_busy && why.isEmpty());
}

void EditorFoot::setSaveText(const QString &text)
{
    m_save->setText(text);
}

} // namespace Branchline
