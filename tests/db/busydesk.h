// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/preparedlibrary.h"

#include <atomic>
#include <mutex>
#include <thread>

namespace Branchline {

/// A desk of a branch that lends its copies and takes them back without a pause, as another program would,
/// until it is destroyed.
class BusyDesk final
{
public:
    BusyDesk(const PreparedLibrary &library, BranchEntry branch, QString card, QStringList barcodes);
    ~BusyDesk();
    Q_DISABLE_COPY_MOVE(BusyDesk)

    /// The requests that were answered with success so far.
    [[nodiscard]] QList<QUuid> acknowledged() const;
    [[nodiscard]] qsizetype count() const { return acknowledged().size(); }
    /// What was answered otherwise, in words; empty when all went well.
    [[nodiscard]] QString failure() const;

private:
    void run(const PreparedLibrary &library);

    BranchEntry m_branch;
    QString m_card;
    QStringList m_barcodes;
    mutable std::mutex m_mutex;
    QList<QUuid> m_acknowledged;
    QString m_failure;
    std::atomic<bool> m_isOver = false;
    std::thread m_thread;
};

} // namespace Branchline
