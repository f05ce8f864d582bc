// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/faults/drill/desks.h"

#include <QDeadlineTimer>
#include <QDir>
#include <QFile>
#include <QJsonDocument>

#include <csignal>

using namespace Qt::StringLiterals;

namespace Branchline::Drill {

namespace {

constexpr int processDeadlineMs = 10'000;

} // namespace

Desks::Desks(QMap<QString, QString> environment)
    : m_environment(QProcessEnvironment::systemEnvironment())
{
    const QStringList names = m_environment.keys();
    for (const QString &name : names) {
        if (name.startsWith("DATABASE_"_L1) || name.startsWith("PG"_L1) || name == "SHARDING_BRANCHES"_L1)
            m_environment.remove(name);
    }
    for (auto it = environment.cbegin(); it != environment.cend(); ++it)
        m_environment.insert(it.key(), it.value());
}

Desks::~Desks()
{
    for (const auto &desk : m_desks) {
        desk->process.kill();
        desk->process.waitForFinished(processDeadlineMs);
    }
}

bool Desks::start(const DeskJob &job)
{
    m_desks.push_back(std::make_unique<Desk>());
    m_desks.back()->job = job;
    return launch(*m_desks.back());
}

bool Desks::launch(Desk &desk)
{
    const QString path = desk.job.folder + u'/' + desk.job.name + ".job.json"_L1;
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        return false;
    file.write(QJsonDocument(desk.job.toJson()).toJson());
    file.close();
    // Each desk is a workstation of its own and keeps the directory on its own disk.
    QProcessEnvironment environment = m_environment;
    environment.insert(u"XDG_CACHE_HOME"_s, desk.job.folder + u'/' + desk.job.name + ".cache"_L1);
    desk.process.setProcessEnvironment(environment);
    desk.process.setProcessChannelMode(QProcess::ForwardedChannels);
    desk.process.start(QStringLiteral(BRANCHLINE_DRILL_DESK), {path});
    desk.isKilled = false;
    return desk.process.waitForStarted(processDeadlineMs);
}

void Desks::kill9(int desk)
{
    m_desks[static_cast<size_t>(desk)]->isKilled = true;
    m_desks[static_cast<size_t>(desk)]->process.kill();
    m_desks[static_cast<size_t>(desk)]->process.waitForFinished(processDeadlineMs);
}

void Desks::freeze(int desk)
{
    const qint64 pid = m_desks[static_cast<size_t>(desk)]->process.processId();
    if (pid > 0)
        ::kill(static_cast<pid_t>(pid), SIGSTOP);
}

void Desks::thaw(int desk)
{
    const qint64 pid = m_desks[static_cast<size_t>(desk)]->process.processId();
    if (pid > 0)
        ::kill(static_cast<pid_t>(pid), SIGCONT);
}

bool Desks::restart(int desk)
{
    Desk &again = *m_desks[static_cast<size_t>(desk)];
    again.job.seed += 1000;
    return launch(again);
}

QString Desks::endedByItself()
{
    for (const auto &desk : m_desks) {
        desk->process.waitForFinished(0);
        if (desk->process.state() == QProcess::NotRunning && !desk->isKilled)
            return u"%1 (exit status %2)"_s.arg(desk->job.name).arg(desk->process.exitCode());
    }
    return {};
}

QStringList Desks::drain(int deadlineMs)
{
    for (const auto &desk : m_desks) {
        desk->process.write("drain\n");
        desk->process.waitForBytesWritten(processDeadlineMs);
    }
    QStringList late;
    const QDeadlineTimer deadline(deadlineMs);
    for (const auto &desk : m_desks) {
        const bool isDone = desk->process.waitForFinished(static_cast<int>(deadline.remainingTime())) ||
                            desk->process.state() == QProcess::NotRunning;
        if (!isDone || desk->process.exitStatus() != QProcess::NormalExit || desk->process.exitCode() != 0)
            late << desk->job.name;
    }
    return late;
}

} // namespace Branchline::Drill
