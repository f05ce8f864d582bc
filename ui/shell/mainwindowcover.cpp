// SPDX-License-Identifier: GPL-3.0-or-later
//
// What MainWindow shows and what not: the cover over everything, and the pages that are offered.
#include "ui/shell/mainwindow.h"

#include "ui/shell/rail.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QMenu>
#include <QStackedWidget>

#include <algorithm>
#include <utility>

namespace Branchline {

namespace {
constexpr int lockChoices[] = {2, 5, 10, 30, 0};
} // namespace

void MainWindow::makeLockMenu()
{
    m_lockMenu = new QMenu(tr("Lock by itself"), m_menu);
    m_menu->insertMenu(m_signOut, m_lockMenu);
    fillLockMenu();
}

void MainWindow::fillLockMenu()
{
    m_lockMenu->clear();
    const auto all = m_lockMenu->findChildren<QActionGroup *>();
    qDeleteAll(all);
    QList<int> choices{std::begin(lockChoices), std::end(lockChoices)};
    int chosen = m_lockMinutes;
    if (m_mostLockMinutes) {
        const int most = *m_mostLockMinutes;
        choices.removeIf([most](int minutes) { return minutes == 0 || minutes >= most; });
        choices << most;
        chosen = chosen > 0 ? std::min(chosen, most) : most;
    }
    auto *group = new QActionGroup(m_lockMenu);
    for (const int minutes : std::as_const(choices)) {
        QAction *action = m_lockMenu->addAction(minutes == 0   ? tr("Never")
                                                : minutes == 1 ? tr("After 1 minute")
                                                               : tr("After %1 minutes").arg(minutes));
        action->setCheckable(true);
        action->setChecked(minutes == chosen);
        group->addAction(action);
        connect(action, &QAction::triggered, this, [this, minutes] {
            m_lockMinutes = minutes;
            Q_EMIT lockMinutesChosen(minutes);
        });
    }
    if (m_mostLockMinutes)
        m_lockMenu->addAction(tr("The policy of this computer allows no longer time"))->setEnabled(false);
}

void MainWindow::setLockMinutes(int minutes)
{
    m_lockMinutes = minutes;
    fillLockMenu();
}

void MainWindow::setMostLockMinutes(std::optional<int> minutes)
{
    m_mostLockMinutes = minutes;
    fillLockMenu();
}

void MainWindow::setMayLock(bool may)
{
    offer(m_lock, may);
    m_lockMenu->menuAction()->setVisible(may);
}

void MainWindow::setMaySignOut(bool may)
{
    offer(m_signOut, may);
}

void MainWindow::setMayChooseLibrary(bool may)
{
    offer(m_otherLibrary, may);
}

void MainWindow::offer(QAction *action, bool may)
{
    action->setVisible(may);
    m_restingKeys.removeOne(action);
    if (isCovered() && may)
        m_restingKeys.append(action);
    action->setEnabled(may && !isCovered());
}

void MainWindow::restDeskKeys()
{
    for (QAction *action : std::as_const(m_deskKeys))
        action->setEnabled(m_page != Page::Desk && isOffered(Page::Desk) && !isCovered());
}

void MainWindow::offerPage(Page page, bool isOffered)
{
    if (isOffered)
        m_withheld.remove(page);
    else
        m_withheld.insert(page);
    showOffers();
}

bool MainWindow::isOffered(Page page) const
{
    return m_pages.contains(page) && (!m_withheld.contains(page) || sheetOf(page) != nullptr);
}

void MainWindow::showOffers()
{
    const QSet<Page> before = m_shownPages;
    for (const Page page : std::as_const(m_order)) {
        const bool isShown = isOffered(page);
        if (isShown == m_shownPages.contains(page))
            continue;
        if (isShown)
            m_shownPages.insert(page);
        else
            m_shownPages.remove(page);
        m_rail->setItemShown(static_cast<int>(page), isShown);
        if (QAction *key = m_pageKeys.value(page))
            offer(key, isShown);
    }
    if (m_shownPages == before)
        return;
    restDeskKeys();
    const auto first =
        std::find_if(m_order.cbegin(), m_order.cend(), [this](Page page) { return isOffered(page); });
    if (!isOffered(m_page) && first != m_order.cend())
        showPage(*first);
    Q_EMIT offeredPagesChanged();
}

/// Dialogs and menus are windows of their own: what they show and do is not to be had over a cover.
void MainWindow::closeWhatLiesAbove()
{
    while (QWidget *popup = QApplication::activePopupWidget()) {
        if (!popup->close())
            break;
    }
    const auto all = QApplication::topLevelWidgets();
    for (QWidget *one : all) {
        bool isOurs = false;
        for (const QWidget *above = one->parentWidget(); above && !isOurs; above = above->parentWidget())
            isOurs = above == this;
        if (isOurs && one->isVisible())
            one->close();
    }
}

void MainWindow::cover(QWidget *page)
{
    closeWhatLiesAbove();
    if (m_covers.isEmpty()) {
        m_focusBeforeCover = QApplication::focusWidget();
        const auto own = actions();
        for (QAction *action : own) {
            if (action != m_quit && action->isEnabled()) {
                action->setEnabled(false);
                m_restingKeys.append(action);
            }
        }
    }
    m_covers.append(page);
    m_layers->addWidget(page);
    m_layers->setCurrentWidget(page);
    page->setFocus(Qt::OtherFocusReason);
}

void MainWindow::uncover(QWidget *page)
{
    if (!m_covers.removeOne(page))
        return;
    m_layers->setCurrentWidget(m_covers.isEmpty() ? m_frame : m_covers.last());
    m_layers->removeWidget(page);
    page->deleteLater();
    if (!m_covers.isEmpty()) {
        m_covers.last()->setFocus(Qt::OtherFocusReason);
        return;
    }
    const auto resting = std::exchange(m_restingKeys, {});
    for (QAction *action : resting)
        action->setEnabled(true);
    restDeskKeys();
    if (m_focusBeforeCover && m_focusBeforeCover->isVisible())
        m_focusBeforeCover->setFocus(Qt::OtherFocusReason);
    else
        giveFocusToPage();
}

} // namespace Branchline
