// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/monitor/programreport.h"

#include <functional>
#include <mutex>
#include <thread>

namespace Branchline {

/// Lets other programs of the same user on this workstation read this program's report, over a unix socket
/// that nobody else can open. A thread of its own does everything, the files included; whoever makes or
/// destroys the server waits for no client. A program that cannot publish works as well without.
class ReportServer final
{
public:
    /// `report` is called in the server's thread, once for each request; it must be quick and is not called
    /// any more when the destructor has returned.
    explicit ReportServer(std::function<ProgramReport()> report);
    ~ReportServer();
    Q_DISABLE_COPY_MOVE(ReportServer)

    /// Where it listens; empty before it does and when it cannot.
    [[nodiscard]] QString path() const;
    /// Why it does not listen, a sentence; empty otherwise.
    [[nodiscard]] QString problem() const;

private:
    void run();
    [[nodiscard]] int listenSomewhere();

    const std::function<ProgramReport()> m_report;
    int m_wake = -1; ///< becomes readable when the server is to end
    mutable std::mutex m_mutex;
    QByteArray m_path;
    QString m_problem;
    std::thread m_thread;
};

} // namespace Branchline
