// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/faults/drill/job.h"

#include <QMap>
#include <QProcess>

#include <memory>
#include <vector>

namespace Branchline::Drill {

/// The desks of a drill, each a process of its own.
class Desks final
{
public:
    /// `environment`: what the desks get beyond that of the conductor, such as DATABASE_URL. Settings of
    /// whoever runs the drill do not reach them.
    explicit Desks(QMap<QString, QString> environment);
    ~Desks();
    Q_DISABLE_COPY_MOVE(Desks)

    /// Starts a desk; its name must be new. False when the program does not start.
    [[nodiscard]] bool start(const DeskJob &job);

    [[nodiscard]] int count() const { return static_cast<int>(m_desks.size()); }
    void kill9(int desk);
    void freeze(int desk);
    void thaw(int desk);
    /// Starts a killed desk again, with the same job but other dice.
    [[nodiscard]] bool restart(int desk);
    /// The desk's name and status when one has ended by itself; empty while all run.
    [[nodiscard]] QString endedByItself();

    /// Lets all desks bring their calls to an end, and waits. Returns the names of those that did not.
    [[nodiscard]] QStringList drain(int deadlineMs);

private:
    struct Desk
    {
        DeskJob job;
        QProcess process;
        bool isKilled = false;
    };

    [[nodiscard]] bool launch(Desk &desk);

    QProcessEnvironment m_environment;
    std::vector<std::unique_ptr<Desk>> m_desks;
};

} // namespace Branchline::Drill
