// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "db/circulation/circulation.h"
#include "tests/faults/drill/history.h"

namespace Branchline::Drill {

/// One action of a desk, with everything that sending it again needs.
struct DeskCall
{
    enum class Action { Checkout, Checkin, Renew, Undo };
    Action action = Action::Checkout;
    QUuid request = newUuid();
    QUuid desk;
    QString barcode;
    QString card;     ///< Checkout
    QUuid copyBranch; ///< Undo: of the answer that is undone
    QUuid undoes;     ///< Undo: the request that is undone

    /// For a history's invoke, and back.
    [[nodiscard]] QJsonObject facts() const;
    [[nodiscard]] static DeskCall fromEvent(const HistoryEvent &invoke);
};

/// Sends it with the product's own calls.
[[nodiscard]] QFuture<CirculationAnswer> send(Cluster &cluster, const DeskCall &call);

/// For a history's ok, unknown and fail.
[[nodiscard]] QJsonObject factsOf(const CirculationAnswer &answer);

/// The calls of a history that have no end yet, in their order: what a desk takes up again after a crash.
[[nodiscard]] std::vector<DeskCall> openCalls(const std::vector<HistoryEvent> &history);

} // namespace Branchline::Drill
