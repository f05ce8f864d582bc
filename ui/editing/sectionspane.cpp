// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editing/sectionspane.h"

#include "ui/editing/sectionbutton.h"

#include <QVBoxLayout>

namespace Branchline {

SectionsPane::SectionsPane(QWidget *parent)
    : Panel(Ground::Window, EndEdge, parent)
    , m_column(new QVBoxLayout(this))
{
    setAccessibleName(tr("Parts of the form"));
    m_column->setContentsMargins(8, 10, 8, 8);
    m_column->setSpacing(0);
    m_column->addStretch(1);
    setFixedWidth(196);
}

void SectionsPane::addSection(const QString &id, const QString &icon, const QString &name)
{
    auto *button = new SectionButton(id, icon, name, this);
    m_buttons << button;
    m_column->insertWidget(m_column->count() - 1, button);
    connect(button, &SectionButton::clicked, this, [this, id] { Q_EMIT sectionChosen(id); });
}

void SectionsPane::setCounts(const QString &id, int count, int wrong)
{
    for (SectionButton *button : std::as_const(m_buttons)) {
        if (button->id() == id)
            button->setCounts(count, wrong);
    }
}

void SectionsPane::setCurrent(const QString &id)
{
    for (SectionButton *button : std::as_const(m_buttons))
        button->setCurrent(button->id() == id);
}

} // namespace Branchline
