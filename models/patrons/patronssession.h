// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/live/changefeed.h"
#include "models/patrons/patronlistmodel.h"

namespace Branchline {

/// The list of patrons: what is searched for, kept up to date while on screen. GUI thread only.
class PatronsSession final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PatronsSession)

public:
    PatronsSession(Cluster &cluster, ChangeFeed &feed, QObject *parent = nullptr);

    [[nodiscard]] PatronListModel *model() { return &m_model; }
    [[nodiscard]] const PatronListModel *model() const { return &m_model; }
    void search(const QString &words) { m_model.search(words); }
    void refresh();
    /// While on screen it reads again when a patron changed.
    void setOnScreen(bool onScreen);

Q_SIGNALS:
    /// State or length of the list changed.
    void listChanged();

private:
    PatronListModel m_model;
    ChangeWatch m_watch;
};

} // namespace Branchline
