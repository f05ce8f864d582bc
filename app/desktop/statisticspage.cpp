// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/statisticspage.h"

namespace Branchline {

StatisticsPage::StatisticsPage(QObject *parent)
    : PageController(parent)
    , m_view(new StatisticsView)
{
    connect(m_view, &StatisticsView::branchOpened, this, &StatisticsPage::branchOpened);
}

StatisticsPage::~StatisticsPage() = default;

void StatisticsPage::open(Cluster &cluster)
{
    m_cluster = &cluster;
    m_session = std::make_unique<StatisticsSession>(cluster);
    StatisticsSession *session = m_session.get();
    m_view->setBranchModel(session->branches());
    m_view->setActivityModel(session->activity());
    connect(session, &StatisticsSession::changed, m_view,
            [this, session] { m_view->setFigures(session->figures()); });
    connect(m_view, &StatisticsView::rangeChosen, session, &StatisticsSession::setRange);
    connect(m_view, &StatisticsView::branchChosen, session,
            [session](const QString &id) { session->setBranch(QUuid(id)); });
    connect(m_view, &StatisticsView::retryRequested, session, &StatisticsSession::refresh);
    connect(m_view, &StatisticsView::lastKnownRequested, session, &StatisticsSession::useLastKnown);
}

void StatisticsPage::setBranch(const BranchEntry &branch)
{
    QList<StatisticsView::Choice> choices;
    for (const BranchEntry &entry : m_cluster->directory()->branches())
        choices.append({entry.id.toString(QUuid::WithoutBraces), entry.name});
    m_view->setBranches(choices, branch.id.toString(QUuid::WithoutBraces));
}

void StatisticsPage::setOnScreen(bool onScreen)
{
    m_session->setOnScreen(onScreen);
}

void StatisticsPage::recovered()
{
    m_session->refresh();
}

bool StatisticsPage::isReady() const
{
    const StatisticsFigures &figures = m_session->figures();
    return figures.total > 0 && figures.waiting.isEmpty();
}

} // namespace Branchline
