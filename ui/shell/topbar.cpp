// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/topbar.h"

#include "ui/widgets/button.h"
#include "ui/widgets/searchfield.h"
#include "ui/widgets/typography.h"

#include <QEvent>
#include <QStyle>

using namespace Qt::StringLiterals;

namespace Branchline {

TopBar::TopBar(QWidget *parent)
    : Panel(Ground::Window, BottomEdge, parent)
    , m_switcher(new Button(u"branch"_s, tr("No branch"), {}, this))
    , m_search(new SearchField(tr("Search books, patrons, barcodes and actions"), {}, this))
    , m_help(new Button(u"help"_s, {}, {}, this))
    , m_menu(new Button(u"menu"_s, {}, {}, this))
{
    m_switcher->setKind(Button::Kind::Flat);
    m_switcher->setStrong(true);
    m_switcher->setMenuArrow(true);
    m_search->setObjectName(u"paletteField"_s);
    m_search->setPlaceholderText(tr("Search books, patrons, barcodes, actions"));
    for (Button *button : {m_help, m_menu}) {
        button->setKind(Button::Kind::Flat);
        button->setIconExtent(20);
    }
    m_help->setAccessibleName(tr("Keys"));
    m_help->setToolTip(tr("Show the keys  Ctrl+F1"));
    m_menu->setAccessibleName(tr("Menu"));
    m_menu->setToolTip(tr("Appearance and more"));
    setBranchName({});
    setSearchOpen(false);
    setFixedHeight(controlHeight(48, textFont(TextRole::Body), 26));
}

void TopBar::setBranchName(const QString &name)
{
    m_switcher->setText(name.isEmpty() ? tr("No branch") : name);
    m_switcher->setAccessibleName(name.isEmpty() ? tr("No branch is chosen") : tr("Branch %1").arg(name));
    m_switcher->setToolTip(tr("Change the branch  Ctrl+B"));
    place();
}

void TopBar::setSearchOpen(bool open)
{
    m_isSearchOpen = open;
    m_search->setKeyText(open ? tr("Esc") : u"Ctrl+K"_s);
    m_search->setKeyAlwaysShown(open);
    place();
}

bool TopBar::event(QEvent *event)
{
    if (event->type() == QEvent::LayoutDirectionChange)
        place();
    return Panel::event(event);
}

void TopBar::resizeEvent(QResizeEvent *event)
{
    Panel::resizeEvent(event);
    place();
}

void TopBar::place()
{
    constexpr int margin = 12;
    const auto put = [this](QWidget *widget, int x, int width) {
        const int high = widget->sizeHint().height();
        const QRect r(x, (height() - high) / 2, width, high);
        widget->setGeometry(QStyle::visualRect(layoutDirection(), rect(), r));
    };
    const int menu = m_menu->sizeHint().width();
    const int help = m_help->sizeHint().width();
    put(m_menu, width() - margin - menu, menu);
    put(m_help, width() - margin - menu - 8 - help, help);
    const int end = width() - margin - menu - help - 24;
    const int switcher = std::min(m_switcher->sizeHint().width(), std::max(160, width() / 4));
    put(m_switcher, margin, switcher);
    // In the middle where there is room, else between its neighbours.
    const int start = margin + switcher + 16;
    const int wide = std::max(120, std::min(m_isSearchOpen ? 640 : 480, end - start));
    put(m_search, std::clamp((width() - wide) / 2, start, std::max(start, end - wide)), wide);
}

} // namespace Branchline
