// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/editing/editorhead.h"

#include "ui/widgets/button.h"
#include "ui/widgets/taglabel.h"
#include "ui/widgets/textlabel.h"

#include <QHBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

EditorHead::EditorHead(const QString &pageName, QWidget *parent)
    : Panel(Ground::Surface, BottomEdge, parent)
    , m_row(new QHBoxLayout(this))
    , m_title(new TextLabel(TextRole::Title, true, false, this))
    , m_tag(new TagLabel({}, Status::None, this))
    , m_place(new TextLabel(TextRole::Body, false, true, this))
    , m_previous(new Button(u"up"_s, tr("Previous"), {}, this))
    , m_next(new Button(u"down"_s, tr("Next"), {}, this))
{
    auto *back = new Button(u"back"_s, tr("Back to %1").arg(pageName), {}, this);
    back->setKind(Button::Kind::Flat);
    back->setIconOnly(true);
    back->setToolTip(tr("Back to %1 (Esc)").arg(pageName));
    auto *page = new QLabel(this);
    page->setText(u"<a href=\"#\" style=\"text-decoration:none\">%1</a>"_s.arg(pageName.toHtmlEscaped()));
    page->setTextInteractionFlags(Qt::LinksAccessibleByMouse); // Tab has the button beside it
    page->setAccessibleName(pageName);
    auto *slash = new TextLabel(TextRole::Body, false, true, this);
    slash->setText(u"/"_s);
    for (Button *button : {m_previous, m_next}) {
        button->setKind(Button::Kind::Flat);
        button->setIconOnly(true);
        button->hide();
    }
    m_previous->setToolTip(tr("Previous in the list (Alt+Up)"));
    m_next->setToolTip(tr("Next in the list (Alt+Down)"));
    m_title->setElided(true);
    m_title->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    m_place->hide();

    m_row->setContentsMargins(12, 0, 16, 0);
    m_row->setSpacing(6);
    m_row->addWidget(back);
    m_row->addWidget(page);
    m_row->addWidget(slash);
    m_row->addSpacing(2);
    m_row->addWidget(m_title);
    m_row->addSpacing(6);
    m_row->addWidget(m_tag);
    m_row->addStretch(1);
    m_row->addWidget(m_place);
    m_row->addWidget(m_previous);
    m_row->addWidget(m_next);
    setFixedHeight(controlHeight(52, textFont(TextRole::Title, true), 20));
    connect(back, &Button::clicked, this, &EditorHead::backRequested);
    connect(page, &QLabel::linkActivated, this, &EditorHead::backRequested);
    connect(m_previous, &Button::clicked, this, &EditorHead::previousRequested);
    connect(m_next, &Button::clicked, this, &EditorHead::nextRequested);
}

void EditorHead::setTitle(const QString &title, const QString &tag)
{
    m_title->setText(title);
    m_tag->setTag(tag);
    m_tag->setVisible(!tag.isEmpty());
}

void EditorHead::setPlace(int index, int count)
{
    m_place->setText(tr("%1 of %2").arg(index).arg(count));
    for (QWidget *widget : QList<QWidget *>{m_place, m_previous, m_next})
        widget->setVisible(count > 0);
    m_previous->setEnabled(index > 1);
    m_next->setEnabled(index < count);
}

void EditorHead::addButton(Button *button)
{
    m_row->addWidget(button);
}

} // namespace Branchline
