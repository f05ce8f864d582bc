// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/staff/stafffacts.h"
#include "ui/widgets/panel.h"

class QGridLayout;

namespace Branchline {

/// What each server has of a member of staff: a line with a light for each.
class StaffServers final : public Panel
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StaffServers)

public:
    explicit StaffServers(QWidget *parent = nullptr);

    void setServers(const QList<StaffServerFacts> &servers, const QString &emptyWords);

private:
    QGridLayout *m_grid;
    QStringList m_shown; ///< what is there, so that nothing is built anew without need
};

} // namespace Branchline
