// SPDX-License-Identifier: GPL-3.0-or-later
//
// branchline-drill-desk JOB.json: a desk without a window, to be killed, stopped and started again at any
// moment. It uses the product's own calls. On "drain" at its standard input it begins nothing new, brings
// every call to its end and exits; at the end of its standard input it exits at once.
#include "tests/faults/drill/flaws.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonDocument>

#include <csignal>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>

using namespace Branchline;
using namespace Branchline::Drill;
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;

namespace {

void obey(std::atomic<bool> &isDraining)
{
    char byte = 0;
    std::string word;
    while (::read(STDIN_FILENO, &byte, 1) == 1) {
        if (byte == '\n')
            isDraining = isDraining || word == "drain";
        word = byte == '\n' ? std::string() : word + byte;
    }
    ::_exit(3);
}

DeskJob readJob(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        qFatal("The job %s cannot be read.", qPrintable(path));
    return DeskJob::fromJson(QJsonDocument::fromJson(file.readAll()).object());
}

/// While main is down, the directory of an earlier run serves; a desk that has none waits for main.
void readDirectory(Cluster &cluster)
{
    while (!await(cluster.refreshDirectory()).isOk())
        std::this_thread::sleep_for(200ms);
}

/// Every lane gets its share of the calls that an earlier run left open.
std::vector<DeskCall> shareOf(const std::vector<DeskCall> &calls, int lane, int lanes)
{
    std::vector<DeskCall> share;
    for (size_t i = static_cast<size_t>(lane); i < calls.size(); i += static_cast<size_t>(lanes))
        share.push_back(calls[i]);
    return share;
}

} // namespace

int main(int argc, char *argv[])
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL); // not to outlive the conductor, not even while stopped
    const QCoreApplication application(argc, argv);
    if (argc != 2)
        qFatal("Usage: branchline-drill-desk JOB.json");
    const DeskJob job = readJob(QString::fromLocal8Bit(argv[1]));
    const auto config = ClusterConfig::load({.commandLineUrl = {}, .files = {}});
    if (!config)
        qFatal("%s", qPrintable(config.error().message));

    std::atomic<bool> isDraining = false;
    std::thread(obey, std::ref(isDraining)).detach();

    const QString path = job.folder + u'/' + job.name + ".jsonl"_L1;
    const std::vector<DeskCall> calls = openCalls(readHistory(path));
    HistoryWriter history(path);
    history.write(HistoryEvent::Kind::Start, {}, {{u"pid"_s, ::getpid()}, {u"open"_s, int(calls.size())}});

    Cluster cluster(*config, job.name);
    readDirectory(cluster);
    const std::unique_ptr<DeskHabit> habit = habitWithFlaw(job.flaw);
    std::vector<std::thread> lanes;
    for (int i = 0; i < job.lanes; ++i) {
        lanes.emplace_back([&, i] {
            Lane(cluster, history, *habit, job, job.seed + static_cast<quint32>(i),
                 shareOf(calls, i, job.lanes))
                .run(isDraining);
        });
    }
    for (std::thread &lane : lanes)
        lane.join();
    return 0;
}
