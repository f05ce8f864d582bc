// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/signin/coverpage.h"

#include "ui/widgets/iconlabel.h"
#include "ui/widgets/textlabel.h"

#include <QApplication>
#include <QCheckBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QRadioButton>
#include <QScrollArea>
#include <QShortcut>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace Branchline {

CoverPage::CoverPage(const QString &title, int width, QWidget *parent)
    : Panel(Ground::Surface, NoEdge, parent)
    , m_title(new TextLabel(TextRole::Welcome, true))
    , m_subtitle(new TextLabel(TextRole::Subhead, false, true))
    , m_column(new QVBoxLayout)
{
    setAccessibleName(title);
    m_title->setText(title);
    m_title->setWordWrap(true);
    m_subtitle->setWordWrap(true);
    auto *middle = new QWidget;
    middle->setFixedWidth(width);
    m_column->setContentsMargins(4, 24, 4, 24);
    m_column->setSpacing(12);
    middle->setLayout(m_column);
    auto *head = new QHBoxLayout;
    head->setSpacing(16);
    auto *mark = new IconLabel(48);
    mark->setIcon(u"mark"_s, IconLabel::Tint::Accent);
    head->addWidget(mark, 0, Qt::AlignTop);
    auto *words = new QVBoxLayout;
    words->setSpacing(2);
    words->addWidget(m_title);
    words->addWidget(m_subtitle);
    head->addLayout(words, 1);
    m_column->addLayout(head);
    m_column->addSpacing(16);

    auto *inside = new Panel(Ground::Surface);
    auto *row = new QHBoxLayout(inside);
    row->setContentsMargins(0, 0, 0, 0);
    row->addStretch();
    auto *place = new QVBoxLayout;
    place->addStretch(3);
    place->addWidget(middle);
    place->addStretch(4);
    row->addLayout(place);
    row->addStretch();
    auto *area = new QScrollArea(this);
    area->setFrameShape(QFrame::NoFrame);
    area->setWidgetResizable(true);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setFocusPolicy(Qt::NoFocus);
    area->setWidget(inside);
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->addWidget(area);
}

void CoverPage::setTitle(const QString &title)
{
    setAccessibleName(title);
    m_title->setText(title);
}

void CoverPage::pressOnEnter(QAbstractButton *button)
{
    const auto press = [this, button] {
        auto *other = qobject_cast<QAbstractButton *>(QApplication::focusWidget());
        const bool isChoice = qobject_cast<QRadioButton *>(other) || qobject_cast<QCheckBox *>(other);
        if (other && isAncestorOf(other) && !isChoice)
            other->click();
        else if (button->isVisible())
            button->click();
    };
    for (const auto key : {Qt::Key_Return, Qt::Key_Enter})
        connect(new QShortcut(key, this), &QShortcut::activated, this, press);
    qApp->installEventFilter(this);
}

/// A drop-down closes by the mere announcement of Enter, which then is a shortcut of the page below again.
/// Accepted, it is none.
bool CoverPage::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::ShortcutOverride && QApplication::activePopupWidget()) {
        const int key = static_cast<QKeyEvent *>(event)->key();
        if (key == Qt::Key_Return || key == Qt::Key_Enter)
            event->accept();
    }
    return Panel::eventFilter(watched, event);
}

void CoverPage::setSubtitle(const QString &text)
{
    m_subtitle->setText(text);
    m_subtitle->setVisible(!text.isEmpty());
}

} // namespace Branchline
