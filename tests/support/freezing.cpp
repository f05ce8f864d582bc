// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/freezing.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QThread>

#include <algorithm>
#include <csignal>

using namespace Qt::StringLiterals;

namespace Branchline {

namespace {

constexpr int patienceMs = 10'000;

bool isFrozen(qint64 process)
{
    const QDir tasks(u"/proc/%1/task"_s.arg(process));
    const QStringList threads = tasks.entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    return !threads.isEmpty() && std::all_of(threads.begin(), threads.end(), [&](const QString &thread) {
        QFile stat(tasks.filePath(thread + "/stat"_L1));
        if (!stat.open(QIODevice::ReadOnly))
            return false;
        const QByteArray text = stat.readAll();
        return text.contains(") T ") || text.contains(") Z "); // stopped, or ended already
    });
}

} // namespace

bool freezeProcesses(const QList<qint64> &processes)
{
    bool isThere = true;
    for (const qint64 process : processes)
        isThere = process > 0 && ::kill(static_cast<pid_t>(process), SIGSTOP) == 0 && isThere;
    const QDeadlineTimer deadline(patienceMs);
    while (isThere && !std::all_of(processes.begin(), processes.end(), isFrozen)) {
        if (deadline.hasExpired())
            return false;
        QThread::msleep(1);
    }
    return isThere;
}

bool freezeProcess(qint64 process)
{
    return freezeProcesses({process});
}

} // namespace Branchline
