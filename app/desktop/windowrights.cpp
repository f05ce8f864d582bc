// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/windowrights.h"

#include "app/desktop/pagerights.h"
#include "app/desktop/windowsettings.h"
#include "ui/signin/norightsview.h"

#include <QMetaEnum>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

using Page = MainWindow::Page;

const auto loginKey = u"rights/login"_s;
const auto withheldKey = u"rights/withheldPages"_s;

QString nameOf(Page page)
{
    return QString::fromLatin1(QMetaEnum::fromType<Page>().valueToKey(static_cast<int>(page)));
}

} // namespace

WindowRights::WindowRights(MainWindow &window, bool remembers, QObject *parent)
    : QObject(parent)
    , m_window(window)
    , m_remembers(remembers)
{
    // A form that was the last thing to be seen may have been closed.
    connect(&m_window, &MainWindow::offeredPagesChanged, this, &WindowRights::showNobody);
}

WindowRights::~WindowRights() = default;

void WindowRights::open(Cluster &cluster, ChangeFeed &feed, const QString &login)
{
    m_login = login;
    m_permissions = Permissions();
    offerRemembered();
    m_watch = std::make_unique<RightsWatch>(cluster, feed);
    connect(m_watch.get(), &RightsWatch::changed, this, &WindowRights::read);
}

void WindowRights::read()
{
    m_permissions = Permissions(m_watch->rights());
    showPages();
    if (const auto wished = std::exchange(m_wished, {}); wished && m_window.isOffered(*wished))
        m_window.showPage(*wished);
    remember();
    Q_EMIT changed();
}

void WindowRights::showPages()
{
    // What is to be offered comes before what goes, so that there is always a page to turn to.
    for (const bool isOffered : {true, false}) {
        for (const PageRights &page : pageRights()) {
            const bool may = mayOpen(page, m_permissions) || (page.page == Page::Desk && m_isDeskBusy);
            if (may == isOffered)
                m_window.offerPage(page.page, may);
        }
    }
    showNobody();
}

void WindowRights::showNobody()
{
    const auto pages = pageRights();
    const bool isNobody =
        m_permissions.hasNone() && std::none_of(pages.begin(), pages.end(), [this](const PageRights &page) {
            return m_window.isOffered(page.page);
        });
    if (isNobody == !m_nobody.isNull())
        return;
    if (!isNobody) {
        m_window.uncover(m_nobody);
        m_nobody = nullptr;
        return;
    }
    m_nobody = new NoRightsView;
    m_nobody->setLogin(m_login);
    m_nobody->setMaySignOut(m_maySignOut);
    connect(m_nobody, &NoRightsView::signOutRequested, &m_window, &MainWindow::signOutRequested);
    connect(m_nobody, &NoRightsView::quitRequested, &m_window, &MainWindow::quitRequested);
    m_window.cover(m_nobody);
}

void WindowRights::setMaySignOut(bool may)
{
    m_maySignOut = may;
    if (m_nobody)
        m_nobody->setMaySignOut(may);
}

void WindowRights::setDeskBusy(bool busy)
{
    if (std::exchange(m_isDeskBusy, busy) != busy && m_permissions.isKnown())
        showPages();
}

void WindowRights::offerRemembered()
{
    const QStringList withheld = windowSettings().value(loginKey).toString() == m_login
                                     ? windowSettings().value(withheldKey).toStringList()
                                     : QStringList();
    const Page wished = m_window.currentPage();
    for (const PageRights &page : pageRights())
        m_window.offerPage(page.page, !m_remembers || !withheld.contains(nameOf(page.page)));
    if (m_window.currentPage() != wished)
        m_wished = wished;
}

/// Who has no right today is not to find an empty window tomorrow, while main does not answer.
void WindowRights::remember() const
{
    if (!m_remembers || m_permissions.hasNone())
        return;
    QStringList withheld;
    for (const PageRights &page : pageRights()) {
        if (!mayOpen(page, m_permissions))
            withheld << nameOf(page.page);
    }
    windowSettings().setValue(loginKey, m_login);
    windowSettings().setValue(withheldKey, withheld);
}

} // namespace Branchline
