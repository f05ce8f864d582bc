// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/signin/choicecard.h"

#include "ui/widgets/branchlinestyle.h"
#include "ui/widgets/iconlabel.h"
#include "ui/widgets/textlabel.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <QPainter>
#include <QRadioButton>
#include <QVBoxLayout>

namespace Branchline {

ChoiceCard::ChoiceCard(QButtonGroup *group, int id, const QString &icon, const QString &title,
                       const QString &sentence, QWidget *parent)
    : QFrame(parent)
    , m_radio(new QRadioButton(this))
    , m_icon(new IconLabel(32, this))
    , m_title(new TextLabel(TextRole::Subhead, true, false, this))
    , m_sentence(new TextLabel(TextRole::Body, false, true, this))
    , m_content(new QVBoxLayout)
    , m_iconName(icon)
{
    m_radio->setAccessibleName(title);
    m_radio->setAccessibleDescription(sentence);
    m_title->setText(title);
    m_sentence->setText(sentence);
    m_sentence->setWordWrap(true);
    group->addButton(m_radio, id);
    m_icon->setIcon(icon, IconLabel::Tint::Muted);
    connect(m_radio, &QRadioButton::toggled, this, [this](bool on) {
        m_icon->setIcon(m_iconName, on ? IconLabel::Tint::Accent : IconLabel::Tint::Muted);
        update();
    });
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(20, 16, 20, 16);
    row->setSpacing(16);
    row->addWidget(m_radio, 0, Qt::AlignTop);
    row->addWidget(m_icon, 0, Qt::AlignTop);
    auto *column = new QVBoxLayout;
    column->setSpacing(4);
    column->addWidget(m_title);
    column->addWidget(m_sentence);
    column->addLayout(m_content);
    m_content->setSpacing(8);
    row->addLayout(column, 1);
}

bool ChoiceCard::isChosen() const
{
    return m_radio->isChecked();
}

void ChoiceCard::mousePressEvent(QMouseEvent *event)
{
    QFrame::mousePressEvent(event);
    if (m_radio->isEnabled()) {
        m_radio->setChecked(true);
        m_radio->setFocus(Qt::MouseFocusReason);
    }
}

void ChoiceCard::paintEvent(QPaintEvent *)
{
    const ThemeColors &c = colors();
    QPainter painter(this);
    paintOutline(&painter, rect(), isChosen() ? c.accentSoft : c.surface, c.border, 8);
    if (isChosen())
        paintFocusRing(&painter, rect(), 8);
}

} // namespace Branchline
