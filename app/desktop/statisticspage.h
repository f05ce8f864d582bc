// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/desktop/pagecontroller.h"
#include "models/statistics/statisticssession.h"
#include "ui/statistics/statisticsview.h"

#include <memory>

namespace Branchline {

/// Joins the statistics page with its session.
class StatisticsPage final : public PageController
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StatisticsPage)

public:
    explicit StatisticsPage(QObject *parent = nullptr);
    ~StatisticsPage() override;

    [[nodiscard]] QWidget *view() const override { return m_view; }
    [[nodiscard]] MessageBar *messages() const override { return m_view->messages(); }
    void open(Cluster &cluster, ChangeFeed &feed) override;
    void setBranch(const BranchEntry &branch) override;
    void setOnScreen(bool onScreen) override;
    void recovered() override;
    [[nodiscard]] bool isReady() const override;

Q_SIGNALS:
    /// The list behind a bar: `tab` is "loans".
    void branchOpened(const QString &id, const QString &tab);

private:
    void askForFile();
    void save(const QString &file);

    Cluster *m_cluster = nullptr;
    StatisticsView *m_view; ///< the window owns it
    std::unique_ptr<StatisticsSession> m_session;
    bool m_isSaving = false;
};

} // namespace Branchline
