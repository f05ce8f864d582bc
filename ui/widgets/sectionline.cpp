// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/sectionline.h"

#include "ui/widgets/textlabel.h"

#include <QHBoxLayout>

namespace Branchline {

SectionLine::SectionLine(const QString &title, QWidget *parent)
    : Panel(Ground::Window, TopEdge | BottomEdge, parent)
    , m_title(new TextLabel(TextRole::Caption, true, true, this))
    , m_remark(new TextLabel(TextRole::Caption, false, true, this))
    , m_row(new QHBoxLayout(this))
{
    m_row->setContentsMargins(16, 0, 16, 0);
    m_row->setSpacing(8);
    m_remark->setElided(true);
    m_row->addWidget(m_title);
    m_row->addWidget(m_remark, 1);
    setFixedHeight(controlHeight(28, textFont(TextRole::Caption, true), 8));
    setTitle(title);
}

void SectionLine::setTitle(const QString &text)
{
    m_title->setText(text);
}

void SectionLine::setRemark(const QString &text)
{
    m_remark->setText(text);
}

void SectionLine::setEnd(QWidget *widget)
{
    delete m_end;
    m_end = widget;
    if (widget)
        m_row->addWidget(widget);
}

} // namespace Branchline
