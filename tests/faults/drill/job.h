// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QJsonObject>
#include <QStringList>

/// What the conductor tells a desk. Addresses come by the environment, as people set them.
namespace Branchline::Drill {

struct DeskJob
{
    QString name;   ///< also of the history, "<name>.jsonl" in `folder`
    QString folder; ///< where histories lie
    quint32 seed = 0;
    int lanes = 5;        ///< how many calls are under way at once
    int thinkMs = 40;     ///< at most so long between two calls of a lane
    QStringList branches; ///< the desks; the first one is used most
    QStringList copies;   ///< barcodes, of all branches
    QStringList cards;
    QString flaw; ///< what this desk does wrong on purpose; empty: nothing

    [[nodiscard]] QJsonObject toJson() const;
    [[nodiscard]] static DeskJob fromJson(const QJsonObject &object);
};

} // namespace Branchline::Drill
