// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/circulation/circulation.h"

#include <QObject>

namespace Branchline {

/// Renews several loans one after another, each with a request id of its own. A call whose answer was lost is
/// repeated with the same id, so nothing is renewed twice. GUI thread only; it never waits.
class Renewals final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Renewals)

public:
    explicit Renewals(Cluster &cluster, QObject *parent = nullptr);

    /// Does nothing while some are under way.
    void start(const BranchEntry &desk, const QStringList &barcodes);
    [[nodiscard]] bool isRunning() const { return m_next < m_barcodes.size(); }
    /// The answers so far, in the order of the barcodes.
    [[nodiscard]] const std::vector<CirculationAnswer> &answers() const { return m_answers; }
    [[nodiscard]] int count() const { return static_cast<int>(m_barcodes.size()); }
    [[nodiscard]] int renewed() const;
    /// Why a loan was not renewed, as one sentence; empty when it was.
    [[nodiscard]] static QString problem(const CirculationAnswer &answer);
    /// "3 loans renewed.", "2 of 3 loans renewed."
    [[nodiscard]] QString summary() const;

Q_SIGNALS:
    /// One was answered.
    void answered(const QString &barcode);
    void finished();

private:
    void sendNext();

    Cluster &m_cluster;
    BranchEntry m_desk;
    QStringList m_barcodes;
    qsizetype m_next = 0;
    int m_repeats = 0;
    QUuid m_request;
    std::vector<CirculationAnswer> m_answers;
};

} // namespace Branchline
