// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/desktop/statisticspage.h"

#include "db/cluster/statisticsexport.h"
#include "models/watch.h"
#include "ui/widgets/messagebar.h"

#include <QFileDialog>
#include <QThreadPool>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

/// Writes the file in a thread of the pool, never in the window's.
QFuture<Result<Done>> write(const StatisticsExport &figures, const QString &file)
{
    auto promise = std::make_shared<QPromise<Result<Done>>>();
    promise->start();
    QThreadPool::globalInstance()->start([promise, figures, file] {
        promise->addResult(file.endsWith(".xlsx"_L1, Qt::CaseInsensitive)
                               ? writeStatisticsXlsx(figures, file)
                               : writeStatisticsCsv(figures, file));
        promise->finish();
    });
    return promise->future();
}

} // namespace

StatisticsPage::StatisticsPage(QObject *parent)
    : PageController(parent)
    , m_view(new StatisticsView)
{
    connect(m_view, &StatisticsView::branchOpened, this, &StatisticsPage::branchOpened);
}

StatisticsPage::~StatisticsPage() = default;

void StatisticsPage::open(Cluster &cluster, ChangeFeed &feed)
{
    m_cluster = &cluster;
    m_session = std::make_unique<StatisticsSession>(cluster, feed);
    StatisticsSession *session = m_session.get();
    m_view->setBranchModel(session->branches());
    m_view->setActivityModel(session->activity());
    connect(session, &StatisticsSession::changed, m_view,
            [this, session] { m_view->setFigures(session->figures()); });
    connect(m_view, &StatisticsView::rangeChosen, session, &StatisticsSession::setRange);
    connect(m_view, &StatisticsView::branchChosen, session,
            [session](const QString &id) { session->setBranch(QUuid(id)); });
    connect(m_view, &StatisticsView::retryRequested, session, &StatisticsSession::refresh);
    connect(m_view, &StatisticsView::exportRequested, this, &StatisticsPage::askForFile);
    connect(m_view, &StatisticsView::lastKnownRequested, session, &StatisticsSession::useLastKnown);
}

void StatisticsPage::setBranch(const BranchEntry &branch)
{
    QList<StatisticsView::Choice> choices;
    for (const BranchEntry &entry : m_cluster->directory()->branches())
        choices.append({entry.id.toString(QUuid::WithoutBraces), entry.name});
    m_view->setBranches(choices, branch.id.toString(QUuid::WithoutBraces));
}

void StatisticsPage::askForFile()
{
    auto *dialog = new QFileDialog(m_view->window(), tr("Export the figures of all branches"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setNameFilters({tr("Spreadsheets (*.xlsx)"), tr("CSV files (*.csv)")});
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(u"xlsx"_s);
    connect(dialog, &QFileDialog::filterSelected, dialog, [dialog](const QString &filter) {
        dialog->setDefaultSuffix(filter.contains(".csv"_L1) ? u"csv"_s : u"xlsx"_s);
    });
    dialog->selectFile(tr("statistics.xlsx"));
    connect(dialog, &QFileDialog::fileSelected, this, &StatisticsPage::save);
    dialog->open();
}

void StatisticsPage::save(const QString &file)
{
    if (std::exchange(m_isSaving, true))
        return;
    const auto told = [this, file](const Result<Done> &done) {
        m_isSaving = false;
        if (done.isOk())
            messages()->showMessage(MessageBar::Kind::Info,
                                    tr("The figures have been written to %1.").arg(file), {}, {}, true);
        else
            messages()->showMessage(MessageBar::Kind::Error, done.error().message, done.error().hint);
    };
    watch(libraryStatistics(*m_cluster), this,
          [this, file, told](const Combined<std::vector<BranchFigures>> &answers) {
              watch(write(statisticsExport(answers, *m_cluster->directory()), file), this, told);
          });
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
