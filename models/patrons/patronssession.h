// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/patrons/patronlistmodel.h"

#include <QTimer>

namespace Branchline {

/// The list of patrons: what is searched for, kept up to date while on screen. GUI thread only.
class PatronsSession final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PatronsSession)

public:
    explicit PatronsSession(Cluster &cluster, QObject *parent = nullptr);

    [[nodiscard]] PatronListModel *model() { return &m_model; }
    [[nodiscard]] const PatronListModel *model() const { return &m_model; }
    void search(const QString &words) { m_model.search(words); }
    void refresh();
    /// While on screen it asks each second whether a patron changed, and reads again when one did.
    void setOnScreen(bool onScreen);

Q_SIGNALS:
    /// State or length of the list changed.
    void listChanged();

private:
    void look();

    Cluster &m_cluster;
    PatronListModel m_model;
    QTimer m_timer;
    QString m_mark;
    bool m_isLooking = false;
    bool m_isSilent = false; ///< main did not answer the last look
};

} // namespace Branchline
