// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/branch/markfoot.h"

#include "ui/widgets/button.h"
#include "ui/widgets/textline.h"

#include <QHBoxLayout>
#include <QLocale>

namespace Branchline {

using namespace Qt::StringLiterals;

MarkFoot::MarkFoot(QWidget *parent)
    : Panel(Ground::Window, TopEdge, parent)
    , m_count(new TextLine(TextRole::Body, true))
    , m_detail(new TextLine(TextRole::Body, false, TextLine::Tone::Muted))
    , m_reason(new TextLine(TextRole::Body, false, TextLine::Tone::Muted))
    , m_renew(new Button(u"renewed"_s, tr("Renew"), u"Ctrl+F2"_s))
{
    m_count->setElided(false);
    m_renew->setKind(Button::Kind::Primary);
    m_renew->setToolTip(tr("Renew every ticked loan by the rules of this branch."));
    connect(m_renew, &QAbstractButton::clicked, this, &MarkFoot::renewRequested);
    auto *clear = new Button(QString(), tr("Clear"), u"Esc"_s);
    clear->setKind(Button::Kind::Flat);
    clear->setToolTip(tr("Take the ticks off all rows."));
    connect(clear, &QAbstractButton::clicked, this, &MarkFoot::cleared);
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(16, 0, 16, 0);
    row->setSpacing(12);
    row->addWidget(m_count);
    row->addWidget(m_detail, 1);
    row->addWidget(m_reason);
    row->addWidget(clear);
    row->addWidget(m_renew);
    m_reason->hide();
    setFixedHeight(controlHeight(52, textFont(TextRole::Body), 24));
    hide();
}

void MarkFoot::setMarked(int count, const QString &detail)
{
    m_count->setText(tr("%1 selected").arg(QLocale().toString(count)));
    m_detail->setText(detail);
    setVisible(count > 0);
}

void MarkFoot::setWaiting(const QString &reason)
{
    m_reason->setText(reason);
    m_reason->setVisible(!reason.isEmpty());
    m_renew->setEnabled(reason.isEmpty());
}

} // namespace Branchline
