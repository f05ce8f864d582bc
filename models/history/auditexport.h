// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/history/history.h"

#include <QObject>

namespace Branchline {

/// Writes what a filter leaves of the audit log to a CSV file in UTF-8, one line for each field of an entry,
/// newest first, in words as the window shows them, times in UTC. The file appears when it is complete. GUI
/// thread only; it never waits.
class AuditExport final : public QObject
{
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(AuditExport)

public:
    struct Report
    {
        int entries = 0;
        bool isCut = false;  ///< there are more than one file takes
        QStringList missing; ///< databases that did not answer
    };

    static constexpr int mostEntries = 100'000;

    /// The cluster outlives it.
    AuditExport(Cluster &cluster, HistoryFilter filter, QString file, QObject *parent = nullptr);

    /// Begins; call once.
    void start();

Q_SIGNALS:
    void finished(const Branchline::Result<Branchline::AuditExport::Report> &report);

private:
    void read();
    void take(const Result<HistoryPage> &page);
    void write();

    Cluster &m_cluster;
    const HistoryFilter m_filter;
    const QString m_file;
    HistoryKey m_last;
    QByteArray m_text;
    Report m_report;
};

} // namespace Branchline
