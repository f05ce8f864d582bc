// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/emptystate.h"

#include "ui/widgets/button.h"
#include "ui/widgets/iconlabel.h"
#include "ui/widgets/textlabel.h"

#include <QAction>
#include <QHBoxLayout>
#include <QVBoxLayout>

namespace Branchline {

EmptyState::EmptyState(QWidget *parent)
    : QWidget(parent)
    , m_icon(new IconLabel(48, this))
    , m_title(new TextLabel(TextRole::Title, true, false, this))
    , m_sentence(new TextLabel(TextRole::Body, false, true, this))
    , m_footer(new TextLabel(TextRole::Caption, false, true, this))
    , m_buttons(new QHBoxLayout)
{
    for (QLabel *label : {m_title, m_sentence, m_footer}) {
        label->setAlignment(Qt::AlignCenter);
        label->setWordWrap(true);
    }
    m_buttons->setSpacing(8);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(24, 24, 24, 24);
    column->setSpacing(8);
    column->addStretch(2);
    column->addWidget(m_icon, 0, Qt::AlignHCenter);
    column->addSpacing(4);
    column->addWidget(m_title);
    column->addWidget(m_sentence);
    column->addSpacing(8);
    auto *centred = new QHBoxLayout;
    centred->addStretch();
    centred->addLayout(m_buttons);
    centred->addStretch();
    column->addLayout(centred);
    column->addWidget(m_footer);
    column->addStretch(3);
}

void EmptyState::setContent(const QString &iconName, const QString &title, const QString &sentence,
                            const QList<QAction *> &buttons, const QString &footer, bool primaryFirst)
{
    m_icon->setIcon(iconName, IconLabel::Tint::Muted);
    m_icon->setVisible(!iconName.isEmpty());
    m_title->setText(title);
    m_sentence->setText(sentence);
    m_sentence->setVisible(!sentence.isEmpty());
    m_footer->setText(footer);
    m_footer->setVisible(!footer.isEmpty());
    while (const QLayoutItem *item = m_buttons->takeAt(0)) {
        if (QWidget *button = item->widget()) {
            button->hide();
            button->deleteLater();
        }
        delete item;
    }
    for (QAction *action : buttons) {
        const QString key = action->property("keyText").toString();
        auto *button =
            new Button(action->property("iconName").toString(), action->text(),
                       key.isEmpty() ? action->shortcut().toString(QKeySequence::NativeText) : key, this);
        if (primaryFirst && action == buttons.first())
            button->setKind(Button::Kind::Primary);
        button->followAction(action);
        m_buttons->addWidget(button);
    }
}

QString EmptyState::title() const
{
    return m_title->text();
}

} // namespace Branchline
